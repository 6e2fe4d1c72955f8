-- A custom domain leads to the workspace once its DNS says so, in a TXT record that
-- names the workspace: the server looks it up, and tells what it found.

create or replace function core.domain_to_prove() returns jsonb
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.require_permission('workspace');
  return (
    select jsonb_build_object('domain', w.custom_domain, 'isProven', w.is_custom_domain_proven,
                              'name', '_relata.' || w.custom_domain, 'value', 'relata-workspace=' || w.id)
    from core.workspaces w where w.id = authz.workspace_id() and w.custom_domain is not null
  );
end
$$;

comment on function core.domain_to_prove() is
  'The TXT record by which the workspace''s custom domain is proven; null without a domain. Needs the permission workspace.';
grant execute on function core.domain_to_prove() to relata_reader;

create or replace function authz.prove_custom_domain(user_id uuid, workspace_id uuid, session_id uuid, domain text) returns void
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform authz.claim(prove_custom_domain.user_id, prove_custom_domain.workspace_id, null, prove_custom_domain.session_id);
  perform authz.require_permission('workspace');
  update core.workspaces w set is_custom_domain_proven = true
    where w.id = prove_custom_domain.workspace_id and w.custom_domain = prove_custom_domain.domain;
end
$$;

comment on function authz.prove_custom_domain(uuid, uuid, uuid, text) is
  'Lets a domain lead to its workspace, as its DNS says so; NAME_TAKEN when it leads to another. For the server alone, which has looked.';
grant execute on function authz.prove_custom_domain(uuid, uuid, uuid, text) to relata_server;
