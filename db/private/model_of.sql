-- A workspace's data model without ids and times: what each object and field is, beside
-- what it is when nobody says otherwise (the baseline: of a standard one, its
-- definition). What differs is what core.export_model tells and what a model sets.

create or replace function private.model_object(_object core.objects) returns jsonb
language sql stable
return (
  select jsonb_build_object('id', _object.id, 'isCustom', _object.is_custom, 'isSystem', _object.is_system, 'values', v.own, 'baseline',
    case
      when d.definition is not null then
        p.plain || (select jsonb_object_agg(k, val) from jsonb_each(d.definition) x (k, val) where p.plain ? k)
      -- Made for other objects: its keys and its name follow from theirs.
      when _object.is_system then v.own || jsonb_build_object('labelSingular', p.plain -> 'labelSingular', 'labelPlural', p.plain -> 'labelPlural', 'icon', '')
      else p.plain
    end,
    'fields', (
      select coalesce(jsonb_object_agg(f.name, private.model_field(f, d.definition)), '{}')
      from core.fields f
      where f.object_id = _object.id and not exists (select from core.relations r where r.to_field_id = f.id)),
    'rules', private.model_rules(_object.id), 'indexes', private.model_indexes(_object.id),
    'views', private.model_views(_object.id))
  from (select private.plain_object(_object.name_singular, _object.name_plural) as plain) p
  cross join lateral (select private.values_of(to_jsonb(_object), p.plain) as own) v
  left join private.standard_objects d on d.name = _object.name_singular and not _object.is_custom
);

comment on function private.model_object(core.objects) is
  'An object in the model: {id, isCustom, isSystem, values, baseline, fields, rules, indexes, views}. A relation stands among the fields of the side that it points from.';

create or replace function private.model_of(workspace_id uuid) returns jsonb
language sql stable
return jsonb_build_object('objects', (
  select coalesce(jsonb_object_agg(o.name_singular, private.model_object(o)), '{}')
  from core.objects o where o.workspace_id = model_of.workspace_id));

comment on function private.model_of(uuid) is
  'The data model of a workspace, whole: what src/model compares a file with.';
