-- What a model may say of objects and fields, what they are when it says nothing, and
-- what of one is worth saying.

create or replace function private.values_of(row_ jsonb, plain jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_object_agg(k, row_ -> private.snake_case(k)), '{}')
  from jsonb_object_keys(plain) k where row_ ? private.snake_case(k)
);

comment on function private.values_of(jsonb, jsonb) is
  'Of a row, the columns that a model may set: those that plain names, in camelCase.';

create or replace function private.plain_object(name_singular text, name_plural text) returns jsonb
language sql immutable
return jsonb_build_object(
  'namePlural', null, 'labelSingular', private.words(name_singular), 'labelPlural', private.words(name_plural),
  'description', '', 'icon', '', 'isActive', true, 'labelField', 'name', 'searchFields', '["name"]'::jsonb,
  'imageField', null, 'isSearchable', true, 'isLabelSyncedWithName', false, 'shortcut', null, 'color', null,
  'duplicateCriteria', null);

comment on function private.plain_object(text, text) is
  'What a custom object is when nobody says otherwise; also the list of what a model may say of an object.';

create or replace function private.plain_field(name text) returns jsonb
language sql immutable
return jsonb_build_object(
  'type', null, 'label', private.words(name), 'description', '', 'icon', '', 'isActive', true, 'isNullable', true,
  'isUnique', false, 'defaultValue', null, 'settings', '{}'::jsonb, 'options', null,
  'isUiEditable', true, 'isLabelSyncedWithName', false);

comment on function private.plain_field(text) is
  'What a custom field is when nobody says otherwise; also the list of what a model may say of a field.';

create or replace function private.brief_options(options jsonb) returns jsonb
language sql immutable
return coalesce((
  select jsonb_agg(
    case when o = jsonb_build_object('value', o -> 'value') then o -> 'value' else o end order by n)
  from (
    select n, jsonb_strip_nulls(jsonb_build_object(
      'value', o -> 'value',
      'label', nullif(coalesce(o -> 'label', 'null'), to_jsonb(private.words(lower(o ->> 'value')))),
      'color', nullif(coalesce(o -> 'color', 'null'), '"gray"')))
    from jsonb_array_elements(nullif(options, 'null')) with ordinality x (o, n)
  ) y (n, o)
), 'null');

comment on function private.brief_options(jsonb) is
  'Options as a model writes them: by their value alone, unless they have a label or a colour of their own.';

create or replace function private.differing_relation(value_ jsonb, baseline jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_object_agg(v.key, v.value), '{}')
  from jsonb_each(value_) v where v.value is distinct from coalesce(baseline -> v.key, 'null')
);

comment on function private.differing_relation(jsonb, jsonb) is
  'The keys of a relation that are not as in its baseline.';

create or replace function private.differing(value_ jsonb, baseline jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_object_agg(v.key, case v.key
           when 'relation' then private.differing_relation(v.value, coalesce(baseline -> 'relation', '{}')) else v.value end), '{}')
  from jsonb_each(value_) v
  where v.value is distinct from coalesce(baseline -> v.key, 'null')
    and not (v.key = 'relation' and private.differing_relation(v.value, coalesce(baseline -> 'relation', '{}')) = '{}')
);

comment on function private.differing(jsonb, jsonb) is
  'The keys of an object or a field that are not as in its baseline.';
