-- A workspace ends in two steps: closed, it is to everybody as if it were not there,
-- and its sessions are over; after the days of grace tasks/purge_workspaces.ts takes it
-- away with all that it holds. Suspended, it only refuses to be entered.

create or replace function core.delete_workspace(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_owner();
  perform private.require_fresh_sign_in();
  if id is distinct from authz.workspace_id() then
    perform private.fail('NTFND', 'There is no such workspace.', 'id');
  end if;
  perform private.close_workspace(authz.workspace_id());
  return authz.workspace_id();
end
$$;

comment on function core.delete_workspace(uuid) is
  'Deletes the workspace that this transaction speaks for, named to be sure: nobody comes in from now on, and after the days of grace all of it is gone. For owners.';
grant execute on function core.delete_workspace(uuid) to relata_reader;

create or replace function private.close_workspace(workspace_id uuid) returns void
language plpgsql
as $$
begin
  perform set_config('relata.workspace_id', close_workspace.workspace_id::text, true);
  update core.workspaces w set closed_at = coalesce(w.closed_at, now()) where w.id = close_workspace.workspace_id;
  insert into private.closed_workspaces (workspace_id) values (close_workspace.workspace_id) on conflict do nothing;
  delete from private.sessions s where s.workspace_id = close_workspace.workspace_id;
end
$$;

comment on function private.close_workspace(uuid) is
  'Shuts a workspace''s doors at once, until it is reopened or purged.';

create or replace function private.reopen_workspace(workspace_id uuid) returns void
language plpgsql
as $$
begin
  perform set_config('relata.workspace_id', reopen_workspace.workspace_id::text, true);
  update core.workspaces w set closed_at = null where w.id = reopen_workspace.workspace_id;
  delete from private.closed_workspaces c where c.workspace_id = reopen_workspace.workspace_id;
end
$$;

comment on function private.reopen_workspace(uuid) is
  'Takes back that a workspace was deleted, as long as it is not purged.';

create or replace function private.suspend_workspace(workspace_id uuid, is_suspended boolean) returns void
language plpgsql
as $$
begin
  perform set_config('relata.workspace_id', suspend_workspace.workspace_id::text, true);
  update core.workspaces w set suspended_at = case when is_suspended then coalesce(w.suspended_at, now()) end
    where w.id = suspend_workspace.workspace_id;
  if not found then
    perform private.fail('NTFND', 'There is no such workspace.', 'workspaceId');
  end if;
end
$$;

comment on function private.suspend_workspace(uuid, boolean) is
  'Keeps everybody out of a workspace, or lets them in again; nothing is lost, sessions hold on.';

create or replace function private.set_server_admin(email text, is_one boolean) returns void
language plpgsql
as $$
begin
  update core.users u set is_server_admin = is_one where lower(u.email) = lower(set_server_admin.email);
  if not found then
    perform private.fail('NTFND', 'There is no such user.', 'email');
  end if;
end
$$;

comment on function private.set_server_admin(text, boolean) is
  'Makes a user an administrator of the server, or no longer; typed by who runs it.';

create or replace function authz.require_server_admin() returns void
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_own_sign_in();
  if not exists (select from core.users u where u.id = authz.user_id() and u.is_server_admin) then
    raise exception using errcode = '42501', message = 'Only an administrator of the server may do that.';
  end if;
end
$$;

comment on function authz.require_server_admin() is
  'Nothing when the caller administers the server; PERMISSION_DENIED otherwise.';

create or replace function core.suspend_workspace(workspace_id uuid, is_suspended boolean) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _own uuid := authz.workspace_id();
begin
  perform authz.require_server_admin();
  perform private.suspend_workspace(suspend_workspace.workspace_id, is_suspended);
  perform set_config('relata.workspace_id', _own::text, true);
  return workspace_id;
end
$$;

comment on function core.suspend_workspace(uuid, boolean) is
  'Suspends any workspace, or takes that back: its members'' requests are refused with WORKSPACE_SUSPENDED at once. For administrators of the server.';
grant execute on function core.suspend_workspace(uuid, boolean) to relata_reader;
