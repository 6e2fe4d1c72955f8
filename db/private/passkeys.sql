-- Passkeys (WebAuthn): public keys, so there is nothing here to steal.

create table if not exists private.passkeys (
  id            uuid primary key default authz.uuid_v7(),
  user_id       uuid not null references core.users on delete cascade,
  credential_id text not null unique check (length(credential_id) between 1 and 1400),
  public_key    bytea not null,
  counter       bigint not null default 0,
  transports    text[] not null default '{}',
  name          text not null check (length(name) between 1 and 100),
  is_backed_up  boolean not null default false,
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz
);

create index if not exists passkeys_user_id_idx on private.passkeys (user_id);

comment on table private.passkeys is
  'Passkeys of users: the public half (COSE), and how often the authenticator says it was used.';
comment on column private.passkeys.credential_id is
  'As the authenticator names it, base64url.';
comment on column private.passkeys.counter is
  'The authenticator''s own count of signatures; one that does not grow was copied. Zero for ever where the authenticator does not count.';

create or replace function private.known_passkeys(user_id uuid) returns jsonb
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('id', p.credential_id, 'transports', p.transports) order by p.created_at, p.id), '[]')
  from private.passkeys p where p.user_id = known_passkeys.user_id;
end;

comment on function private.known_passkeys(uuid) is
  'A user''s passkeys in the form in which browsers ask for them.';

create or replace function private.use_passkey_challenge(kind text, factor jsonb, user_id uuid) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select from authz.use_token(kind, decode(factor ->> 'challenge', 'hex')) t
    where t.user_id = use_passkey_challenge.user_id)
  then
    perform private.refuse_factor();
  end if;
end
$$;

comment on function private.use_passkey_challenge(text, jsonb, uuid) is
  'Uses up the challenge that a passkey has answered, {challenge: SHA-256 in hex}. BAD_CODE when it is another''s, for something else, used or too old.';

create or replace function private.count_passkey(user_id uuid, factor jsonb) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- Some authenticators do not count.
  update private.passkeys p set counter = (factor ->> 'counter')::bigint, last_used_at = now()
    where p.user_id = count_passkey.user_id and p.id = (factor ->> 'id')::uuid
      and (p.counter < (factor ->> 'counter')::bigint or p.counter = 0 and (factor ->> 'counter')::bigint = 0);
  if not found then
    perform private.refuse_factor();
  end if;
end
$$;

comment on function private.count_passkey(uuid, jsonb) is
  'Notes how often a passkey was used, {id, counter}. BAD_CODE when that does not grow, or the passkey is somebody else''s.';
