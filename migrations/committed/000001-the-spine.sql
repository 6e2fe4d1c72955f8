--! Previous: -
--! Hash: sha1:a0730282755a727bf2ff705d116bf90a65b7b3de
--! Message: The spine

--! Included schema.sql
-- The database, in build order: read it from here.

--! Included schemas.sql
-- The schemas, and what nobody may do by default.

create schema if not exists core;
create schema if not exists authz;
create schema if not exists private;

comment on schema core is
  'What the metadata API shows: workspaces, users, members, roles, objects, fields, relations.';
comment on schema authz is
  'The questions that policies ask. Callable; owns no table.';
comment on schema private is
  'The machine room: secrets, and the functions that turn metadata into tables. Nobody is granted anything here.';

grant usage on schema core, authz to relata_anonymous, relata_guest, relata_server;
grant usage on schema authz to relata_worker;

-- What is not granted by name is granted to nobody.
alter default privileges for role relata_owner revoke execute on functions from public;
alter default privileges for role relata_owner revoke usage on types from public;
alter default privileges for role relata_owner revoke all on tables from public;
--! EndIncluded schemas.sql

-- What policies ask, and the tools of the machine room.
--! Included authz/workspace_id.sql
create or replace function authz.workspace_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.workspace_id', true), '')::uuid;

comment on function authz.workspace_id() is
  'The workspace this transaction speaks for, or null outside of one. Set by authz.claim.';
grant execute on function authz.workspace_id() to relata_anonymous, relata_guest, relata_server;
--! EndIncluded authz/workspace_id.sql
--! Included authz/user_id.sql
create or replace function authz.user_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.user_id', true), '')::uuid;

comment on function authz.user_id() is
  'The user this transaction speaks for, or null when nobody signed in. Set by authz.claim.';
grant execute on function authz.user_id() to relata_anonymous, relata_guest, relata_server;
--! EndIncluded authz/user_id.sql
--! Included authz/member_id.sql
create or replace function authz.member_id() returns uuid
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.member_id', true), '')::uuid;

comment on function authz.member_id() is
  'The member (user in workspace) this transaction speaks for, or null. Set by authz.claim.';
grant execute on function authz.member_id() to relata_anonymous, relata_guest, relata_server;
--! EndIncluded authz/member_id.sql
--! Included authz/actor_name.sql
create or replace function authz.actor_name() returns text
language sql stable parallel safe
return nullif(pg_catalog.current_setting('relata.actor_name', true), '');

comment on function authz.actor_name() is
  'What to call whoever writes: the name kept in createdBy and updatedBy. Set by authz.claim.';
grant execute on function authz.actor_name() to relata_anonymous, relata_guest, relata_server;
--! EndIncluded authz/actor_name.sql
--! Included authz/actor_source.sql
create or replace function authz.actor_source() returns text
language sql stable parallel safe
return coalesce(nullif(pg_catalog.current_setting('relata.actor_source', true), ''), 'SYSTEM');

comment on function authz.actor_source() is
  'How this transaction came: API, IMPORT, WORKFLOW, … ; SYSTEM when nobody said. Kept in createdBy and updatedBy.';
grant execute on function authz.actor_source() to relata_anonymous, relata_guest, relata_server;
--! EndIncluded authz/actor_source.sql
--! Included authz/has_permission.sql
-- A permission is named object.action (`companies.read`) or is a settings flag
-- (`data_model`); `*.read` holds for every object and `*` for everything.
-- authz.claim puts the role's list into the transaction, so this reads no table.

create or replace function authz.has_permission(permission text) returns boolean
language sql stable parallel safe
return coalesce(
  string_to_array(pg_catalog.current_setting('relata.permissions', true), ',')
    && array['*', permission, '*.' || split_part(permission, '.', 2)],
  false
);

comment on function authz.has_permission(text) is
  'Whether the caller''s role holds a permission such as companies.read, or a flag such as data_model.';
grant execute on function authz.has_permission(text) to relata_guest, relata_server;

create or replace function authz.require_permission(permission text) returns void
language plpgsql stable
as $$
begin
  if not authz.has_permission(permission) then
    raise exception using errcode = '42501',
      message = format('This needs the permission %s.', permission);
  end if;
end
$$;

comment on function authz.require_permission(text) is
  'Nothing, when the caller''s role holds the permission; PERMISSION_DENIED (42501) otherwise.';
grant execute on function authz.require_permission(text) to relata_guest, relata_server;
--! EndIncluded authz/has_permission.sql
--! Included authz/uuid_v7.sql
-- Ids are UUIDv7 (RFC 9562 §5.7): unguessable, and new ones stand together in the
-- index. PostgreSQL 18 makes them itself; before that we do.

do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    return pg_catalog.uuidv7();
  else
    -- Random bits from gen_random_uuid, behind 48 of the clock in milliseconds, the version, and
    -- 12 of the fraction (RFC 9562 §6.2, method 3), so that ids of one session grow as on 18.
    create or replace function authz.uuid_v7() returns uuid
    language sql volatile parallel safe
    as $body$
      select pg_catalog.encode(
        overlay(
          pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
          placing pg_catalog.int8send((c.us / 1000) << 16 | x'7000'::bigint | (c.us % 1000) * 4096 / 1000)
          from 1 for 8),
        'hex')::uuid
      from (select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint as us) c
    $body$;
  end if;
end
$$;

comment on function authz.uuid_v7() is
  'A new UUIDv7 (RFC 9562 §5.7), the id of every record.';
grant execute on function authz.uuid_v7() to relata_anonymous, relata_guest, relata_server;
--! EndIncluded authz/uuid_v7.sql
--! Included private/fail.sql
-- The one way SQL reports bad input: a code that src/errors.ts knows, a sentence
-- for people, and the path of the field at fault (sent as the error's column).

create or replace function private.fail(code text, message text, path text default '')
returns void
language plpgsql
as $$
begin
  raise exception using errcode = code, message = message, column = path;
end
$$;

comment on function private.fail(text, text, text) is
  'Raises an error declared in src/errors.ts: its five-letter SQLSTATE, a sentence, and the field''s path (data.nameSingular).';
--! EndIncluded private/fail.sql
--! Included private/run.sql
-- The one way metadata becomes DDL: the statement runs, and is noted for the change
-- that it is part of. A workspace is built with nobody noting.

create or replace function private.run(statement text) returns void
language plpgsql
as $$
declare
  _noted text := nullif(current_setting('relata.statements', true), '');
begin
  execute statement;
  if _noted is not null then
    perform set_config('relata.statements', (_noted::jsonb || to_jsonb(statement))::text, true);
  end if;
end
$$;

comment on function private.run(text) is
  'Executes a statement of DDL, and notes it for the change that it is part of.';
--! EndIncluded private/run.sql
--! Included private/names.sql
-- What a name may be, and what it is called in the catalog.

create table if not exists private.reserved_names (
  name text primary key,
  why  text not null
);

comment on table private.reserved_names is
  'Names an object or field may not have: GraphQL''s own, the API''s arguments, and words of the metadata API.';

-- Objects would clash with the fixed fields and types of the API.
insert into private.reserved_names
select name, 'the API uses it'
from unnest(string_to_array(
  'query mutation subscription search object objects field fields relation relations index indexes view views '
  'role roles user users workspace workspaces member members webhook webhooks apiKey apiKeys event events job jobs '
  'type types enum input schema directive node nodes edge edges cursor pageInfo totalCount aggregate aggregates '
  'plan plans link links currency currencies fullName fullNames address addresses actor actors permission permissions '
  'featureFlag featureFlags appToken appTokens workflow workflows batch restore duplicates merge groupBy metadata '
  'openApi docs string int float boolean id uuid dateTime date bigFloat position json tsVector filterIs orderByDirection '
  'true false null bigInt', ' ')) as name
on conflict do nothing;

create or replace function private.snake_case(name text) returns text
language sql immutable
return lower(regexp_replace(name, '([A-Z])', '_\1', 'g'));

comment on function private.snake_case(text) is
  'The catalog''s form of an API name: annualRevenue becomes annual_revenue. Two API names never become one.';

create or replace function private.check_name(name text, path text) returns void
language plpgsql
as $$
begin
  if name is null or name !~ '^[a-z][a-zA-Z0-9]*$' then
    perform private.fail('NAMEV', 'A name is camelCase: it starts with a small letter and holds only letters and digits.', path);
  elsif length(name) > 63 or length(private.snake_case(name)) > 50 then
    perform private.fail('NAMEV', 'That name is too long: 63 characters, and 50 once written in snake_case.', path);
  end if;
end
$$;

comment on function private.check_name(text, text) is
  'Nothing for a name that an object or field may have; NAME_INVALID otherwise.';

create or replace function private.check_label(label text, path text) returns void
language plpgsql
as $$
begin
  if label is null or btrim(label) = '' or length(label) > 255 or label ~ '[[:cntrl:]]' then
    perform private.fail('LABEL', 'A label is one line of 1 to 255 characters.', path);
  end if;
end
$$;

comment on function private.check_label(text, text) is
  'Nothing for a label that people can read; LABEL_INVALID otherwise.';

create or replace function private.smart_comment(tags text[], description text) returns text
language sql immutable
-- A line that is no tag ends the tags: what an admin writes must not become one.
return concat_ws(E'\n', array_to_string(tags, E'\n'), case when description like '%@%' then '' end, nullif(description, ''));

comment on function private.smart_comment(text[], text) is
  'A comment as PostGraphile reads it: smart tags, a line each, and then the description.';

create or replace function private.words(name text) returns text
language sql immutable
return upper(left(name, 1)) || lower(regexp_replace(substr(name, 2), '([A-Z])', ' \1', 'g'));

comment on function private.words(text) is
  'The label for a name when none is given: annualRevenue becomes Annual revenue.';
--! EndIncluded private/names.sql
--! Included private/tg__timestamps.sql
create or replace function private.tg__timestamps() returns trigger
language plpgsql
as $$
begin
  new.updated_at := greatest(now(), old.updated_at + interval '1 microsecond');
  return new;
end
$$;

comment on function private.tg__timestamps() is
  'Keeps updated_at true, whoever writes; it never stands still or goes back.';

create or replace function private.tg__record_updated() returns trigger
language plpgsql
as $$
begin
  new.updated_at := greatest(now(), old.updated_at + interval '1 microsecond');
  new.updated_by_source := authz.actor_source();
  new.updated_by_workspace_member_id := authz.member_id();
  new.updated_by_name := authz.actor_name();
  return new;
end
$$;

comment on function private.tg__record_updated() is
  'Keeps updatedAt and updatedBy of a workspace''s record true, whoever writes.';
--! EndIncluded private/tg__timestamps.sql

-- The nouns.
--! Included core/workspaces.sql
-- A workspace is the tenant: one row here, one schema of tables beside it.
--
-- metadata_version grows with every change of the data model, in the same
-- transaction. compatible_from is the version of the last change that took
-- something away: a server that planned a request before it must plan again.

create table if not exists core.workspaces (
  id               uuid primary key default authz.uuid_v7(),
  name             text not null check (name <> ''),
  subdomain        text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  schema_name      text not null unique,
  metadata_version bigint not null default 1,
  compatible_from  bigint not null default 1,
  shape            text,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);

comment on table core.workspaces is
  E'@singular workspace\n@plural workspaces\n'
  'A tenant: its own tables, members and data model.';
comment on column core.workspaces.subdomain is
  'Names the workspace in addresses and at sign-in.';
comment on column core.workspaces.schema_name is
  E'@behavior -*\n'
  'The PostgreSQL schema that holds the workspace''s tables.';
comment on column core.workspaces.metadata_version is
  'Grows with every change of the data model.';
comment on column core.workspaces.compatible_from is
  E'@behavior -*\n'
  'The oldest metadata_version whose compiled schemas still answer right.';
comment on column core.workspaces.shape is
  E'@behavior -*\n'
  'A hash of all that decides the GraphQL schema; workspaces of one shape share a compiled schema.';

-- Who sees a row: whoever speaks for the workspace.
alter table core.workspaces enable row level security;
alter table core.workspaces force row level security;

drop policy if exists in_workspace on core.workspaces;
create policy in_workspace on core.workspaces as restrictive
  using (id = (select authz.workspace_id()));

drop policy if exists members on core.workspaces;
create policy members on core.workspaces for select to relata_guest
  using (true);

drop policy if exists machine on core.workspaces;
create policy machine on core.workspaces to relata_owner
  using (true);

grant select on core.workspaces to relata_guest;

create or replace trigger _100_timestamps
  before update on core.workspaces
  for each row execute function private.tg__timestamps();
--! EndIncluded core/workspaces.sql
--! Included core/users.sql
-- A user is a person who can sign in, known across workspaces by one address.
-- The password is in private.user_secrets: whoever sees a row may see all of it.

create table if not exists core.users (
  id         uuid primary key default authz.uuid_v7(),
  email      text not null check (email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 320),
  first_name text not null default '',
  last_name  text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table core.users is
  E'@behavior -query:resource:connection\n'
  'A person who can sign in; a member of one or more workspaces.';

create unique index if not exists users_email_idx
  on core.users (lower(email));

-- Users belong to no workspace. A signed-in user sees himself; colleagues are
-- seen as workspaceMember records of the workspace.
alter table core.users enable row level security;
alter table core.users force row level security;

drop policy if exists self on core.users;
create policy self on core.users for select to relata_guest
  using (id = (select authz.user_id()));

drop policy if exists machine on core.users;
create policy machine on core.users to relata_owner
  using (true);

grant select on core.users to relata_guest;

create or replace trigger _100_timestamps
  before update on core.users
  for each row execute function private.tg__timestamps();
--! EndIncluded core/users.sql
--! Included core/roles.sql
-- A role is a named list of permissions in one workspace. Every workspace starts
-- with the four of private.standard_roles; authz.has_permission reads the list.

create table if not exists core.roles (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name ~ '^[A-Z][A-Z0-9_]{0,62}$'),
  label        text not null check (label <> ''),
  description  text not null default '',
  permissions  text[] not null default '{}'
                 check (array_to_string(permissions, ' ') ~ '^(([*]|[*][.][a-z]+|[a-z][a-zA-Z0-9_]*([.][a-z]+)?)( |$))*$'),
  is_custom    boolean not null default true,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, name),
  unique (workspace_id, id)
);

comment on table core.roles is
  E'@singular role\n@plural roles\n'
  'A named list of permissions, held by members.';
comment on column core.roles.permissions is
  'Each object.action (companies.read), *.action for every object, a settings flag (data_model), or * for all.';

-- What the API shows of the keys, and as what.
comment on constraint roles_workspace_id_fkey on core.roles is E'@behavior -*';

-- Who sees a row: admins of its workspace.
alter table core.roles enable row level security;
alter table core.roles force row level security;

drop policy if exists in_workspace on core.roles;
create policy in_workspace on core.roles as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.roles;
create policy managers on core.roles for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.roles;
create policy machine on core.roles to relata_owner
  using (true);

grant select on core.roles to relata_admin;

create or replace trigger _100_timestamps
  before update on core.roles
  for each row execute function private.tg__timestamps();
--! EndIncluded core/roles.sql
--! Included core/workspace_members.sql
-- A member is a user in a workspace, with a role there. Removing the row shuts
-- the door at once: authz.claim looks here on every request.

create table if not exists core.workspace_members (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  user_id      uuid not null references core.users on delete cascade,
  role_id      uuid not null,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, user_id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id)
);

comment on table core.workspace_members is
  E'@singular member\n@plural members\n'
  'A user in a workspace, and the role held there.';

-- What the API shows of the keys, and as what.
comment on constraint workspace_members_workspace_id_fkey on core.workspace_members is E'@behavior -*';
comment on constraint workspace_members_user_id_fkey on core.workspace_members is E'@fieldName user\n@foreignFieldName memberships';
comment on constraint workspace_members_workspace_id_role_id_fkey on core.workspace_members is E'@fieldName role\n@foreignFieldName members';

create index if not exists workspace_members_user_id_idx
  on core.workspace_members (user_id);
create index if not exists workspace_members_workspace_id_role_id_idx
  on core.workspace_members (workspace_id, role_id);

-- Who sees a row: admins of its workspace; and each user his own membership, in
-- every workspace as long as none is claimed (that is how sign-in finds them).
alter table core.workspace_members enable row level security;
alter table core.workspace_members force row level security;

drop policy if exists in_workspace on core.workspace_members;
create policy in_workspace on core.workspace_members as restrictive
  using (workspace_id = (select authz.workspace_id())
    or (select authz.workspace_id()) is null and user_id = (select authz.user_id()));

drop policy if exists managers on core.workspace_members;
create policy managers on core.workspace_members for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists self on core.workspace_members;
create policy self on core.workspace_members for select to relata_guest
  using (user_id = (select authz.user_id()));

drop policy if exists machine on core.workspace_members;
create policy machine on core.workspace_members to relata_owner
  using (true);

grant select on core.workspace_members to relata_guest;

create or replace trigger _100_timestamps
  before update on core.workspace_members
  for each row execute function private.tg__timestamps();
--! EndIncluded core/workspace_members.sql
--! Included core/objects.sql
-- An object is a kind of record: one row here is one table in the workspace's
-- schema, one GraphQL type and one REST route.

create table if not exists core.objects (
  id             uuid primary key default authz.uuid_v7(),
  workspace_id   uuid not null references core.workspaces on delete cascade,
  name_singular  text not null,
  name_plural    text not null,
  label_singular text not null,
  label_plural   text not null,
  description    text not null default '',
  icon           text not null default '',
  table_name     text not null,
  label_field    text not null default 'name',
  search_fields  text[] not null default '{}',
  is_custom      boolean not null default true,
  is_system      boolean not null default false,
  is_active      boolean not null default true,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name_singular),
  unique (workspace_id, name_plural),
  unique (workspace_id, table_name),
  check (name_singular <> name_plural)
);

comment on table core.objects is
  E'@singular object\n@plural objects\n'
  'A kind of record, such as company: a table, a GraphQL type and a REST route.';
comment on column core.objects.name_singular is 'camelCase: names the GraphQL type and the single query.';
comment on column core.objects.name_plural is 'camelCase: names the list query and the REST route.';
comment on column core.objects.table_name is 'The table in the workspace''s schema.';
comment on column core.objects.label_field is 'The field that says what to call a record.';
comment on column core.objects.search_fields is 'The text fields that searchVector is made of.';
comment on column core.objects.is_system is 'Made for other objects (noteTarget); not offered to people as such.';

-- What the API shows of the keys, and as what.
comment on constraint objects_workspace_id_fkey on core.objects is E'@behavior -*';

-- Who sees a row: admins of its workspace. Rows are written by core.create_object.
alter table core.objects enable row level security;
alter table core.objects force row level security;

drop policy if exists in_workspace on core.objects;
create policy in_workspace on core.objects as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.objects;
create policy managers on core.objects for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.objects;
create policy machine on core.objects to relata_owner
  using (true);

grant select on core.objects to relata_admin;

create or replace trigger _100_timestamps
  before update on core.objects
  for each row execute function private.tg__timestamps();
--! EndIncluded core/objects.sql
--! Included core/field_types.sql
-- A field type says which columns a field becomes. Each type is one file in
-- db/field_types/, and adding one touches no other.

create table if not exists core.field_types (
  name        text primary key check (name ~ '^[A-Z][A-Z_]*$'),
  description text not null,
  columns     jsonb not null,
  check_sql   text,
  is_system   boolean not null default false
);

comment on table core.field_types is
  E'@behavior -*\n'
  'What a field may be; the file db/field_types/<type>.sql declares each.';
comment on column core.field_types.columns is
  'The columns a field becomes: a list of {suffix, type, variants by settings.dataType, default}; all SQL in it is ours, never an admin''s.';
comment on column core.field_types.check_sql is
  'A check, with %1$s for the column and %2$s for the quoted list of the options'' values; null for none.';
comment on column core.field_types.is_system is
  'Kept by Relata on every object; cannot be asked for.';

-- The same for every workspace, so it holds nothing to hide.
grant select on core.field_types to relata_admin;

create or replace function private.define_field_type(
  name text, description text, columns jsonb, check_sql text default null, is_system boolean default false
) returns void
language sql
begin atomic
  insert into core.field_types values (name, description, columns, check_sql, is_system)
  on conflict on constraint field_types_pkey do update
    set description = excluded.description, columns = excluded.columns,
        check_sql = excluded.check_sql, is_system = excluded.is_system;
end;

comment on function private.define_field_type(text, text, jsonb, text, boolean) is
  'Declares a field type, or changes it; called by the files in db/field_types/.';
--! EndIncluded core/field_types.sql
--! Included core/fields.sql
-- A field is an attribute of an object: one row here is one column of its table
-- (several for a composite type, a foreign key or none for a relation's two sides).

create table if not exists core.fields (
  id            uuid primary key default authz.uuid_v7(),
  workspace_id  uuid not null references core.workspaces on delete cascade,
  object_id     uuid not null,
  name          text not null,
  label         text not null,
  description   text not null default '',
  icon          text not null default '',
  type          text not null references core.field_types,
  column_name   text,
  is_nullable   boolean not null default true,
  is_unique     boolean not null default false,
  default_value jsonb,
  options       jsonb,
  settings      jsonb not null default '{}',
  is_custom     boolean not null default true,
  is_system     boolean not null default false,
  is_active     boolean not null default true,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  unique (workspace_id, id),
  unique (object_id, name),
  unique (object_id, column_name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.fields is
  E'@singular field\n@plural fields\n'
  'An attribute of an object, such as a company''s name: one or more columns of its table.';
comment on column core.fields.column_name is
  'The column, or what a composite''s columns begin with; null on the many side of a relation.';
comment on column core.fields.options is
  'The choices of a SELECT: a list of {id, value, label, color, position}.';

-- What the API shows of the keys, and as what.
comment on constraint fields_workspace_id_fkey on core.fields is E'@behavior -*';
comment on constraint fields_type_fkey on core.fields is E'@behavior -*';
comment on constraint fields_workspace_id_object_id_fkey on core.fields is E'@fieldName object\n@foreignFieldName fields';

create index if not exists fields_workspace_id_object_id_idx
  on core.fields (workspace_id, object_id);
create index if not exists fields_type_idx
  on core.fields (type);

-- Who sees a row: admins of its workspace. Rows are written by core.create_field.
alter table core.fields enable row level security;
alter table core.fields force row level security;

drop policy if exists in_workspace on core.fields;
create policy in_workspace on core.fields as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.fields;
create policy managers on core.fields for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.fields;
create policy machine on core.fields to relata_owner
  using (true);

grant select on core.fields to relata_admin;

create or replace trigger _100_timestamps
  before update on core.fields
  for each row execute function private.tg__timestamps();
--! EndIncluded core/fields.sql
--! Included core/relations.sql
-- A relation joins two objects: a field on each side, and a foreign key on the
-- side of the many.

create table if not exists core.relations (
  id             uuid primary key default authz.uuid_v7(),
  workspace_id   uuid not null references core.workspaces on delete cascade,
  type           text not null default 'MANY_TO_ONE' check (type in ('MANY_TO_ONE')),
  from_object_id uuid not null,
  from_field_id  uuid not null,
  to_object_id   uuid not null,
  to_field_id    uuid not null,
  on_delete      text not null default 'SET_NULL' check (on_delete in ('SET_NULL', 'CASCADE', 'RESTRICT')),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  foreign key (workspace_id, from_object_id) references core.objects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, to_object_id) references core.objects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, from_field_id) references core.fields (workspace_id, id) on delete cascade,
  foreign key (workspace_id, to_field_id) references core.fields (workspace_id, id) on delete cascade
);

comment on table core.relations is
  E'@singular relation\n@plural relations\n'
  'Joins two objects, with a field on each side: from the one that holds the foreign key, to the one it points at.';
comment on column core.relations.on_delete is
  'What becomes of the rows that point at a record when it is destroyed.';

-- What the API shows of the keys, and as what.
comment on constraint relations_workspace_id_fkey on core.relations is E'@behavior -*';
comment on constraint relations_workspace_id_from_object_id_fkey on core.relations is E'@fieldName fromObject\n@foreignFieldName relationsFrom';
comment on constraint relations_workspace_id_to_object_id_fkey on core.relations is E'@fieldName toObject\n@foreignFieldName relationsTo';
comment on constraint relations_workspace_id_from_field_id_fkey on core.relations is E'@fieldName fromField\n@foreignFieldName relationsFrom';
comment on constraint relations_workspace_id_to_field_id_fkey on core.relations is E'@fieldName toField\n@foreignFieldName relationsTo';

create index if not exists relations_workspace_id_from_object_id_idx
  on core.relations (workspace_id, from_object_id);
create index if not exists relations_workspace_id_to_object_id_idx
  on core.relations (workspace_id, to_object_id);
create unique index if not exists relations_workspace_id_from_field_id_idx
  on core.relations (workspace_id, from_field_id);
create unique index if not exists relations_workspace_id_to_field_id_idx
  on core.relations (workspace_id, to_field_id);

-- Who sees a row: admins of its workspace. Rows are written by core.create_field.
alter table core.relations enable row level security;
alter table core.relations force row level security;

drop policy if exists in_workspace on core.relations;
create policy in_workspace on core.relations as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.relations;
create policy managers on core.relations for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.relations;
create policy machine on core.relations to relata_owner
  using (true);

grant select on core.relations to relata_admin;

create or replace trigger _100_timestamps
  before update on core.relations
  for each row execute function private.tg__timestamps();
--! EndIncluded core/relations.sql

-- Secrets, and the functions around them.
--! Included private/user_secrets.sql
-- What proves who a user is. No request role is granted anything here.

create table if not exists private.user_secrets (
  user_id             uuid primary key references core.users on delete cascade,
  password_hash       text not null check (password_hash ~ '^\$argon2id\$'),
  password_changed_at timestamptz not null default now()
);

comment on table private.user_secrets is
  'Passwords, as Argon2id hashes in PHC string form.';
--! EndIncluded private/user_secrets.sql
--! Included private/signing_keys.sql
-- The keys that sign access tokens (ES256), the newest in use. The private half is
-- encrypted by the server with a key made from APP_SECRET, so a dump is no skeleton key.

create table if not exists private.signing_keys (
  kid         text primary key,
  public_jwk  jsonb not null,
  private_key bytea not null,
  created_at  timestamptz not null default now()
);

comment on table private.signing_keys is
  'Keys that sign access tokens (RFC 7518 §3.4); the private half is encrypted (AES-256-GCM).';

create or replace function authz.signing_keys() returns table (kid text, public_jwk jsonb, private_key bytea)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select k.kid, k.public_jwk, k.private_key from private.signing_keys k order by k.created_at desc;
end;

comment on function authz.signing_keys() is
  'The keys that sign access tokens, the newest first. For the server alone.';
grant execute on function authz.signing_keys() to relata_server;

create or replace function authz.add_signing_key(kid text, public_jwk jsonb, private_key bytea) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  insert into private.signing_keys (kid, public_jwk, private_key)
  values (add_signing_key.kid, add_signing_key.public_jwk, add_signing_key.private_key);
end;

comment on function authz.add_signing_key(text, jsonb, bytea) is
  'Keeps a new key; it signs from now on. For the server alone.';
grant execute on function authz.add_signing_key(text, jsonb, bytea) to relata_server;
--! EndIncluded private/signing_keys.sql
--! Included private/sessions.sql
-- A session is one sign-in: a family of refresh tokens, each used once. Whoever
-- uses one again (outside the grace of two clients racing) ends the whole family
-- (OAuth 2.0 Security BCP, RFC 9700 §4.14.2).

create table if not exists private.sessions (
  id           uuid primary key default authz.uuid_v7(),
  user_id      uuid not null references core.users on delete cascade,
  workspace_id uuid not null references core.workspaces on delete cascade,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null
);

create index if not exists sessions_user_id_idx on private.sessions (user_id);
create index if not exists sessions_workspace_id_idx on private.sessions (workspace_id);

comment on table private.sessions is
  'One sign-in of a user to a workspace; ends when its refresh tokens do.';

create table if not exists private.refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references private.sessions on delete cascade,
  created_at timestamptz not null default now(),
  used_at    timestamptz
);

create index if not exists refresh_tokens_session_id_idx on private.refresh_tokens (session_id);

comment on table private.refresh_tokens is
  'SHA-256 of each refresh token; a token is used once.';

-- The session's tables have no row security: no role but the owner may touch them,
-- and these functions are the only way in.

create or replace function authz.open_session(user_id uuid, workspace_id uuid, token_hash bytea, lifetime interval)
returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _session as (
    insert into private.sessions (user_id, workspace_id, expires_at)
    values (open_session.user_id, open_session.workspace_id, now() + open_session.lifetime)
    returning id
  )
  insert into private.refresh_tokens (token_hash, session_id)
  select open_session.token_hash, id from _session;
end;

comment on function authz.open_session(uuid, uuid, bytea, interval) is
  'Keeps a new sign-in with its first refresh token (SHA-256). For the server alone.';
grant execute on function authz.open_session(uuid, uuid, bytea, interval) to relata_server;

create or replace function authz.rotate_session(token_hash bytea, next_hash bytea)
returns table (user_id uuid, workspace_id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _token private.refresh_tokens;
  _session private.sessions;
begin
  -- The session before its tokens, as deleting one does: two who came the other way round would deadlock.
  select s.* into _session from private.sessions s
    where s.id = (select t.session_id from private.refresh_tokens t where t.token_hash = rotate_session.token_hash)
    for update;
  if not found or _session.expires_at < now() then
    return;
  end if;
  select * into strict _token from private.refresh_tokens t where t.token_hash = rotate_session.token_hash for update;
  if _token.used_at < now() - interval '10 seconds' then
    delete from private.sessions s where s.id = _session.id;
    return;
  end if;
  update private.refresh_tokens t set used_at = coalesce(t.used_at, now()) where t.token_hash = rotate_session.token_hash;
  insert into private.refresh_tokens (token_hash, session_id) values (next_hash, _session.id);

  perform set_config('relata.workspace_id', _session.workspace_id::text, true);
  return query
    select m.user_id, w.id, w.subdomain
    from core.workspace_members m join core.workspaces w on w.id = m.workspace_id
    where m.user_id = _session.user_id and m.workspace_id = _session.workspace_id;
end
$$;

comment on function authz.rotate_session(bytea, bytea) is
  'Trades a refresh token (SHA-256) for the next and answers whose it is; no row when it is unknown, expired, or its member is gone. A token used again after 10 s ends its session. For the server alone.';
grant execute on function authz.rotate_session(bytea, bytea) to relata_server;

create or replace function authz.expire_sessions() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.sessions s where s.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_sessions() is
  'Forgets sign-ins that have expired and answers how many. For the worker alone.';
grant execute on function authz.expire_sessions() to relata_worker;
--! EndIncluded private/sessions.sql
--! Included authz/is_installed.sql
create or replace function authz.is_installed() returns boolean
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select exists (select from core.users);
end;

comment on function authz.is_installed() is
  'Whether anybody can sign in here yet; a database without users is offered the demo data.';
grant execute on function authz.is_installed() to relata_server;
--! EndIncluded authz/is_installed.sql
--! Included authz/sign_in.sql
-- Sign-in, in two steps, as the password is proven outside the database (Argon2id):
-- first the hash to prove it against, then the workspaces that are open to the user.
-- Both are for the login role alone; no request role can call them.

create or replace function authz.password_of(email text) returns table (user_id uuid, password_hash text)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select s.user_id, s.password_hash
  from core.users u join private.user_secrets s on s.user_id = u.id
  where lower(u.email) = lower(password_of.email);
end;

comment on function authz.password_of(text) is
  'The user of an address and his Argon2id hash; no row when there is none. For the server alone.';
grant execute on function authz.password_of(text) to relata_server;

create or replace function authz.workspaces_of(user_id uuid) returns table (id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.user_id', workspaces_of.user_id::text, true), set_config('relata.workspace_id', '', true);
  for id in
    select m.workspace_id from core.workspace_members m where m.user_id = workspaces_of.user_id order by m.created_at, m.id
  loop
    perform set_config('relata.workspace_id', id::text, true);
    select w.subdomain into strict subdomain from core.workspaces w where w.id = workspaces_of.id;
    return next;
  end loop;
end
$$;

comment on function authz.workspaces_of(uuid) is
  'The workspaces a user is a member of, the oldest membership first. For the server alone.';
grant execute on function authz.workspaces_of(uuid) to relata_server;
--! EndIncluded authz/sign_in.sql
--! Included authz/claim.sql
-- The door between a request and the tables. The server says who it believes the
-- caller is; this looks the membership up, makes the claims that every policy asks
-- for, and says which role the request becomes. Nothing reaches a table but behind it.
--
-- It runs in the round trip of the query it guards: src/pgAdaptor.ts sends both in
-- one implicit transaction, so when this fails, the query does not run.

create or replace function authz.claim(user_id uuid, workspace_id uuid, planned_version bigint)
returns table (request_role text, schema_name text, metadata_version bigint)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _member record;
begin
  perform set_config('relata.workspace_id', claim.workspace_id::text, true),
          set_config('relata.user_id', claim.user_id::text, true);

  select m.id, r.permissions, u.first_name, u.last_name, w.schema_name, w.metadata_version, w.compatible_from
    into _member
    from core.workspace_members m
    join core.roles r on r.id = m.role_id
    join core.users u on u.id = m.user_id
    join core.workspaces w on w.id = m.workspace_id
    where m.workspace_id = claim.workspace_id and m.user_id = claim.user_id;
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  if planned_version < _member.compatible_from then
    perform private.fail('STALE', 'The data model has changed.');
  end if;

  perform set_config('relata.member_id', _member.id::text, true),
          set_config('relata.permissions', array_to_string(_member.permissions, ','), true),
          set_config('relata.actor_name', btrim(_member.first_name || ' ' || _member.last_name), true),
          set_config('relata.actor_source', 'API', true);

  request_role := case
    when _member.permissions && '{*,data_model}' then 'relata_admin'
    when exists (select from unnest(_member.permissions) p where p ~ '\.(create|update|delete)$') then 'relata_member'
    else 'relata_guest'
  end;
  schema_name := _member.schema_name;
  metadata_version := _member.metadata_version;
  return next;
end
$$;

comment on function authz.claim(uuid, uuid, bigint) is
  'Makes this transaction speak for a user in a workspace; answers the role to become, the workspace''s schema and its metadata version. LOGIN_REQUIRED when he is no member; STALE when the version the caller planned with may not answer any more. For the server alone.';
grant execute on function authz.claim(uuid, uuid, bigint) to relata_server;

create or replace function authz.shape_of(user_id uuid, workspace_id uuid)
returns table (schema_name text, shape text, metadata_version bigint)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(shape_of.user_id, shape_of.workspace_id, null);
  return query
    select w.schema_name, w.shape, w.metadata_version from core.workspaces w where w.id = shape_of.workspace_id;
end
$$;

comment on function authz.shape_of(uuid, uuid) is
  'The shape of a member''s workspace, and the schema to read it from. LOGIN_REQUIRED when he is no member. For the server alone.';
grant execute on function authz.shape_of(uuid, uuid) to relata_server;
--! EndIncluded authz/claim.sql

-- Metadata becomes tables.
--! Included private/build_policies.sql
-- Who may do what with an object's records: grants say what a guest and a member
-- can do at all, policies say in which workspace and with which permission.

create or replace function private.build_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _object record;
begin
  select o.*, format('%I.%I', w.schema_name, o.table_name) as tbl
    into strict _object
    from core.objects o join core.workspaces w on w.id = o.workspace_id
    where o.id = build_policies.object_id;

  perform private.run(format('alter table %s enable row level security', _object.tbl));
  perform private.run(format('alter table %s force row level security', _object.tbl));

  -- The constant stands inside the sub-select, or the planner guesses badly (DESIGN §2).
  perform private.run(format(
    'create policy in_workspace on %s as restrictive using ((select authz.workspace_id() = %L))',
    _object.tbl, _object.workspace_id));
  perform private.run(format(
    'create policy readers on %s for select to relata_guest using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.read'));
  perform private.run(format(
    'create policy creators on %s for insert to relata_member with check ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.create'));
  perform private.run(format(
    'create policy updaters on %s for update to relata_member using ((select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.update'));
  -- A deleted record is written, and a record deleted or restored, by those who may delete.
  perform private.run(format(
    'create policy deleters on %s as restrictive for update to relata_member using (deleted_at is null or (select authz.has_permission(%L)))',
    _object.tbl, _object.name_plural || '.delete'));
  -- What colleagues know of a member is his own to change, and else for those who manage members.
  if _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.run(format(
      $policy$create policy member_creators on %s as restrictive for insert to relata_member
        with check ((select authz.has_permission('members')))$policy$, _object.tbl));
    perform private.run(format(
      $policy$create policy member_updaters on %s as restrictive for update to relata_member
        using (id = (select authz.member_id()) or (select authz.has_permission('members')))
        with check (user_id = (select authz.user_id()) and deleted_at is null or (select authz.has_permission('members')))$policy$,
      _object.tbl));
  end if;
  perform private.run(format('create policy machine on %s to relata_owner using (true)', _object.tbl));

  perform private.run(format('grant select on %s to relata_guest', _object.tbl));
end
$$;

comment on function private.build_policies(uuid) is
  'Puts an object''s table under row level security and lets guests read it. Columns are granted by private.grant_columns.';

create or replace function private.grant_columns(tbl text, columns text[]) returns void
language plpgsql
as $$
declare
  _created text := (select string_agg(format('%I', c), ', ') from unnest(columns) c
                    where c <> 'deleted_at');
  _changed text := (select string_agg(format('%I', c), ', ') from unnest(columns) c
                    where c not in ('id', 'created_at'));
begin
  -- format answers null for a null list, and executing nothing is an error.
  if _created is not null then
    perform private.run(format('grant insert (%s) on %s to relata_member', _created, tbl));
  end if;
  if _changed is not null then
    perform private.run(format('grant update (%s) on %s to relata_member', _changed, tbl));
  end if;
end
$$;

comment on function private.grant_columns(text, text[]) is
  'Lets members write these columns of a table; what is not granted is not in the API''s inputs. An id and a date of creation are given once, and nothing is created deleted.';
--! EndIncluded private/build_policies.sql
--! Included private/build_field.sql
-- A field's row becomes columns. Identifiers go through %I and values through %L;
-- the only bare SQL is what db/field_types/ declares.

create or replace function private.field_columns(_field core.fields)
returns table (column_name text, definition text, is_writable boolean)
language plpgsql stable
as $$
declare
  _type core.field_types;
  _check text;
begin
  select * into strict _type from core.field_types t where t.name = _field.type;

  if _field.settings ? 'generatedFrom' then
    -- A read-only text made of other text fields, with one space between.
    return query
      select _field.column_name,
             format('%I text generated always as (nullif(btrim(%s), '''')) stored',
               _field.column_name,
               string_agg(format('coalesce(%I, '''')', f.column_name), ' || '' '' || ' order by g.n)),
             false
      from jsonb_array_elements_text(_field.settings -> 'generatedFrom') with ordinality g (name, n)
      join core.fields f on f.object_id = _field.object_id and f.name = g.name;
    return;
  end if;

  return query
    select c.name,
           concat_ws(' ',
             format('%I', c.name),
             c.type,
             case
               when _field.default_value is not null then 'default ' || private.default_sql(_field, c.type)
               when c.spec ? 'default' then 'default ' || (c.spec ->> 'default')
             end,
             case when not _field.is_nullable then 'not null' end,
             case when _type.check_sql is not null then
               format('constraint %I check (%s)',
                 -- Named by its column, so that an error leads back to the field.
                 c.name || '_check',
                 format(_type.check_sql, format('%I', c.name), private.option_list(_field)))
             end),
           not _type.is_system or _field.type = 'POSITION'
    from (
      select s.spec,
             _field.column_name || coalesce(s.spec ->> 'suffix', '') as name,
             coalesce(s.spec -> 'variants' ->> (_field.settings ->> 'dataType'), s.spec ->> 'type') as type
      from jsonb_array_elements(_type.columns) s (spec)
    ) c
    where _type.name not in ('RELATION', 'TS_VECTOR');
end
$$;

comment on function private.field_columns(core.fields) is
  'The columns a field becomes, each with its definition, and whether members write it.';

create or replace function private.option_list(_field core.fields) returns text
language sql stable
return (
  select string_agg(quote_literal(o ->> 'value'), ', ' order by (o ->> 'position')::int)
  from jsonb_array_elements(_field.options) o
);

comment on function private.option_list(core.fields) is
  'The values of a field''s options, quoted, in their order.';

create or replace function private.default_sql(_field core.fields, type text) returns text
language plpgsql stable
as $$
declare
  _value text := _field.default_value #>> '{}';
begin
  if _field.type = 'UUID' and _value = 'uuid' then
    return 'authz.uuid_v7()';
  elsif _field.type in ('DATE', 'DATE_TIME') and _value = 'now' then
    return 'now()';
  end if;
  -- PostgreSQL keeps the default of the rows there are in a catalog without TOAST. A day
  -- told by a word (tomorrow) would stay the day it was written.
  if octet_length(_value) > 1000
    or _field.type in ('DATE', 'DATE_TIME') and _value !~ '^\d{4,6}-\d\d-\d\d' then
    perform private.fail('DEFLT', format('The default value does not fit the type %s.', _field.type), 'data.defaultValue');
  end if;
  -- Cast once here, so that a bad value is this field's fault and not a broken table.
  execute format('select %L::%s', _value, type);
  return format('%L::%s', _value, type);
exception when data_exception then
  perform private.fail('DEFLT', format('The default value does not fit the type %s.', _field.type), 'data.defaultValue');
end
$$;

comment on function private.default_sql(core.fields, text) is
  'A field''s default as a literal of its column''s type; DEFAULT_INVALID when it does not fit.';

create or replace function private.build_field(field_id uuid) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _tbl text;
  _column record;
begin
  select * into strict _field from core.fields where id = build_field.field_id;
  _tbl := private.table_of(_field.object_id);
  for _column in select * from private.field_columns(_field) loop
    perform private.run(format('alter table %s add column %s', _tbl, _column.definition));
    if _column.is_writable then
      perform private.grant_columns(_tbl, array[_column.column_name]);
    end if;
  end loop;
  perform private.comment_field(_field);
  perform private.index_field(_field);
end
$$;

comment on function private.build_field(uuid) is
  'Adds a field''s columns to its object''s table, with grants, comments and its unique index.';

create or replace function private.table_of(object_id uuid) returns text
language sql stable
return (
  select format('%I.%I', w.schema_name, o.table_name)
  from core.objects o join core.workspaces w on w.id = o.workspace_id
  where o.id = table_of.object_id
);

comment on function private.table_of(uuid) is
  'An object''s table, qualified and quoted.';

create or replace function private.comment_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _column record;
begin
  for _column in
    select a.attname from pg_attribute a
    where a.attrelid = private.table_of(_field.object_id)::regclass
      and a.attname in (
        select _field.column_name || coalesce(s ->> 'suffix', '')
        from core.field_types t, jsonb_array_elements(t.columns) s
        where t.name = _field.type)
  loop
    -- Smart tags: PostGraphile reads the name, the type and the options from here.
    perform private.run(format('comment on column %s.%I is %L',
      private.table_of(_field.object_id), _column.attname,
      private.smart_comment(
        array['@field ' || _field.name,
              '@type ' || _field.type,
              case when _field.options is not null then
                '@options ' || (select string_agg(o ->> 'value', ' ' order by (o ->> 'position')::int)
                                from jsonb_array_elements(_field.options) o) end],
        _field.description)));
  end loop;
end
$$;

comment on function private.comment_field(core.fields) is
  'Writes what PostGraphile needs to know of a field as comments on its columns.';

create or replace function private.index_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _name text := _field.column_name || '_key_' || right(_field.object_id::text, 8);
begin
  if _field.is_unique then
    -- Indexes and tables share their names in a schema, and an object may be called anything.
    if to_regclass(split_part(_tbl, '.', 1) || '.' || quote_ident(_name)) is not null then
      perform private.fail('NAMEX', 'That name is taken.', 'data.name');
    end if;
    -- Among living rows only: a deleted record must not hold its address.
    -- Named by its column, so that an error leads back to the field.
    perform private.run(format('create unique index %I on %s (%s) where deleted_at is null',
      _name, _tbl,
      case when coalesce((_field.settings ->> 'isCaseInsensitive')::boolean, false)
        then format('lower(%I)', _field.column_name) else format('%I', _field.column_name) end));
  end if;
end
$$;

comment on function private.index_field(core.fields) is
  'Makes a unique field unique, among the records that are not deleted.';
--! EndIncluded private/build_field.sql
--! Included private/build_object.sql
-- An object's row, with the rows of its fields, becomes a table.

create or replace function private.build_object(object_id uuid) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _tbl text := private.table_of(object_id);
  _field core.fields;
  _columns text[] := '{}';
  _writable text[] := '{}';
  _column record;
begin
  select * into strict _object from core.objects o where o.id = build_object.object_id;

  for _field in
    select * from core.fields f where f.object_id = build_object.object_id
    order by not (f.is_system and f.name = 'id'), f.is_system, f.id
  loop
    for _column in select * from private.field_columns(_field) loop
      _columns := _columns || _column.definition;
      if _column.is_writable and _column.column_name not in ('updated_at') then
        _writable := _writable || _column.column_name;
      end if;
    end loop;
  end loop;

  perform private.run(format('create table %s (%s, primary key (id))', _tbl, array_to_string(_columns, ', ')));
  perform private.run(format('comment on table %s is %L', _tbl, private.smart_comment(
    array['@singular ' || _object.name_singular, '@plural ' || _object.name_plural], _object.description)));

  perform private.build_search_vector(_object);
  for _field in select * from core.fields f where f.object_id = build_object.object_id loop
    perform private.comment_field(_field);
    perform private.index_field(_field);
  end loop;

  -- What every list sorts by, newest first or by hand; both break ties by id.
  perform private.run(format('create index on %s (created_at, id)', _tbl));
  perform private.run(format('create index on %s (position, id)', _tbl));

  perform private.run(format(
    'create trigger _100_updated before update on %s for each row execute function private.tg__record_updated()',
    _tbl));

  perform private.build_policies(object_id);
  perform private.grant_columns(_tbl, _writable);
end
$$;

comment on function private.build_object(uuid) is
  'Makes an object''s table: columns, checks, indexes, search vector, trigger, policies, grants, comments.';

create or replace function private.build_search_vector(_object core.objects) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_object.id);
  _text text;
begin
  select string_agg(format('coalesce(%I, '''')', f.column_name), ' || '' '' || ' order by s.n)
    into _text
    from unnest(_object.search_fields) with ordinality s (name, n)
    join core.fields f on f.object_id = _object.id and f.name = s.name;

  perform private.run(format('alter table %s add column search_vector tsvector generated always as (to_tsvector(''simple'', %s)) stored',
    _tbl, coalesce(_text, '''''')));
  perform private.run(format('create index on %s using gin (search_vector)', _tbl));
end
$$;

comment on function private.build_search_vector(core.objects) is
  'Adds the column that full-text search looks through, made of the object''s search fields.';
--! EndIncluded private/build_object.sql
--! Included private/build_relation.sql
-- A relation becomes a foreign key with its index, on the side of the many.

create or replace function private.build_relation(relation_id uuid) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _from core.fields;
  _to core.fields;
  _tbl text;
  _constraint text;
begin
  select * into strict _relation from core.relations r where r.id = build_relation.relation_id;
  select * into strict _from from core.fields f where f.id = _relation.from_field_id;
  select * into strict _to from core.fields f where f.id = _relation.to_field_id;
  _tbl := private.table_of(_relation.from_object_id);
  _constraint := _from.column_name || '_fkey';

  perform private.run(format('alter table %s add column %I uuid%s', _tbl, _from.column_name,
    case when _from.is_nullable then '' else ' not null' end));
  perform private.run(format('alter table %s add constraint %I foreign key (%I) references %s on delete %s',
    _tbl, _constraint, _from.column_name, private.table_of(_relation.to_object_id),
    replace(_relation.on_delete, '_', ' ')));
  -- The id behind it lets the many side be read in pages, in order.
  perform private.run(format('create index on %s (%I, id)', _tbl, _from.column_name));

  perform private.run(format('comment on column %s.%I is %L', _tbl, _from.column_name,
    private.smart_comment(array['@field ' || _from.name || 'Id', '@type RELATION'], _from.description)));
  perform private.run(format('comment on constraint %I on %s is %L', _constraint, _tbl,
    concat_ws(E'\n',
      '@fieldName ' || _from.name,
      '@foreignFieldName ' || _to.name)));
  perform private.grant_columns(_tbl, array[_from.column_name]);
end
$$;

comment on function private.build_relation(uuid) is
  'Adds a relation''s column, foreign key and index, and names both sides of it in comments.';
--! EndIncluded private/build_relation.sql
--! Included private/workspace_shape.sql
-- The shape of a workspace: a hash of all that decides its GraphQL schema, and of
-- nothing else. It names no id, so workspaces alike have one shape.

create or replace function private.workspace_shape(workspace_id uuid) returns text
language sql stable
return (
  select encode(sha256(convert_to(coalesce(string_agg(shape.line, E'\n' order by shape.line), ''), 'UTF8')), 'hex')
  from (
    select jsonb_build_array('object', o.name_singular, o.name_plural, o.table_name, o.description,
                             o.label_field, o.search_fields)::text as line
    from core.objects o
    where o.workspace_id = workspace_shape.workspace_id and o.is_active
    union all
    select jsonb_build_array('field', o.name_singular, f.name, f.type, f.column_name, f.description, f.is_nullable,
                             f.default_value is null, f.is_unique,
                             (select jsonb_agg(x -> 'value' order by (x ->> 'position')::int) from jsonb_array_elements(f.options) x),
                             f.settings)::text
    from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = workspace_shape.workspace_id and f.is_active
    union all
    select jsonb_build_array('relation', r.type, o.name_singular, f.name, p.name_singular, g.name)::text
    from core.relations r
    join core.objects o on o.id = r.from_object_id
    join core.fields f on f.id = r.from_field_id
    join core.objects p on p.id = r.to_object_id
    join core.fields g on g.id = r.to_field_id
    where r.workspace_id = workspace_shape.workspace_id
  ) shape
);

comment on function private.workspace_shape(uuid) is
  'The SHA-256, in hex, of all that decides a workspace''s GraphQL schema.';

create or replace function private.touch_metadata(workspace_id uuid, takes_away boolean default false) returns void
language sql
begin atomic
  update core.workspaces w
  set metadata_version = w.metadata_version + 1,
      compatible_from = case when takes_away then w.metadata_version + 1 else w.compatible_from end,
      shape = private.workspace_shape(w.id)
  where w.id = touch_metadata.workspace_id;
end;

comment on function private.touch_metadata(uuid, boolean) is
  'Counts a change of the data model; when it takes something away, schemas compiled before it may not answer any more.';

create or replace function private.lock_metadata(workspace_id uuid) returns void
language sql
return pg_advisory_xact_lock(hashtextextended('relata.metadata.' || workspace_id, 0));

comment on function private.lock_metadata(uuid) is
  'Lets one transaction at a time change a workspace''s data model.';
--! EndIncluded private/workspace_shape.sql
--! Included private/create_relation.sql
create or replace function private.create_relation(_field core.fields, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _target core.objects;
  _inverse core.fields;
  _id uuid;
begin
  if coalesce(spec ->> 'type', 'MANY_TO_ONE') <> 'MANY_TO_ONE' then
    perform private.fail('RELAT', 'A relation is created from the side of the many: its type is MANY_TO_ONE.', 'data.relation.type');
  end if;
  if coalesce(spec ->> 'onDelete', 'SET_NULL') not in ('SET_NULL', 'CASCADE', 'RESTRICT') then
    perform private.fail('RELAT', 'onDelete is SET_NULL, CASCADE or RESTRICT.', 'data.relation.onDelete');
  end if;

  select * into _target from core.objects o
    where o.workspace_id = _field.workspace_id
      and (o.id::text = lower(spec ->> 'targetObjectId') or o.name_singular = spec ->> 'targetObject');
  if not found then
    perform private.fail('NTFND', 'There is no such object to relate to.', 'data.relation.targetObjectId');
  end if;

  _inverse := private.add_field(_target, jsonb_build_object(
    'type', 'RELATION',
    'name', spec ->> 'targetFieldName',
    'label', coalesce(spec ->> 'targetFieldLabel', private.words(spec ->> 'targetFieldName')),
    'icon', spec ->> 'targetFieldIcon',
    'isCustom', _field.is_custom,
    'isInverse', true), 'data.relation.targetFieldName', 'data.relation.targetFieldLabel');

  insert into core.relations (workspace_id, from_object_id, from_field_id, to_object_id, to_field_id, on_delete)
    values (_field.workspace_id, _field.object_id, _field.id, _target.id, _inverse.id,
            coalesce(spec ->> 'onDelete', 'SET_NULL'))
    returning id into _id;
  perform private.build_relation(_id);
  return _id;
end
$$;

comment on function private.create_relation(core.fields, jsonb) is
  'Joins a field to another object ({targetObject or targetObjectId, targetFieldName, targetFieldLabel, onDelete}): the field on the other side, the foreign key and its index.';
--! EndIncluded private/create_relation.sql
--! Included private/create_field.sql
-- The rows of a field, checked. core.create_field is the door for admins.

create or replace function private.add_field(
  _object core.objects, spec jsonb, path text default 'data.name', label_path text default 'data.label'
) returns core.fields
language plpgsql
as $$
declare
  _name text := spec ->> 'name';
  _type text := spec ->> 'type';
  _is_inverse boolean := coalesce((spec ->> 'isInverse')::boolean, false);
  _column text := private.snake_case(_name) || case _type when 'RELATION' then '_id' else '' end;
  _field core.fields;
  _clash text;
begin
  perform private.check_name(_name, path);
  perform private.check_label(coalesce(spec ->> 'label', private.words(_name)), label_path);
  if not exists (select from core.field_types t where t.name = _type) then
    perform private.fail('FTYPE', 'There is no such field type.', 'data.type');
  end if;
  -- Words of filters, and columns that PostgreSQL has on every table.
  if _name in ('and', 'or', 'not', 'typename', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid') then
    perform private.fail('NAMER', 'That name is reserved.', path);
  end if;

  -- A relation called company also takes the name companyId, and a column belongs to one field.
  select f.name into _clash from core.fields f
    where f.object_id = _object.id
      and (lower(f.name) = lower(_name)
        or (not _is_inverse and f.column_name = _column)
        or (_type = 'RELATION' and not _is_inverse and lower(f.name) = lower(_name || 'Id'))
        or (f.type = 'RELATION' and f.column_name is not null and lower(f.name || 'Id') = lower(_name))
        or (not _is_inverse and f.type = 'ACTOR' and starts_with(_column, f.column_name || '_')))
    limit 1;
  if found then
    perform private.fail('NAMEX', format('This object already has a field %s.', _clash), path);
  end if;
  -- The API names an enum by object and field, run together: project.taskStatus, projectTask.status.
  if _type = 'SELECT' and exists (
    select from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = _object.workspace_id and f.type = 'SELECT' and f.object_id <> _object.id
      and lower(o.name_singular || f.name) = lower(_object.name_singular || _name)) then
    perform private.fail('NAMEX', 'Another object''s field has the same enum in the API.', path);
  end if;
  perform private.check_settings(_type, coalesce(spec -> 'settings', '{}'));
  perform private.check_options(_type, spec);
  -- PostgreSQL allows 1,600 columns, and far fewer wide ones in a row.
  if (select count(*) from core.fields f where f.object_id = _object.id) >= 500 then
    perform private.fail('LIMIT', 'An object holds at most 500 fields.', 'data');
  end if;

  insert into core.fields (workspace_id, object_id, name, label, description, icon, type, column_name,
                           is_nullable, is_unique, default_value, options, settings, is_custom, is_system)
    values (_object.workspace_id, _object.id, _name,
            coalesce(spec ->> 'label', private.words(_name)),
            coalesce(spec ->> 'description', ''), coalesce(spec ->> 'icon', ''),
            _type, case when not _is_inverse then _column end,
            coalesce((spec ->> 'isNullable')::boolean, true),
            coalesce((spec ->> 'isUnique')::boolean, false),
            nullif(spec -> 'defaultValue', 'null'),
            private.numbered_options(spec -> 'options'),
            coalesce(nullif(spec -> 'settings', 'null'), '{}'),
            coalesce((spec ->> 'isCustom')::boolean, true),
            coalesce((spec ->> 'isSystem')::boolean, false))
    returning * into _field;
  return _field;
end
$$;

comment on function private.add_field(core.objects, jsonb, text, text) is
  'Writes a field''s row from what was asked for ({name, label, type, …}) after checking it. The table does not follow yet.';

create or replace function private.numbered_options(options jsonb) returns jsonb
language sql
return (
  select jsonb_agg(jsonb_build_object(
           'id', authz.uuid_v7(),
           'value', o ->> 'value',
           'label', coalesce(o ->> 'label', private.words(lower(o ->> 'value'))),
           'color', coalesce(o ->> 'color', 'gray'),
           'position', n - 1) order by n)
  from jsonb_array_elements(nullif(options, 'null')) with ordinality x (o, n)
);

comment on function private.numbered_options(jsonb) is
  'The options of a SELECT with ids, labels and colours filled in, in the order they were given.';

create or replace function private.check_settings(type text, settings jsonb) returns void
language plpgsql
as $$
declare
  _fits boolean := false;
begin
  if jsonb_typeof(settings) = 'object' then
    _fits := settings - array['dataType', 'isCaseInsensitive', 'generatedFrom'] = '{}'
      and (not settings ? 'dataType' or exists (
        select from core.field_types t, jsonb_array_elements(t.columns) c
        where t.name = type and c -> 'variants' ? (settings ->> 'dataType')))
      and (not settings ? 'isCaseInsensitive'
        or type = 'TEXT' and jsonb_typeof(settings -> 'isCaseInsensitive') = 'boolean');
  end if;
  if not _fits then
    perform private.fail('SETNG', 'Settings are dataType (float, int or bigint) of a NUMBER, and isCaseInsensitive of a TEXT.', 'data.settings');
  end if;
end
$$;

comment on function private.check_settings(text, jsonb) is
  'Nothing when the settings fit the type; SETTINGS_INVALID otherwise.';

create or replace function private.check_options(type text, spec jsonb) returns void
language plpgsql
as $$
declare
  _options jsonb := nullif(spec -> 'options', 'null');
  _default text := nullif(spec -> 'defaultValue', 'null') #>> '{}';
begin
  if type <> 'SELECT' then
    if _options is not null then
      perform private.fail('OPTNS', format('A field of type %s has no options.', type), 'data.options');
    end if;
    return;
  end if;
  if _options is null or jsonb_typeof(_options) <> 'array' or jsonb_array_length(_options) not between 1 and 500 then
    perform private.fail('OPTNS', 'A SELECT has a list of 1 to 500 options.', 'data.options');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where coalesce(o ->> 'value', '') !~ '^[A-Z_][A-Z0-9_]{0,62}$' or (o ->> 'value') ~ '^__') then
    perform private.fail('OPTNS', 'An option''s value is UPPER_SNAKE_CASE, at most 63 characters.', 'data.options.value');
  end if;
  perform private.check_label(o ->> 'label', 'data.options.label')
    from jsonb_array_elements(_options) o where o ->> 'label' is not null;
  if exists (select from jsonb_array_elements(_options) o where coalesce(o ->> 'color', 'gray') !~ '^[a-zA-Z0-9#-]{1,30}$') then
    perform private.fail('OPTNS', 'An option''s color is a name or a hex code, at most 30 characters.', 'data.options.color');
  end if;
  if (select count(distinct o ->> 'value') <> count(*) from jsonb_array_elements(_options) o) then
    perform private.fail('OPTNS', 'Two options have the same value.', 'data.options.value');
  end if;
  if _default is not null
    and not exists (select from jsonb_array_elements(_options) o where o ->> 'value' = _default) then
    perform private.fail('DEFLT', 'The default value is not one of the options.', 'data.defaultValue');
  end if;
end
$$;

comment on function private.check_options(text, jsonb) is
  'Nothing when the options fit the type; OPTIONS_INVALID, LABEL_INVALID or DEFAULT_INVALID otherwise.';

create or replace function private.create_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _field core.fields := private.add_field(_object, spec);
begin
  if _field.type = 'RELATION' and _field.default_value is not null then
    perform private.fail('DEFLT', 'A relation has no default value.', 'data.defaultValue');
  elsif _field.type = 'RELATION' and _field.is_unique then
    perform private.fail('RELAT', 'A relation cannot be unique.', 'data.isUnique');
  elsif not _field.is_nullable and _field.default_value is null
    and not _field.is_system and not coalesce((spec ->> 'onEmptyTable')::boolean, false) then
    if _field.type = 'RELATION' then
      perform private.fail('RELAT', 'A relation can be empty, as the records there are have none.', 'data.isNullable');
    end if;
    perform private.fail('DEFLT', 'A field that may not be empty needs a default value, for the records there are.', 'data.defaultValue');
  elsif _field.is_unique and _field.default_value is not null and _field.type <> 'UUID' then
    perform private.fail('DEFLT', 'A unique field has no default value: two records would share it.', 'data.defaultValue');
  end if;
  if _field.type = 'RELATION' then
    perform private.create_relation(_field, coalesce(spec -> 'relation', '{}'));
  else
    perform private.build_field(_field.id);
  end if;
  return _field.id;
end
$$;

comment on function private.create_field(core.objects, jsonb) is
  'Adds a field to an object that stands: its rows, its columns, and for a relation the other side too.';
--! EndIncluded private/create_field.sql
--! Included private/create_object.sql
-- The rows of an object and of its first fields, checked, and then its table.
-- core.create_object is the door for admins.

create or replace function private.create_object(workspace_id uuid, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _singular text := spec ->> 'nameSingular';
  _plural text := spec ->> 'namePlural';
  _object core.objects;
  _field jsonb;
begin
  perform private.check_name(_singular, 'data.nameSingular');
  perform private.check_name(_plural, 'data.namePlural');
  perform private.check_label(coalesce(spec ->> 'labelSingular', private.words(_singular)), 'data.labelSingular');
  perform private.check_label(coalesce(spec ->> 'labelPlural', private.words(_plural)), 'data.labelPlural');
  perform private.check_object_name(create_object.workspace_id, _singular, 'data.nameSingular');
  perform private.check_object_name(create_object.workspace_id, _plural, 'data.namePlural');
  -- Tables share their names with indexes (company_pkey).
  if to_regclass((select format('%I.%I', w.schema_name, private.snake_case(_singular))
                  from core.workspaces w where w.id = create_object.workspace_id)) is not null then
    perform private.fail('NAMEX', format('This workspace already uses the name %s.', _singular), 'data.nameSingular');
  end if;
  if lower(_singular) = lower(_plural) then
    perform private.fail('NAMEX', 'An object''s singular and plural names differ.', 'data.namePlural');
  end if;
  if (select count(*) from core.objects o where o.workspace_id = create_object.workspace_id) >= 1000 then
    perform private.fail('LIMIT', 'A workspace holds at most 1000 objects.', 'data');
  end if;

  insert into core.objects (workspace_id, name_singular, name_plural, label_singular, label_plural, description,
                            icon, table_name, label_field, search_fields, is_custom, is_system)
    values (create_object.workspace_id, _singular, _plural,
            coalesce(spec ->> 'labelSingular', private.words(_singular)),
            coalesce(spec ->> 'labelPlural', private.words(_plural)),
            coalesce(spec ->> 'description', ''), coalesce(spec ->> 'icon', ''),
            private.snake_case(_singular),
            coalesce(spec ->> 'labelField', 'name'),
            coalesce((select array_agg(f) from jsonb_array_elements_text(spec -> 'searchFields') f), array['name']),
            coalesce((spec ->> 'isCustom')::boolean, true),
            coalesce((spec ->> 'isSystem')::boolean, false))
    returning * into _object;

  for _field in
    select f || '{"isSystem": true, "isCustom": false}' from jsonb_array_elements(private.system_fields()) f
    union all
    select f || jsonb_build_object('isCustom', _object.is_custom)
    from jsonb_array_elements(coalesce(spec -> 'fields', '[{"name": "name", "type": "TEXT"}]')) f
  loop
    perform private.add_field(_object, _field);
  end loop;
  perform private.build_object(_object.id);
  return _object.id;
end
$$;

comment on function private.create_object(uuid, jsonb) is
  'Adds an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon, fields}) to a workspace: its rows, and its table.';

create or replace function private.system_fields() returns jsonb
language sql immutable
return '[
  {"name": "id",           "type": "UUID",      "isNullable": false, "defaultValue": "uuid"},
  {"name": "createdAt",    "type": "DATE_TIME", "isNullable": false, "defaultValue": "now", "label": "Creation date"},
  {"name": "updatedAt",    "type": "DATE_TIME", "isNullable": false, "defaultValue": "now", "label": "Last update"},
  {"name": "deletedAt",    "type": "DATE_TIME", "label": "Deleted at"},
  {"name": "createdBy",    "type": "ACTOR",     "label": "Created by"},
  {"name": "updatedBy",    "type": "ACTOR",     "label": "Updated by"},
  {"name": "position",     "type": "POSITION",  "isNullable": false},
  {"name": "searchVector", "type": "TS_VECTOR"}
]'::jsonb;

comment on function private.system_fields() is
  'The fields that every object has.';

create or replace function private.check_object_name(workspace_id uuid, name text, path text) returns void
language plpgsql
as $$
begin
  -- GraphQL names are told apart by case, but people and file systems are not so careful.
  -- The types that the API makes of other objects' names, and the tables of PostgreSQL,
  -- which come first in every search_path.
  if exists (select from private.reserved_names r where lower(r.name) = lower(check_object_name.name))
    or name ~ '(Connection|Edge|Input|Filter|Enum)$'
    or private.snake_case(name) like 'pg\_%' then
    perform private.fail('NAMER', format('The name %s is reserved.', name), path);
  end if;
  if exists (select from core.objects o
             where o.workspace_id = check_object_name.workspace_id
               and lower(check_object_name.name) in (lower(o.name_singular), lower(o.name_plural))) then
    perform private.fail('NAMEX', format('This workspace already has an object called %s.', name), path);
  end if;
end
$$;

comment on function private.check_object_name(uuid, text, text) is
  'Nothing for a name that is free in the workspace; NAME_RESERVED or NAME_TAKEN otherwise.';
--! EndIncluded private/create_object.sql
--! Included private/create_workspace.sql
-- A new workspace: its row, its schema, its four roles and its standard objects,
-- in one transaction.

create table if not exists private.standard_roles (
  name        text primary key,
  label       text not null,
  description text not null,
  permissions text[] not null
);

comment on table private.standard_roles is
  'The roles that every workspace starts with.';

insert into private.standard_roles values
  ('OWNER',  'Owner',  'Full access, and the workspace itself.', '{*}'),
  ('ADMIN',  'Admin',  'Every record, and the data model.', '{*.read,*.create,*.update,*.delete,*.destroy,data_model,members}'),
  ('MEMBER', 'Member', 'Reads and writes every record.', '{*.read,*.create,*.update,*.delete}'),
  ('GUEST',  'Guest',  'Reads every record.', '{*.read}')
on conflict (name) do update
  set label = excluded.label, description = excluded.description, permissions = excluded.permissions;

create table if not exists private.standard_objects (
  name       text primary key,
  place      int not null,
  definition jsonb not null
);

comment on table private.standard_objects is
  'The objects that every workspace starts with; each is a file in db/standard_objects/.';

create or replace function private.define_standard_object(place int, definition jsonb) returns void
language sql
begin atomic
  insert into private.standard_objects values (definition ->> 'nameSingular', place, definition)
  on conflict on constraint standard_objects_pkey do update
    set place = excluded.place, definition = excluded.definition;
end;

comment on function private.define_standard_object(int, jsonb) is
  'Declares an object that new workspaces start with, or changes it; called by the files in db/standard_objects/.';

create or replace function private.create_workspace(name text, subdomain text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid := authz.uuid_v7();
  _schema text;
  _object jsonb;
  _relation jsonb;
begin
  -- Named by the random end of the id: short, unguessable, and no label of anyone's.
  _schema := 'workspace_' || right(replace(_id::text, '-', ''), 12);
  perform set_config('relata.workspace_id', _id::text, true);

  begin
    insert into core.workspaces (id, name, subdomain, schema_name) values (_id, name, subdomain, _schema);
  exception when unique_violation then
    perform private.fail('NAMEX', 'That subdomain is taken.', 'data.subdomain');
  end;
  insert into core.roles (workspace_id, name, label, description, permissions, is_custom)
    select _id, r.name, r.label, r.description, r.permissions, false from private.standard_roles r;

  perform private.run(format('create schema %I', _schema));
  perform private.run(format('grant usage on schema %I to relata_guest', _schema));

  for _object in select definition from private.standard_objects order by place loop
    perform private.create_object(_id, _object || '{"isCustom": false}');
  end loop;
  for _object, _relation in
    select o.definition, r from private.standard_objects o, jsonb_array_elements(o.definition -> 'relations') r
    order by o.place
  loop
    perform private.create_field(
      (select f from core.objects f where f.workspace_id = _id and f.name_singular = _object ->> 'nameSingular'),
      (_relation - array['targetObject', 'targetFieldName', 'onDelete'])
        || jsonb_build_object('type', 'RELATION', 'isCustom', false, 'relation', _relation));
  end loop;
  perform private.touch_metadata(_id);
  return _id;
end
$$;

comment on function private.create_workspace(text, text) is
  'Makes a workspace with its standard objects and roles and answers its id; the transaction speaks for it from then on.';
--! EndIncluded private/create_workspace.sql
--! Included private/add_member.sql
create or replace function private.create_user(email text, password_hash text, first_name text, last_name text)
returns uuid
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _user as (
    insert into core.users (email, first_name, last_name)
    values (lower(create_user.email), create_user.first_name, create_user.last_name)
    returning id
  )
  insert into private.user_secrets (user_id, password_hash)
  select id, create_user.password_hash from _user
  returning user_id;
end;

comment on function private.create_user(text, text, text, text) is
  'Makes a user who signs in with a password, kept as its Argon2id hash (PHC string), and answers his id.';

create or replace function private.add_member(workspace_id uuid, user_id uuid, role text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid := authz.uuid_v7();
  _schema text;
  _user core.users;
begin
  perform set_config('relata.workspace_id', add_member.workspace_id::text, true);
  select w.schema_name into strict _schema from core.workspaces w where w.id = add_member.workspace_id;
  select * into strict _user from core.users u where u.id = add_member.user_id;

  insert into core.workspace_members (id, workspace_id, user_id, role_id)
    select _id, add_member.workspace_id, add_member.user_id, r.id
    from core.roles r where r.workspace_id = add_member.workspace_id and r.name = add_member.role;

  if not found then
    perform private.fail('NTFND', 'There is no such role.', 'role');
  end if;

  -- The record by which colleagues know the member has the same id.
  execute format(
    'insert into %I.workspace_member (id, user_id, user_email, first_name, last_name) values ($1, $2, $3, $4, $5)',
    _schema) using _id, _user.id, _user.email, _user.first_name, _user.last_name;
  return _id;
end
$$;

comment on function private.add_member(uuid, uuid, text) is
  'Makes a user a member of a workspace in a role (OWNER, ADMIN, MEMBER, GUEST, …) and answers the member''s id.';

create or replace function private.remove_member(member_id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _schema text;
  _user_id uuid;
begin
  delete from core.workspace_members m where m.id = remove_member.member_id and m.workspace_id = authz.workspace_id()
    returning m.user_id into _user_id;
  if not found then
    perform private.fail('NTFND', 'There is no such member.', 'memberId');
  end if;
  -- Or his old refresh tokens would work again should he come back.
  delete from private.sessions s where s.user_id = _user_id and s.workspace_id = authz.workspace_id();
  select w.schema_name into strict _schema from core.workspaces w where w.id = authz.workspace_id();
  execute format('update %I.workspace_member set deleted_at = now() where id = $1', _schema) using remove_member.member_id;
end
$$;

comment on function private.remove_member(uuid) is
  'Takes a member out of the workspace this transaction speaks for and ends his sessions; his next request is refused.';
--! EndIncluded private/add_member.sql
--! Included core/create_object.sql
-- The doors by which an admin shapes the workspace. Each is one transaction over
-- metadata, tables, policies and grants. DDL waits at most 200 ms for its locks,
-- lest every reader queue behind it (DESIGN §3); src/ tries again.

create or replace function core.create_object(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _id uuid;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(_workspace_id);
  _id := private.create_object(_workspace_id,
    jsonb_strip_nulls(data) - array['fields', 'isCustom', 'isSystem', 'labelField', 'searchFields']);
  perform private.touch_metadata(_workspace_id);
  return _id;
end
$$;

comment on function core.create_object(jsonb) is
  'Creates an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon}) in the caller''s workspace and answers its id. Needs data_model. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED.';
grant execute on function core.create_object(jsonb) to relata_admin;

create or replace function core.create_field(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _object core.objects;
  _id uuid;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(_workspace_id);
  select * into _object from core.objects o
    where o.workspace_id = _workspace_id and o.id::text = lower(data ->> 'objectId');
  if not found then
    perform private.fail('NTFND', 'There is no such object.', 'data.objectId');
  end if;
  if exists (select from core.field_types t where t.name = data ->> 'type' and t.is_system) then
    perform private.fail('FTYPE', 'Relata keeps fields of this type itself.', 'data.type');
  end if;
  -- What a field is made from is for standard objects to say, until formulas come.
  if data -> 'settings' ? 'generatedFrom' then
    perform private.fail('SETNG', 'Settings are dataType and isCaseInsensitive.', 'data.settings');
  end if;
  _id := private.create_field(_object, jsonb_strip_nulls(data) - array['isCustom', 'isSystem', 'isInverse', 'onEmptyTable']);
  perform private.touch_metadata(_workspace_id);
  return _id;
end
$$;

comment on function core.create_field(jsonb) is
  'Creates a field ({objectId, name, label, type, description, icon, isNullable, isUnique, defaultValue, options, settings, relation}) and answers its id. Needs data_model. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED, FIELD_TYPE_INVALID, OPTIONS_INVALID, DEFAULT_INVALID, SETTINGS_INVALID, RELATION_INVALID, NOT_FOUND.';
grant execute on function core.create_field(jsonb) to relata_admin;
--! EndIncluded core/create_object.sql

-- What a field may be.
--! Included field_types/actor.sql
select private.define_field_type(
  'ACTOR',
  'Who did it, and through what.',
  '[{"suffix": "_source",              "type": "text", "default": "authz.actor_source()"},
    {"suffix": "_workspace_member_id", "type": "uuid", "default": "authz.member_id()"},
    {"suffix": "_name",                "type": "text", "default": "authz.actor_name()"}]',
  is_system => true
);
--! EndIncluded field_types/actor.sql
--! Included field_types/boolean.sql
select private.define_field_type(
  'BOOLEAN',
  'True or false.',
  '[{"type": "boolean"}]'
);
--! EndIncluded field_types/boolean.sql
--! Included field_types/date.sql
select private.define_field_type(
  'DATE',
  'A day of the calendar (ISO 8601).',
  '[{"type": "date"}]'
);
--! EndIncluded field_types/date.sql
--! Included field_types/date_time.sql
select private.define_field_type(
  'DATE_TIME',
  'An instant (ISO 8601), kept in UTC.',
  '[{"type": "timestamptz"}]'
);
--! EndIncluded field_types/date_time.sql
--! Included field_types/number.sql
select private.define_field_type(
  'NUMBER',
  'A number: in double precision (15 digits), or whole when settings.dataType is int or bigint.',
  '[{"type": "float8", "variants": {"float": "float8", "int": "int4", "bigint": "int8"}}]'
);
--! EndIncluded field_types/number.sql
--! Included field_types/numeric.sql
select private.define_field_type(
  'NUMERIC',
  'An exact decimal number, sent as a string.',
  '[{"type": "numeric"}]'
);
--! EndIncluded field_types/numeric.sql
--! Included field_types/position.sql
select private.define_field_type(
  'POSITION',
  'Where a record stands among its kind; new ones come first.',
  '[{"type": "float8", "default": "-extract(epoch from clock_timestamp())"}]',
  is_system => true
);
--! EndIncluded field_types/position.sql
--! Included field_types/relation.sql
select private.define_field_type(
  'RELATION',
  'Another record: a foreign key on the side of the many.',
  '[{"suffix": "_id", "type": "uuid"}]'
);
--! EndIncluded field_types/relation.sql
--! Included field_types/select.sql
select private.define_field_type(
  'SELECT',
  'One of the field''s options.',
  '[{"type": "text"}]',
  check_sql => '%1$s = any (array[%2$s]::text[])'
);
--! EndIncluded field_types/select.sql
--! Included field_types/text.sql
select private.define_field_type(
  'TEXT',
  'Text of any length up to 1 MB.',
  '[{"type": "text"}]',
  check_sql => 'octet_length(%1$s) <= 1048576'
);
--! EndIncluded field_types/text.sql
--! Included field_types/ts_vector.sql
select private.define_field_type(
  'TS_VECTOR',
  'What full-text search looks through; kept by PostgreSQL.',
  '[{"type": "tsvector"}]',
  is_system => true
);
--! EndIncluded field_types/ts_vector.sql
--! Included field_types/uuid.sql
select private.define_field_type(
  'UUID',
  'A universally unique id.',
  '[{"type": "uuid"}]'
);
--! EndIncluded field_types/uuid.sql

-- What a workspace starts with.
--! Included standard_objects/attachment.sql
select private.define_standard_object(90, $json${
  "nameSingular": "attachment", "namePlural": "attachments", "icon": "IconFileImport",
  "description": "A file kept with a record.",
  "isSystem": true,
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "fullPath", "type": "TEXT", "label": "Full path"},
    {"name": "fileCategory", "type": "SELECT", "isNullable": false, "defaultValue": "OTHER", "label": "File category", "options": [
      {"value": "ARCHIVE"}, {"value": "AUDIO"}, {"value": "IMAGE"}, {"value": "PRESENTATION"},
      {"value": "SPREADSHEET"}, {"value": "TEXT_DOCUMENT"}, {"value": "VIDEO"}, {"value": "OTHER"}]}
  ],
  "relations": [
    {"name": "targetCompany", "targetObject": "company", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetPerson", "targetObject": "person", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "targetObject": "opportunity", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetNote", "targetObject": "note", "targetFieldName": "attachments", "onDelete": "CASCADE"},
    {"name": "targetTask", "targetObject": "task", "targetFieldName": "attachments", "onDelete": "CASCADE"}
  ]
}$json$);
--! EndIncluded standard_objects/attachment.sql
--! Included standard_objects/company.sql
select private.define_standard_object(20, $json${
  "nameSingular": "company", "namePlural": "companies", "icon": "IconBuildingSkyscraper",
  "description": "An organisation you do business with.",
  "searchFields": ["name", "domainName"],
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "domainName", "type": "TEXT", "label": "Domain name"},
    {"name": "industry", "type": "TEXT"},
    {"name": "employees", "type": "NUMBER", "settings": {"dataType": "int"}},
    {"name": "address", "type": "TEXT"},
    {"name": "annualRecurringRevenue", "type": "NUMERIC", "label": "ARR"},
    {"name": "linkedinLink", "type": "TEXT", "label": "LinkedIn"},
    {"name": "idealCustomerProfile", "type": "BOOLEAN", "label": "ICP", "defaultValue": false, "isNullable": false}
  ],
  "relations": [
    {"name": "accountOwner", "targetObject": "workspaceMember", "targetFieldName": "accountOwnerForCompanies"}
  ]
}$json$);
--! EndIncluded standard_objects/company.sql
--! Included standard_objects/note.sql
select private.define_standard_object(50, $json${
  "nameSingular": "note", "namePlural": "notes", "icon": "IconNotes",
  "description": "Something written down.",
  "labelField": "title",
  "searchFields": ["title", "body"],
  "fields": [
    {"name": "title", "type": "TEXT"},
    {"name": "body", "type": "TEXT"}
  ]
}$json$);
--! EndIncluded standard_objects/note.sql
--! Included standard_objects/note_target.sql
select private.define_standard_object(70, $json${
  "nameSingular": "noteTarget", "namePlural": "noteTargets", "icon": "IconCheckbox",
  "description": "What a note is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "note", "targetObject": "note", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "targetObject": "company", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "targetObject": "person", "targetFieldName": "noteTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "targetObject": "opportunity", "targetFieldName": "noteTargets", "onDelete": "CASCADE"}
  ]
}$json$);
--! EndIncluded standard_objects/note_target.sql
--! Included standard_objects/opportunity.sql
select private.define_standard_object(40, $json${
  "nameSingular": "opportunity", "namePlural": "opportunities", "icon": "IconTargetArrow",
  "description": "A deal that may be won.",
  "fields": [
    {"name": "name", "type": "TEXT"},
    {"name": "amount", "type": "NUMERIC"},
    {"name": "closeDate", "type": "DATE_TIME", "label": "Close date"},
    {"name": "stage", "type": "SELECT", "isNullable": false, "defaultValue": "NEW", "options": [
      {"value": "NEW", "label": "New", "color": "red"},
      {"value": "SCREENING", "label": "Screening", "color": "purple"},
      {"value": "MEETING", "label": "Meeting", "color": "sky"},
      {"value": "PROPOSAL", "label": "Proposal", "color": "turquoise"},
      {"value": "CUSTOMER", "label": "Customer", "color": "yellow"}]}
  ],
  "relations": [
    {"name": "company", "targetObject": "company", "targetFieldName": "opportunities"},
    {"name": "pointOfContact", "label": "Point of contact", "targetObject": "person", "targetFieldName": "pointOfContactForOpportunities"},
    {"name": "owner", "targetObject": "workspaceMember", "targetFieldName": "ownedOpportunities"}
  ]
}$json$);
--! EndIncluded standard_objects/opportunity.sql
--! Included standard_objects/person.sql
select private.define_standard_object(30, $json${
  "nameSingular": "person", "namePlural": "people", "icon": "IconUser",
  "description": "Somebody you know, often a contact at a company.",
  "searchFields": ["firstName", "lastName", "email"],
  "fields": [
    {"name": "firstName", "type": "TEXT", "label": "First name"},
    {"name": "lastName", "type": "TEXT", "label": "Last name"},
    {"name": "name", "type": "TEXT", "description": "First and last name.", "settings": {"generatedFrom": ["firstName", "lastName"]}},
    {"name": "email", "type": "TEXT", "isUnique": true, "settings": {"isCaseInsensitive": true}},
    {"name": "phone", "type": "TEXT"},
    {"name": "jobTitle", "type": "TEXT", "label": "Job title"},
    {"name": "city", "type": "TEXT"},
    {"name": "linkedinLink", "type": "TEXT", "label": "LinkedIn"},
    {"name": "avatarUrl", "type": "TEXT", "label": "Avatar"}
  ],
  "relations": [
    {"name": "company", "targetObject": "company", "targetFieldName": "contacts"}
  ]
}$json$);
--! EndIncluded standard_objects/person.sql
--! Included standard_objects/task.sql
select private.define_standard_object(60, $json${
  "nameSingular": "task", "namePlural": "tasks", "icon": "IconCheckbox",
  "description": "Something to be done.",
  "labelField": "title",
  "searchFields": ["title", "body"],
  "fields": [
    {"name": "title", "type": "TEXT"},
    {"name": "body", "type": "TEXT"},
    {"name": "dueAt", "type": "DATE_TIME", "label": "Due date"},
    {"name": "status", "type": "SELECT", "isNullable": false, "defaultValue": "TODO", "options": [
      {"value": "TODO", "label": "To do", "color": "sky"},
      {"value": "IN_PROGRESS", "label": "In progress", "color": "purple"},
      {"value": "DONE", "label": "Done", "color": "green"}]}
  ],
  "relations": [
    {"name": "assignee", "targetObject": "workspaceMember", "targetFieldName": "assignedTasks"}
  ]
}$json$);
--! EndIncluded standard_objects/task.sql
--! Included standard_objects/task_target.sql
select private.define_standard_object(80, $json${
  "nameSingular": "taskTarget", "namePlural": "taskTargets", "icon": "IconCheckbox",
  "description": "What a task is about.",
  "isSystem": true, "labelField": "id", "searchFields": [], "fields": [],
  "relations": [
    {"name": "task", "targetObject": "task", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetCompany", "targetObject": "company", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetPerson", "targetObject": "person", "targetFieldName": "taskTargets", "onDelete": "CASCADE"},
    {"name": "targetOpportunity", "targetObject": "opportunity", "targetFieldName": "taskTargets", "onDelete": "CASCADE"}
  ]
}$json$);
--! EndIncluded standard_objects/task_target.sql
--! Included standard_objects/workspace_member.sql
select private.define_standard_object(10, $json${
  "nameSingular": "workspaceMember", "namePlural": "workspaceMembers", "icon": "IconUserCircle",
  "description": "A colleague: how members of the workspace know each other.",
  "isSystem": true,
  "searchFields": ["firstName", "lastName", "userEmail"],
  "fields": [
    {"name": "firstName", "type": "TEXT", "label": "First name"},
    {"name": "lastName", "type": "TEXT", "label": "Last name"},
    {"name": "name", "type": "TEXT", "description": "First and last name.", "settings": {"generatedFrom": ["firstName", "lastName"]}},
    {"name": "userEmail", "type": "TEXT", "label": "Email"},
    {"name": "userId", "type": "UUID", "label": "User"},
    {"name": "avatarUrl", "type": "TEXT", "label": "Avatar"},
    {"name": "locale", "type": "TEXT", "defaultValue": "en"},
    {"name": "timeZone", "type": "TEXT", "label": "Time zone", "defaultValue": "UTC"}
  ]
}$json$);
--! EndIncluded standard_objects/workspace_member.sql
--! EndIncluded schema.sql
