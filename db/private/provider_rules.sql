-- What an identity provider of a workspace may say: who somebody is in its own
-- workspace, and of addresses in domains that it has proven.

create or replace function private.require_provider(identity jsonb, workspace_id uuid default null) returns void
language plpgsql
as $$
declare
  _provider_id uuid := (identity ->> 'providerId')::uuid;
  _was text := current_setting('relata.workspace_id', true);
  _type text;
  _workspace_id uuid;
begin
  if _provider_id is null and identity ->> 'method' not in ('OIDC', 'SAML') then
    return;
  end if;
  select s.workspace_id into _workspace_id from private.identity_provider_secrets s where s.provider_id = _provider_id;
  select p.type into _type from authz.identity_provider(_provider_id) p;
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  if _type is null or _type <> identity ->> 'method' or _workspace_id <> coalesce(require_provider.workspace_id, _workspace_id)
    or not exists (select from private.verified_domains v
                   where v.provider_id = _provider_id and v.domain = private.domain_of(identity ->> 'email')) then
    perform private.fail('SSONO', 'Your identity provider''s answer was not accepted.');
  end if;
end
$$;

comment on function private.require_provider(jsonb, uuid) is
  'Nothing when an identity is nobody''s provider''s, or that of an active one which speaks for its address''s domain, of this workspace if one is named; SIGN_IN_REFUSED otherwise.';

create or replace function private.user_of_address(identity jsonb) returns uuid
language plpgsql
as $$
declare
  _user_id uuid;
  _is_from_elsewhere boolean := identity ->> 'subject' is not null;
begin
  -- An address that nobody has proven stands for nobody.
  if not coalesce((identity ->> 'isEmailVerified')::boolean, false) then
    if _is_from_elsewhere then
      perform private.fail('SSONO', 'Your identity provider does not vouch for your address.');
    end if;
    return null;
  end if;
  -- Who merely has seen an address once (Google, years ago) opens no account by it, and makes none that waits for its
  -- owner; whether there is one, this does not tell.
  if _is_from_elsewhere and not coalesce((identity ->> 'ownsAddress')::boolean, false) then
    perform private.fail('UNLNK', 'Sign in by e-mail or password first, then connect this account: it does not own your address.');
  end if;
  select u.id into _user_id from core.users u where lower(u.email) = lower(identity ->> 'email');
  return _user_id;
end
$$;

comment on function private.user_of_address(jsonb) is
  'The user whose address an identity has proven; null when nobody has it. IDENTITY_NOT_LINKED when its provider does not own the address''s domain, and SIGN_IN_REFUSED when it does not vouch for it.';

create or replace function authz.connect_identity(user_id uuid, session_id uuid, login_hash bytea) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _identity jsonb := (select t.data -> 'identity' from authz.use_token('LOGIN', login_hash) t);
begin
  -- Whom a workspace's own provider let in, or an administrator, is himself in that workspace alone.
  if authz.identity_of(connect_identity.session_id, connect_identity.user_id) is null then
    perform private.fail('LOGIN', 'Sign in yourself first, not by a workspace''s own provider.');
  end if;
  if _identity ->> 'subject' is null then
    perform private.fail('SSONO', 'Your identity provider''s answer was not accepted.');
  end if;
  perform private.require_provider(_identity);
  perform private.keep_identity(connect_identity.user_id, _identity);
  if private.user_of_identity(_identity) is distinct from connect_identity.user_id then
    perform private.fail('23505', 'Somebody else signs in with that account.');
  end if;
end
$$;

comment on function authz.connect_identity(uuid, uuid, bytea) is
  'Lets a user sign in by the account elsewhere that a login token stands for, from now on. Errors: LOGIN_REQUIRED, SIGN_IN_REFUSED, CONFLICT. For the server alone.';
grant execute on function authz.connect_identity(uuid, uuid, bytea) to relata_server;

create or replace function authz.identities_of(user_id uuid) returns table (id uuid, issuer text, provider_id uuid, created_at timestamptz)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select i.id, i.issuer, i.provider_id, i.created_at from private.user_identities i
  where i.user_id = identities_of.user_id order by i.id;
end;

comment on function authz.identities_of(uuid) is
  'The accounts elsewhere by which a user may sign in. For the server alone.';
grant execute on function authz.identities_of(uuid) to relata_server;

create or replace function authz.disconnect_identity(user_id uuid, session_id uuid, id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if authz.identity_of(disconnect_identity.session_id, disconnect_identity.user_id) is null then
    perform private.fail('LOGIN', 'Sign in yourself first, not by a workspace''s own provider.');
  end if;
  delete from private.user_identities i where i.id = disconnect_identity.id and i.user_id = disconnect_identity.user_id;
  if not found then
    perform private.fail('NTFND', 'There is no such account.', 'id');
  end if;
end
$$;

comment on function authz.disconnect_identity(uuid, uuid, uuid) is
  'Lets a user sign in by an account elsewhere no more; his address may still open the way again where its provider owns it. Errors: LOGIN_REQUIRED, NOT_FOUND. For the server alone.';
grant execute on function authz.disconnect_identity(uuid, uuid, uuid) to relata_server;
