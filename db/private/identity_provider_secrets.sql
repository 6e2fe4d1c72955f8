-- What of identity providers nobody may read, and how they are found before anybody
-- has signed in, when no workspace is claimed yet.

create table if not exists private.identity_provider_secrets (
  provider_id   uuid primary key references core.identity_providers on delete cascade,
  workspace_id  uuid not null references core.workspaces on delete cascade,
  client_secret bytea
);

create index if not exists identity_provider_secrets_workspace_id_idx on private.identity_provider_secrets (workspace_id);

comment on table private.identity_provider_secrets is
  'Of each identity provider its workspace, and the secret of an OpenID Connect client, sealed (src/auth/sealed.ts).';

create table if not exists private.verified_domains (
  domain_id    uuid primary key references core.identity_provider_domains on delete cascade,
  domain       text not null,
  provider_id  uuid not null references core.identity_providers on delete cascade,
  workspace_id uuid not null references core.workspaces on delete cascade
);

create index if not exists verified_domains_domain_idx on private.verified_domains (domain);
create index if not exists verified_domains_provider_id_domain_idx on private.verified_domains (provider_id, domain);
create index if not exists verified_domains_workspace_id_idx on private.verified_domains (workspace_id);

comment on table private.verified_domains is
  'The domains that have been proven, and the identity provider that speaks for their addresses.';

create or replace function private.domain_of(email text) returns text
language sql immutable strict
return lower(substring(email from '@([^@]+)$'));

comment on function private.domain_of(text) is
  'The domain of an address, in small letters.';

-- Sign-in asks these before anybody is known; no request role can.

create or replace function authz.identity_provider(provider_id uuid)
returns table (id uuid, workspace_id uuid, subdomain text, name text, type text, issuer text, client_id text,
               client_secret bytea, sso_url text, certificates text[], version text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _secret private.identity_provider_secrets;
begin
  select * into _secret from private.identity_provider_secrets s where s.provider_id = identity_provider.provider_id;
  perform set_config('relata.workspace_id', coalesce(_secret.workspace_id::text, ''), true);
  return query
    select p.id, p.workspace_id, w.subdomain, p.name, p.type, p.issuer, p.client_id, _secret.client_secret, p.sso_url, p.certificates,
           extract(epoch from p.updated_at)::text
    from core.identity_providers p join core.workspaces w on w.id = p.workspace_id
    where p.id = identity_provider.provider_id and p.status = 'ACTIVE' and w.closed_at is null;
end
$$;

comment on function authz.identity_provider(uuid) is
  'An active identity provider with its sealed secret, to sign somebody in by it; no row when there is none. For the server alone.';
grant execute on function authz.identity_provider(uuid) to relata_server;

create or replace function authz.identity_providers_of(workspace_id uuid) returns table (id uuid, name text, type text, status text, issuer text)
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('relata.workspace_id', identity_providers_of.workspace_id::text, true);
  return query
    select p.id, p.name, p.type, p.status, p.issuer from core.identity_providers p
    where p.workspace_id = identity_providers_of.workspace_id and p.status = 'ACTIVE' order by p.id;
end
$$;

comment on function authz.identity_providers_of(uuid) is
  'The active identity providers of a workspace, for its sign-in page. For the server alone.';
grant execute on function authz.identity_providers_of(uuid) to relata_server;

create or replace function authz.identity_provider_for(email text, workspace text, type text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid;
begin
  for _id in
    select v.provider_id from private.verified_domains v where v.domain = private.domain_of(identity_provider_for.email) order by v.domain_id
  loop
    if exists (select from authz.identity_provider(_id) p
               where p.type = identity_provider_for.type and p.subdomain = coalesce(identity_provider_for.workspace, p.subdomain)) then
      return _id;
    end if;
  end loop;
  return null;
end
$$;

comment on function authz.identity_provider_for(text, text, text) is
  'The active identity provider of a type that speaks for an address''s domain, in a workspace (a subdomain) or in any; it does not look whether anybody has the address. For the server alone.';
grant execute on function authz.identity_provider_for(text, text, text) to relata_server;
