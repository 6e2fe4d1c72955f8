-- The database, in build order: read it from here.

--! include schemas.sql

-- What policies ask, and the tools of the machine room.
--! include authz/workspace_id.sql
--! include authz/user_id.sql
--! include authz/member_id.sql
--! include authz/actor_name.sql
--! include authz/actor_source.sql
--! include authz/has_permission.sql
--! include authz/uuid_v7.sql
--! include private/fail.sql
--! include private/names.sql
--! include private/tg__timestamps.sql

-- The nouns.
--! include core/workspaces.sql
--! include core/users.sql
--! include core/roles.sql
--! include core/workspace_members.sql
--! include core/objects.sql
--! include core/field_types.sql
--! include core/fields.sql
--! include core/relations.sql

-- Secrets, and the functions around them.
--! include private/user_secrets.sql
--! include private/signing_keys.sql
--! include private/sessions.sql
--! include authz/sign_in.sql
--! include authz/claim.sql

-- Metadata becomes tables.
--! include private/build_policies.sql
--! include private/build_field.sql
--! include private/build_object.sql
--! include private/build_relation.sql
--! include private/workspace_shape.sql
--! include private/create_relation.sql
--! include private/create_field.sql
--! include private/create_object.sql
--! include private/create_workspace.sql
--! include private/add_member.sql
--! include core/create_object.sql

-- What a field may be.
--! include field_types/actor.sql
--! include field_types/boolean.sql
--! include field_types/date.sql
--! include field_types/date_time.sql
--! include field_types/number.sql
--! include field_types/numeric.sql
--! include field_types/position.sql
--! include field_types/relation.sql
--! include field_types/select.sql
--! include field_types/text.sql
--! include field_types/ts_vector.sql
--! include field_types/uuid.sql

-- What a workspace starts with.
--! include standard_objects/attachment.sql
--! include standard_objects/company.sql
--! include standard_objects/note.sql
--! include standard_objects/note_target.sql
--! include standard_objects/opportunity.sql
--! include standard_objects/person.sql
--! include standard_objects/task.sql
--! include standard_objects/task_target.sql
--! include standard_objects/workspace_member.sql
