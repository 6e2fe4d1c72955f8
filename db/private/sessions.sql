-- A session is one sign-in: a family of refresh tokens, each used once. Whoever
-- uses one again (outside the grace of two clients racing) ends the whole family
-- (OAuth 2.0 Security BCP, RFC 9700 §4.14.2).

create table if not exists private.sessions (
  id           uuid primary key default authz.uuid_v7(),
  user_id      uuid not null references core.users on delete cascade,
  workspace_id uuid references core.workspaces on delete cascade,
  method       text not null default 'PASSWORD'
                 check (method in ('PASSWORD', 'MAGIC_LINK', 'GOOGLE', 'MICROSOFT', 'OIDC', 'SAML', 'PASSKEY', 'IMPERSONATION')),
  is_strong    boolean not null default false,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null
);

create index if not exists sessions_user_id_idx on private.sessions (user_id);
create index if not exists sessions_workspace_id_idx on private.sessions (workspace_id);

comment on table private.sessions is
  'One sign-in of a user to a workspace; ends when its refresh tokens do. Its access tokens name it, and end with it at once: authz.claim looks here.';
comment on column private.sessions.workspace_id is
  'Null while a user has not chosen or made a workspace yet; no record is within reach then.';
comment on column private.sessions.is_strong is
  'Whether a second factor was shown.';

create table if not exists private.refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references private.sessions on delete cascade,
  created_at timestamptz not null default now(),
  used_at    timestamptz
);

create index if not exists refresh_tokens_session_id_idx on private.refresh_tokens (session_id);

comment on table private.refresh_tokens is
  'SHA-256 of each refresh token; a token is used once.';

-- The session's tables have no row security: no role but the owner may touch them,
-- and these functions are the only way in.

create or replace function private.open_session(
  user_id uuid, workspace_id uuid, token_hash bytea, lifetime interval, method text default 'PASSWORD', is_strong boolean default false)
returns uuid
language sql
begin atomic
  with _session as (
    insert into private.sessions (user_id, workspace_id, method, is_strong, expires_at)
    values (open_session.user_id, open_session.workspace_id, open_session.method, open_session.is_strong, now() + open_session.lifetime)
    returning id
  )
  insert into private.refresh_tokens (token_hash, session_id)
  select open_session.token_hash, id from _session
  returning session_id;
end;

comment on function private.open_session(uuid, uuid, bytea, interval, text, boolean) is
  'Keeps a new sign-in with its first refresh token (SHA-256) and answers its id. Whoever calls this has decided that the user may come in.';

create or replace function authz.rotate_session(token_hash bytea, next_hash bytea)
returns table (session_id uuid, user_id uuid, workspace_id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _token private.refresh_tokens;
  _session private.sessions;
begin
  -- The session before its tokens, as deleting one does: two who came the other way round would deadlock.
  select s.* into _session from private.sessions s
    where s.id = (select t.session_id from private.refresh_tokens t where t.token_hash = rotate_session.token_hash)
    for update;
  if not found or _session.expires_at < now() then
    return;
  end if;
  select * into strict _token from private.refresh_tokens t where t.token_hash = rotate_session.token_hash for update;
  if _token.used_at < now() - interval '10 seconds' then
    delete from private.sessions s where s.id = _session.id;
    return;
  end if;
  update private.refresh_tokens t set used_at = coalesce(t.used_at, now()) where t.token_hash = rotate_session.token_hash;
  insert into private.refresh_tokens (token_hash, session_id) values (next_hash, _session.id);

  if _session.workspace_id is null then
    return query select _session.id, _session.user_id, null::uuid, null::text;
    return;
  end if;
  perform set_config('relata.workspace_id', _session.workspace_id::text, true);
  return query
    select _session.id, m.user_id, w.id, w.subdomain
    from core.workspace_members m join core.workspaces w on w.id = m.workspace_id
    where m.user_id = _session.user_id and m.workspace_id = _session.workspace_id;
end
$$;

comment on function authz.rotate_session(bytea, bytea) is
  'Trades a refresh token (SHA-256) for the next and answers whose it is; no row when it is unknown, expired, or its member is gone. A token used again after 10 s ends its session. For the server alone.';
grant execute on function authz.rotate_session(bytea, bytea) to relata_server;

create or replace function private.holds_session(session_id uuid, user_id uuid, workspace_id uuid) returns boolean
language sql stable
begin atomic
  select exists (
    select from private.sessions s
    where s.id = holds_session.session_id and s.user_id = holds_session.user_id
      and s.workspace_id is not distinct from holds_session.workspace_id and s.expires_at > now());
end;

comment on function private.holds_session(uuid, uuid, uuid) is
  'Whether a user is still signed in there by this sign-in.';

create or replace function private.end_sessions(user_id uuid, but uuid default null) returns void
language sql
begin atomic
  delete from private.sessions s where s.user_id = end_sessions.user_id and s.id is distinct from end_sessions.but;
end;

comment on function private.end_sessions(uuid, uuid) is
  'Ends every sign-in of a user, but for one if it is named; his next request with any of their tokens is refused.';

create or replace function authz.end_session(session_id uuid, user_id uuid, and_all_others boolean default false) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _session private.sessions;
begin
  select * into _session from private.sessions s where s.id = end_session.session_id and s.user_id = end_session.user_id for update;
  if not found then
    return false;
  end if;
  delete from private.sessions s
    where s.user_id = end_session.user_id and (s.id = _session.id or and_all_others
      -- Who impersonates him is not he, and who comes by a workspace's own provider is so there alone.
      and _session.method <> 'IMPERSONATION' and (_session.method not in ('OIDC', 'SAML') or s.workspace_id = _session.workspace_id));
  return true;
end
$$;

comment on function authz.end_session(uuid, uuid, boolean) is
  'Ends a sign-in, and if asked all others of the same user as far as it holds; answers whether there was one. For the server alone.';
grant execute on function authz.end_session(uuid, uuid, boolean) to relata_server;

create or replace function authz.end_session_of(token_hash bytea) returns boolean
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _ended as (
    delete from private.sessions s using private.refresh_tokens t
      where t.token_hash = end_session_of.token_hash and s.id = t.session_id
      returning 1
  )
  select exists (select from _ended);
end;

comment on function authz.end_session_of(bytea) is
  'Ends the sign-in of a refresh token (SHA-256), for whoever has let his access token expire. For the server alone.';
grant execute on function authz.end_session_of(bytea) to relata_server;

create or replace function authz.expire_sessions() returns bigint
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  with _expired as (
    delete from private.sessions s where s.expires_at < now() returning 1
  )
  select count(*) from _expired;
end;

comment on function authz.expire_sessions() is
  'Forgets sign-ins that have expired and answers how many. For the worker alone.';
grant execute on function authz.expire_sessions() to relata_worker;
