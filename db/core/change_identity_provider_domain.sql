-- Domains are added here, and proven by what the server finds in their name service.

create or replace function core.add_identity_provider_domain(provider_id uuid, domain text) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _id uuid;
begin
  perform authz.require_permission('security');
  if not exists (select from core.identity_providers p
                 where p.id = add_identity_provider_domain.provider_id and p.workspace_id = authz.workspace_id()) then
    perform private.fail('NTFND', 'There is no such identity provider.', 'input.identityProviderId');
  end if;
  if (select count(*) from core.identity_provider_domains d where d.workspace_id = authz.workspace_id()) >= 100 then
    perform private.fail('LIMIT', 'A workspace has 100 domains at most.');
  end if;
  begin
    insert into core.identity_provider_domains (workspace_id, provider_id, domain)
      values (authz.workspace_id(), add_identity_provider_domain.provider_id, lower(add_identity_provider_domain.domain))
      returning id into _id;
  exception
    when unique_violation then
      perform private.fail('23505', 'This identity provider has that domain.', 'input.domain');
    when check_violation then
      perform private.fail('INPUT', 'That is not a domain such as example.com.', 'input.domain');
  end;
  return _id;
end
$$;

comment on function core.add_identity_provider_domain(uuid, text) is
  'Adds a domain to an identity provider and answers its id; it counts once it is proven. Needs security. Errors: NOT_FOUND, CONFLICT, BAD_INPUT, LIMIT_EXCEEDED.';
grant execute on function core.add_identity_provider_domain(uuid, text) to relata_reader;

create or replace function core.remove_identity_provider_domain(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  delete from core.identity_provider_domains d where d.id = remove_identity_provider_domain.id and d.workspace_id = authz.workspace_id();
  if not found then
    perform private.fail('NTFND', 'There is no such domain.', 'input.id');
  end if;
  return remove_identity_provider_domain.id;
end
$$;

comment on function core.remove_identity_provider_domain(uuid) is
  'Takes a domain away from an identity provider: nobody signs in with an address of it any more. Needs security. Errors: NOT_FOUND.';
grant execute on function core.remove_identity_provider_domain(uuid) to relata_reader;

create or replace function core.domain_to_verify(id uuid) returns text
language plpgsql stable
as $$
declare
  _domain text;
begin
  perform authz.require_permission('security');
  select d.domain into _domain from core.identity_provider_domains d where d.id = domain_to_verify.id;
  if not found then
    raise exception using errcode = 'NTFND', message = 'There is no such domain.', column = 'input.id';
  end if;
  return _domain;
end
$$;

comment on function core.domain_to_verify(uuid) is
  'The name of a domain of the caller''s workspace, for the server to look up. Needs security. Errors: NOT_FOUND.';
grant execute on function core.domain_to_verify(uuid) to relata_reader;

-- What was found is the server's to say: a request could say anything.
create or replace function authz.verify_domain(workspace_id uuid, id uuid, records text[]) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _domain core.identity_provider_domains;
begin
  perform set_config('relata.workspace_id', verify_domain.workspace_id::text, true);
  select * into _domain from core.identity_provider_domains d
    where d.id = verify_domain.id and d.workspace_id = verify_domain.workspace_id for update;
  if not found then
    perform private.fail('NTFND', 'There is no such domain.', 'input.id');
  elsif not _domain.token = any (records) then
    perform private.fail('INPUT', format('No TXT record of %s or _relata.%s holds the token yet.', _domain.domain, _domain.domain), 'input.id');
  end if;
  update core.identity_provider_domains d set verified_at = now() where d.id = _domain.id;
  insert into private.verified_domains (domain_id, domain, provider_id, workspace_id)
    values (_domain.id, _domain.domain, _domain.provider_id, _domain.workspace_id)
    on conflict do nothing;
end
$$;

comment on function authz.verify_domain(uuid, uuid, text[]) is
  'Takes a domain as proven when its token is among the TXT records that the server has found. Errors: NOT_FOUND, BAD_INPUT. For the server alone.';
grant execute on function authz.verify_domain(uuid, uuid, text[]) to relata_server;
