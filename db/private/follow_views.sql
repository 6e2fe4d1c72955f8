-- Views follow the data model: fields that are hidden, options that come, go and are
-- called otherwise.

create or replace function private.forget_field_in_views(field_id uuid) returns void
language plpgsql
as $$
begin
  delete from core.view_filters x where x.field_id = forget_field_in_views.field_id;
  delete from core.view_sorts x where x.field_id = forget_field_in_views.field_id;
  -- A board or a calendar is nothing without its field; the index view becomes a table.
  delete from core.views v
    where v.key is null
      and (v.type = 'KANBAN' and v.main_group_by_field_id = forget_field_in_views.field_id
        or v.type = 'CALENDAR' and v.calendar_field_id = forget_field_in_views.field_id);
  update core.views v
    set type = case when v.type = 'KANBAN' then 'TABLE' else v.type end, main_group_by_field_id = null
    where v.main_group_by_field_id = forget_field_in_views.field_id;
  update core.views v
    set type = case when v.type = 'CALENDAR' then 'TABLE' else v.type end, calendar_field_id = null
    where v.calendar_field_id = forget_field_in_views.field_id;
  update core.views v set kanban_aggregate_operation_field_id = null, kanban_aggregate_operation = null
    where v.kanban_aggregate_operation_field_id = forget_field_in_views.field_id;
end
$$;

comment on function private.forget_field_in_views(uuid) is
  'Takes a field that is deactivated out of filters, sorts and groups; boards and calendars made of it go. It keeps its place among the fields of views.';

create or replace function private.forget_option_in_views(field_id uuid, value text) returns void
language plpgsql
as $$
declare
  _filter record;
begin
  delete from core.view_groups g
    using core.views v
    where v.id = g.view_id and v.main_group_by_field_id = forget_option_in_views.field_id
      and g.field_value = forget_option_in_views.value;
  for _filter in
    select x.id, array_remove(private.filter_values(x.value), forget_option_in_views.value) as rest
    from core.view_filters x
    where x.field_id = forget_option_in_views.field_id
      and forget_option_in_views.value = any (private.filter_values(x.value))
  loop
    if _filter.rest = '{}' then
      delete from core.view_filters x where x.id = _filter.id;
    else
      update core.view_filters x set value = to_jsonb(_filter.rest) where x.id = _filter.id;
    end if;
  end loop;
end
$$;

comment on function private.forget_option_in_views(uuid, text) is
  'Takes an option that is removed out of filters and groups; a filter that named no other goes.';

create or replace function private.add_option_groups(_view core.views, only_values text[] default null) returns void
language sql
begin atomic
  insert into core.view_groups (workspace_id, view_id, field_value, position)
  select _view.workspace_id, _view.id, x.value,
         (select coalesce(max(g.position), -1) from core.view_groups g where g.view_id = _view.id) + row_number() over (order by x.place)
  from (
    select o ->> 'value' as value, n as place
    from core.fields f, jsonb_array_elements(f.options) with ordinality y (o, n) where f.id = _view.main_group_by_field_id
    union all
    -- The records that have none.
    select '', 1000 from core.fields f where f.id = _view.main_group_by_field_id and f.is_nullable
  ) x
  where (only_values is null or x.value = any (only_values))
    and not exists (select from core.view_groups g where g.view_id = _view.id and g.field_value = x.value);
end;

comment on function private.add_option_groups(core.views, text[]) is
  'Adds the groups that a board lacks, one for each option, or for those of only_values, and one for records without, in the order of the options.';

create or replace function private.follow_options_in_views(field_id uuid, old_options jsonb, new_options jsonb, adds_groups boolean) returns void
language plpgsql
as $$
declare
  -- {OLD: NEW} of options that are called otherwise.
  _names jsonb := (
    select coalesce(jsonb_object_agg(o ->> 'value', n ->> 'value'), '{}')
    from jsonb_array_elements(old_options) o join jsonb_array_elements(new_options) n on n -> 'id' = o -> 'id' and n -> 'value' <> o -> 'value');
  _groups core.view_groups[];
begin
  if _names <> '{}' then
    -- Taken out and put back, as two options may have changed places.
    select array_agg(g) into _groups from core.view_groups g join core.views v on v.id = g.view_id
      where v.main_group_by_field_id = follow_options_in_views.field_id and _names ? g.field_value;
    delete from core.view_groups g where g.id in (select (unnest(_groups)).id);
    insert into core.view_groups
      select (jsonb_populate_record(g, jsonb_build_object('field_value', _names -> g.field_value))).* from unnest(_groups) g;
    update core.view_filters x
      set value = (select to_jsonb(array_agg(coalesce(_names ->> v, v) order by n)) from unnest(private.filter_values(x.value)) with ordinality y (v, n))
      where x.field_id = follow_options_in_views.field_id and private.filter_values(x.value) && array(select jsonb_object_keys(_names));
  end if;
  perform private.add_option_groups(v, array(
      select n ->> 'value' from jsonb_array_elements(new_options) n
      where not exists (select from jsonb_array_elements(old_options) o where o -> 'id' = n -> 'id')))
    from core.views v
    where v.main_group_by_field_id = follow_options_in_views.field_id and v.type = 'KANBAN' and adds_groups;
end
$$;

comment on function private.follow_options_in_views(uuid, jsonb, jsonb, boolean) is
  'Lets filters and groups follow the names of options, and gives boards groups for those that are new.';
