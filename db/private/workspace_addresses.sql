-- Which workspace an address means, for whoever has not said yet who he is: its
-- subdomain, and its own domain once that is proven. A subdomain holds no dot and a
-- domain does, so the two never meet. Row security shows core.workspaces only to who
-- speaks for one; hence this copy, kept by a trigger.

create table if not exists private.workspace_addresses (
  name         text primary key,
  workspace_id uuid not null references core.workspaces on delete cascade
);

comment on table private.workspace_addresses is
  'The subdomains and proven domains of all workspaces: how a request''s address leads to one.';

create index if not exists workspace_addresses_workspace_id_idx on private.workspace_addresses (workspace_id);

create or replace function private.tg_workspaces__addresses() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from private.workspace_addresses a
    where a.workspace_id = new.id and a.name not in (new.subdomain, coalesce(new.custom_domain, ''));
  insert into private.workspace_addresses (name, workspace_id)
    select n.name, new.id
    from (values (new.subdomain, true), (new.custom_domain, new.is_custom_domain_proven)) n (name, leads_here)
    where n.name is not null and n.leads_here
      and not exists (select from private.workspace_addresses a where a.name = n.name and a.workspace_id = new.id);
  delete from private.workspace_addresses a
    where a.workspace_id = new.id and a.name = new.custom_domain and not new.is_custom_domain_proven;
  return null;
exception when unique_violation then
  -- The subdomain is unique by itself: this is the domain.
  perform private.fail('NAMEX', 'That domain belongs to another workspace.', 'customDomain');
  return null;
end
$$;

comment on function private.tg_workspaces__addresses() is
  'Lets a workspace''s addresses follow its row; a domain that leads to another workspace already is refused.';

create or replace trigger _500_addresses
  after insert or update of subdomain, custom_domain, is_custom_domain_proven on core.workspaces
  for each row execute function private.tg_workspaces__addresses();

create table if not exists private.closed_workspaces (
  workspace_id uuid primary key references core.workspaces on delete cascade,
  closed_at    timestamptz not null default now()
);

comment on table private.closed_workspaces is
  'The workspaces that are deleted and wait to be purged: where tasks/purge_workspaces.ts has to look.';

create or replace function authz.workspace_at(address text) returns uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select a.workspace_id from private.workspace_addresses a
  where a.name = lower(address)
    and not exists (select from private.closed_workspaces c where c.workspace_id = a.workspace_id);
end;

comment on function authz.workspace_at(text) is
  'The workspace that a subdomain or a domain leads to, or null. For the server alone.';
grant execute on function authz.workspace_at(text) to relata_server;
