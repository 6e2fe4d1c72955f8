-- An invitation lets whoever proves its address into a workspace, with a role. Its
-- token, which is in the mail, is kept as a hash in private.invitation_tokens.

create table if not exists core.invitations (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  email        text not null check (email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 320 and email = lower(email)),
  role_id      uuid not null,
  inviter_id   uuid,
  expires_at   timestamptz not null,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, email),
  unique (workspace_id, id),
  foreign key (workspace_id, role_id) references core.roles (workspace_id, id) on delete cascade,
  foreign key (workspace_id, inviter_id) references core.workspace_members (workspace_id, id) on delete set null (inviter_id)
);

comment on table core.invitations is
  E'@singular invitation\n@plural invitations\n'
  'An address that may join the workspace, in a role, until it expires.';

-- What the API shows of the keys, and as what.
comment on constraint invitations_workspace_id_fkey on core.invitations is E'@behavior -*';
comment on constraint invitations_workspace_id_role_id_fkey on core.invitations is E'@fieldName role\n@foreignFieldName invitations';
comment on constraint invitations_workspace_id_inviter_id_fkey on core.invitations is E'@fieldName inviter\n@foreignFieldName invitations';

create index if not exists invitations_workspace_id_role_id_idx
  on core.invitations (workspace_id, role_id);
create index if not exists invitations_workspace_id_inviter_id_idx
  on core.invitations (workspace_id, inviter_id);

-- Who sees a row: those who manage members. Rows are written by core.send_invitations and its kin.
alter table core.invitations enable row level security;
alter table core.invitations force row level security;

drop policy if exists in_workspace on core.invitations;
create policy in_workspace on core.invitations as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.invitations;
create policy managers on core.invitations for select to relata_reader
  using ((select authz.has_permission('members')));

drop policy if exists machine on core.invitations;
create policy machine on core.invitations to relata_owner
  using (true);

grant select on core.invitations to relata_reader;

create or replace trigger _100_timestamps
  before update on core.invitations
  for each row execute function private.tg__timestamps();
