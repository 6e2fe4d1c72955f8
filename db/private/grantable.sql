-- Nobody gives away, takes away or puts on what he does not have himself: whoever manages
-- members touches only roles, and those who hold them, within his own permissions.

create or replace function private.holds_all(permissions text[]) returns boolean
language sql stable
return (select coalesce(bool_and(authz.has_permission(p)), true) from unnest(permissions) p);

comment on function private.holds_all(text[]) is
  'Whether the caller holds each of these permissions himself.';

create or replace function private.permissions_of(member_id uuid) returns text[]
language sql stable
begin atomic
  select a.permissions from private.access a
  where a.workspace_id = authz.workspace_id() and a.member_id = permissions_of.member_id;
end;

comment on function private.permissions_of(uuid) is
  'What a member of this workspace may do by all of his roles.';

create or replace function private.role_to_give(role_id uuid, field text, permission text default 'members') returns core.roles
language plpgsql
as $$
declare
  _role core.roles;
begin
  perform private.require_roles_manager(permission);
  select * into _role from core.roles r
    where r.workspace_id = authz.workspace_id()
      and (r.id = role_to_give.role_id or role_to_give.role_id is null and r.name = 'MEMBER');
  if not found then
    perform private.fail('NTFND', 'There is no such role.', field);
  elsif not private.holds_all(_role.permissions) then
    perform private.fail('42501', 'That role may do more than you.', field);
  end if;
  return _role;
end
$$;

comment on function private.role_to_give(uuid, text, text) is
  'A role of this workspace that the caller may give to others: MEMBER when none is named; PERMISSION_DENIED when it may do more than he himself.';

create or replace function private.default_role() returns text
language sql stable
begin atomic
  select coalesce(
    (select r.name from core.workspaces w join core.roles r on r.workspace_id = w.id and r.id = w.default_role_id
     where w.id = authz.workspace_id()),
    'MEMBER');
end;

comment on function private.default_role() is
  'The role of who joins this workspace without an invitation of his own.';
