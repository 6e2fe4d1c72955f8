-- An identity provider of a workspace's own: where its people sign in by OpenID
-- Connect or SAML. It signs in to this workspace only, and says who somebody is only
-- for addresses of the domains that it has proven (core.identity_provider_domains).
-- The client's secret is in private.identity_provider_secrets.

create table if not exists core.identity_providers (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name <> '' and length(name) <= 200),
  type         text not null check (type in ('OIDC', 'SAML')),
  status       text not null default 'ACTIVE' check (status in ('ACTIVE', 'INACTIVE')),
  issuer       text not null check (issuer <> '' and length(issuer) <= 1024),
  client_id    text check (client_id <> '' and length(client_id) <= 1024),
  sso_url      text check (sso_url ~ '^https?://' and length(sso_url) <= 2048),
  certificates text[] not null default '{}' check (cardinality(certificates) <= 5),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name),
  check (case type
    when 'OIDC' then client_id is not null and issuer ~ '^https?://' and sso_url is null and certificates = '{}'
    else client_id is null and sso_url is not null and certificates <> '{}'
  end)
);

comment on table core.identity_providers is
  E'@singular identityProvider\n@plural identityProviders\n'
  'Where the people of a workspace sign in: their company''s own OpenID Connect or SAML service.';
comment on column core.identity_providers.type is
  E'@enum IdentityProviderType OIDC SAML\n'
  'By which standard it speaks.';
comment on column core.identity_providers.status is
  E'@enum IdentityProviderStatus ACTIVE INACTIVE\n'
  'Whether people may sign in by it.';
comment on column core.identity_providers.issuer is
  'OIDC: the address that its discovery document is found at; SAML: its entity id.';
comment on column core.identity_providers.client_id is
  E'@alias clientID\n'
  'OIDC: what it calls Relata.';
comment on column core.identity_providers.sso_url is
  E'@alias ssoURL\n'
  'SAML: where people are sent to sign in.';
comment on column core.identity_providers.certificates is
  'SAML: what its assertions are signed with; several while it changes its key.';

-- What the API shows of the keys, and as what.
comment on constraint identity_providers_workspace_id_fkey on core.identity_providers is E'@behavior -*';

-- Who sees a row: who may change it. Rows are written by core.create_identity_provider and its kin.
alter table core.identity_providers enable row level security;
alter table core.identity_providers force row level security;

drop policy if exists in_workspace on core.identity_providers;
create policy in_workspace on core.identity_providers as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.identity_providers;
create policy managers on core.identity_providers for select to relata_reader
  using ((select authz.has_permission('security')));

drop policy if exists machine on core.identity_providers;
create policy machine on core.identity_providers to relata_owner
  using (true);

grant select on core.identity_providers to relata_reader;

create or replace trigger _100_timestamps
  before update on core.identity_providers
  for each row execute function private.tg__timestamps();
