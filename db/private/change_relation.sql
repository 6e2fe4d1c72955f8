-- What changes of a relation that stands: what becomes of records when those that they
-- point at are destroyed, and what a morph field points at.

create or replace function private.relation_of(data jsonb) returns core.relations
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'fieldId', 'data.fieldId');
  _relations core.relations[];
begin
  select array_agg(r) into _relations from core.relations r
    where (r.from_field_id = _field.id and (data ->> 'targetObjectId' is null or r.to_object_id::text = lower(data ->> 'targetObjectId')))
       or (r.to_field_id = _field.id and (data ->> 'targetObjectId' is null or r.from_object_id::text = lower(data ->> 'targetObjectId')));
  if _field.is_system then
    perform private.fail('INPUT', 'Relata keeps that field: only its label, description and icon may change.', 'data.fieldId');
  elsif cardinality(_relations) is distinct from 1 then
    perform private.fail('NTFND', 'There is no such relation.', case when data ->> 'targetObjectId' is null then 'data.fieldId' else 'data.targetObjectId' end);
  end if;
  return _relations[1];
end
$$;

comment on function private.relation_of(jsonb) is
  'The relation of {fieldId}, either side of it; of a morph field, the one to {targetObjectId}. NOT_FOUND otherwise.';

create or replace function private.change_update_relation(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _relation core.relations := private.relation_of(data);
  _on_delete text := replace(coalesce(data ->> 'onDelete', _relation.on_delete), 'NO_ACTION', 'RESTRICT');
  _tbl text := private.table_of(_relation.from_object_id);
begin
  perform private.check_keys(data, '{fieldId,targetObjectId,type,onDelete}');
  if data ->> 'type' not in (_relation.type, case when _relation.to_field_id::text = lower(data ->> 'fieldId')
                                                  then replace(_relation.type, 'MANY_TO_ONE', 'ONE_TO_MANY') else _relation.type end) then
    perform private.fail('TYPEX', format('A relation keeps its type, %s: delete it, and create another.', _relation.type), 'data.type');
  end if;
  perform private.check_relation_type(jsonb_build_object('type', _relation.type, 'onDelete', _on_delete), array[_relation.type], 'data');
  if _on_delete <> _relation.on_delete then
    update core.relations r set on_delete = _on_delete where r.id = _relation.id;
    -- Every key is known to be good: of a large table, a job sees to it that PostgreSQL knows, too.
    perform private.run(format('alter table %s drop constraint %I, add constraint %2$I foreign key (%I) references %s on delete %s not valid',
      _tbl, private.key_constraint(_relation.column_name), _relation.column_name, private.table_of(_relation.to_object_id), replace(_on_delete, '_', ' ')));
    if private.is_large(_relation.from_object_id) then
      perform private.build_later(_relation.from_field_id, '{KEYS}');
    else
      perform private.run(format('alter table %s validate constraint %I', _tbl, private.key_constraint(_relation.column_name)));
    end if;
    perform private.comment_relation(_relation);
  end if;
  return jsonb_build_object('id', data -> 'fieldId', 'inverse', jsonb_build_object('kind', 'updateRelation', 'data',
    jsonb_build_object('fieldId', _relation.from_field_id, 'targetObjectId', _relation.to_object_id, 'onDelete', _relation.on_delete)));
end
$$;

comment on function private.change_update_relation(jsonb) is
  'Changes a relation ({fieldId, targetObjectId, onDelete}); another type is refused.';

create or replace function private.change_add_morph_target(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'fieldId', 'data.fieldId');
  _target core.objects;
  _id uuid;
begin
  perform private.check_keys(data, '{fieldId,targetObjectId,targetObject,type,onDelete,targetFieldName,targetFieldLabel,targetFieldIcon}');
  _target := private.relation_target(_field.workspace_id, data, 'data');
  if (select count(*) from core.relations r where r.from_field_id = _field.id) >= 100 then
    perform private.fail('LIMIT', 'A morph relation has at most 100 targets.', 'data');
  end if;
  _id := private.add_morph_target(_field.id, _target.id, private.without_nulls(data));
  perform private.show_in_index_view(r.to_field_id) from core.relations r where r.id = _id;
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object('kind', 'removeMorphTarget', 'data',
    jsonb_build_object('fieldId', _field.id, 'targetObjectId', _target.id, 'force', true)));
end
$$;

comment on function private.change_add_morph_target(jsonb) is
  'Lets a morph field point at one object more ({fieldId, targetObjectId, targetFieldName, targetFieldLabel, targetFieldIcon, onDelete}).';

create or replace function private.change_remove_morph_target(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _relation core.relations := private.relation_of(data);
  _field core.fields := private.field_of(data ->> 'fieldId', 'data.fieldId');
  _trashed uuid[];
begin
  perform private.check_keys(data, '{fieldId,targetObjectId,force}');
  if _field.type <> 'MORPH_RELATION' then
    perform private.fail('RELAT', 'That field is no morph relation.', 'data.fieldId');
  elsif (select count(*) from core.relations r where r.from_field_id = _field.id) = 1 then
    perform private.fail('RELAT', 'A morph relation points at one object at least: delete the field.', 'data.targetObjectId');
  end if;
  perform private.check_field_unused(_relation.to_field_id, '{}');
  if not coalesce((data ->> 'force')::boolean, false) then
    perform private.check_relation_unused(_relation);
  end if;
  _trashed := private.trash_field(_relation.to_field_id);
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data', jsonb_build_object(
    'ids', to_jsonb(_trashed), 'targetId', _field.id, 'deletedBy', 'removeMorphTarget', 'deletedWith', data - 'force')));
end
$$;

comment on function private.change_remove_morph_target(jsonb) is
  'Lets a morph field no longer point at an object ({fieldId, targetObjectId, force}): its key goes to the trash, and can be had back. One that joins records goes only by force.';
