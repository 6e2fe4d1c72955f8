-- From one workspace to another without a password: what was shown at sign-in is shown
-- again, as long as it is fresh, and the other workspace decides by its own rules
-- (authz.begin_sign_in) whether that is enough.

create or replace function authz.identity_of_session(user_id uuid, workspace_id uuid, session_id uuid, fresh_for interval) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _session private.sessions;
  
begin
  select * into _session from private.sessions s
    where s.id = identity_of_session.session_id and s.user_id = identity_of_session.user_id
      and s.workspace_id is not distinct from identity_of_session.workspace_id and s.expires_at > now();
  if not found then
    perform private.fail('LOGIN', 'Sign in first.');
  -- What a workspace's own provider says holds there alone, and who impersonates is nobody elsewhere.
  elsif _session.method in ('OIDC', 'SAML', 'IMPERSONATION') or _session.created_at < now() - fresh_for then
    perform private.fail('PROOF', 'Prove that it is you: sign in anew.');
  end if;
  -- There are no users but with a proven address.
  return jsonb_build_object('method', _session.method, 'isEmailVerified', true, 'isStrong', _session.is_strong,
                            'email', (select u.email from core.users u where u.id = identity_of_session.user_id));
end
$$;

comment on function authz.identity_of_session(uuid, uuid, uuid, interval) is
  'What a user showed when this session began, to be shown to another workspace; PROOF_REQUIRED when that is too long ago, or holds nowhere else. For the server alone.';
grant execute on function authz.identity_of_session(uuid, uuid, uuid, interval) to relata_server;

create or replace function authz.workspaces_seen(user_id uuid, session_id uuid) returns table (id uuid, subdomain text, name text)
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select w.id, w.subdomain, w.name from authz.workspaces_of(workspaces_seen.user_id) w
  where not exists (
    select from private.sessions s
    where s.id = workspaces_seen.session_id and s.method in ('OIDC', 'SAML', 'IMPERSONATION') and s.workspace_id <> w.id);
end;

comment on function authz.workspaces_seen(uuid, uuid) is
  'The workspaces of a user as one of his sign-ins shows them: all, or its own alone when it holds nowhere else. For the server alone.';
grant execute on function authz.workspaces_seen(uuid, uuid) to relata_server;
