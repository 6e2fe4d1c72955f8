-- A member is a user in a workspace. Removing the row shuts the door at once, as it
-- takes along what authz.claim looks at on every request (private.access).

create table if not exists core.workspace_members (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  user_id      uuid not null references core.users on delete cascade,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, user_id),
  unique (workspace_id, id)
);

comment on table core.workspace_members is
  E'@singular member\n@plural members\n'
  'A user in a workspace.';

-- What the API shows of the keys, and as what.
comment on constraint workspace_members_workspace_id_fkey on core.workspace_members is E'@behavior -*';
comment on constraint workspace_members_user_id_fkey on core.workspace_members is E'@fieldName user\n@foreignFieldName memberships';

create index if not exists workspace_members_user_id_idx
  on core.workspace_members (user_id);

-- Who sees a row: those who manage members; and each user his own membership, in
-- every workspace as long as none is claimed (that is how sign-in finds them).
alter table core.workspace_members enable row level security;
alter table core.workspace_members force row level security;

drop policy if exists in_workspace on core.workspace_members;
create policy in_workspace on core.workspace_members as restrictive
  using (workspace_id = (select authz.workspace_id())
    or (select authz.workspace_id()) is null and user_id = (select authz.user_id()));

drop policy if exists managers on core.workspace_members;
create policy managers on core.workspace_members for select to relata_reader
  using ((select authz.has_permission('members')) or (select authz.has_permission('data_model')));

drop policy if exists self on core.workspace_members;
create policy self on core.workspace_members for select to relata_reader
  using (user_id = (select authz.user_id()));

drop policy if exists machine on core.workspace_members;
create policy machine on core.workspace_members to relata_owner
  using (true);

grant select on core.workspace_members to relata_reader;

create or replace trigger _100_timestamps
  before update on core.workspace_members
  for each row execute function private.tg__timestamps();
