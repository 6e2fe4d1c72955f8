-- Who holds which roles: members and API keys hold any number, and may do what any of
-- them lets them (private.build_access works out the sum).

create table if not exists core.role_assignments (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  role_id      uuid not null,
  member_id    uuid,
  api_key_id   uuid,
  created_at   timestamptz not null default now(),
  check (num_nonnulls(member_id, api_key_id) = 1),
  unique (role_id, member_id),
  unique (role_id, api_key_id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, member_id) references core.workspace_members (workspace_id, id) on delete cascade,
  foreign key (workspace_id, api_key_id) references core.api_keys (workspace_id, id) on delete cascade
);

comment on table core.role_assignments is
  E'@singular roleAssignment\n@plural roleAssignments\n'
  'That a member or an API key holds a role.';

-- What the API shows of the keys, and as what.
comment on constraint role_assignments_workspace_id_fkey on core.role_assignments is E'@behavior -*';
comment on constraint role_assignments_workspace_id_role_id_fkey on core.role_assignments is E'@fieldName role\n@foreignFieldName assignments';
comment on constraint role_assignments_workspace_id_member_id_fkey on core.role_assignments is E'@fieldName member\n@foreignFieldName roleAssignments';
comment on constraint role_assignments_workspace_id_api_key_id_fkey on core.role_assignments is E'@fieldName apiKey\n@foreignFieldName roleAssignments';

create index if not exists role_assignments_workspace_id_role_id_idx
  on core.role_assignments (workspace_id, role_id);
create index if not exists role_assignments_workspace_id_member_id_idx
  on core.role_assignments (workspace_id, member_id);
create index if not exists role_assignments_workspace_id_api_key_id_idx
  on core.role_assignments (workspace_id, api_key_id);

-- Who sees a row: those who manage roles or members, and each member his own.
alter table core.role_assignments enable row level security;
alter table core.role_assignments force row level security;

drop policy if exists in_workspace on core.role_assignments;
create policy in_workspace on core.role_assignments as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.role_assignments;
create policy managers on core.role_assignments for select to relata_reader
  using ((select authz.has_permission('roles')) or (select authz.has_permission('members')) or (select authz.has_permission('data_model')));

drop policy if exists self on core.role_assignments;
create policy self on core.role_assignments for select to relata_reader
  using (member_id = (select authz.member_id()));

drop policy if exists machine on core.role_assignments;
create policy machine on core.role_assignments to relata_owner
  using (true);

grant select on core.role_assignments to relata_reader;
