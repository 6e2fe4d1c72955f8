-- Seeds of authenticator apps (TOTP, RFC 6238), one a user. The seed is sealed by the
-- server (src/auth/sealed.ts): this database cannot make a code. A seed counts once
-- its owner has shown a code of it.

create table if not exists private.totp_secrets (
  id          uuid primary key default authz.uuid_v7(),
  user_id     uuid not null unique references core.users on delete cascade,
  sealed_seed bytea not null,
  last_step   bigint not null default 0,
  created_at  timestamptz not null default now(),
  verified_at timestamptz
);

comment on table private.totp_secrets is
  'Seeds of authenticator apps, sealed with a key from outside the database (AES-256-GCM, bound to the row''s id).';
comment on column private.totp_secrets.last_step is
  'The last time step whose code was taken: a code of it or of one before it is never taken again.';
comment on column private.totp_secrets.verified_at is
  'When its owner first showed a code. Until then it protects nothing, and 15 minutes later it is void.';

-- What lets in whoever has lost the app: ten, each once.

create table if not exists private.recovery_codes (
  user_id   uuid not null references core.users on delete cascade,
  code_hash bytea not null,
  primary key (user_id, code_hash)
);

comment on table private.recovery_codes is
  'SHA-256 of each recovery code (80 random bits, hashed together with the user''s id); a used one is deleted.';

create or replace function private.set_recovery_codes(user_id uuid, code_hashes bytea[]) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
begin atomic
  delete from private.recovery_codes c where c.user_id = set_recovery_codes.user_id;
  insert into private.recovery_codes (user_id, code_hash) select set_recovery_codes.user_id, h from unnest(code_hashes) h;
end;

comment on function private.set_recovery_codes(uuid, bytea[]) is
  'Replaces a user''s recovery codes, given as their hashes.';
