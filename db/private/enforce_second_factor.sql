-- Where a workspace begins to demand a second factor, whoever has shown none is out at
-- once, and comes in again by one. But for who has just demanded it.

create or replace function private.tg_workspaces__second_factor() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from private.sessions s
    where s.workspace_id = new.id and not s.is_strong and s.user_id is distinct from authz.user_id();
  return null;
end
$$;

comment on function private.tg_workspaces__second_factor() is
  'Ends the sign-ins to a workspace that have shown no second factor, when it begins to demand one.';

create or replace trigger _500_second_factor
  after update of is_two_factor_enforced on core.workspaces
  for each row when (new.is_two_factor_enforced and not old.is_two_factor_enforced)
  execute function private.tg_workspaces__second_factor();
