-- What a role may do with the records of objects, with their fields, and with settings:
-- said object by object, field by field, on top of core.update_role.

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
