-- What managing roles must not become: a way up. Nobody gives what he does not have,
-- and nobody but who may do everything touches a role of his own.

create or replace function private.require_grantable(permissions text[], path text default '') returns void
language plpgsql
as $$
declare
  _beyond text;
begin
  select p into _beyond from unnest(permissions) p
    where not (case when p like '%.%' and p not like '*%' then authz.has_permission(p)
               else string_to_array(current_setting('relata.permissions', true), ',') && array['*', p] end)
    limit 1;
  if _beyond is not null then
    raise exception using errcode = '42501', column = path,
      message = format('You do not have the permission %s, and cannot give it.', _beyond);
  end if;
end
$$;

comment on function private.require_grantable(text[], text) is
  'Nothing when the caller has each of these permissions himself; PERMISSION_DENIED otherwise.';

create or replace function private.sees_all() returns boolean
language sql stable
begin atomic
  select not exists (
    select from private.access a
    where a.workspace_id = authz.workspace_id() and a.role_ids = authz.role_ids()
      and (a.fields_key is not null or a.conditions <> '{}'));
end;

comment on function private.sees_all() is
  'Whether nothing is held back from the caller, no field and by rules no record, of what his permissions open.';

create or replace function private.require_roles_manager(permission text default 'roles') returns void
language plpgsql
as $$
begin
  perform authz.require_permission(permission);
  -- Another role could show what is held back from him.
  if not private.sees_all() then
    raise exception using errcode = '42501', message = 'Who does not see every field, or every record, gives no roles.';
  end if;
end
$$;

comment on function private.require_roles_manager(text) is
  'Nothing when the caller has the permission and sees all that a role could show; PERMISSION_DENIED otherwise.';

create or replace function private.role_to_change(id uuid, path text default 'id') returns core.roles
language plpgsql
as $$
declare
  _role core.roles;
begin
  select * into _role from core.roles r where r.id = role_to_change.id and r.workspace_id = authz.workspace_id() for update;
  if not found then
    perform private.fail('NTFND', 'There is no such role.', path);
  elsif _role.name = 'OWNER' then
    perform private.fail('ROLEX', 'Owners may do everything: that role stays as it is.', path);
  elsif _role.id = any (authz.role_ids()) and not authz.has_permission('*') then
    raise exception using errcode = '42501', column = path, message = 'You hold that role yourself, and cannot change it.';
  end if;
  -- To take away is to decide over it as well.
  perform private.require_grantable(_role.permissions, path);
  return _role;
end
$$;

comment on function private.role_to_change(uuid, text) is
  'A role that the caller may change; NOT_FOUND, ROLE_INVALID or PERMISSION_DENIED when he may not.';

create or replace function private.check_permissions(permissions text[], path text) returns text[]
language plpgsql
as $$
declare
  _unknown text;
begin
  select p into _unknown from unnest(permissions) p
    where p is null or p <> '*' and p <> all (private.settings_flags()) and not (
      split_part(p, '.', 2) = any ('{read,create,update,delete,destroy}') and split_part(p, '.', 3) = ''
      and (split_part(p, '.', 1) = '*' or exists (
        select from core.objects o where o.workspace_id = authz.workspace_id() and o.name_plural = split_part(p, '.', 1))))
    limit 1;
  if found then
    perform private.fail('ROLEX', format('There is no permission %s. One is <object>.<read, create, update, delete or destroy> with the object''s plural name or *, or one of %s.',
      coalesce(_unknown, 'null'), array_to_string(private.settings_flags(), ', ')), path);
  end if;
  return array(select distinct p from unnest(permissions) p order by p);
end
$$;

comment on function private.check_permissions(text[], text) is
  'Permissions without doubles; ROLE_INVALID when one of them means nothing here.';

create or replace function private.settings_flags() returns text[]
language sql immutable
return '{api_keys,data_model,impersonate,members,roles,security,views,workspace}'::text[];

comment on function private.settings_flags() is
  'The permissions that are about no object: each opens a part of the settings.';
