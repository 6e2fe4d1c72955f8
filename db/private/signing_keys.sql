-- The keys that sign access tokens (ES256), the newest in use. The private half is
-- encrypted by the server with a key made from APP_SECRET, so a dump is no skeleton key.

create table if not exists private.signing_keys (
  kid         text primary key,
  public_jwk  jsonb not null,
  private_key bytea not null,
  created_at  timestamptz not null default now()
);

comment on table private.signing_keys is
  'Keys that sign access tokens (RFC 7518 §3.4); the private half is encrypted (AES-256-GCM).';

create or replace function authz.signing_keys() returns table (kid text, public_jwk jsonb, private_key bytea)
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select k.kid, k.public_jwk, k.private_key from private.signing_keys k order by k.created_at desc;
end;

comment on function authz.signing_keys() is
  'The keys that sign access tokens, the newest first. For the server alone.';
grant execute on function authz.signing_keys() to relata_server;

create or replace function authz.add_signing_key(kid text, public_jwk jsonb, private_key bytea) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  insert into private.signing_keys (kid, public_jwk, private_key)
  values (add_signing_key.kid, add_signing_key.public_jwk, add_signing_key.private_key);
end;

comment on function authz.add_signing_key(text, jsonb, bytea) is
  'Keeps a new key; it signs from now on. For the server alone.';
grant execute on function authz.add_signing_key(text, jsonb, bytea) to relata_server;
