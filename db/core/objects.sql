-- An object is a kind of record: one row here is one table in the workspace's
-- schema, one GraphQL type and one REST route.

create table if not exists core.objects (
  id             uuid primary key default authz.uuid_v7(),
  workspace_id   uuid not null references core.workspaces on delete cascade,
  name_singular  text not null,
  name_plural    text not null,
  label_singular text not null,
  label_plural   text not null,
  description    text not null default '',
  icon           text not null default '',
  table_name     text not null,
  label_field    text not null default 'name',
  search_fields  text[] not null default '{}',
  image_field    text,
  is_searchable  boolean not null default true,
  is_label_synced_with_name boolean not null default false,
  shortcut       text,
  color          text,
  duplicate_criteria jsonb check (jsonb_typeof(duplicate_criteria) = 'array'),
  standard_overrides jsonb check (jsonb_typeof(standard_overrides) = 'object'),
  is_custom      boolean not null default true,
  is_system      boolean not null default false,
  is_active      boolean not null default true,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  unique (workspace_id, id),
  unique (workspace_id, name_singular),
  unique (workspace_id, name_plural),
  unique (workspace_id, table_name),
  check (name_singular <> name_plural)
);

comment on table core.objects is
  E'@singular object\n@plural objects\n'
  'A kind of record, such as company: a table, a GraphQL type and a REST route.';
comment on column core.objects.name_singular is 'camelCase: names the GraphQL type and the single query.';
comment on column core.objects.name_plural is 'camelCase: names the list query and the REST route.';
comment on column core.objects.table_name is 'The table in the workspace''s schema.';
comment on column core.objects.label_field is 'The field that says what to call a record.';
comment on column core.objects.search_fields is 'The text fields that searchVector is made of.';
comment on column core.objects.image_field is 'The field whose picture stands for a record.';
comment on column core.objects.is_searchable is 'Whether a search over all objects looks here, too.';
comment on column core.objects.is_label_synced_with_name is 'Whether the names follow the labels.';
comment on column core.objects.shortcut is 'The key that opens it.';
comment on column core.objects.color is 'The colour of its icon.';
comment on column core.objects.duplicate_criteria is 'Lists of fields; two records alike in all fields of one list are taken for the same.';
comment on column core.objects.standard_overrides is 'What this workspace calls a standard object otherwise: {labelSingular, labelPlural, description, icon, color, shortcut}.';
comment on column core.objects.is_system is 'Made for other objects (noteTarget); not offered to people as such.';

-- What the API shows of the keys, and as what.
comment on constraint objects_workspace_id_fkey on core.objects is E'@behavior -*';

-- Who sees a row: whoever speaks for the workspace. Rows are written by core.apply_changes.
alter table core.objects enable row level security;
alter table core.objects force row level security;

drop policy if exists in_workspace on core.objects;
create policy in_workspace on core.objects as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists members on core.objects;
create policy members on core.objects for select to relata_reader
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists machine on core.objects;
create policy machine on core.objects to relata_owner
  using (true);

grant select on core.objects to relata_reader;

create or replace trigger _100_timestamps
  before update on core.objects
  for each row execute function private.tg__timestamps();
