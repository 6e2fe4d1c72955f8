-- The settings of a field, by the rules that its type declares.

create or replace function private.setting_fits(value jsonb, rule jsonb) returns boolean
language plpgsql immutable
as $$
declare
  _number numeric;
begin
  if rule ? 'enum' then
    return jsonb_typeof(value) = 'string' and rule -> 'enum' @> value;
  elsif rule ->> 'type' = 'array' then
    return jsonb_typeof(value) = 'array' and jsonb_array_length(value) <= 100
      and not exists (select from jsonb_array_elements(value) x where not private.setting_fits(x, rule -> 'items'));
  elsif rule ->> 'type' = 'integer' and jsonb_typeof(value) = 'number' then
    _number := (value #>> '{}')::numeric;
    return _number = trunc(_number)
      and _number between (rule ->> 'minimum')::numeric and (rule ->> 'maximum')::numeric;
  end if;
  return jsonb_typeof(value) = rule ->> 'type';
end
$$;

comment on function private.setting_fits(jsonb, jsonb) is
  'Whether a setting follows its rule: {enum}, {type: integer, minimum, maximum}, {type: array, items} or {type: boolean}.';

create or replace function private.check_settings(type text, settings jsonb) returns void
language plpgsql
as $$
declare
  _rules jsonb;
  _setting record;
begin
  select t.settings into _rules from core.field_types t where t.name = check_settings.type;
  if jsonb_typeof(settings) <> 'object' then
    perform private.fail('SETNG', 'Settings are an object.', 'data.settings');
  elsif settings - array(select jsonb_object_keys(_rules)) <> '{}' then
    perform private.fail('SETNG', format('The settings of a field of the type %s are: %s.', type,
      coalesce((select string_agg(k, ', ' order by k) from jsonb_object_keys(_rules) k), 'none')), 'data.settings');
  end if;
  for _setting in select r.key, r.value as rule, nullif(settings -> r.key, 'null') as value from jsonb_each(_rules) r loop
    if _setting.value is null and (_setting.rule ->> 'required')::boolean then
      perform private.fail('SETNG', format('A field of the type %s needs the setting %s.', type, _setting.key),
        'data.settings.' || _setting.key);
    elsif not private.setting_fits(_setting.value, _setting.rule) then
      perform private.fail('SETNG', format('The setting %s does not follow its rule: %s.', _setting.key,
        _setting.rule - array['required', 'default', 'decidesApi']), 'data.settings.' || _setting.key);
    end if;
  end loop;
end
$$;

comment on function private.check_settings(text, jsonb) is
  'Nothing when the settings fit the type; SETTINGS_INVALID otherwise.';
