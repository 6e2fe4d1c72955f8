-- Sign-in. Who somebody is has been proven outside of the database (a password by
-- Argon2id, a provider's token by its signature): src/auth/ says so with an identity.
-- Whether he may come in, in this way, here, and with what beside, is decided here.
-- All of this is for the login role alone; no request role can call it.

create or replace function authz.password_of(email text) returns table (user_id uuid, password_hash text)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select s.user_id, s.password_hash
  from core.users u join private.user_secrets s on s.user_id = u.id
  where lower(u.email) = lower(password_of.email);
end;

comment on function authz.password_of(text) is
  'The user of an address and his Argon2id hash; no row when there is none. For the server alone.';
grant execute on function authz.password_of(text) to relata_server;

create or replace function authz.workspaces_of(user_id uuid) returns table (id uuid, subdomain text, name text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.user_id', workspaces_of.user_id::text, true), set_config('relata.workspace_id', '', true);
  for id in
    select m.workspace_id from core.workspace_members m where m.user_id = workspaces_of.user_id order by m.created_at, m.id
  loop
    perform set_config('relata.workspace_id', id::text, true);
    select w.subdomain, w.name into subdomain, name
      from core.workspaces w where w.id = workspaces_of.id and w.closed_at is null;
    if found then
      return next;
    end if;
  end loop;
end
$$;

comment on function authz.workspaces_of(uuid) is
  'The workspaces a user is a member of, the oldest membership first. For the server alone.';
grant execute on function authz.workspaces_of(uuid) to relata_server;

create or replace function authz.begin_sign_in(identity jsonb, door jsonb, refresh_hash bytea, challenge_hash bytea, lifetime interval)
returns table (session_id uuid, user_id uuid, workspace_id uuid, subdomain text, kinds text[], must_enrol boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  user_id := private.user_of_identity(identity);
  begin_sign_in.workspace_id := private.workspace_of_door(user_id, identity, door);
  user_id := private.come_in(user_id, identity, door, begin_sign_in.workspace_id);
  if user_id is null then
    perform private.fail('CREDS', 'Wrong email or password.'); -- and nothing of this has happened
  end if;
  select w.subdomain into strict begin_sign_in.subdomain from core.workspaces w where w.id = begin_sign_in.workspace_id;
  perform private.require_way_in(identity, begin_sign_in.workspace_id);
  perform private.keep_identity(user_id, identity);

  select f.kinds, f.must_enrol into begin_sign_in.kinds, begin_sign_in.must_enrol
    from private.factors_wanted(identity, user_id, begin_sign_in.workspace_id) f;
  if cardinality(begin_sign_in.kinds) > 0 or begin_sign_in.must_enrol then
    perform authz.keep_token('SECOND_FACTOR', challenge_hash, user_id, begin_sign_in.workspace_id,
      jsonb_build_object('method', identity ->> 'method', 'kinds', begin_sign_in.kinds, 'mustEnrol', begin_sign_in.must_enrol),
      interval '10 minutes');
  else
    session_id := private.open_session(user_id, begin_sign_in.workspace_id, refresh_hash, lifetime, identity ->> 'method',
      coalesce((identity ->> 'isStrong')::boolean, false));
  end if;
  return next;
end
$$;

comment on function authz.begin_sign_in(jsonb, jsonb, bytea, bytea, interval) is
  'Lets the one an identity stands for (src/auth/identity.ts) into the workspace that the door names, or his oldest: opens a session, or keeps a challenge where a second factor is due. BAD_CREDENTIALS, whatever is wrong. For the server alone.';
grant execute on function authz.begin_sign_in(jsonb, jsonb, bytea, bytea, interval) to relata_server;

create or replace function authz.begin_user_session(identity jsonb, refresh_hash bytea, lifetime interval)
returns table (session_id uuid, user_id uuid)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- What a workspace's own provider says holds in that workspace alone.
  if identity ->> 'providerId' is not null or not coalesce((identity ->> 'isEmailVerified')::boolean, false) then
    perform private.fail('CREDS', 'Wrong email or password.');
  end if;
  user_id := private.user_of_identity(identity);
  if user_id is null then
    insert into core.users (email, first_name, last_name)
      values (lower(identity ->> 'email'), coalesce(identity ->> 'firstName', ''), coalesce(identity ->> 'lastName', ''))
      returning id into user_id;
  end if;
  perform private.keep_identity(user_id, identity);
  session_id := private.open_session(user_id, null, refresh_hash, lifetime, identity ->> 'method', coalesce((identity ->> 'isStrong')::boolean, false));
  return next;
end
$$;

comment on function authz.begin_user_session(jsonb, bytea, interval) is
  'Signs in whom an identity stands for without a workspace, to choose one or to make one; somebody new becomes a user. For the server alone.';
grant execute on function authz.begin_user_session(jsonb, bytea, interval) to relata_server;

create or replace function authz.identity_of(session_id uuid, user_id uuid) returns jsonb
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select jsonb_build_object('method', s.method, 'email', u.email, 'isEmailVerified', true, 'isStrong', s.is_strong)
  from private.sessions s join core.users u on u.id = s.user_id
  where s.id = identity_of.session_id and s.user_id = identity_of.user_id and s.expires_at > now()
    and s.method not in ('OIDC', 'SAML', 'IMPERSONATION');
end;

comment on function authz.identity_of(uuid, uuid) is
  'The identity that a sign-in was begun with, to go on to another workspace with; null when it is over, or holds in its own workspace alone. For the server alone.';
grant execute on function authz.identity_of(uuid, uuid) to relata_server;

create or replace function private.pass_challenge(challenge_hash bytea) returns void
language sql
begin atomic
  update private.one_time_tokens t set data = t.data || '{"isPassed": true}'
    where t.token_hash = pass_challenge.challenge_hash and t.kind = 'SECOND_FACTOR' and t.expires_at > now();
end;

comment on function private.pass_challenge(bytea) is
  'Notes that the second factor of a challenge was shown; called by the functions that look at codes and passkeys.';

create or replace function authz.finish_sign_in(challenge_hash bytea, refresh_hash bytea, lifetime interval)
returns table (session_id uuid, user_id uuid, workspace_id uuid, subdomain text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _challenge record;
begin
  -- One that was not passed stays, for the next try.
  if not exists (select from authz.see_token('SECOND_FACTOR', challenge_hash) t where (t.data ->> 'isPassed')::boolean) then
    return;
  end if;
  select * into _challenge from authz.use_token('SECOND_FACTOR', challenge_hash);
  if not found then
    return;
  end if;
  select w.id, w.subdomain into finish_sign_in.workspace_id, finish_sign_in.subdomain
    from authz.workspaces_of(_challenge.user_id) w where w.id = _challenge.workspace_id;
  if not found then
    return;
  end if;
  user_id := _challenge.user_id;
  session_id := private.open_session(user_id, finish_sign_in.workspace_id, refresh_hash, lifetime, _challenge.data ->> 'method', true);
  return next;
end
$$;

comment on function authz.finish_sign_in(bytea, bytea, interval) is
  'Opens the session that a challenge was for, once its second factor was shown; no row when it was not, or the challenge is over. For the server alone.';
grant execute on function authz.finish_sign_in(bytea, bytea, interval) to relata_server;
