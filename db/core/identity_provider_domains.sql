-- The domains whose addresses an identity provider may speak for. Whoever adds one
-- proves that it is his by a TXT record in its name service; until then it counts for
-- nothing, for otherwise any workspace could say who somebody elsewhere is.

create table if not exists core.identity_provider_domains (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  provider_id  uuid not null,
  domain       text not null check (domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' and length(domain) <= 253),
  token        text not null default 'relata-domain-verification=' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
  verified_at  timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (provider_id, domain),
  foreign key (workspace_id, provider_id) references core.identity_providers (workspace_id, id) on delete cascade
);

comment on table core.identity_provider_domains is
  E'@singular identityProviderDomain\n@plural identityProviderDomains\n'
  'A domain whose addresses an identity provider speaks for, once it is proven.';
comment on column core.identity_provider_domains.provider_id is
  E'@alias identityProviderId\n'
  'The provider that it belongs to.';
comment on column core.identity_provider_domains.token is
  'What a TXT record of the domain, or of _relata below it, must hold to prove that it is yours.';
comment on column core.identity_provider_domains.verified_at is
  'When that was seen; until then nobody can sign in with an address of it.';

-- What the API shows of the keys, and as what.
comment on constraint identity_provider_domains_workspace_id_fkey on core.identity_provider_domains is E'@behavior -*';
comment on constraint identity_provider_domains_workspace_id_provider_id_fkey on core.identity_provider_domains is
  E'@fieldName identityProvider\n@foreignFieldName domains';

create index if not exists identity_provider_domains_workspace_id_provider_id_idx
  on core.identity_provider_domains (workspace_id, provider_id);

-- Who sees a row: who may change it.
alter table core.identity_provider_domains enable row level security;
alter table core.identity_provider_domains force row level security;

drop policy if exists in_workspace on core.identity_provider_domains;
create policy in_workspace on core.identity_provider_domains as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.identity_provider_domains;
create policy managers on core.identity_provider_domains for select to relata_reader
  using ((select authz.has_permission('security')));

drop policy if exists machine on core.identity_provider_domains;
create policy machine on core.identity_provider_domains to relata_owner
  using (true);

grant select on core.identity_provider_domains to relata_reader;

create or replace trigger _100_timestamps
  before update on core.identity_provider_domains
  for each row execute function private.tg__timestamps();
