-- The doors by which whoever has the permission security shapes how people sign in.

create or replace function core.create_identity_provider(id uuid, data jsonb, client_secret bytea) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  perform pg_advisory_xact_lock(hashtextextended('relata.identity_providers.' || authz.workspace_id(), 0));
  if (select count(*) from core.identity_providers p where p.workspace_id = authz.workspace_id()) >= 20 then
    perform private.fail('LIMIT', 'A workspace has 20 identity providers at most.');
  end if;
  begin
    insert into core.identity_providers (id, workspace_id, name, type, issuer, client_id, sso_url, certificates)
      values (create_identity_provider.id, authz.workspace_id(), btrim(data ->> 'name'), data ->> 'type', data ->> 'issuer',
              data ->> 'clientId', data ->> 'ssoUrl',
              coalesce((select array_agg(c) from jsonb_array_elements_text(data -> 'certificates') c), '{}'));
  exception when unique_violation then
    perform private.fail('23505', 'There is an identity provider with that name, or id.', 'input.name');
  end;
  insert into private.identity_provider_secrets (provider_id, workspace_id, client_secret)
    values (create_identity_provider.id, authz.workspace_id(), create_identity_provider.client_secret);
  return create_identity_provider.id;
end
$$;

comment on function core.create_identity_provider(uuid, jsonb, bytea) is
  'Adds an identity provider ({name, type, issuer, clientId, ssoUrl, certificates}) with its client''s sealed secret to the caller''s workspace and answers its id. Needs security. Errors: CONFLICT, LIMIT_EXCEEDED.';
grant execute on function core.create_identity_provider(uuid, jsonb, bytea) to relata_reader;

create or replace function core.edit_identity_provider(id uuid, data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  begin
    update core.identity_providers p
      set status = coalesce(data ->> 'status', p.status),
          name = coalesce(btrim(data ->> 'name'), p.name),
          certificates = coalesce((select array_agg(c) from jsonb_array_elements_text(nullif(data -> 'certificates', 'null')) c), p.certificates)
      where p.id = edit_identity_provider.id and p.workspace_id = authz.workspace_id();
    if not found then
      perform private.fail('NTFND', 'There is no such identity provider.', 'input.id');
    end if;
  exception when unique_violation then
    perform private.fail('23505', 'There is an identity provider with that name.', 'input.name');
  end;
  return edit_identity_provider.id;
end
$$;

comment on function core.edit_identity_provider(uuid, jsonb) is
  'Changes an identity provider ({status, name, certificates}). Its issuer stays, as people are known by it. Needs security. Errors: NOT_FOUND, CONFLICT.';
grant execute on function core.edit_identity_provider(uuid, jsonb) to relata_reader;

create or replace function core.delete_identity_provider(id uuid) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('security');
  delete from core.identity_providers p where p.id = delete_identity_provider.id and p.workspace_id = authz.workspace_id();
  if not found then
    perform private.fail('NTFND', 'There is no such identity provider.', 'input.identityProviderId');
  end if;
  return delete_identity_provider.id;
end
$$;

comment on function core.delete_identity_provider(uuid) is
  'Takes an identity provider away, with its secret, its domains and whom it has said people are. Needs security. Errors: NOT_FOUND.';
grant execute on function core.delete_identity_provider(uuid) to relata_reader;
