create or replace function authz.sign_in_methods(workspace text) returns table (subdomain text, name text, methods text[])
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _workspace core.workspaces;
begin
  perform set_config('relata.workspace_id', authz.workspace_at(workspace)::text, true);
  select * into _workspace from core.workspaces w where w.id = authz.workspace_id() and w.closed_at is null;
  if not found then
    return;
  end if;
  subdomain := _workspace.subdomain;
  name := _workspace.name;
  methods := array_remove(array[
    case when _workspace.is_password_auth_enabled then 'PASSWORD' end,
    case when _workspace.is_magic_link_enabled then 'MAGIC_LINK' end,
    case when _workspace.is_google_auth_enabled then 'GOOGLE' end,
    case when _workspace.is_microsoft_auth_enabled then 'MICROSOFT' end,
    'OIDC', 'SAML', 'PASSKEY'], null);
  return next;
end
$$;

comment on function authz.sign_in_methods(text) is
  'The ways that the workspace at a subdomain or domain lets people in, as far as that is its to say; no row when there is none. For the server alone.';
grant execute on function authz.sign_in_methods(text) to relata_server;
