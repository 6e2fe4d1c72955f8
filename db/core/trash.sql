-- What was taken out of a data model, until it is purged: a field's columns stay in
-- their table under a name of the trash, an object's table moves to the schema
-- trash, and their metadata wait here. Nothing is copied, so nothing is slow.

create table if not exists core.trash (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  kind         text not null check (kind in ('FIELD', 'OBJECT', 'VALUES')),
  name         text not null,
  object_id    uuid not null,
  rows         jsonb not null default '[]',
  columns      jsonb not null default '[]',
  searched     jsonb not null default '{}',
  created_at   timestamptz not null default now()
);

comment on table core.trash is
  E'@singular trashItem\n@plural trashItems\n'
  'A field or an object that was deleted, and can be had back until it is purged.';
comment on column core.trash.object_id is
  E'@behavior -*\n'
  'The object that it is, or whose field it is; it may be gone too.';
comment on column core.trash.rows is
  E'@behavior -*\n'
  'The metadata: a list of {table, row}, as private.rows_below found them.';
comment on column core.trash.columns is
  E'@behavior -*\n'
  'Its columns: a list of {objectId, column, trashed, isRequired, default}.';
comment on column core.trash.searched is
  E'@behavior -*\n'
  'The search fields of the objects before: {objectId: [names]}.';

-- What the API shows of the keys, and as what.
comment on constraint trash_workspace_id_fkey on core.trash is E'@behavior -*';

create index if not exists trash_workspace_id_created_at_idx
  on core.trash (workspace_id, created_at);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.trash enable row level security;
alter table core.trash force row level security;

drop policy if exists in_workspace on core.trash;
create policy in_workspace on core.trash as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.trash;
create policy managers on core.trash for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.trash;
create policy machine on core.trash to relata_owner
  using (true);

grant select on core.trash to relata_admin;
