-- A field is an attribute of an object: one row here is one column of its table
-- (several for a composite type, a foreign key or none for a relation's two sides).

create table if not exists core.fields (
  id            uuid primary key default authz.uuid_v7(),
  workspace_id  uuid not null references core.workspaces on delete cascade,
  object_id     uuid not null,
  name          text not null,
  label         text not null,
  description   text not null default '',
  icon          text not null default '',
  type          text not null references core.field_types,
  column_name   text,
  is_nullable   boolean not null default true,
  is_unique     boolean not null default false,
  default_value jsonb,
  options       jsonb,
  settings      jsonb not null default '{}',
  is_custom     boolean not null default true,
  is_system     boolean not null default false,
  is_active     boolean not null default true,
  is_ui_editable boolean not null default true,
  is_label_synced_with_name boolean not null default false,
  standard_overrides jsonb check (jsonb_typeof(standard_overrides) = 'object'),
  status        text not null default 'READY' check (status in ('READY', 'BUILDING', 'FAILED')),
  status_reason text,
  building      text[] not null default '{}',
  is_kept       boolean not null default false,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  unique (workspace_id, id),
  unique (object_id, name),
  unique (object_id, column_name),
  foreign key (workspace_id, object_id) references core.objects (workspace_id, id) on delete cascade
);

comment on table core.fields is
  E'@singular field\n@plural fields\n'
  'An attribute of an object, such as a company''s name: one or more columns of its table.';
comment on column core.fields.object_id is
  E'@alias objectMetadataId\n'
  'The object that it is an attribute of.';
comment on column core.fields.is_ui_editable is
  'Whether screens let people write it.';
comment on column core.fields.is_label_synced_with_name is
  'Whether the name follows the label.';
comment on column core.fields.standard_overrides is
  'What this workspace calls a standard field otherwise: {label, description, icon}.';
comment on column core.fields.column_name is
  'The column, or what a composite''s columns begin with; null on the many side of a relation.';
comment on column core.fields.options is
  'The choices of a SELECT: a list of {id, value, label, color, position}.';
comment on column core.fields.status is
  'READY; BUILDING while a job does what is left of a change, on a large table; FAILED when records were in its way.';
comment on column core.fields.status_reason is
  'Why it is FAILED, in words; what could not be done is as if it had not been asked for.';
comment on column core.fields.building is
  E'@behavior -*\n'
  'What the job has still to do, in this order: FILL, CHECKS, REQUIRED, UNIQUE, KEYS, INDEXES.';
comment on column core.fields.is_kept is
  E'@behavior -*\n'
  'Whether a trigger keeps this formula''s column, as a generated one would have rewritten the table.';

-- What the API shows of the keys, and as what.
comment on constraint fields_workspace_id_fkey on core.fields is E'@behavior -*';
comment on constraint fields_type_fkey on core.fields is E'@behavior -*';
comment on constraint fields_workspace_id_object_id_fkey on core.fields is E'@fieldName object\n@foreignFieldName fields';

create index if not exists fields_workspace_id_object_id_idx
  on core.fields (workspace_id, object_id);
create index if not exists fields_type_idx
  on core.fields (type);

-- Who sees a row: whoever speaks for the workspace. Rows are written by core.apply_changes.
alter table core.fields enable row level security;
alter table core.fields force row level security;

drop policy if exists in_workspace on core.fields;
create policy in_workspace on core.fields as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists members on core.fields;
create policy members on core.fields for select to relata_reader
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists machine on core.fields;
create policy machine on core.fields to relata_owner
  using (true);

grant select on core.fields to relata_reader;

create or replace trigger _100_timestamps
  before update on core.fields
  for each row execute function private.tg__timestamps();
