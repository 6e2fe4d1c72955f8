-- A role is a named list of permissions in one workspace. Every workspace starts
-- with the four of private.standard_roles; authz.has_permission reads the list.

create table if not exists core.roles (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name ~ '^[A-Z][A-Z0-9_]{0,62}$'),
  label        text not null check (label <> ''),
  description  text not null default '',
  permissions  text[] not null default '{}'
                 check (array_to_string(permissions, ' ') ~ '^(([*]|[*][.][a-z]+|[a-z][a-zA-Z0-9_]*([.][a-z]+)?)( |$))*$'),
  is_custom    boolean not null default true,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, name),
  unique (workspace_id, id)
);

comment on table core.roles is
  E'@singular role\n@plural roles\n'
  'A named list of permissions, held by members and API keys.';
comment on column core.roles.permissions is
  'Each object.action (companies.read), *.action for every object, a settings flag (data_model), or * for all.';

-- What the API shows of the keys, and as what.
comment on constraint roles_workspace_id_fkey on core.roles is E'@behavior -*';

-- Who sees a row: those who manage roles or members, and whoever holds it.
alter table core.roles enable row level security;
alter table core.roles force row level security;

drop policy if exists in_workspace on core.roles;
create policy in_workspace on core.roles as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.roles;
create policy managers on core.roles for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('members')) or (select authz.has_permission('data_model')));

drop policy if exists holders on core.roles;
create policy holders on core.roles for select to relata_reader
  using (id = any ((select authz.role_ids())::uuid[]));

drop policy if exists machine on core.roles;
create policy machine on core.roles to relata_owner
  using (true);

grant select on core.roles to relata_reader;

create or replace trigger _100_timestamps
  before update on core.roles
  for each row execute function private.tg__timestamps();
