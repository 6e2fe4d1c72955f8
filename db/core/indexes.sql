-- An index that an admin asked for, over fields of an object: what finds or sorts
-- records faster, or, when it is unique, keeps two of them from being the same.

create table if not exists core.indexes (
  id           uuid primary key default authz.uuid_v7(),
  workspace_id uuid not null references core.workspaces on delete cascade,
  object_id    uuid not null,
  name         text not null check (length(name) <= 63),
  type         text not null default 'BTREE' check (type in ('BTREE', 'GIN')),
  fields       jsonb not null check (jsonb_array_length(fields) between 1 and 8),
  is_unique    boolean not null default false,
  is_custom    boolean not null default true,
  status       text not null default 'READY' check (status in ('READY', 'BUILDING', 'FAILED')),
  status_reason text,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade,
  check (not is_unique or type = 'BTREE')
);

comment on table core.indexes is
  E'@singular index\n@plural indexes\n'
  'What finds or sorts an object''s records faster, or keeps two from being the same.';
comment on column core.indexes.name is 'Its name in PostgreSQL''s catalog.';
comment on column core.indexes.type is 'BTREE to compare and sort; GIN to look into texts, lists and JSON.';
comment on column core.indexes.fields is
  'The fields in their order: a list of {fieldId}, or {fieldId, part} for one value of a composite.';
comment on column core.indexes.is_unique is
  'Whether no two living records may have the same values, none of which is empty.';
comment on column core.indexes.status is
  'READY; BUILDING while a job makes it, on a large table; FAILED when records were twice the same.';
comment on column core.indexes.status_reason is 'Why it is FAILED, in words.';

-- What the API shows of the keys, and as what.
comment on constraint indexes_workspace_id_fkey on core.indexes is E'@behavior -*';
comment on constraint indexes_workspace_id_object_id_fkey on core.indexes is E'@fieldName object\n@foreignFieldName indexes';

create index if not exists indexes_workspace_id_object_id_idx
  on core.indexes (workspace_id, object_id);

-- Who sees a row: admins of its workspace. Rows are written by core.apply_changes.
alter table core.indexes enable row level security;
alter table core.indexes force row level security;

drop policy if exists in_workspace on core.indexes;
create policy in_workspace on core.indexes as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists managers on core.indexes;
create policy managers on core.indexes for select to relata_admin
  using ((select authz.has_permission('data_model')));

drop policy if exists machine on core.indexes;
create policy machine on core.indexes to relata_owner
  using (true);

grant select on core.indexes to relata_admin;

create or replace trigger _100_timestamps
  before update on core.indexes
  for each row execute function private.tg__timestamps();
