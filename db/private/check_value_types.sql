-- What arrives as JSON may be of any type. This is asked once, before a change reads
-- its data, so that no cast of a value fails further in, far from its path.

create or replace function private.check_value_types(data jsonb) returns void
language plpgsql
as $$
declare
  _types constant jsonb := '{
    "id": "string", "objectId": "string", "fieldId": "string", "targetObjectId": "string", "onDelete": "string", "labelFieldId": "string", "imageFieldId": "string",
    "nameSingular": "string", "namePlural": "string", "labelSingular": "string", "labelPlural": "string",
    "name": "string", "label": "string", "description": "string", "icon": "string", "type": "string", "labelField": "string",
    "imageField": "string", "shortcut": "string", "color": "string",
    "isActive": "boolean", "isNullable": "boolean", "isUnique": "boolean", "force": "boolean",
    "isSearchable": "boolean", "isLabelSyncedWithName": "boolean", "isUiEditable": "boolean",
    "key": "string", "openRecordIn": "string", "kanbanAggregateOperation": "string", "kanbanAggregateOperationFieldId": "string",
    "mainGroupByFieldId": "string", "calendarLayout": "string", "calendarFieldId": "string", "anyFieldFilterValue": "string",
    "isCompact": "boolean", "shouldHideEmptyGroups": "boolean", "position": "number",
    "settings": "object", "relation": "object", "removedOptions": "object",
    "options": "array", "searchFields": "array", "duplicateCriteria": "array"
  }';
  _codes constant jsonb := '{"name": "NAMEV", "nameSingular": "NAMEV", "namePlural": "NAMEV", "type": "FTYPE", "options": "OPTNS", "settings": "SETNG", "relation": "RELAT"}';
  _value record;
begin
  for _value in select k as key, v as value, _types ->> k as type from jsonb_each(data) x (k, v) where v <> 'null' and _types ? k loop
    if jsonb_typeof(_value.value) <> _value.type then
      perform private.fail(coalesce(_codes ->> _value.key, 'INPUT'),
        format('%s is %s %s.', _value.key, case when _value.type ~ '^[ao]' then 'an' else 'a' end, _value.type), 'data.' || _value.key);
    end if;
  end loop;
  if exists (select from jsonb_array_elements(case jsonb_typeof(data -> 'options') when 'array' then data -> 'options' else '[]' end) o
             where jsonb_typeof(o) <> 'object'
                or exists (select from jsonb_each(o) p (k, v) where k <> 'position' and jsonb_typeof(v) not in ('string', 'null'))) then
    perform private.fail('OPTNS', 'An option is an object of texts: value, label, color.', 'data.options.value');
  elsif exists (select from jsonb_array_elements(case jsonb_typeof(data -> 'searchFields') when 'array' then data -> 'searchFields' else '[]' end) f
                where jsonb_typeof(f) <> 'string') then
    perform private.fail('INPUT', 'searchFields is a list of names.', 'data.searchFields');
  end if;
end
$$;

comment on function private.check_value_types(jsonb) is
  'Nothing when the values of a change''s data have the types that their names promise; BAD_INPUT, or the error of its kind, with the path otherwise.';
