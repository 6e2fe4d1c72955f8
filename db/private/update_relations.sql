-- A field is given the relation that it shall be: the changes that this takes.

create or replace function private.update_relations(_field core.fields, relation jsonb, force boolean) returns jsonb
language plpgsql
as $$
declare
  _inverses jsonb := '[]';
  _change jsonb;
begin
  if _field.type not in ('RELATION', 'MORPH_RELATION') then
    perform private.fail('RELAT', 'That field is no relation.', 'data.relation');
  end if;
  for _change in
    select c from private.relation_changes(_field, relation, force) c
  loop
    _inverses := _inverses || jsonb_build_array(private.make_change(_change ->> 'kind', _change -> 'data') -> 'inverse');
  end loop;
  return _inverses;
end
$$;

comment on function private.update_relations(core.fields, jsonb, boolean) is
  'Makes a field the relation {type, onDelete, targets}, and answers the inverses. targets are all that a morph field points at; moreTargets are those that it shall point at as well.';

create or replace function private.relation_changes(_field core.fields, relation jsonb, force boolean) returns setof jsonb
language plpgsql
as $$
declare
  _path text := 'data.relation';
  _asked jsonb := private.morph_input(jsonb_build_object('relation', case
    when relation ->> 'moreTargets' is not null then relation || jsonb_build_object('targets', relation -> 'moreTargets') else relation end));
  _target jsonb;
  _known core.relations;
  _ids uuid[] := '{}';
begin
  if _field.type = 'RELATION' then
    if private.without_nulls(relation) - array['type', 'onDelete'] <> '{}' then
      perform private.fail('RELAT', 'A relation keeps its objects: delete it, and create another. The field on the other side is changed as a field of its own.', _path);
    end if;
    return next jsonb_build_object('kind', 'updateRelation', 'data', private.without_nulls(relation) || jsonb_build_object('fieldId', _field.id));
    return;
  end if;
  for _target in select t from jsonb_array_elements(_asked) t loop
    _ids := _ids || (private.relation_target(_field.workspace_id, _target, _path || '.targets')).id;
    select * into _known from core.relations r where r.from_field_id = _field.id and r.to_object_id = _ids[cardinality(_ids)];
    if not found then
      return next jsonb_build_object('kind', 'addMorphTarget', 'data', private.without_nulls(_target) - array['targetObjectMetadataId', 'targetObject']
        || jsonb_build_object('fieldId', _field.id, 'targetObjectId', _ids[cardinality(_ids)]));
    elsif _target ->> 'type' is not null or _target ->> 'onDelete' is not null then
      return next jsonb_build_object('kind', 'updateRelation', 'data', jsonb_strip_nulls(jsonb_build_object(
        'fieldId', _field.id, 'targetObjectId', _known.to_object_id, 'type', _target -> 'type', 'onDelete', _target -> 'onDelete')));
    end if;
  end loop;
  return query
    select jsonb_build_object('kind', case when relation ->> 'targets' is null then 'updateRelation' else 'removeMorphTarget' end, 'data',
      jsonb_build_object('fieldId', _field.id, 'targetObjectId', r.to_object_id)
        || case when relation ->> 'targets' is null then jsonb_build_object('onDelete', relation -> 'onDelete') else jsonb_build_object('force', force) end)
    from core.relations r
    where r.from_field_id = _field.id and r.to_object_id <> all (_ids)
      and (relation ->> 'targets' is not null or relation ->> 'onDelete' is not null)
    order by r.id;
end
$$;

comment on function private.relation_changes(core.fields, jsonb, boolean) is
  'The changes that make a field the relation that was asked for; what a morph field shall no longer point at goes last.';
