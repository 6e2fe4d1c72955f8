-- An API key is a program's way in: it holds roles as people do, and belongs to its
-- workspace, not to whoever made it. The key itself is shown once; its hash is in
-- private.api_key_secrets.

create table if not exists core.api_keys (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  name         text not null check (name <> '' and length(name) <= 255),
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id)
);

comment on table core.api_keys is
  E'@singular apiKey\n@plural apiKeys\n'
  'A program''s way into a workspace, with roles of its own.';
comment on column core.api_keys.expires_at is
  'When it ends by itself.';
comment on column core.api_keys.revoked_at is
  'When somebody ended it; what is revoked stays so.';

-- What the API shows of the keys, and as what.
comment on constraint api_keys_workspace_id_fkey on core.api_keys is E'@behavior -*';

-- Who sees a row: those who manage keys.
alter table core.api_keys enable row level security;
alter table core.api_keys force row level security;

drop policy if exists in_workspace on core.api_keys;
create policy in_workspace on core.api_keys as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.api_keys;
create policy managers on core.api_keys for select to relata_reader
  using ((select authz.has_permission('api_keys')));

drop policy if exists machine on core.api_keys;
create policy machine on core.api_keys to relata_owner
  using (true);

grant select on core.api_keys to relata_reader;

create or replace trigger _100_timestamps
  before update on core.api_keys
  for each row execute function private.tg__timestamps();
