create or replace function private.create_relation(_field core.fields, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _target core.objects;
  _inverse core.fields;
  _id uuid;
begin
  if coalesce(spec ->> 'type', 'MANY_TO_ONE') <> 'MANY_TO_ONE' then
    perform private.fail('RELAT', 'A relation is created from the side of the many: its type is MANY_TO_ONE.', 'data.relation.type');
  end if;
  if coalesce(spec ->> 'onDelete', 'SET_NULL') not in ('SET_NULL', 'CASCADE', 'RESTRICT') then
    perform private.fail('RELAT', 'onDelete is SET_NULL, CASCADE or RESTRICT.', 'data.relation.onDelete');
  end if;

  select * into _target from core.objects o
    where o.workspace_id = _field.workspace_id
      and (o.id::text = lower(spec ->> 'targetObjectId') or o.name_singular = spec ->> 'targetObject');
  if not found then
    perform private.fail('NTFND', 'There is no such object to relate to.', 'data.relation.targetObjectId');
  end if;

  _inverse := private.add_field(_target, jsonb_build_object(
    'type', 'RELATION',
    'name', spec ->> 'targetFieldName',
    'label', coalesce(spec ->> 'targetFieldLabel', private.words(spec ->> 'targetFieldName')),
    'icon', spec ->> 'targetFieldIcon',
    'isCustom', _field.is_custom,
    'isInverse', true), 'data.relation.targetFieldName', 'data.relation.targetFieldLabel');

  insert into core.relations (workspace_id, from_object_id, from_field_id, to_object_id, to_field_id, on_delete)
    values (_field.workspace_id, _field.object_id, _field.id, _target.id, _inverse.id,
            coalesce(spec ->> 'onDelete', 'SET_NULL'))
    returning id into _id;
  perform private.build_relation(_id);
  return _id;
end
$$;

comment on function private.create_relation(core.fields, jsonb) is
  'Joins a field to another object ({targetObject or targetObjectId, targetFieldName, targetFieldLabel, onDelete}): the field on the other side, the foreign key and its index.';
