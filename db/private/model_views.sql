-- The shared views of an object in the model: fields by their names, everything in its
-- order, and no ids. A member's own views are no part of it, nor is a view whose filters
-- name records: it is about these, and stays with them.

create or replace function private.model_view_fields(view_id uuid, group_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(
    case when x.is_visible and x.size = 0 and x.aggregate_operation is null then to_jsonb(f.name)
    else jsonb_strip_nulls(jsonb_build_object('field', f.name, 'isVisible', case when not x.is_visible then false end,
           'size', nullif(x.size, 0), 'aggregateOperation', x.aggregate_operation)) end
    order by x.position, f.name collate "C"), '[]')
  from core.view_fields x
  join core.fields f on f.id = x.field_id
  left join core.view_field_groups g on g.id = x.view_field_group_id and g.deleted_at is null
  where x.view_id = model_view_fields.view_id and x.deleted_at is null and g.id is not distinct from group_id;
end;

comment on function private.model_view_fields(uuid, uuid) is
  'The fields that a view has under a heading, or under none: a name, or {field, isVisible, size, aggregateOperation}.';

create or replace function private.model_view_filters(view_id uuid, group_id uuid) returns jsonb
language plpgsql stable
as $$
declare
  _filters jsonb;
  _groups jsonb;
begin
  select coalesce(jsonb_agg(y.said order by y.place nulls last, y.said::text collate "C"), '[]') into _filters
    from (
      select x.position_in_view_filter_group as place,
             jsonb_strip_nulls(jsonb_build_object('field', f.name, 'subFieldName', x.sub_field_name, 'operand', x.operand))
               || case when x.value = '""' then '{}' else jsonb_build_object('value', x.value) end as said
      from core.view_filters x join core.fields f on f.id = x.field_id
      where x.view_id = model_view_filters.view_id and x.deleted_at is null and x.view_filter_group_id is not distinct from group_id
    ) y;
  select coalesce(jsonb_agg(y.said order by y.place, y.said::text collate "C"), '[]') into _groups
    from (
      select g.position as place, jsonb_build_object('logicalOperator', g.logical_operator) || private.model_view_filters(g.view_id, g.id) as said
      from core.view_filter_groups g
      where g.view_id = model_view_filters.view_id and g.deleted_at is null and g.parent_view_filter_group_id is not distinct from group_id
    ) y;
  return case when _filters <> '[]' or group_id is null then jsonb_build_object('filters', _filters) else '{}' end
    || case when _groups <> '[]' or group_id is null then jsonb_build_object('filterGroups', _groups) else '{}' end;
end
$$;

comment on function private.model_view_filters(uuid, uuid) is
  'The filters of a view in a group, or in none, and the groups inside of it: {filters, filterGroups: [{logicalOperator, filters, filterGroups}]}.';

create or replace function private.model_view(_view core.views) returns jsonb
language sql stable
return jsonb_build_object(
  'name', _view.name, 'key', _view.key, 'type', _view.type, 'icon', _view.icon, 'isCompact', _view.is_compact,
  'shouldHideEmptyGroups', _view.should_hide_empty_groups, 'openRecordIn', _view.open_record_in,
  'kanbanAggregateOperation', _view.kanban_aggregate_operation,
  'kanbanAggregateOperationField', (select f.name from core.fields f where f.id = _view.kanban_aggregate_operation_field_id),
  'mainGroupByField', (select f.name from core.fields f where f.id = _view.main_group_by_field_id),
  'calendarLayout', _view.calendar_layout,
  'calendarField', (select f.name from core.fields f where f.id = _view.calendar_field_id),
  'anyFieldFilterValue', _view.any_field_filter_value,
  'fields', private.model_view_fields(_view.id, null),
  'fieldGroups', (
    select coalesce(jsonb_agg(jsonb_build_object('name', y.name, 'fields', y.fields) || case when y.is_visible then '{}' else '{"isVisible": false}'::jsonb end
                              order by y.position, y.name collate "C", y.fields::text collate "C"), '[]')
    from (select g.*, private.model_view_fields(_view.id, g.id) as fields
          from core.view_field_groups g where g.view_id = _view.id and g.deleted_at is null) y),
  'sorts', (
    select coalesce(jsonb_agg(case x.direction when 'ASC' then to_jsonb(f.name) else jsonb_build_object('field', f.name, 'direction', x.direction) end
                              order by x.position, f.name collate "C"), '[]')
    from core.view_sorts x join core.fields f on f.id = x.field_id where x.view_id = _view.id and x.deleted_at is null),
  'groups', (
    select coalesce(jsonb_agg(case when x.is_visible then to_jsonb(x.field_value) else jsonb_build_object('value', x.field_value, 'isVisible', false) end
                              order by x.position, x.field_value collate "C"), '[]')
    from core.view_groups x where x.view_id = _view.id and x.deleted_at is null)
) || private.model_view_filters(_view.id, null);

comment on function private.model_view(core.views) is
  'All that a model says of a view.';

create or replace function private.plain_index_fields(_object core.objects) returns jsonb
language sql stable
return (
  -- A standard object's relations come once it stands.
  select coalesce(jsonb_agg(f.name order by f.name <> _object.label_field, f.type = 'RELATION', f.name = 'createdAt', f.id), '[]')
  from core.fields f
  where f.object_id = _object.id
    and (f.name in ('createdAt', _object.label_field) or not f.is_custom and not f.is_system)
);

comment on function private.plain_index_fields(core.objects) is
  'The fields that an object''s index view has before anybody adds one, or moves one.';

create or replace function private.plain_view(_view core.views) returns jsonb
language sql stable
return '{"type": "TABLE", "icon": "", "isCompact": false, "shouldHideEmptyGroups": false, "openRecordIn": "SIDE_PANEL", "fields": [], "fieldGroups": [],
         "filters": [], "filterGroups": [], "sorts": [], "groups": []}'::jsonb
  || case _view.type
       when 'CALENDAR' then '{"calendarLayout": "MONTH"}'
       when 'KANBAN' then jsonb_build_object('groups', (
         select f.options_ || case when f.is_nullable then '[""]'::jsonb else '[]' end
         from (select g.is_nullable, jsonb_path_query_array(g.options, '$[*].value') as options_
               from core.fields g where g.id = _view.main_group_by_field_id) f))
       else '{}' end::jsonb
  || case when _view.key is null then '{}' else (
       select jsonb_build_object('fields', private.plain_index_fields(o),
         'name', left('All ' || coalesce(d.definition ->> 'labelPlural', case when o.is_custom then o.label_plural else private.words(o.name_plural) end), 255),
         'icon', coalesce(case when o.is_custom then o.icon else d.definition ->> 'icon' end, ''))
       from core.objects o left join private.standard_objects d on d.name = o.name_singular and not o.is_custom
       where o.id = _view.object_id) end;

comment on function private.plain_view(core.views) is
  'What a view of that type is when nobody says otherwise; of an index view, as it comes with its object.';

create or replace function private.model_views(object_id uuid) returns jsonb
language sql stable
return (
  select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'values', x.said, 'baseline', x.plain)
                            order by x.key nulls last, x.position, x.name collate "C", x.said::text collate "C"), '[]')
  from (
    select v.id, v.key, v.position, v.name, private.model_view(v) as said, private.plain_view(v) as plain
    from core.views v
    where v.object_id = model_views.object_id and v.visibility = 'WORKSPACE' and v.deleted_at is null
      and not exists (select from core.view_filters f where f.view_id = v.id and f.deleted_at is null
                        and f.value::text ~* '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
  ) x
);

comment on function private.model_views(uuid) is
  'An object''s shared views: [{id, values, baseline}], the index view first, the others in their order.';

create or replace function private.export_views(views jsonb) returns jsonb
language sql immutable
return (
  select jsonb_agg(case when v -> 'values' ->> 'key' is null
           then private.differing(v -> 'values', (v -> 'baseline') - 'name')
           -- The fields of an index view that somebody arranged are told whole.
           else jsonb_build_object('fields', v -> 'values' -> 'fields') || private.differing(v -> 'values', v -> 'baseline') end order by n)
  from jsonb_array_elements(views) with ordinality x (v, n)
  where v -> 'values' ->> 'key' is null or private.differing((v -> 'values') - 'key', v -> 'baseline') <> '{}'
);

comment on function private.export_views(jsonb) is
  'The views of private.model_views as they are exported; null when there is nothing to say.';
