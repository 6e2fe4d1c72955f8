-- An approved domain lets everybody with a proven address in it join a workspace, once
-- somebody has shown by a mail that he reads such an address.

create table if not exists core.approved_domains (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  domain       text not null check (domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9-]{2,63}$' and length(domain) <= 253),
  is_validated boolean not null default false,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, domain),
  unique (workspace_id, id)
);

comment on table core.approved_domains is
  E'@singular approvedAccessDomain\n@plural approvedAccessDomains\n'
  'A domain whose people may join the workspace by themselves.';
comment on column core.approved_domains.is_validated is
  'Whether somebody has shown that he reads mail in the domain; nobody joins by it before.';

-- What the API shows of the keys, and as what.
comment on constraint approved_domains_workspace_id_fkey on core.approved_domains is E'@behavior -*';

-- Who sees a row: those who decide how people come in.
alter table core.approved_domains enable row level security;
alter table core.approved_domains force row level security;

drop policy if exists in_workspace on core.approved_domains;
create policy in_workspace on core.approved_domains as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.approved_domains;
create policy managers on core.approved_domains for select to relata_reader
  using ((select authz.has_permission('security')));

drop policy if exists machine on core.approved_domains;
create policy machine on core.approved_domains to relata_owner
  using (true);

grant select on core.approved_domains to relata_reader;

create or replace trigger _100_timestamps
  before update on core.approved_domains
  for each row execute function private.tg__timestamps();
