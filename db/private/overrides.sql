-- What a workspace calls a standard object or field otherwise (its overrides), and how
-- it goes back to what the standard says.

create or replace function private.standard_object_values(_object core.objects) returns jsonb
language sql stable
return (
  select jsonb_object_agg(k, v)
  from jsonb_each(private.plain_object(_object.name_singular, _object.name_plural)
                  || coalesce((select d.definition from private.standard_objects d where d.name = _object.name_singular), '{}')) x (k, v)
  where k in ('labelSingular', 'labelPlural', 'description', 'icon', 'color', 'shortcut')
);

comment on function private.standard_object_values(core.objects) is
  'What the standard says of an object: {labelSingular, labelPlural, description, icon, color, shortcut}.';

create or replace function private.standard_field_values(_field core.fields) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'label', coalesce(s.spec ->> 'label', s.inverse ->> 'targetFieldLabel', private.words(_field.name)),
    'description', coalesce(s.spec ->> 'description', ''),
    'icon', coalesce(s.spec ->> 'icon', s.inverse ->> 'targetFieldIcon', ''))
  from (
    select
      (select private.standard_field(_field, d.definition)
       from core.objects o left join private.standard_objects d on d.name = o.name_singular where o.id = _field.object_id) as spec,
      -- The other side of a relation is told where the relation is.
      (select private.standard_field(f, d.definition)
       from core.relations r join core.fields f on f.id = r.from_field_id join core.objects o on o.id = f.object_id
       join private.standard_objects d on d.name = o.name_singular where r.to_field_id = _field.id) as inverse
  ) s
);

comment on function private.standard_field_values(core.fields) is
  'What the standard says of a field: {label, description, icon}.';

create or replace function private.with_overrides(data jsonb, overridden jsonb, standard jsonb) returns jsonb
language plpgsql
as $$
declare
  _given jsonb := data -> 'standardOverrides';
  _value record;
begin
  if _given is null then
    return data;
  elsif standard is null then
    perform private.fail('INPUT', 'That is of your own making: no standard says what it is called.', 'data.standardOverrides');
  elsif jsonb_typeof(_given) not in ('object', 'null') then
    perform private.fail('INPUT', 'standardOverrides is an object, or null for none.', 'data.standardOverrides');
  elsif _given = 'null' then
    select coalesce(jsonb_object_agg(k, null), '{}') into _given from jsonb_object_keys(coalesce(overridden, '{}')) k;
  end if;
  for _value in select k as key, v as value from jsonb_each(_given) x (k, v) loop
    if not standard ? _value.key then
      perform private.fail('INPUT', format('%s is nothing that a standard says.', _value.key), 'data.standardOverrides.' || _value.key);
    elsif jsonb_typeof(_value.value) not in ('string', 'null') then
      perform private.fail('INPUT', format('%s is a text, or null for what the standard says.', _value.key), 'data.standardOverrides.' || _value.key);
    end if;
    data := data || jsonb_build_object(_value.key, case _value.value when 'null' then standard -> _value.key else _value.value end);
  end loop;
  return data - 'standardOverrides';
end
$$;

comment on function private.with_overrides(jsonb, jsonb, jsonb) is
  'A change''s data with what its standardOverrides say ({icon: null} for what the standard says, null for all of them) as the values they stand for.';

create or replace function private.overrides(_old jsonb, data jsonb, standard jsonb) returns jsonb
language sql immutable
return (
  select jsonb_object_agg(k, v)
  from jsonb_each(coalesce(_old, '{}') || coalesce((
    select jsonb_object_agg(d.key, d.value) from jsonb_each(data) d
    -- A null leaves a text as it is; it is a value of what may be missing.
    where standard ? d.key and (d.value <> 'null' or d.key in ('color', 'shortcut'))), '{}')) x (k, v)
  where v is distinct from standard -> k
);

comment on function private.overrides(jsonb, jsonb, jsonb) is
  'What a workspace calls a standard object or field otherwise, after another change: what is as the standard says is no override; null when there is none, and for custom ones.';
