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
create policy readers on core.views for select to relata_guest
  using (visibility = 'WORKSPACE' or creator_id = (select authz.member_id()));

drop policy if exists creators on core.views;
create policy creators on core.views for insert to relata_member
  with check ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists updaters on core.views;
create policy updaters on core.views for update to relata_member
  using ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists destroyers on core.views;
create policy destroyers on core.views for delete to relata_member
  using ((select authz.has_permission('views'))
    and (visibility = 'WORKSPACE' or creator_id = (select authz.member_id())));

drop policy if exists machine on core.views;
create policy machine on core.views to relata_owner
  using (true);

-- An object, a key and who made it are said once.
grant select on core.views to relata_guest;
grant
  insert (id, object_id, name, type, key, icon, position, is_compact, should_hide_empty_groups, open_record_in,
          kanban_aggregate_operation, kanban_aggregate_operation_field_id, main_group_by_field_id,
          calendar_layout, calendar_field_id, any_field_filter_value, visibility),
  update (name, type, icon, position, is_compact, should_hide_empty_groups, open_record_in,
          kanban_aggregate_operation, kanban_aggregate_operation_field_id, main_group_by_field_id,
          calendar_layout, calendar_field_id, any_field_filter_value, visibility, deleted_at),
  delete
on core.views to relata_member;

create or replace function private.tg_views__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' and new.object_id is not null
    and not exists (select from core.objects o where o.id = new.object_id) then
    perform private.fail('NTFND', 'There is no such object.', 'objectId');
  end if;
  if new.name is not null then
    perform private.check_label(new.name, 'name');
  end if;
  if tg_op = 'INSERT' and new.key = 'INDEX'
    and exists (select from core.views v where v.object_id = new.object_id and v.key = 'INDEX') then
    perform private.fail('23505', 'The object has its index view already.', 'key');
  end if;

  if new.main_group_by_field_id is not null then
    if (private.field_of_object(new.object_id, new.main_group_by_field_id, 'mainGroupByFieldId')).type <> 'SELECT' then
      perform private.fail('VIEWS', 'Records are grouped by a field of type SELECT.', 'mainGroupByFieldId');
    end if;
  elsif new.type = 'KANBAN' then
    perform private.fail('VIEWS', 'A board is grouped by a field of type SELECT.', 'mainGroupByFieldId');
  end if;
  if new.calendar_field_id is not null then
    if (private.field_of_object(new.object_id, new.calendar_field_id, 'calendarFieldId')).type not in ('DATE', 'DATE_TIME') then
      perform private.fail('VIEWS', 'A calendar places records by a field of type DATE or DATE_TIME.', 'calendarFieldId');
    end if;
  elsif new.type = 'CALENDAR' then
    perform private.fail('VIEWS', 'A calendar places records by a field of type DATE or DATE_TIME.', 'calendarFieldId');
  end if;
  if new.type = 'CALENDAR' then
    new.calendar_layout := coalesce(new.calendar_layout, 'MONTH');
  end if;
  if new.kanban_aggregate_operation_field_id is not null then
    perform private.field_of_object(new.object_id, new.kanban_aggregate_operation_field_id, 'kanbanAggregateOperationFieldId');
  end if;
  return new;
end
$$;

comment on function private.tg_views__checked() is
  'A view is made of fields of its own object, and has those that its type needs.';

create or replace function private.tg_views__kept() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  -- With its object or its workspace, it goes by a foreign key: from a trigger.
  if pg_trigger_depth() = 1 then
    perform private.fail('VIEWS', 'The index view of an object stays; it can be changed.', 'id');
  end if;
  return coalesce(new, old);
end
$$;

comment on function private.tg_views__kept() is
  'An object''s index view cannot be deleted.';

create or replace function private.tg_views__regrouped() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from core.view_groups g where g.view_id = new.id;
  return null;
end
$$;

comment on function private.tg_views__regrouped() is
  'The groups of a view go when it is grouped by another field.';

create or replace trigger _100_timestamps
  before update on core.views
  for each row execute function private.tg__timestamps();
create or replace trigger _200_checked
  before insert or update on core.views
  for each row execute function private.tg_views__checked();
create or replace trigger _200_kept
  before delete on core.views
  for each row when (old.key = 'INDEX') execute function private.tg_views__kept();
create or replace trigger _210_kept
  before update of deleted_at on core.views
  for each row when (old.key = 'INDEX' and new.deleted_at is not null) execute function private.tg_views__kept();
create or replace trigger _500_regrouped
  after update of main_group_by_field_id on core.views
  for each row when (old.main_group_by_field_id is distinct from new.main_group_by_field_id)
  execute function private.tg_views__regrouped();
