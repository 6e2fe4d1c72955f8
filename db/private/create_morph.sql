-- A morph field points at one record of several objects: a key for each target, of
-- which at most one is set, and a field on each target.

create or replace function private.morph_input(spec jsonb) returns jsonb
language sql immutable
return (
  select coalesce(jsonb_agg(jsonb_build_object('type', r -> 'type', 'onDelete', r -> 'onDelete')
                            || jsonb_strip_nulls(private.relation_input(jsonb_build_object('relation', t))) order by n), '[]')
  from (select case when jsonb_typeof(spec -> 'relation') = 'object' then spec -> 'relation' else '{}' end as r) x,
       coalesce(nullif(x.r -> 'targets', 'null'), spec -> 'morphRelationsCreationPayload') list,
       jsonb_array_elements(case when jsonb_typeof(list) = 'array' then list else '[]' end) with ordinality y (t, n)
);

comment on function private.morph_input(jsonb) is
  'The targets that were asked for of a MORPH_RELATION, each as private.relation_input has it; what is said once for all is said of each.';

create or replace function private.create_morph_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _targets jsonb := private.morph_input(spec);
  _target jsonb;
  _field core.fields;
  _ids uuid[] := '{}';
begin
  perform private.check_relation_field(spec, false);
  if jsonb_array_length(_targets) not between 1 and 100 then
    perform private.fail('RELAT', 'A morph relation has a list of 1 to 100 targets.', 'data.relation.targets');
  end if;
  _field := private.add_field(_object, spec);
  for _target in select t from jsonb_array_elements(_targets) t loop
    _ids := _ids || private.add_morph_relation(_field, _target, 'data.relation.targets');
  end loop;
  perform private.build_relations(_ids, array[private.morph_check(_field)]);
  return _field.id;
end
$$;

comment on function private.create_morph_field(core.objects, jsonb) is
  'Adds a field of type MORPH_RELATION ({relation: {targets: [{targetObjectId, targetFieldName, …}]}}), with a key and an inverse field for each target; answers its id.';

create or replace function private.add_morph_relation(_field core.fields, relation jsonb, path text) returns uuid
language plpgsql
as $$
declare
  _target core.objects;
  _name text;
  _column text;
begin
  perform private.check_relation_type(relation, '{MANY_TO_ONE}', path);
  _target := private.relation_target(_field.workspace_id, relation, path);
  _name := _field.name || private.upper_first(_target.name_singular);
  _column := _field.column_name || '_' || _target.table_name || '_id';
  if exists (select from core.relations r where r.from_field_id = _field.id and r.to_object_id = _target.id) then
    perform private.fail('RELAT', format('%s is a target of this field already.', _target.name_singular), path || '.targetObjectId');
  elsif length(_column) > 60 then
    perform private.fail('NAMEV', format('%sId is too long a name: the field''s and its target''s hold 60 characters in snake_case.', _name), 'data.name');
  elsif exists (
      select from core.fields f where f.object_id = _field.object_id
        and (lower(f.name) in (lower(_name), lower(_name || 'Id')) or private.morph_takes(f, _name, _column)))
    or exists (
      select from pg_attribute a
      where a.attrelid = private.table_of(_field.object_id)::regclass and a.attname = _column and not a.attisdropped) then
    perform private.fail('NAMEX', format('This object already has a field %s, or %sId.', _name, _name), 'data.name');
  end if;
  return private.add_relation(_field, private.add_other_side(_field, _target, relation, path, true),
                              'MANY_TO_ONE', relation ->> 'onDelete');
end
$$;

comment on function private.add_morph_relation(core.fields, jsonb, text) is
  'Writes the rows of one target of a morph field: its inverse field and the relation, whose id it answers.';

create or replace function private.morph_takes(_field core.fields, name text, column_name text) returns boolean
language sql stable
return _field.type = 'MORPH_RELATION' and exists (
  select from core.relations r, private.relation_name(r) n
  where r.from_field_id = _field.id
    and (lower(n) in (lower(morph_takes.name), lower(morph_takes.name || 'Id'))
      or lower(n || 'Id') = lower(morph_takes.name)
      or r.column_name = morph_takes.column_name));

comment on function private.morph_takes(core.fields, text, text) is
  'Whether a morph field has a key of this name, or of this column.';

create or replace function private.morph_check(_field core.fields) returns text
language sql stable
return (
  -- A key that is new is empty, and one out of the trash was checked: nobody waits while records are read.
  select format('add constraint %I check (num_nonnulls(%s) <= 1)%s', _field.column_name || '_check',
                string_agg(format('%I', r.column_name), ', ' order by r.id),
                case when private.is_large(_field.object_id) then ' not valid' else '' end)
  from core.relations r where r.from_field_id = _field.id
);

comment on function private.morph_check(core.fields) is
  'The clause of ALTER TABLE that keeps a morph field from pointing at two records; named by the field, so that an error leads back to it.';

create or replace function private.add_morph_target(field_id uuid, target_object_id uuid, spec jsonb default '{}') returns uuid
language plpgsql
as $$
declare
  _field core.fields;
  _known core.fields;
  _id uuid;
begin
  select * into _field from core.fields f
    where f.id = add_morph_target.field_id and f.workspace_id = authz.workspace_id() and f.type = 'MORPH_RELATION';
  if not found then
    perform private.fail('NTFND', 'There is no such morph relation.', 'data.fieldId');
  end if;
  -- Unless told otherwise, a target knows the field by the name that the first one does.
  select f.* into _known from core.relations r join core.fields f on f.id = r.to_field_id
    where r.from_field_id = _field.id order by r.id limit 1;
  _id := private.add_morph_relation(_field,
    jsonb_build_object('targetFieldName', _known.name, 'targetFieldLabel', _known.label, 'targetFieldIcon', _known.icon)
      || private.relation_input(jsonb_build_object('relation', spec)) || jsonb_build_object('targetObjectId', target_object_id),
    'data');
  perform private.build_relations(array[_id], array[format('drop constraint %I', _field.column_name || '_check'), private.morph_check(_field)]);
  return _id;
end
$$;

comment on function private.add_morph_target(uuid, uuid, jsonb) is
  'Lets a morph field point at one object more ({targetFieldName, targetFieldLabel, targetFieldIcon, onDelete}), and answers the new relation''s id. The check over all keys is made anew, which reads the table once.';
