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

create or replace function core.set_field_permissions(role_id uuid, fields jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _at int;
begin
  perform authz.require_permission('roles');
  perform private.require_roles_manager();
  _role := private.role_to_change(set_field_permissions.role_id, 'roleId');
  if _role.permissions && '{*,data_model}' then
    perform private.fail('ROLEX', 'Who shapes the data model can read every field: from such a role none is held back.', 'roleId');
  end if;
  select n - 1 into _at from jsonb_array_elements(fields) with ordinality x (f, n)
    where not exists (select from core.fields d where d.id::text = f ->> 'fieldId' and d.workspace_id = authz.workspace_id()) limit 1;
  if found then
    perform private.fail('NTFND', 'There is no such field.', format('fieldPermissions.%s.fieldId', _at));
  end if;
  select n - 1 into _at from jsonb_array_elements(fields) with ordinality x (f, n) join core.fields d on d.id::text = f ->> 'fieldId'
    where (d.is_system or d.name = 'id') and not (coalesce((f ->> 'canRead')::boolean, true) and coalesce((f ->> 'canUpdate')::boolean, true)) limit 1;
  if found then
    perform private.fail('ROLEX', 'Relata itself needs that field: it is held back from nobody.', format('fieldPermissions.%s.fieldId', _at));
  end if;

  with said as (
    select distinct on (f ->> 'fieldId') (f ->> 'fieldId')::uuid as field_id, coalesce((f ->> 'canRead')::boolean, true) as can_read,
           coalesce((f ->> 'canUpdate')::boolean, true) as can_update
    from jsonb_array_elements(fields) with ordinality x (f, n) order by f ->> 'fieldId', n desc
  ), freed as (
    delete from core.field_permissions p using said s
    where p.role_id = _role.id and p.field_id = s.field_id and s.can_read and s.can_update
  )
  insert into core.field_permissions as p (workspace_id, role_id, field_id, can_read)
    select _role.workspace_id, _role.id, s.field_id, s.can_read from said s where not (s.can_read and s.can_update)
  on conflict on constraint field_permissions_role_id_field_id_key do update set can_read = excluded.can_read where p.can_read <> excluded.can_read;
  return _role.id;
end
$$;

comment on function core.set_field_permissions(uuid, jsonb) is
  'Says which fields a role may read and change ([{fieldId, canRead, canUpdate}], true where nothing is said) and answers its id; fields that are not named stay as they were. Needs roles. Errors: NOT_FOUND, ROLE_INVALID.';
grant execute on function core.set_field_permissions(uuid, jsonb) to relata_reader;

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

create or replace function core.set_object_permissions(role_id uuid, objects jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
  _said record;
  _permissions text[];
begin
  perform authz.require_permission('roles');
  _role := private.role_to_change(set_object_permissions.role_id, 'roleId');
  _permissions := _role.permissions;
  for _said in
    select x.n - 1 as at, o.name_plural, a.action, (x.said ->> a.action)::boolean as may
    from jsonb_array_elements(objects) with ordinality x (said, n)
    cross join unnest('{read,create,update,delete,destroy}'::text[]) a (action)
    left join core.objects o on o.id::text = x.said ->> 'objectId' and o.workspace_id = authz.workspace_id()
    where x.said ->> a.action is not null or o.id is null
    order by x.n
  loop
    if _said.name_plural is null then
      perform private.fail('NTFND', 'There is no such object.', format('objectPermissions.%s.objectId', _said.at));
    elsif _said.may and not _permissions && array['*', '*.' || _said.action] then
      _permissions := _permissions || (_said.name_plural || '.' || _said.action);
    elsif not _said.may then
      -- All of them but this one, by name.
      if '*.' || _said.action = any (_permissions) then
        _permissions := array_remove(_permissions, '*.' || _said.action)
          || array(select o.name_plural || '.' || _said.action from core.objects o where o.workspace_id = authz.workspace_id());
      end if;
      _permissions := array_remove(_permissions, _said.name_plural || '.' || _said.action);
    end if;
  end loop;
  return core.update_role(_role.id, jsonb_build_object('permissions', _permissions));
end
$$;

comment on function core.set_object_permissions(uuid, jsonb) is
  'Says what a role may do with the records of objects ([{objectId, read, create, update, delete, destroy}]; what is not said stays) and answers its id. A role for every object then names each, and gets no new ones. Needs roles. Errors: NOT_FOUND, ROLE_INVALID.';
grant execute on function core.set_object_permissions(uuid, jsonb) to relata_reader;

create or replace function core.set_permission_flags(role_id uuid, flags text[]) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _role core.roles;
begin
  perform authz.require_permission('roles');
  _role := private.role_to_change(set_permission_flags.role_id, 'roleId');
  return core.update_role(_role.id, jsonb_build_object('permissions',
    array(select p from unnest(_role.permissions) p where p <> all (private.settings_flags())) || flags));
end
$$;

comment on function core.set_permission_flags(uuid, text[]) is
  'Says which settings a role may change (data_model, members, …), all of them, and answers its id. Needs roles. Errors: NOT_FOUND, ROLE_INVALID.';
grant execute on function core.set_permission_flags(uuid, text[]) to relata_reader;
