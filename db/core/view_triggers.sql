-- What holds for each view, whoever writes it.

create or replace function private.tg_views__checked() returns trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _field core.fields;
begin
  if tg_op = 'INSERT' and new.object_id is not null
    and not exists (select from core.objects o where o.id = new.object_id) then
    perform private.fail('NTFND', 'There is no such object.', 'objectId');
  end if;
  if new.name is not null then
    perform private.check_label(new.name, 'name');
  end if;
  if tg_op = 'INSERT' and new.key = 'INDEX'
    and exists (select from core.views v where v.object_id = new.object_id and v.key = 'INDEX' and v.id <> new.id) then
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
    _field := private.field_of_object(new.object_id, new.kanban_aggregate_operation_field_id, 'kanbanAggregateOperationFieldId');
    if new.kanban_aggregate_operation is not null then
      perform private.check_aggregate(_field, new.kanban_aggregate_operation, 'kanbanAggregateOperation');
    end if;
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
  if current_setting('relata.is_restoring', true) = 'on' then
    return null; -- its groups come with it
  elsif tg_op = 'UPDATE' and old.main_group_by_field_id is distinct from new.main_group_by_field_id then
    delete from core.view_groups g where g.view_id = new.id;
  elsif tg_op = 'UPDATE' and old.type = 'KANBAN' then
    return null;
  end if;
  if new.type = 'KANBAN' then
    perform private.add_option_groups(new);
  end if;
  return null;
end
$$;

comment on function private.tg_views__regrouped() is
  'The groups of a view go when it is grouped by another field, and a board gets one for each option.';

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
  after insert or update of type, main_group_by_field_id on core.views
  for each row execute function private.tg_views__regrouped();
