-- The rows of a relation's two fields and of the relation, checked, and then its key.
-- private.create_field comes here with fields of type RELATION.

create or replace function private.relation_input(spec jsonb) returns jsonb
language sql immutable
return (
  -- The reference's words for it are understood, too.
  select case when jsonb_typeof(r) = 'object' then r else '{}' end
    || jsonb_strip_nulls(jsonb_build_object(
         'targetObjectId', coalesce(r -> 'targetObjectId', r -> 'targetObjectMetadataId'),
         'targetFieldName', coalesce(r ->> 'targetFieldName', private.camel_case(r ->> 'targetFieldLabel')),
         'targetFieldLabel', r -> 'targetFieldLabel'))
  from (select coalesce(nullif(spec -> 'relation', 'null'), spec -> 'relationCreationPayload') as r) x
);

comment on function private.relation_input(jsonb) is
  'What was asked for of a RELATION: {targetObject or targetObjectId, targetFieldName, targetFieldLabel, targetFieldIcon, type, onDelete, junctionName}.';

create or replace function private.check_relation_type(relation jsonb, types text[], path text) returns void
language plpgsql
as $$
declare
  _type text := coalesce(relation ->> 'type', types[1]);
begin
  if _type <> all (types) then
    perform private.fail('RELAT', format('The type of this relation is one of: %s.', array_to_string(types, ', ')), path || '.type');
  elsif coalesce(relation ->> 'onDelete', 'SET_NULL') not in ('SET_NULL', 'CASCADE', 'RESTRICT', 'NO_ACTION') then
    perform private.fail('RELAT', 'onDelete is SET_NULL, CASCADE or RESTRICT.', path || '.onDelete');
  elsif _type = 'MANY_TO_MANY' and coalesce(relation ->> 'onDelete', 'CASCADE') <> 'CASCADE' then
    perform private.fail('RELAT', 'The pairs of a many-to-many go with their records: onDelete is CASCADE.', path || '.onDelete');
  elsif _type <> 'MANY_TO_MANY' and relation ->> 'junctionName' is not null then
    perform private.fail('RELAT', 'Only a many-to-many has a junction.', path || '.junctionName');
  end if;
end
$$;

comment on function private.check_relation_type(jsonb, text[], text) is
  'Nothing when a relation''s type is one of those, and onDelete goes with it; RELATION_INVALID otherwise.';

create or replace function private.check_relation_field(spec jsonb, can_be_unique boolean) returns void
language plpgsql
as $$
begin
  if nullif(spec -> 'defaultValue', 'null') is not null then
    perform private.fail('DEFLT', 'A relation has no default value.', 'data.defaultValue');
  elsif coalesce((spec ->> 'isUnique')::boolean, false) and not can_be_unique then
    perform private.fail('RELAT', 'A relation is unique when its type is ONE_TO_ONE.', 'data.isUnique');
  elsif not coalesce((spec ->> 'isNullable')::boolean, true) and not coalesce((spec ->> 'onEmptyTable')::boolean, false) then
    perform private.fail('RELAT', 'A relation can be empty, as the records there are have none.', 'data.isNullable');
  end if;
end
$$;

comment on function private.check_relation_field(jsonb, boolean) is
  'Nothing when the field itself can be a relation; DEFAULT_INVALID or RELATION_INVALID otherwise.';

create or replace function private.relation_target(workspace_id uuid, relation jsonb, path text) returns core.objects
language plpgsql stable
as $$
declare
  _target core.objects;
begin
  select * into _target from core.objects o
    where o.workspace_id = relation_target.workspace_id
      and (o.id::text = lower(relation ->> 'targetObjectId') or o.name_singular = relation ->> 'targetObject');
  if not found then
    perform private.fail('NTFND', 'There is no such object to relate to.', path || '.targetObjectId');
  end if;
  return _target;
end
$$;

comment on function private.relation_target(uuid, jsonb, text) is
  'The object that a relation is to join; NOT_FOUND when the workspace has none such.';

create or replace function private.add_other_side(_field core.fields, _target core.objects, relation jsonb, path text, is_inverse boolean)
returns core.fields
language sql
return private.add_field(_target, jsonb_build_object(
  'type', 'RELATION',
  'name', relation ->> 'targetFieldName',
  'label', relation ->> 'targetFieldLabel',
  'icon', relation ->> 'targetFieldIcon',
  'isCustom', _field.is_custom, 'isSystem', _field.is_system,
  'isInverse', is_inverse), path || '.targetFieldName', path || '.targetFieldLabel');

comment on function private.add_other_side(core.fields, core.objects, jsonb, text, boolean) is
  'Writes the row of the field by which a relation''s target knows it.';

create or replace function private.add_relation(_from core.fields, _to core.fields, type text, on_delete text, junction_id uuid default null)
returns uuid
language sql
begin atomic
  insert into core.relations (workspace_id, type, from_object_id, from_field_id, to_object_id, to_field_id,
                              column_name, junction_object_id, on_delete)
    select _from.workspace_id, add_relation.type, _from.object_id, _from.id, _to.object_id, _to.id,
           case when add_relation.type = 'MANY_TO_MANY' then null
                when _from.type = 'MORPH_RELATION' then _from.column_name || '_' || o.table_name || '_id'
                else _from.column_name end,
           add_relation.junction_id,
           case when coalesce(add_relation.on_delete, 'SET_NULL') = 'NO_ACTION' then 'RESTRICT' else coalesce(add_relation.on_delete, 'SET_NULL') end
    from core.objects o where o.id = _to.object_id
    returning id;
end;

comment on function private.add_relation(core.fields, core.fields, text, text, uuid) is
  'Writes a relation''s row, from the field that has the key, or that it was created from, to the other; answers its id.';

create or replace function private.create_relation_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _relation jsonb := private.relation_input(spec);
  _type text := coalesce(_relation ->> 'type', 'MANY_TO_ONE');
  _target core.objects;
  _field core.fields;
  _other core.fields;
begin
  perform private.check_relation_type(_relation, '{MANY_TO_ONE,ONE_TO_MANY,ONE_TO_ONE,MANY_TO_MANY}', 'data.relation');
  perform private.check_relation_field(spec, _type = 'ONE_TO_ONE');
  _field := private.add_field(_object, spec || jsonb_build_object(
    'isInverse', _type in ('ONE_TO_MANY', 'MANY_TO_MANY'), 'isUnique', _type = 'ONE_TO_ONE'));
  _target := private.relation_target(_object.workspace_id, _relation, 'data.relation');
  _other := private.add_other_side(_field, _target, _relation, 'data.relation', _type <> 'ONE_TO_MANY');

  if _type = 'MANY_TO_MANY' then
    perform private.create_junction(_field, _other, _relation);
  elsif _type = 'ONE_TO_MANY' then
    -- The same relation, told from its other end.
    perform private.build_relations(array[private.add_relation(_other, _field, 'MANY_TO_ONE', _relation ->> 'onDelete')]);
  else
    perform private.build_relations(array[private.add_relation(_field, _other, _type, _relation ->> 'onDelete')]);
  end if;
  return _field.id;
end
$$;

comment on function private.create_relation_field(core.objects, jsonb) is
  'Adds a field of type RELATION, the field on the other side, and what joins them; answers the first field''s id.';
