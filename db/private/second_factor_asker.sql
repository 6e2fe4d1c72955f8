-- Who asks for something about second factors: somebody signed in, or somebody half
-- signed in, whose challenge opens this and nothing else.
--
-- asker: {userId, workspaceId, sessionId, isPasswordProven} or {challenge: SHA-256 in hex}

create or replace function private.asker_of(asker jsonb, out user_id uuid, out workspace_id uuid, out challenge_hash bytea)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if asker ? 'challenge' then
    challenge_hash := decode(asker ->> 'challenge', 'hex');
    select t.user_id, t.workspace_id into user_id, workspace_id from authz.see_token('SECOND_FACTOR', challenge_hash) t;
    if user_id is null then
      perform private.fail('LOGIN', 'Sign in first.');
    end if;
    perform set_config('relata.user_id', user_id::text, true), set_config('relata.workspace_id', workspace_id::text, true);
    return;
  end if;
  if asker ->> 'sessionId' is null then
    perform private.fail('LOGIN', 'Sign in first.');
  end if;
  user_id := asker ->> 'userId';
  workspace_id := asker ->> 'workspaceId';
  perform authz.claim(user_id, workspace_id, null, (asker ->> 'sessionId')::uuid);
  -- They are his everywhere, and nobody's who impersonates him here.
  perform authz.require_self();
end
$$;

comment on function private.asker_of(jsonb) is
  'Who asks: {userId, workspaceId, sessionId} of an access token, or {challenge} of a sign-in that waits for its second factor. LOGIN_REQUIRED when it does not hold.';

create or replace function private.require_shown(asker jsonb, user_id uuid, workspace_id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- A challenge is no session.
  if (select f.kinds <> '{}' from authz.second_factors_of(user_id, workspace_id) f)
    and not exists (
      select from private.sessions s where s.id = (asker ->> 'sessionId')::uuid and s.user_id = require_shown.user_id and s.is_strong)
  then
    perform private.fail('PROOF', 'Show the second factor that you have: sign in anew.');
  end if;
end
$$;

comment on function private.require_shown(jsonb, uuid, uuid) is
  'Nothing when who enrols has no second factor yet, or has shown one in this sign-in. PROOF_REQUIRED otherwise: or whoever knows a password alone would enrol a factor of his own beside the one that is asked of him.';

create or replace function private.enroller_of(asker jsonb, out user_id uuid, out workspace_id uuid, out challenge_hash bytea)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select a.user_id, a.workspace_id, a.challenge_hash into user_id, workspace_id, challenge_hash from private.asker_of(asker) a;
  perform private.require_shown(asker, user_id, workspace_id);
  if challenge_hash is not null then
    return;
  elsif not coalesce((asker ->> 'isPasswordProven')::boolean, false)
    and not exists (
      select from private.sessions s
      where s.id = (asker ->> 'sessionId')::uuid and s.user_id = enroller_of.user_id
        -- What a workspace's own provider says holds there alone, and a factor everywhere.
        and s.method not in ('OIDC', 'SAML', 'IMPERSONATION') and s.created_at > now() - interval '10 minutes')
  then
    perform private.fail('PROOF', 'Prove that it is you: give your password, or sign in anew.');
  else
    delete from private.second_factor_tries t where t.id = (asker ->> 'tryId')::uuid and t.user_id = enroller_of.user_id;
  end if;
end
$$;

comment on function private.enroller_of(jsonb) is
  'Who may enrol a second factor: somebody who has just given his password, whose sign-in is younger than ten minutes, or of whom his workspace wants one before it lets him in; who has one already has shown it in this sign-in; not by a sign-in that holds in one workspace alone. PROOF_REQUIRED otherwise.';
