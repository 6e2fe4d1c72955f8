-- What anybody may know of a workspace before he signs in: what it is called, where it
-- is, and how its people come in.

create or replace function authz.public_workspace(workspace_id uuid) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.workspace_id', coalesce(public_workspace.workspace_id::text, ''), true);
  return (
    select jsonb_build_object('id', w.id, 'displayName', w.name, 'subdomain', w.subdomain,
                              'customDomain', case when w.is_custom_domain_proven then w.custom_domain end,
                              'password', w.is_password_auth_enabled, 'magicLink', w.is_magic_link_enabled,
                              'google', w.is_google_auth_enabled, 'microsoft', w.is_microsoft_auth_enabled)
    from core.workspaces w where w.id = public_workspace.workspace_id and w.closed_at is null
  );
end
$$;

comment on function authz.public_workspace(uuid) is
  'What anybody may know of a workspace: its name, its addresses and its ways to sign in; null when there is none. For the server alone.';
grant execute on function authz.public_workspace(uuid) to relata_server;

create or replace function authz.workspace_named(name text) returns uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(
    authz.workspace_at(workspace_named.name),
    (select a.workspace_id from private.workspace_addresses a
     where a.workspace_id = case when workspace_named.name ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then workspace_named.name::uuid end
       and not exists (select from private.closed_workspaces c where c.workspace_id = a.workspace_id)
     limit 1));
end;

comment on function authz.workspace_named(text) is
  'The workspace of this subdomain, domain or id, or null. For the server alone.';
grant execute on function authz.workspace_named(text) to relata_server;

create or replace function authz.only_workspace() returns uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select case when count(distinct a.workspace_id) = 1 then (array_agg(a.workspace_id))[1] end
  from private.workspace_addresses a
  where not exists (select from private.closed_workspaces c where c.workspace_id = a.workspace_id);
end;

comment on function authz.only_workspace() is
  'The workspace of a server that has a single one; null where there are several, or none. For the server alone.';
grant execute on function authz.only_workspace() to relata_server;
