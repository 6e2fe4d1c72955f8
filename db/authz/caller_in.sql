-- Who speaks when nobody signed in: jobs, plugins and scripts open a workspace as the
-- machine, or as one of its members (src/repositories/workspaces.ts).

create or replace function authz.machine_id() returns uuid
language sql immutable parallel safe
return '00000000-0000-0000-0000-000000000000'::uuid;

comment on function authz.machine_id() is
  'Who a transaction speaks for when it does Relata''s own work: no user''s id, and in no access token. To authz.claim he may read every record of any workspace, write all but members'', and change no data model.';
grant execute on function authz.machine_id() to relata_server;

create or replace function authz.caller_in(workspace text, email text default null) returns table (user_id uuid, workspace_id uuid)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
begin
  if email is not null then
    user_id := (select u.id from core.users u where lower(u.email) = lower(caller_in.email));
    workspace_id := (select w.id from authz.workspaces_of(user_id) w where w.subdomain = workspace or w.id::text = lower(workspace));
  elsif workspace ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    user_id := authz.machine_id();
    -- Row security shows it to who speaks for it.
    perform set_config('relata.workspace_id', workspace, true);
    workspace_id := (select w.id from core.workspaces w where w.id = workspace::uuid);
    perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  else
    user_id := authz.machine_id();
    workspace_id := (select w.id from private.workspaces() w where w.subdomain = workspace);
  end if;
  if workspace_id is null then
    perform private.fail('NTFND', case when email is null then 'There is no such workspace.' else 'There is no such member of such a workspace.' end);
  end if;
  return next;
end
$$;

comment on function authz.caller_in(text, text) is
  'Whom to claim for in a workspace, by its subdomain or id: the member with this address, or the machine. NOT_FOUND when there is none. For the server alone.';
grant execute on function authz.caller_in(text, text) to relata_server;
