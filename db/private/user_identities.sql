-- By which accounts elsewhere a user is known: the provider's own name for him
-- stays the same when his address changes, and is never given to another.

create table if not exists private.user_identities (
  id          uuid primary key default authz.uuid_v7(),
  user_id     uuid not null references core.users on delete cascade,
  issuer      text not null check (length(issuer) between 1 and 1024),
  subject     text not null check (length(subject) between 1 and 1024),
  provider_id uuid references core.identity_providers on delete cascade,
  created_at  timestamptz not null default now(),
  unique nulls not distinct (issuer, subject, provider_id)
);

create index if not exists user_identities_user_id_idx on private.user_identities (user_id);
create index if not exists user_identities_provider_id_idx on private.user_identities (provider_id) where provider_id is not null;

comment on table private.user_identities is
  'The accounts at Google, Microsoft or a workspace''s own provider by which a user signs in.';
comment on column private.user_identities.provider_id is
  'The workspace''s own provider; what that says holds in its workspace alone.';
