-- What a workspace may be called in addresses.

create table if not exists private.reserved_subdomains (
  name text primary key
);

comment on table private.reserved_subdomains is
  'Names that no workspace may take for its address, as they are, or may become, something else''s.';

insert into private.reserved_subdomains
  select regexp_split_to_table($$about account accounts admin api app apps assets auth autoconfig autodiscover billing blog cdn cloud console
    dashboard demo dev docs download email files ftp graphql help id images imap login mail mailbox media metadata metrics mx news ns ns1 ns2
    oauth pop pop3 portal preview prod production public rest root secure security sign-in signin sign-up signup smtp sso staging static status
    store support system test update webhook webhooks webmail ws www www1 www2 relata$$, '\s+')
  on conflict do nothing;

create or replace function private.check_subdomain(subdomain text, field text) returns void
language plpgsql
as $$
begin
  if subdomain is null or subdomain !~ '^[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])$' or subdomain ~ '^xn--' then
    perform private.fail('INPUT', 'A subdomain has 3 to 63 small letters, digits and hyphens.', field);
  elsif exists (select from private.reserved_subdomains r where r.name = subdomain) then
    perform private.fail('NAMER', 'That subdomain is reserved.', field);
  elsif exists (select from private.workspace_addresses a where a.name = subdomain and a.workspace_id is distinct from authz.workspace_id()) then
    perform private.fail('NAMEX', 'That subdomain is taken.', field);
  end if;
end
$$;

comment on function private.check_subdomain(text, text) is
  'Nothing when a workspace may take that subdomain; BAD_INPUT, NAME_RESERVED or NAME_TAKEN otherwise.';

create or replace function authz.is_subdomain_free(subdomain text) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform private.check_subdomain(subdomain, 'subdomain');
  return true;
exception when others then
  return false;
end
$$;

comment on function authz.is_subdomain_free(text) is
  'Whether a new workspace may take a subdomain. For the server alone.';
grant execute on function authz.is_subdomain_free(text) to relata_server;
