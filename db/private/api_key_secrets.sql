-- The tokens of API keys: 256 random bits each, so that a plain hash keeps them.

create table if not exists private.api_key_secrets (
  api_key_id uuid primary key references core.api_keys on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32)
);

comment on table private.api_key_secrets is
  'SHA-256 of each API key''s token.';

create or replace function private.keep_api_key(api_key_id uuid, token_hash bytea) returns void
language sql
begin atomic
  insert into private.api_key_secrets as s (api_key_id, token_hash)
  values (keep_api_key.api_key_id, keep_api_key.token_hash)
  on conflict on constraint api_key_secrets_pkey do update set token_hash = excluded.token_hash;
end;

comment on function private.keep_api_key(uuid, bytea) is
  'Keeps the hash of an API key''s token, in place of the one before.';

create or replace function authz.api_key_of(token_hash bytea) returns table (api_key_id uuid, workspace_id uuid)
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select a.api_key_id, a.workspace_id
    from private.api_key_secrets s join private.access a on a.caller_id = s.api_key_id
    where s.token_hash = api_key_of.token_hash;
end
$$;

comment on function authz.api_key_of(bytea) is
  'The API key that a token (its SHA-256) is of, and its workspace; no row for an unknown one. Whether it has ended is for authz.claim to say. For the server alone.';
grant execute on function authz.api_key_of(bytea) to relata_server;
