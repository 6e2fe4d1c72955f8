-- A relation joins two objects: a field on each side, and one foreign key on the
-- side of the many; many-to-many has its keys in a junction object instead.
-- A morph field has a row for each of its targets.

create table if not exists core.relations (
  id             uuid primary key default authz.uuid_v7(),
  workspace_id   uuid not null references core.workspaces on delete cascade,
  type           text not null default 'MANY_TO_ONE' check (type in ('MANY_TO_ONE', 'ONE_TO_ONE', 'MANY_TO_MANY')),
  from_object_id uuid not null,
  from_field_id  uuid not null,
  to_object_id   uuid not null,
  to_field_id    uuid not null,
  column_name    text,
  junction_object_id uuid,
  on_delete      text not null default 'SET_NULL' check (on_delete in ('SET_NULL', 'CASCADE', 'RESTRICT')),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  foreign key (workspace_id, from_object_id) references core.objects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, to_object_id) references core.objects (workspace_id, id) on delete cascade,
  foreign key (workspace_id, from_field_id) references core.fields (workspace_id, id) on delete cascade,
  foreign key (workspace_id, to_field_id) references core.fields (workspace_id, id) on delete cascade,
  foreign key (workspace_id, junction_object_id) references core.objects (workspace_id, id) on delete cascade,
  check ((type = 'MANY_TO_MANY') = (column_name is null)),
  check ((type = 'MANY_TO_MANY') = (junction_object_id is not null))
);

comment on table core.relations is
  E'@singular relation\n@plural relations\n'
  'Joins two objects, with a field on each side: from the one that holds the foreign key, to the one it points at.';
comment on column core.relations.type is
  'As seen from fromObject: MANY_TO_ONE (from toObject: ONE_TO_MANY), ONE_TO_ONE or MANY_TO_MANY.';
comment on column core.relations.column_name is
  'The foreign key in fromObject''s table; null for MANY_TO_MANY.';
comment on column core.relations.junction_object_id is
  'The object that holds the pairs of a MANY_TO_MANY: its two system relations point at both sides; null for the others.';
comment on column core.relations.on_delete is
  'What becomes of the rows that point at a record when it is destroyed.';

-- What the API shows of the keys, and as what.
comment on constraint relations_workspace_id_fkey on core.relations is E'@behavior -*';
comment on constraint relations_workspace_id_from_object_id_fkey on core.relations is E'@fieldName fromObject\n@foreignFieldName relationsFrom';
comment on constraint relations_workspace_id_to_object_id_fkey on core.relations is E'@fieldName toObject\n@foreignFieldName relationsTo';
comment on constraint relations_workspace_id_from_field_id_fkey on core.relations is E'@fieldName fromField\n@foreignFieldName relationsFrom';
comment on constraint relations_workspace_id_to_field_id_fkey on core.relations is E'@fieldName toField\n@foreignFieldName relationsTo';
comment on constraint relations_workspace_id_junction_object_id_fkey on core.relations is E'@fieldName junctionObject\n@foreignFieldName relationsThrough';

create index if not exists relations_workspace_id_from_object_id_idx
  on core.relations (workspace_id, from_object_id);
create index if not exists relations_workspace_id_to_object_id_idx
  on core.relations (workspace_id, to_object_id);
create index if not exists relations_workspace_id_junction_object_id_idx
  on core.relations (workspace_id, junction_object_id);
-- A morph field points at several objects, at each once.
create unique index if not exists relations_workspace_id_from_field_id_to_object_id_idx
  on core.relations (workspace_id, from_field_id, to_object_id);
create unique index if not exists relations_workspace_id_to_field_id_idx
  on core.relations (workspace_id, to_field_id);

-- Who sees a row: whoever speaks for the workspace. Rows are written by core.apply_changes.
alter table core.relations enable row level security;
alter table core.relations force row level security;

drop policy if exists in_workspace on core.relations;
create policy in_workspace on core.relations as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists members on core.relations;
create policy members on core.relations for select to relata_reader
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists machine on core.relations;
create policy machine on core.relations to relata_owner
  using (true);

grant select on core.relations to relata_reader;

create or replace trigger _100_timestamps
  before update on core.relations
  for each row execute function private.tg__timestamps();
