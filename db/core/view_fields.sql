-- A field as one view shows it: where, how wide, and whether at all.

create table if not exists core.view_fields (
  id                  uuid primary key default authz.uuid_v7(),
  workspace_id        uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  view_id             uuid not null,
  field_id            uuid not null,
  view_field_group_id uuid,
  is_visible          boolean not null default true,
  size                int not null default 0,
  position            double precision not null default 0,
  aggregate_operation text,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  deleted_at          timestamptz,
  constraint view_id_fkey foreign key (workspace_id, view_id)
    references core.views (workspace_id, id) on delete cascade,
  constraint field_id_fkey foreign key (workspace_id, field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint view_field_group_id_fkey foreign key (workspace_id, view_id, view_field_group_id)
    references core.view_field_groups (workspace_id, view_id, id) on delete set null (view_field_group_id),
  constraint size_check check (size between 0 and 10000),
  constraint aggregate_operation_check check (aggregate_operation in (
    'MIN', 'MAX', 'AVG', 'SUM', 'COUNT', 'COUNT_UNIQUE_VALUES', 'COUNT_EMPTY', 'COUNT_NOT_EMPTY',
    'COUNT_TRUE', 'COUNT_FALSE', 'PERCENTAGE_EMPTY', 'PERCENTAGE_NOT_EMPTY'))
);

comment on table core.view_fields is
  E'@singular viewField\n@plural viewFields\n'
  'A field as a view shows it.';
comment on column core.view_fields.field_id is
  E'@alias fieldMetadataId\n'
  'The field, one of the view''s object.';
comment on column core.view_fields.is_visible is
  'Whether the view shows the field; at most 30 of a view are shown.';
comment on column core.view_fields.size is
  'The width of the column in pixels; 0 for the client''s own.';
comment on column core.view_fields.aggregate_operation is
  E'@enum AggregateOperations MIN MAX AVG SUM COUNT COUNT_UNIQUE_VALUES COUNT_EMPTY COUNT_NOT_EMPTY COUNT_TRUE COUNT_FALSE PERCENTAGE_EMPTY PERCENTAGE_NOT_EMPTY\n'
  'What stands below the column.';

-- What the API shows of the keys, and as what.
comment on constraint view_fields_workspace_id_fkey on core.view_fields is E'@behavior -*';
comment on constraint view_id_fkey on core.view_fields is E'@fieldName view\n@behavior -manyRelation:resource:connection';
comment on constraint field_id_fkey on core.view_fields is E'@fieldName field\n@behavior -manyRelation:resource:connection';
comment on constraint view_field_group_id_fkey on core.view_fields is E'@fieldName viewFieldGroup\n@behavior -manyRelation:resource:connection';

create unique index if not exists view_fields_once_idx
  on core.view_fields (view_id, field_id) where deleted_at is null;
create index if not exists view_fields_workspace_id_view_id_idx
  on core.view_fields (workspace_id, view_id, view_field_group_id);
create index if not exists view_fields_workspace_id_field_id_idx
  on core.view_fields (workspace_id, field_id);

-- Who sees a row: whoever sees its view. Who writes it: of those, members with the
-- permission views.
alter table core.view_fields enable row level security;
alter table core.view_fields force row level security;

drop policy if exists in_workspace on core.view_fields;
create policy in_workspace on core.view_fields as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.view_fields;
create policy readers on core.view_fields for select to relata_reader
  using (view_id in (select v.id from core.views v));

drop policy if exists creators on core.view_fields;
create policy creators on core.view_fields for insert to relata_writer
  with check ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists updaters on core.view_fields;
create policy updaters on core.view_fields for update to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists destroyers on core.view_fields;
create policy destroyers on core.view_fields for delete to relata_writer
  using ((select authz.has_permission('views')) and view_id in (select v.id from core.views v));

drop policy if exists machine on core.view_fields;
create policy machine on core.view_fields to relata_owner
  using (true);

grant select on core.view_fields to relata_reader;
grant
  insert (id, view_id, field_id, view_field_group_id, is_visible, size, position, aggregate_operation),
  update (view_field_group_id, is_visible, size, position, aggregate_operation, deleted_at),
  delete
on core.view_fields to relata_writer;

create or replace function private.tg_view_fields__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object_id uuid := private.object_of_view(new.view_id);
  _field core.fields;
begin
  if new.field_id is not null then
    _field := private.field_of_object(_object_id, new.field_id, 'fieldId');
  end if;
  if new.aggregate_operation is not null then
    perform private.check_aggregate(_field, new.aggregate_operation, 'aggregateOperation');
  end if;
  if new.deleted_at is null and exists (
    select from core.view_fields f
    where f.view_id = new.view_id and f.field_id = new.field_id and f.id <> new.id and f.deleted_at is null) then
    perform private.fail('23505', 'The view has this field already.', 'fieldId');
  end if;
  if new.is_visible and new.deleted_at is null
    and (select count(*) from core.view_fields f
         where f.view_id = new.view_id and f.is_visible and f.deleted_at is null and f.id <> new.id) >= 30 then
    perform private.fail('LIMIT', 'A view shows at most 30 fields.', 'isVisible');
  end if;
  return new;
end
$$;

comment on function private.tg_view_fields__checked() is
  'A view shows fields of its own object, each once, and at most 30 of them; below one stands what its type can be added up to.';

create or replace trigger _100_timestamps
  before update on core.view_fields
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update of is_visible, deleted_at, aggregate_operation on core.view_fields
  for each row execute function private.tg_view_fields__checked();
