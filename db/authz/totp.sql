-- What the server asks of authenticator apps (src/auth/secondFactors.ts): enrolled in two
-- steps, as a seed counts only once a code of it was shown; taken away for a second factor.

create or replace function authz.begin_totp(asker jsonb, id uuid, sealed_seed bytea) returns text
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select e.user_id from private.enroller_of(asker) e);
begin
  insert into private.totp_secrets as t (id, user_id, sealed_seed) values (begin_totp.id, _user_id, begin_totp.sealed_seed)
    on conflict (user_id) do update
      set id = excluded.id, sealed_seed = excluded.sealed_seed, last_step = 0, created_at = now()
      where t.verified_at is null;
  if not found then
    perform private.fail('VERSN', 'You have an authenticator app already; disable it first.');
  end if;
  return (select u.email from core.users u where u.id = _user_id);
end
$$;

comment on function authz.begin_totp(jsonb, uuid, bytea) is
  'Keeps the seed of an authenticator app until its owner shows a code of it, and answers his address. PROOF_REQUIRED, CONFLICT. For the server alone.';
grant execute on function authz.begin_totp(jsonb, uuid, bytea) to relata_server;

create or replace function authz.confirm_totp(asker jsonb, factor jsonb, code_hashes bytea[]) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(asker);
  perform private.require_shown(asker, _asker.user_id, _asker.workspace_id);
  update private.totp_secrets t set verified_at = now(), last_step = (factor ->> 'step')::bigint
    where t.user_id = _asker.user_id and t.id = (factor ->> 'id')::uuid and t.verified_at is null
      and t.created_at > now() - interval '15 minutes';
  if not found then
    perform private.refuse_factor();
  end if;
  delete from private.second_factor_tries t where t.id = (factor ->> 'tryId')::uuid and t.user_id = _asker.user_id;
  return private.finish_enrolment(asker, _asker.user_id, code_hashes);
end
$$;

comment on function authz.confirm_totp(jsonb, jsonb, bytea[]) is
  'Lets an authenticator app count whose code was shown, {id, step, tryId}, and passes the challenge that waited for it; answers whether these are the user''s recovery codes from now on. BAD_CODE. For the server alone.';
grant execute on function authz.confirm_totp(jsonb, jsonb, bytea[]) to relata_server;

create or replace function authz.disable_totp(asker jsonb, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  perform private.take_factor(_user_id, factor);
  delete from private.totp_secrets t where t.user_id = _user_id;
  perform private.drop_lone_codes(_user_id);
end
$$;

comment on function authz.disable_totp(jsonb, jsonb) is
  'Takes a user''s authenticator app away, for a second factor. BAD_CODE. For the server alone.';
grant execute on function authz.disable_totp(jsonb, jsonb) to relata_server;
