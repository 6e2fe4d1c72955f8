-- Rules of rows as other CRM servers have them: a list of predicates, each a field and an
-- operand of view filters, in groups of and and or. They become one rule, `predicates`.

create or replace function private.predicate_list(value jsonb) returns jsonb
language plpgsql immutable
as $$
declare
  _value jsonb := value;
begin
  -- Clients write lists as texts.
  if jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^\s*[\[{]' then
    _value := (value #>> '{}')::jsonb;
  end if;
  return case jsonb_typeof(_value)
    when 'array' then _value
    when 'object' then coalesce(_value -> 'selectedRecordIds', '[]')
      || case when _value -> 'isCurrentWorkspaceMemberSelected' = 'true' then '[{"member": "id"}]'::jsonb else '[]' end
    when 'null' then '[]'::jsonb
    else jsonb_build_array(_value) end;
exception when invalid_text_representation then
  return jsonb_build_array(value);
end
$$;

comment on function private.predicate_list(jsonb) is
  'The values of a predicate: a list, a text that holds one, {selectedRecordIds, isCurrentWorkspaceMemberSelected}, or one value.';

create or replace function private.predicate_value(value jsonb, type text) returns jsonb
language plpgsql immutable
as $$
begin
  if jsonb_typeof(value) <> 'string' then
    return value;
  end if;
  return case
    when type = 'number' then to_jsonb((value #>> '{}')::numeric)
    when type = 'boolean' then to_jsonb((value #>> '{}')::boolean)
    when type = 'date' then jsonb_build_object('date', left(value #>> '{}', 10))
    when type = 'dateTime' then jsonb_build_object('dateTime', value)
    else value end;
exception when data_exception then
  return value;
end
$$;

comment on function private.predicate_value(jsonb, text) is
  'A value of a predicate, which may be written as text, as a literal of the field''s type.';

create or replace function private.predicate_node(_object core.objects, predicate jsonb, path text) returns jsonb
language plpgsql stable
as $$
declare
  _field core.fields := private.field_of(predicate ->> 'fieldMetadataId', path || '.fieldMetadataId');
  _node jsonb := jsonb_strip_nulls(jsonb_build_object('field', _field.name, 'part', predicate -> 'subFieldName'));
  _operand text := coalesce(predicate ->> 'operand', 'IS');
  _column text := (select c.type from private.expression_columns(_field) c where c.part is not distinct from predicate ->> 'subFieldName');
  _type text := private.expression_type(_column);
  _values jsonb := private.predicate_list(coalesce(predicate -> 'value', 'null'));
  _member core.fields;
begin
  if _field.object_id <> _object.id then
    perform private.fail('NTFND', 'There is no such field of this object.', path || '.fieldMetadataId');
  end if;
  if predicate ->> 'workspaceMemberFieldMetadataId' is not null then
    _member := private.field_of(predicate ->> 'workspaceMemberFieldMetadataId', path || '.workspaceMemberFieldMetadataId');
    _values := jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('member', _member.name, 'part', predicate -> 'workspaceMemberSubFieldName')));
  end if;
  _values := (select coalesce(jsonb_agg(private.predicate_value(v, _type) order by n), '[]') from jsonb_array_elements(_values) with ordinality x (v, n));
  if _operand not in ('IS_EMPTY', 'IS_NOT_EMPTY', 'IS_NOT_NULL', 'IS_IN_PAST', 'IS_IN_FUTURE', 'IS_TODAY') and _values = '[]' then
    perform private.fail('EXPRN', 'That operand needs a value.', path || '.value');
  end if;
  return case _operand
    when 'IS' then private.any_of(_node, 'equals', _values)
    -- What is empty is not that, as in views.
    when 'IS_NOT' then private.none_of(_node, private.any_of(_node, 'equals', _values))
    when 'CONTAINS' then private.any_of(_node, case _column when 'text[]' then 'has' else 'contains' end, _values)
    when 'DOES_NOT_CONTAIN' then private.none_of(_node, private.any_of(_node, case _column when 'text[]' then 'has' else 'contains' end, _values))
    when 'GREATER_THAN_OR_EQUAL' then private.any_of(_node, 'greaterOrEqual', _values)
    when 'LESS_THAN_OR_EQUAL' then private.any_of(_node, 'lessOrEqual', _values)
    when 'IS_BEFORE' then private.any_of(_node, 'less', _values)
    when 'IS_AFTER' then private.any_of(_node, 'greaterOrEqual', _values)
    when 'IS_EMPTY' then jsonb_build_object('op', 'isEmpty', 'args', jsonb_build_array(_node))
    when 'IS_NOT_EMPTY' then jsonb_build_object('op', 'isNotEmpty', 'args', jsonb_build_array(_node))
    when 'IS_NOT_NULL' then jsonb_build_object('op', 'isNotEmpty', 'args', jsonb_build_array(_node))
    when 'IS_IN_PAST' then private.any_of(_node, 'less', jsonb_build_array(jsonb_build_object('now', _type)))
    when 'IS_IN_FUTURE' then private.any_of(_node, 'greater', jsonb_build_array(jsonb_build_object('now', _type)))
    when 'IS_TODAY' then private.any_of(_node, 'equals', '[{"now": "date"}]')
    else private.unknown_operand(_operand, path) end;
end
$$;

comment on function private.predicate_node(core.objects, jsonb, text) is
  'A predicate ({fieldMetadataId, operand, value, subFieldName, workspaceMemberFieldMetadataId, workspaceMemberSubFieldName}) as part of a rule.';

create or replace function private.any_of(node jsonb, op text, args jsonb) returns jsonb
language sql immutable
return case jsonb_array_length(args)
  when 1 then jsonb_build_object('op', op, 'args', jsonb_build_array(node, args -> 0))
  else jsonb_build_object('op', 'or', 'args', (
    select jsonb_agg(jsonb_build_object('op', op, 'args', jsonb_build_array(node, a)) order by n) from jsonb_array_elements(args) with ordinality x (a, n))) end;

comment on function private.any_of(jsonb, text, jsonb) is
  'That an operator holds for one of several values.';

create or replace function private.none_of(node jsonb, holds jsonb) returns jsonb
language sql immutable
return jsonb_build_object('op', 'or', 'args', jsonb_build_array(
  jsonb_build_object('op', 'isEmpty', 'args', jsonb_build_array(node)), jsonb_build_object('op', 'not', 'args', jsonb_build_array(holds))));

comment on function private.none_of(jsonb, jsonb) is
  'That a field is empty, or something does not hold for it.';

create or replace function private.unknown_operand(operand text, path text) returns jsonb
language plpgsql
as $$
begin
  perform private.fail('EXPRN', format('A rule cannot ask %s.', left(operand, 40)), path || '.operand');
end
$$;

comment on function private.unknown_operand(text, text) is
  'EXPRESSION_INVALID, of an operand that rules do not have.';

create or replace function private.predicate_group(_object core.objects, predicates jsonb, groups jsonb, group_id text, depth int) returns jsonb
language plpgsql stable
as $$
declare
  _group jsonb := (select g from jsonb_array_elements(groups) g where g ->> 'id' = group_id);
  _parts jsonb;
begin
  if depth > 10 then
    perform private.fail('EXPRN', 'Groups are at most 10 deep in each other.', 'predicateGroups');
  end if;
  select coalesce(jsonb_agg(x.node order by x.place, x.n), '[]') into _parts from (
    select private.predicate_node(_object, p, 'predicates.' || (n - 1)) as node, coalesce((p ->> 'positionInRowLevelPermissionPredicateGroup')::numeric, (p ->> 'position')::numeric, n) as place, n
    from jsonb_array_elements(predicates) with ordinality y (p, n)
    where coalesce(p ->> 'rowLevelPermissionPredicateGroupId', p ->> 'groupId') is not distinct from group_id
    union all
    select private.predicate_group(_object, predicates, groups, g ->> 'id', depth + 1), coalesce((g ->> 'positionInRowLevelPermissionPredicateGroup')::numeric, 1000 + m), 1000 + m
    from jsonb_array_elements(groups) with ordinality z (g, m)
    where coalesce(g ->> 'parentRowLevelPermissionPredicateGroupId', g ->> 'parentGroupId') is not distinct from group_id and g ->> 'id' is not null) x
  where x.node is not null;
  return case jsonb_array_length(_parts) when 0 then null when 1 then _parts -> 0
    else jsonb_build_object('op', case _group ->> 'logicalOperator' when 'OR' then 'or' else 'and' end, 'args', _parts) end;
end
$$;

comment on function private.predicate_group(core.objects, jsonb, jsonb, text, int) is
  'All predicates of a group, and of the groups in it, as part of a rule; null for none.';

create or replace function core.set_row_predicates(role_id uuid, object_id uuid, predicates jsonb, groups jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _predicate jsonb;
begin
  perform authz.require_permission('roles');
  _predicate := private.predicate_group(private.object_of(set_row_predicates.object_id::text, 'objectMetadataId'), predicates, groups, null, 1);
  return core.set_row_rules(set_row_predicates.role_id, set_row_predicates.object_id, case when _predicate is null then '[]' else
    jsonb_build_array(jsonb_build_object('name', 'predicates', 'label', 'Predicates', 'predicate', _predicate,
      'actions', '["read", "create", "update", "delete", "destroy"]'::jsonb)) end);
end
$$;

comment on function core.set_row_predicates(uuid, uuid, jsonb, jsonb) is
  'Says by predicates and groups of them which records of an object a role opens, for every action, and answers the role''s id. Needs roles. Errors as for core.set_row_rules.';
grant execute on function core.set_row_predicates(uuid, uuid, jsonb, jsonb) to relata_reader;
