-- A user is a person who can sign in, known across workspaces by one address.
-- The password is in private.user_secrets: whoever sees a row may see all of it.

create table if not exists core.users (
  id         uuid primary key default authz.uuid_v7(),
  email      text not null check (email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 320),
  first_name text not null default '',
  last_name  text not null default '',
  is_server_admin boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

comment on table core.users is
  E'@behavior -query:resource:connection\n'
  'A person who can sign in; a member of one or more workspaces.';
comment on column core.users.is_server_admin is
  'Whether the user administers the server: makes and suspends workspaces, and sees no more of them for it.';

create unique index if not exists users_email_idx
  on core.users (lower(email));

-- Users belong to no workspace. A signed-in user sees himself; colleagues are
-- seen as workspaceMember records of the workspace.
alter table core.users enable row level security;
alter table core.users force row level security;

drop policy if exists self on core.users;
create policy self on core.users for select to relata_reader
  using (id = (select authz.user_id()));

drop policy if exists machine on core.users;
create policy machine on core.users to relata_owner
  using (true);

grant select on core.users to relata_reader;

create or replace trigger _100_timestamps
  before update on core.users
  for each row execute function private.tg__timestamps();
