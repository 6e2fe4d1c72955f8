-- What the server asks of second factors (src/auth/secondFactors.ts). Each takes who
-- asks (private.asker_of), and what the server has proven of him.

create or replace function authz.try_second_factor(asker jsonb)
returns table (user_id uuid, try_id uuid, retry_after int, totp_id uuid, sealed_seed bytea, is_verified boolean)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(asker);
  user_id := _asker.user_id;
  select c.try_id, c.retry_after into try_id, retry_after from private.count_try(user_id, _asker.challenge_hash) c;
  if try_id is not null then
    select t.id, t.sealed_seed, t.verified_at is not null into totp_id, sealed_seed, is_verified
      from private.totp_secrets t where t.user_id = try_second_factor.user_id;
  end if;
  return next;
end
$$;

comment on function authz.try_second_factor(jsonb) is
  'Counts a try, before the code is looked at, and answers the seed to look with; or in how many seconds there is a try again. For the server alone.';
grant execute on function authz.try_second_factor(jsonb) to relata_server;

create or replace function authz.try_password(asker jsonb) returns table (user_id uuid, try_id uuid, retry_after int, password_hash text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  user_id := (select a.user_id from private.asker_of(asker - 'challenge') a);
  select c.try_id, c.retry_after into try_id, retry_after from private.count_try(user_id, null) c;
  if try_id is not null then
    select s.password_hash into password_hash from private.user_secrets s where s.user_id = try_password.user_id;
  end if;
  return next;
end
$$;

comment on function authz.try_password(jsonb) is
  'The same for the password of somebody signed in, who gives it once more. For the server alone.';
grant execute on function authz.try_password(jsonb) to relata_server;

create or replace function authz.pass_second_factor(asker jsonb, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _asker record;
begin
  select * into _asker from private.asker_of(jsonb_build_object('challenge', asker -> 'challenge'));
  perform private.take_factor(_asker.user_id, factor);
  perform private.pass_challenge(_asker.challenge_hash);
end
$$;

comment on function authz.pass_second_factor(jsonb, jsonb) is
  'Takes the second factor of a sign-in and passes its challenge, for authz.finish_sign_in. LOGIN_REQUIRED, BAD_CODE. For the server alone.';
grant execute on function authz.pass_second_factor(jsonb, jsonb) to relata_server;

create or replace function authz.renew_recovery_codes(asker jsonb, factor jsonb, code_hashes bytea[]) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  perform private.take_factor(_user_id, factor);
  perform private.set_recovery_codes(_user_id, code_hashes);
end
$$;

comment on function authz.renew_recovery_codes(jsonb, jsonb, bytea[]) is
  'Replaces a user''s recovery codes, for a second factor. BAD_CODE. For the server alone.';
grant execute on function authz.renew_recovery_codes(jsonb, jsonb, bytea[]) to relata_server;

create or replace function authz.list_second_factors(asker jsonb) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _user_id uuid := (select a.user_id from private.asker_of(asker - 'challenge') a);
begin
  return jsonb_build_object(
    'totp', (select jsonb_build_object('id', t.id, 'createdAt', t.verified_at)
             from private.totp_secrets t where t.user_id = _user_id and t.verified_at is not null),
    'passkeys', (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'createdAt', p.created_at, 'lastUsedAt', p.last_used_at)
                   order by p.created_at, p.id), '[]')
                 from private.passkeys p where p.user_id = _user_id),
    'recoveryCodesLeft', (select count(*) from private.recovery_codes c where c.user_id = _user_id));
end
$$;

comment on function authz.list_second_factors(jsonb) is
  'What second factors the caller has: {totp, passkeys, recoveryCodesLeft}, without their secrets. For the server alone.';
grant execute on function authz.list_second_factors(jsonb) to relata_server;
