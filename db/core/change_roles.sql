-- Roles are made, changed and given by those who hold the permission `roles`, within
-- what they may do themselves (private/role_rights.sql). Each function is one transaction,
-- and holds from the next request on.

create or replace function core.create_role(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _permissions text[];
  _id uuid;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _permissions := private.check_permissions(array(select jsonb_array_elements_text(data -> 'permissions')), 'data.permissions');
  perform private.require_grantable(_permissions, 'data.permissions');
  if (select count(*) from core.roles r where r.workspace_id = authz.workspace_id()) >= 200 then
    perform private.fail('LIMIT', 'A workspace has at most 200 roles.');
  end if;
  insert into core.roles (workspace_id, name, label, description, permissions)
    values (authz.workspace_id(), private.role_name(data), private.role_label(data), coalesce(data ->> 'description', ''), _permissions)
    returning id into _id;
  return _id;
exception when unique_violation then
  perform private.fail('NAMEX', 'Another role has that name.', 'data.name');
end
$$;

comment on function core.create_role(jsonb) is
  'Makes a role ({name, label, description, permissions}) and answers its id. Needs roles, and each permission given. Errors: ROLE_INVALID, NAME_INVALID, LABEL_INVALID, NAME_TAKEN, LIMIT_EXCEEDED.';
grant execute on function core.create_role(jsonb) to relata_reader;

create or replace function private.role_label(data jsonb) returns text
language plpgsql
as $$
declare
  _label text := btrim(coalesce(data ->> 'label', data ->> 'name', ''));
begin
  if length(_label) not between 1 and 255 or _label ~ '[[:cntrl:]]' then
    perform private.fail('LABEL', 'A label is a text of 1 to 255 characters.', 'data.label');
  end if;
  return _label;
end
$$;

comment on function private.role_label(jsonb) is
  'What a role is called; its name when nothing is said.';

create or replace function private.role_name(data jsonb) returns text
language plpgsql
as $$
declare
  _name text := coalesce(data ->> 'name', btrim(regexp_replace(upper(private.role_label(data)), '[^A-Z0-9]+', '_', 'g'), '_'));
begin
  if _name !~ '^[A-Z][A-Z0-9_]{0,62}$' then
    perform private.fail('NAMEV', 'The name of a role is 1 to 63 capital letters, digits and _, and begins with a letter.', 'data.name');
  end if;
  return _name;
end
$$;

comment on function private.role_name(jsonb) is
  'The name of a role; made from its label when it is not said.';

create or replace function core.update_role(id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _permissions text[];
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(update_role.id);
  _permissions := case when jsonb_typeof(data -> 'permissions') = 'array'
    then private.check_permissions(array(select jsonb_array_elements_text(data -> 'permissions')), 'data.permissions') else _role.permissions end;
  perform private.require_grantable(_permissions, 'data.permissions');
  if not _role.is_custom and data ->> 'name' <> _role.name then
    perform private.fail('ROLEX', 'A standard role keeps its name.', 'data.name');
  end if;
  if _permissions && '{*,data_model}' and exists (select from core.field_permissions p where p.role_id = _role.id) then
    perform private.fail('ROLEX', 'Who shapes the data model can read every field: from such a role none is held back.', 'data.permissions');
  end if;
  update core.roles r
    set name = case when data ->> 'name' is null then r.name else private.role_name(data) end,
        label = case when data ->> 'label' is null then r.label else private.role_label(data) end,
        description = coalesce(data ->> 'description', r.description), permissions = _permissions
    where r.id = _role.id;
  return _role.id;
exception when unique_violation then
  perform private.fail('NAMEX', 'Another role has that name.', 'data.name');
end
$$;

comment on function core.update_role(uuid, jsonb) is
  'Changes a role ({name, label, description, permissions}) and answers its id. Needs roles, and each permission that it has and is given; not for a role of one''s own. Errors as for core.create_role, NOT_FOUND.';
grant execute on function core.update_role(uuid, jsonb) to relata_reader;

create or replace function core.delete_role(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(delete_role.id);
  if not _role.is_custom then
    perform private.fail('ROLEX', 'A standard role stays.', 'id');
  end if;
  delete from core.roles r where r.id = _role.id;
  return _role.id;
end
$$;

comment on function core.delete_role(uuid) is
  'Deletes a role, and takes it from all who hold it; answers its id. Needs roles. Errors: NOT_FOUND, ROLE_INVALID for a standard role.';
grant execute on function core.delete_role(uuid) to relata_reader;

create or replace function core.assign_roles(holder_id uuid, role_ids uuid[]) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _member_id uuid := (select m.id from core.workspace_members m where m.id = holder_id and m.workspace_id = authz.workspace_id());
  _api_key_id uuid := (select k.id from core.api_keys k where k.id = holder_id and k.workspace_id = authz.workspace_id());
  _changed uuid;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  if coalesce(_member_id, _api_key_id) is null then
    perform private.fail('NTFND', 'There is no such member or API key.', 'id');
  elsif _member_id = authz.member_id() and not authz.has_permission('*') then
    raise exception using errcode = '42501', message = 'Your own roles are given by others.', column = 'id';
  elsif exists (select from unnest(assign_roles.role_ids) x where not exists (
      select from core.roles r where r.id = x and r.workspace_id = authz.workspace_id())) then
    perform private.fail('NTFND', 'There is no such role.', 'roleIds');
  end if;
  -- Each that is given or taken away is his to give.
  for _changed in
    select x from unnest(assign_roles.role_ids) x
      where not exists (select from core.role_assignments a where a.role_id = x and assign_roles.holder_id in (a.member_id, a.api_key_id))
    union
    select a.role_id from core.role_assignments a
      where assign_roles.holder_id in (a.member_id, a.api_key_id) and a.role_id <> all (assign_roles.role_ids)
  loop
    perform private.require_grantable((select r.permissions from core.roles r where r.id = _changed), 'roleIds');
  end loop;
  delete from core.role_assignments a
    where assign_roles.holder_id in (a.member_id, a.api_key_id) and a.role_id <> all (assign_roles.role_ids);
  insert into core.role_assignments (workspace_id, role_id, member_id, api_key_id)
    select distinct authz.workspace_id(), x, _member_id, _api_key_id from unnest(assign_roles.role_ids) x
  on conflict do nothing;
  return holder_id;
end
$$;

comment on function core.assign_roles(uuid, uuid[]) is
  'Lets a member or an API key hold just these roles, and answers its id. Needs roles, and every permission that is given or taken. Errors: NOT_FOUND, PERMISSION_DENIED.';
grant execute on function core.assign_roles(uuid, uuid[]) to relata_reader;
