-- A field in the model, and the relation that it is: told once, at the side that it
-- points from, with what the field on the other side is called.

create or replace function private.model_relation(_relation core.relations) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'targetObject', o.name_singular, 'type', _relation.type, 'onDelete', _relation.on_delete,
    'targetFieldName', f.name, 'targetFieldLabel', f.label, 'targetFieldIcon', f.icon,
    'targetFieldDescription', f.description, 'targetFieldIsActive', f.is_active)
    || coalesce((select jsonb_build_object('junctionName', j.name_singular, 'junctionNamePlural', j.name_plural)
                 from core.objects j where j.id = _relation.junction_object_id), '{}')
  from core.objects o, core.fields f where o.id = _relation.to_object_id and f.id = _relation.to_field_id
);

comment on function private.model_relation(core.relations) is
  'What a model says of a relation, whole.';

create or replace function private.plain_relation(_relation core.relations) returns jsonb
language sql stable
return (
  select jsonb_build_object(
    'type', 'MANY_TO_ONE', 'onDelete', case _relation.type when 'MANY_TO_MANY' then 'CASCADE' else 'SET_NULL' end,
    'targetFieldLabel', private.words(f.name), 'targetFieldIcon', '', 'targetFieldDescription', '', 'targetFieldIsActive', true,
    'junctionName', o.name_singular || private.upper_first(t.name_singular),
    'junctionNamePlural', coalesce(
      (select j.name_singular || 's' from core.objects j
       where j.id = _relation.junction_object_id
         and j.name_singular <> o.name_singular || private.upper_first(t.name_singular)),
      o.name_singular || private.upper_first(t.name_plural)))
  from core.objects o, core.objects t, core.fields f
  where o.id = _relation.from_object_id and t.id = _relation.to_object_id and f.id = _relation.to_field_id
);

comment on function private.plain_relation(core.relations) is
  'What a relation is when nobody says otherwise.';

create or replace function private.model_relations(_field core.fields) returns jsonb
language sql stable
return (
  select case _field.type when 'MORPH_RELATION' then jsonb_build_object('targets', jsonb_agg(
           private.differing_relation(private.model_relation(r), private.plain_relation(r)) order by o.name_singular))
         else jsonb_agg(private.model_relation(r)) -> 0 end
  from core.relations r join core.objects o on o.id = r.to_object_id
  where r.from_field_id = _field.id
);

comment on function private.model_relations(core.fields) is
  'What a model says of a field''s relation; of a morph field, of each of its targets.';

create or replace function private.standard_field(_field core.fields, definition jsonb) returns jsonb
language sql stable
return (
  select spec from (
    select f as spec from jsonb_array_elements(definition -> 'fields') f where not _field.is_system
    union all select r from jsonb_array_elements(definition -> 'relations') r where not _field.is_system
    union all select s from jsonb_array_elements(private.system_fields()) s where _field.is_system
  ) x
  where spec ->> 'name' = _field.name
  limit 1
);

comment on function private.standard_field(core.fields, jsonb) is
  'How a field is defined, when Relata brought it; null otherwise.';

create or replace function private.model_field(_field core.fields, definition jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _plain jsonb := private.plain_field(_field.name);
  _own jsonb := private.values_of(to_jsonb(_field), _plain);
  _spec jsonb := private.standard_field(_field, definition);
  _relation core.relations;
  _baseline jsonb := _plain;
begin
  -- A choice that the type itself has (the stars of a RATING) is no field's.
  _own := _own || jsonb_build_object('options', (
    select case when t.options = '[]' then private.brief_options(_field.options) end
    from core.field_types t where t.name = _field.type));
  if _field.type in ('RELATION', 'MORPH_RELATION') then
    select * into _relation from core.relations r where r.from_field_id = _field.id limit 1;
    _plain := _plain || jsonb_build_object('relation', private.plain_relation(_relation));
    -- A relation is unique, and has an index, by its type.
    _own := _own - array['isUnique', 'defaultValue', 'options'] || jsonb_build_object('relation', private.model_relations(_field));
    _baseline := _plain;
  end if;
  if _field.is_system then
    -- What it is called is all that may change.
    _baseline := _own || jsonb_build_object('label', coalesce(_spec -> 'label', _plain -> 'label'), 'description', '', 'icon', '');
    if _own ? 'relation' then
      _baseline := _baseline || jsonb_build_object('relation', (_own -> 'relation') || (
        select jsonb_object_agg(k, v) from jsonb_each(_plain -> 'relation') x (k, v) where k like 'targetField%'));
    end if;
  elsif not _field.is_custom then
    _baseline := _plain || coalesce((select jsonb_object_agg(k, v) from jsonb_each(_spec) x (k, v) where _plain ? k), '{}')
      || jsonb_build_object('options', private.brief_options(_spec -> 'options'));
    if _own ? 'relation' then
      _baseline := _baseline || jsonb_build_object('type', 'RELATION', 'relation', (_plain -> 'relation') || _spec);
    end if;
  end if;
  return jsonb_build_object('id', _field.id, 'isCustom', _field.is_custom, 'isSystem', _field.is_system,
    'values', _own, 'baseline', _baseline, 'optionIds', (
      select jsonb_object_agg(o ->> 'value', o -> 'id') from jsonb_array_elements(_field.options) o));
end
$$;

comment on function private.model_field(core.fields, jsonb) is
  'A field in the model: {id, isCustom, isSystem, values, baseline, optionIds}.';
