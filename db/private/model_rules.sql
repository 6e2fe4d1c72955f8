-- The rules and the indexes of an object in the model. Their ids are for src/model to
-- name them by, and in no file.

create or replace function private.model_rules(object_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_object_agg(r.name, jsonb_build_object(
    'id', r.id,
    'values', jsonb_build_object('message', r.message, 'expression', r.expression, 'onlyNewRecords', r.only_new_records),
    'baseline', jsonb_build_object('message', 'The record breaks a rule.', 'onlyNewRecords', false))), '{}')
  from core.rules r where r.object_id = model_rules.object_id;
end;

comment on function private.model_rules(uuid) is
  'An object''s rules: {name: {id, values, baseline}}.';

create or replace function private.model_index(_index core.indexes) returns jsonb
language sql stable
begin atomic
  select jsonb_build_object('fields', (
      select jsonb_agg(concat_ws('.', f.name, i ->> 'part') order by n)
      from jsonb_array_elements(_index.fields) with ordinality x (i, n) join core.fields f on f.id = (i ->> 'fieldId')::uuid))
    || case when _index.type <> 'BTREE' then jsonb_build_object('type', _index.type) else '{}' end
    || case when _index.is_unique then '{"isUnique": true}'::jsonb else '{}' end;
end;

comment on function private.model_index(core.indexes) is
  'What a model says of an index: {fields: [name, or name.part], type, isUnique}.';

create or replace function private.model_indexes(object_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'values', private.model_index(i)) order by private.model_index(i)::text collate "C"), '[]')
  from core.indexes i where i.object_id = model_indexes.object_id and i.is_custom;
end;

comment on function private.model_indexes(uuid) is
  'An object''s indexes that somebody asked for: [{id, values}], in an order that follows from what they are.';
