-- The keys that sign access tokens (ES256). The private half is sealed by the server
-- (src/auth/sealed.ts) with a key made from APP_SECRET, so a dump is no skeleton key.
--
-- A new key is published before it signs, so that every server knows it by then; the
-- one before it verifies until the last token that it has signed is over.

create table if not exists private.signing_keys (
  kid         text primary key,
  public_jwk  jsonb not null,
  private_key bytea not null,
  created_at  timestamptz not null default now(),
  starts_at   timestamptz not null default now(),
  expires_at  timestamptz
);

comment on table private.signing_keys is
  'Keys that sign access tokens (RFC 7518 §3.4); the private half is encrypted (AES-256-GCM).';
comment on column private.signing_keys.starts_at is
  'When it begins to sign.';
comment on column private.signing_keys.expires_at is
  'When nothing that it has signed is good any more; null as long as no key follows it.';

create or replace function authz.signing_keys()
returns table (kid text, public_jwk jsonb, private_key bytea, starts_at timestamptz, expires_at timestamptz)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select k.kid, k.public_jwk, k.private_key, k.starts_at, k.expires_at
  from private.signing_keys k
  where k.expires_at is null or k.expires_at > now()
  order by k.starts_at desc, k.kid;
end;

comment on function authz.signing_keys() is
  'The keys whose tokens are good, the one that signs last first. For the server alone.';
grant execute on function authz.signing_keys() to relata_server;

create or replace function authz.add_signing_key(
  kid text, public_jwk jsonb, private_key bytea, delay interval default '2 minutes', overlap interval default '1 hour', period interval default '0')
returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _is_first boolean;
  _starts_at timestamptz;
begin
  perform pg_advisory_xact_lock(hashtext('relata.signing_keys'));
  delete from private.signing_keys k where k.expires_at < now();
  if exists (select from private.signing_keys k where k.created_at > now() - period) then
    return false; -- another server was first
  end if;
  _is_first := not exists (select from private.signing_keys);
  _starts_at := case when _is_first then now() else now() + delay end;
  update private.signing_keys k set expires_at = least(k.expires_at, _starts_at + overlap);
  insert into private.signing_keys (kid, public_jwk, private_key, starts_at)
    values (add_signing_key.kid, add_signing_key.public_jwk, add_signing_key.private_key, _starts_at);
  return true;
end
$$;

comment on function authz.add_signing_key(text, jsonb, bytea, interval, interval, interval) is
  'Keeps a new key that signs after the delay, at once when it is the first; those before it go after the overlap, when what they have signed is over. False, and nothing, when there is one younger than the period. For the server alone.';
grant execute on function authz.add_signing_key(text, jsonb, bytea, interval, interval, interval) to relata_server;

create or replace function private.forget_signing_keys() returns void
language sql
begin atomic
  delete from private.signing_keys;
end;

comment on function private.forget_signing_keys() is
  'For a key that somebody else may know: nothing that it has signed is good any more, and the next key signs at once.';
