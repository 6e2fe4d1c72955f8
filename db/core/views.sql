-- A view is a way to look at the records of an object: a table, a board or a
-- calendar, with its fields, filters, sorts and groups.

create table if not exists core.views (
  id                                    uuid primary key default authz.uuid_v7(),
  workspace_id                          uuid not null default authz.workspace_id() references core.workspaces on delete cascade,
  object_id                             uuid not null,
  creator_id                            uuid default authz.member_id(),
  name                                  text not null,
  type                                  text not null default 'TABLE',
  key                                   text,
  icon                                  text not null default '',
  position                              double precision not null default 0,
  is_compact                            boolean not null default false,
  should_hide_empty_groups              boolean not null default false,
  open_record_in                        text not null default 'SIDE_PANEL',
  kanban_aggregate_operation            text,
  kanban_aggregate_operation_field_id   uuid,
  main_group_by_field_id                uuid,
  calendar_layout                       text,
  calendar_field_id                     uuid,
  any_field_filter_value                text,
  visibility                            text not null default 'WORKSPACE',
  created_at                            timestamptz not null default now(),
  updated_at                            timestamptz not null default now(),
  deleted_at                            timestamptz,
  unique (workspace_id, id),
  constraint object_id_fkey foreign key (workspace_id, object_id)
    references core.objects (workspace_id, id) on delete cascade,
  constraint creator_id_fkey foreign key (workspace_id, creator_id)
    references core.workspace_members (workspace_id, id) on delete set null (creator_id),
  constraint kanban_aggregate_operation_field_id_fkey foreign key (workspace_id, kanban_aggregate_operation_field_id)
    references core.fields (workspace_id, id) on delete set null (kanban_aggregate_operation_field_id),
  constraint main_group_by_field_id_fkey foreign key (workspace_id, main_group_by_field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint calendar_field_id_fkey foreign key (workspace_id, calendar_field_id)
    references core.fields (workspace_id, id) on delete cascade,
  constraint type_check check (type in ('TABLE', 'KANBAN', 'CALENDAR', 'FIELDS_WIDGET', 'TABLE_WIDGET')),
  constraint key_check check (key in ('INDEX')),
  constraint open_record_in_check check (open_record_in in ('SIDE_PANEL', 'RECORD_PAGE')),
  constraint calendar_layout_check check (calendar_layout in ('DAY', 'WEEK', 'MONTH')),
  constraint visibility_check check (visibility in ('WORKSPACE', 'UNLISTED')),
  constraint any_field_filter_value_check check (length(any_field_filter_value) <= 1000),
  constraint icon_check check (length(icon) <= 255),
  constraint kanban_aggregate_operation_check check (kanban_aggregate_operation in (
    'MIN', 'MAX', 'AVG', 'SUM', 'COUNT', 'COUNT_UNIQUE_VALUES', 'COUNT_EMPTY', 'COUNT_NOT_EMPTY',
    'COUNT_TRUE', 'COUNT_FALSE', 'PERCENTAGE_EMPTY', 'PERCENTAGE_NOT_EMPTY'))
);

comment on table core.views is
  E'@singular view\n@plural views\n'
  'A way to look at the records of an object: a table, a board or a calendar.';
comment on column core.views.object_id is
  E'@alias objectMetadataId\n'
  'The object whose records it shows.';
comment on column core.views.creator_id is
  'Who made it; null for a view that came with its object.';
comment on column core.views.type is
  E'@enum ViewType TABLE KANBAN CALENDAR FIELDS_WIDGET TABLE_WIDGET\n'
  'How the records are shown.';
comment on column core.views.key is
  E'@enum ViewKey INDEX\n'
  'INDEX for the view that an object opens with; each has one, which stays.';
comment on column core.views.open_record_in is
  E'@enum ViewOpenRecordIn SIDE_PANEL RECORD_PAGE\n'
  'Where a record opens.';
comment on column core.views.kanban_aggregate_operation is
  E'@enum AggregateOperations MIN MAX AVG SUM COUNT COUNT_UNIQUE_VALUES COUNT_EMPTY COUNT_NOT_EMPTY COUNT_TRUE COUNT_FALSE PERCENTAGE_EMPTY PERCENTAGE_NOT_EMPTY\n'
  'What stands above each column of a board.';
comment on column core.views.kanban_aggregate_operation_field_id is
  E'@alias kanbanAggregateOperationFieldMetadataId\n'
  'The field that is aggregated there.';
comment on column core.views.main_group_by_field_id is
  E'@alias mainGroupByFieldMetadataId\n'
  'The SELECT whose options are the groups; a KANBAN has one.';
comment on column core.views.calendar_layout is
  E'@enum ViewCalendarLayout DAY WEEK MONTH\n'
  'How much of a CALENDAR is shown at once.';
comment on column core.views.calendar_field_id is
  E'@alias calendarFieldMetadataId\n'
  'The DATE or DATE_TIME by which a CALENDAR places records.';
comment on column core.views.any_field_filter_value is
  'What any field of a record must hold for it to be shown.';
comment on column core.views.visibility is
  E'@enum ViewVisibility WORKSPACE UNLISTED\n'
  'WORKSPACE for everybody; UNLISTED for who made it.';

-- What the API shows of the keys, and as what.
comment on constraint views_workspace_id_fkey on core.views is E'@behavior -*';
comment on constraint object_id_fkey on core.views is E'@fieldName object\n@foreignFieldName views';
comment on constraint creator_id_fkey on core.views is E'@behavior -*';
comment on constraint kanban_aggregate_operation_field_id_fkey on core.views is E'@fieldName kanbanAggregateOperationField\n@behavior -manyRelation:resource:connection';
comment on constraint main_group_by_field_id_fkey on core.views is E'@fieldName mainGroupByField\n@behavior -manyRelation:resource:connection';
comment on constraint calendar_field_id_fkey on core.views is E'@fieldName calendarField\n@behavior -manyRelation:resource:connection';

create unique index if not exists views_index_view_idx
  on core.views (object_id) where key = 'INDEX';
create index if not exists views_workspace_id_object_id_idx
  on core.views (workspace_id, object_id);
create index if not exists views_workspace_id_creator_id_idx
  on core.views (workspace_id, creator_id);
create index if not exists views_workspace_id_kanban_field_id_idx
  on core.views (workspace_id, kanban_aggregate_operation_field_id);
create index if not exists views_workspace_id_main_group_by_field_id_idx
  on core.views (workspace_id, main_group_by_field_id);
create index if not exists views_workspace_id_calendar_field_id_idx
  on core.views (workspace_id, calendar_field_id);

-- Who sees a row: everybody in the workspace, when it is listed; else who made it.
-- Who writes it: of those, members with the permission views.
alter table core.views enable row level security;
alter table core.views force row level security;

drop policy if exists in_workspace on core.views;
create policy in_workspace on core.views as restrictive
  using (workspace_id = (select authz.workspace_id()));

drop policy if exists readers on core.views;
create policy readers on core.views for select to relata_reader
  using (visibility = 'WORKSPACE' or creator_id = (select authz.member_id()));

drop policy if exists creators on core.views;
create policy creators on core.views for insert to relata_writer
  with check ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists updaters on core.views;
create policy updaters on core.views for update to relata_writer
  using ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists destroyers on core.views;
create policy destroyers on core.views for delete to relata_writer
  using ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists machine on core.views;
create policy machine on core.views to relata_owner
  using (true);

-- An object, a key and who made it are said once.
grant select on core.views to relata_reader;
grant
  insert (id, object_id, name, type, key, icon, position, is_compact, should_hide_empty_groups, open_record_in,
          kanban_aggregate_operation, kanban_aggregate_operation_field_id, main_group_by_field_id,
          calendar_layout, calendar_field_id, any_field_filter_value, visibility),
  update (name, type, icon, position, is_compact, should_hide_empty_groups, open_record_in,
          kanban_aggregate_operation, kanban_aggregate_operation_field_id, main_group_by_field_id,
          calendar_layout, calendar_field_id, any_field_filter_value, visibility, deleted_at),
  delete
on core.views to relata_writer;
