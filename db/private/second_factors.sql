-- Second factors: how many tries there are, and how one is taken.
--
-- A code is proven outside the database, where the seed can be read; that it is taken
-- once is for this: each kind is one statement that changes a row or finds none.

create table if not exists private.second_factor_tries (
  id             uuid primary key default authz.uuid_v7(),
  user_id        uuid not null references core.users on delete cascade,
  challenge_hash bytea,
  tried_at       timestamptz not null default clock_timestamp()
);

create index if not exists second_factor_tries_user_id_idx on private.second_factor_tries (user_id);

comment on table private.second_factor_tries is
  'Codes that somebody tried, until 15 minutes have passed or the code was right: five a user and a challenge.';

create or replace function private.refuse_factor() returns void
language plpgsql
as $$
begin
  perform private.fail('CODEX', 'That code is wrong, too old, or was used before.', 'code');
end
$$;

comment on function private.refuse_factor() is
  'BAD_CODE: one answer for all that can be wrong with a second factor.';

create or replace function private.count_try(user_id uuid, challenge_hash bytea) returns table (try_id uuid, retry_after int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _window constant interval := '15 minutes';
  _tries constant int := 5;
  _oldest timestamptz;
begin
  -- Of many tries at once each sees those before it.
  perform pg_advisory_xact_lock(hashtextextended('relata.second_factor.' || count_try.user_id, 0));
  delete from private.second_factor_tries t where t.user_id = count_try.user_id and t.tried_at < clock_timestamp() - _window;
  select min(t.tried_at) into _oldest
    from private.second_factor_tries t
    where t.user_id = count_try.user_id
    having count(*) >= _tries or count(*) filter (where t.challenge_hash = count_try.challenge_hash) >= _tries;
  if found then
    retry_after := greatest(1, ceil(extract(epoch from _oldest + _window - clock_timestamp())));
    return next;
    return;
  end if;
  insert into private.second_factor_tries (user_id, challenge_hash) values (count_try.user_id, count_try.challenge_hash)
    returning id into try_id;
  return next;
end
$$;

comment on function private.count_try(uuid, bytea) is
  'Takes one of the five tries that a user, and a challenge, have in 15 minutes; or tells in how many seconds there is one again.';

create or replace function private.take_factor(user_id uuid, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  case factor ->> 'kind'
    when 'TOTP' then
      update private.totp_secrets t set last_step = (factor ->> 'step')::bigint
        where t.user_id = take_factor.user_id and t.id = (factor ->> 'id')::uuid
          and t.verified_at is not null and t.last_step < (factor ->> 'step')::bigint;
    when 'RECOVERY_CODE' then
      delete from private.recovery_codes c
        where c.user_id = take_factor.user_id and c.code_hash = decode(factor ->> 'hash', 'hex');
    when 'PASSKEY' then
      perform private.use_passkey_challenge('PASSKEY_PROOF', factor, user_id);
      perform private.count_passkey(user_id, factor);
      return;
  end case;
  if not found then
    perform private.refuse_factor();
  end if;
  -- Who is right has used up none of his tries.
  delete from private.second_factor_tries t where t.id = (factor ->> 'tryId')::uuid and t.user_id = take_factor.user_id;
end
$$;

comment on function private.take_factor(uuid, jsonb) is
  'Takes a second factor that the server has proven, once and for all: {kind: TOTP, id, step}, {kind: RECOVERY_CODE, hash} or {kind: PASSKEY, id, counter, challenge}, codes with their tryId. BAD_CODE when it was taken before; of many at once one wins.';

create or replace function private.finish_enrolment(asker jsonb, user_id uuid, code_hashes bytea[]) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if asker ? 'challenge' then
    perform private.pass_challenge(decode(asker ->> 'challenge', 'hex'));
  else
    update private.sessions s set is_strong = true where s.id = (asker ->> 'sessionId')::uuid and s.user_id = finish_enrolment.user_id;
  end if;
  if exists (select from private.recovery_codes c where c.user_id = finish_enrolment.user_id) then
    return false;
  end if;
  perform private.set_recovery_codes(user_id, code_hashes);
  return true;
end
$$;

comment on function private.finish_enrolment(jsonb, uuid, bytea[]) is
  'What follows when a second factor counts: it was shown, so a challenge that waited for it is passed; and who has no recovery codes gets these, which it answers.';

create or replace function private.drop_lone_codes(user_id uuid) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  delete from private.recovery_codes c
    where c.user_id = drop_lone_codes.user_id
      and not exists (select from private.totp_secrets t where t.user_id = drop_lone_codes.user_id and t.verified_at is not null)
      and not exists (select from private.passkeys p where p.user_id = drop_lone_codes.user_id);
end;

comment on function private.drop_lone_codes(uuid) is
  'Takes recovery codes away from a user who has nothing left to recover.';

create or replace function authz.second_factors_of(user_id uuid, workspace_id uuid) returns table (kinds text[], must_enrol boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  kinds := array_remove(array[
    case when exists (select from private.totp_secrets t where t.user_id = second_factors_of.user_id and t.verified_at is not null)
      then 'TOTP' end,
    case when exists (select from private.passkeys p where p.user_id = second_factors_of.user_id) then 'PASSKEY' end
  ], null);
  perform set_config('relata.workspace_id', second_factors_of.workspace_id::text, true);
  must_enrol := kinds = '{}' and coalesce(
    (select w.is_two_factor_enforced from core.workspaces w where w.id = second_factors_of.workspace_id), false);
  if kinds <> '{}' and exists (select from private.recovery_codes c where c.user_id = second_factors_of.user_id) then
    kinds := kinds || '{RECOVERY_CODE}';
  end if;
  return next;
end
$$;

comment on function authz.second_factors_of(uuid, uuid) is
  'By what a user proves himself a second time (TOTP, PASSKEY, RECOVERY_CODE), and whether a workspace wants him to enrol first. For the server alone.';
grant execute on function authz.second_factors_of(uuid, uuid) to relata_server;
