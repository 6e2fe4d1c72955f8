-- The parts of a view, as a change of the data model gives them: lists, in their order,
-- with what stands under a heading or in a group given inside of it.

create or replace function private.insert_row(tbl regclass, values_ jsonb) returns uuid
language plpgsql
as $$
declare
  _columns text := (select string_agg(quote_ident(k), ', ') from jsonb_object_keys(values_) k);
  _id uuid;
begin
  execute format('insert into %s (%s) select %2$s from jsonb_populate_record(null::%1$s, $1) returning id', tbl, _columns)
    into _id using values_;
  return _id;
end
$$;

comment on function private.insert_row(regclass, jsonb) is
  'Inserts a row of core with these columns, and answers its id; the others are as they come.';

create or replace function private.list_of(data jsonb, key text, path text) returns jsonb
language plpgsql
as $$
declare
  _list jsonb := coalesce(nullif(data -> key, 'null'), '[]');
begin
  if jsonb_typeof(_list) <> 'array' then
    _list := '[null]';
  end if;
  if exists (select from jsonb_array_elements(_list) x where jsonb_typeof(x) <> 'object') then
    perform private.fail('INPUT', format('%s is a list of objects.', key), path);
  elsif jsonb_array_length(_list) > 500 then
    perform private.fail('LIMIT', format('%s holds at most 500.', key), path);
  end if;
  return _list;
end
$$;

comment on function private.list_of(jsonb, text, text) is
  'The list under a key, empty when there is none; BAD_INPUT when it is something else.';

create or replace function private.add_part(tbl regclass, _view core.views, given jsonb, part jsonb, types jsonb, path text) returns uuid
language plpgsql
as $$
declare
  _prefix text := coalesce(current_setting('relata.path_prefix', true), '');
  _values jsonb := jsonb_build_object('view_id', _view.id) || given;
  _id uuid;
  _value record;
begin
  perform set_config('relata.path_prefix', _prefix || path || '.', true);
  for _value in select k as key, v as value from jsonb_each(part) x (k, v) where v <> 'null' or not types ? k loop
    if not types ? _value.key then
      perform private.fail('INPUT', format('%s cannot be set here.', _value.key), _value.key);
    elsif types ->> _value.key not in ('any', jsonb_typeof(_value.value)) then
      perform private.fail('INPUT', format('%s is a %s.', _value.key, types ->> _value.key), _value.key);
    elsif _value.key = 'fieldId' then
      select f.id into _id from core.fields f where f.object_id = _view.object_id and f.id::text = lower(_value.value #>> '{}');
      if not found then
        perform private.fail('NTFND', 'The view''s object has no such field.', 'fieldId');
      end if;
      _values := _values || jsonb_build_object('field_id', _id);
    elsif types ->> _value.key <> 'array' then
      _values := _values || jsonb_build_object(private.snake_case(_value.key), _value.value);
    end if;
  end loop;
  _id := private.insert_row(tbl, _values);
  perform set_config('relata.path_prefix', _prefix, true);
  return _id;
end
$$;

comment on function private.add_part(regclass, core.views, jsonb, jsonb, jsonb, text) is
  'Adds one part to a view: what is given by its place, and what was asked for, of those keys and types; faults are told at its path.';

create or replace function private.add_view_fields(_view core.views, data jsonb, group_id uuid, path text) returns void
language sql
begin atomic
  select private.add_part('core.view_fields', _view,
           jsonb_build_object('view_field_group_id', group_id, 'position', (select count(*) from core.view_fields f where f.view_id = _view.id) + n - 1),
           p, '{"fieldId": "string", "isVisible": "boolean", "size": "number", "aggregateOperation": "string"}',
           format('%s.%s', path, n - 1))
  from jsonb_array_elements(private.list_of(data, 'viewFields', path)) with ordinality x (p, n) order by n;
end;

comment on function private.add_view_fields(core.views, jsonb, uuid, text) is
  'Adds the fields of {viewFields} to a view, under a heading or none.';

create or replace function private.add_view_filters(_view core.views, data jsonb, group_id uuid, path text, depth int default 0) returns void
language plpgsql
as $$
declare
  _part record;
  _id uuid;
begin
  if depth > 20 then
    perform private.fail('LIMIT', 'Groups of filters stand at most 20 deep in each other.', path);
  end if;
  perform private.add_part('core.view_filters', _view,
      jsonb_build_object('view_filter_group_id', group_id, 'position_in_view_filter_group', n - 1),
      p, '{"fieldId": "string", "operand": "string", "value": "any", "subFieldName": "string"}',
      format('%sviewFilters.%s', path, n - 1))
    from jsonb_array_elements(private.list_of(data, 'viewFilters', path || 'viewFilters')) with ordinality x (p, n);
  for _part in
    select p, format('%sviewFilterGroups.%s', path, n - 1) as path, n - 1 as place
    from jsonb_array_elements(private.list_of(data, 'viewFilterGroups', path || 'viewFilterGroups')) with ordinality x (p, n) order by n
  loop
    _id := private.add_part('core.view_filter_groups', _view,
      jsonb_build_object('parent_view_filter_group_id', group_id, 'position', _part.place),
      _part.p, '{"logicalOperator": "string", "viewFilters": "array", "viewFilterGroups": "array"}', _part.path);
    perform private.add_view_filters(_view, _part.p, _id, _part.path || '.', depth + 1);
  end loop;
end
$$;

comment on function private.add_view_filters(core.views, jsonb, uuid, text, int) is
  'Adds the filters of {viewFilters, viewFilterGroups} to a view, in a group or none, and what is in the groups.';

create or replace function private.set_view_part(_view core.views, part text, data jsonb) returns void
language plpgsql
as $$
declare
  _group record;
  _id uuid;
begin
  perform private.delete_view_part(_view.id, part);
  if part = 'viewFields' then
    perform private.add_view_fields(_view, data, null, 'data.viewFields');
    for _group in
      select p, format('data.viewFieldGroups.%s', n - 1) as path, n - 1 as place
      from jsonb_array_elements(private.list_of(data, 'viewFieldGroups', 'data.viewFieldGroups')) with ordinality x (p, n) order by n
    loop
      _id := private.add_part('core.view_field_groups', _view, jsonb_build_object('position', _group.place),
        _group.p, '{"name": "string", "isVisible": "boolean", "viewFields": "array"}', _group.path);
      perform private.add_view_fields(_view, _group.p, _id, _group.path || '.viewFields');
    end loop;
  elsif part = 'viewFilters' then
    perform private.add_view_filters(_view, data, null, 'data.');
  elsif part = 'viewGroups' and coalesce(data -> part, 'null') = 'null' then
    perform private.add_option_groups(_view) where _view.type = 'KANBAN';
  else
    perform private.add_part(
        case part when 'viewSorts' then 'core.view_sorts' else 'core.view_groups' end::regclass, _view, jsonb_build_object('position', n - 1), p,
        case part when 'viewSorts' then '{"fieldId": "string", "direction": "string"}' else '{"fieldValue": "string", "isVisible": "boolean"}' end::jsonb,
        format('data.%s.%s', part, n - 1))
      from jsonb_array_elements(private.list_of(data, part, 'data.' || part)) with ordinality x (p, n);
  end if;
end
$$;

comment on function private.set_view_part(core.views, text, jsonb) is
  'Makes the fields, filters, sorts or groups of a view what data says; a board for which no groups are said has one for each option.';
