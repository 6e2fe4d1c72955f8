-- Many-to-many: a junction object whose records are the pairs. It is an object like
-- any other, with a relation to each side, so pairs are made and ended in the API.

create or replace function private.create_junction(_from core.fields, _to core.fields, relation jsonb) returns uuid
language plpgsql
as $$
declare
  _a core.objects;
  _b core.objects;
  _singular text;
  _junction core.objects;
  _id uuid;
begin
  select * into strict _a from core.objects o where o.id = _from.object_id;
  select * into strict _b from core.objects o where o.id = _to.object_id;
  _singular := coalesce(relation ->> 'junctionName', _a.name_singular || private.upper_first(_b.name_singular));
  _id := private.create_object(_from.workspace_id, jsonb_build_object(
    'nameSingular', _singular,
    'namePlural', coalesce(relation ->> 'junctionNamePlural',
                           relation ->> 'junctionName' || 's',
                           _a.name_singular || private.upper_first(_b.name_plural)),
    'description', format('The pairs of %s.%s and %s.%s.', _a.name_singular, _from.name, _b.name_singular, _to.name),
    'isSystem', true, 'isCustom', _from.is_custom,
    'labelField', 'id', 'searchFields', '[]'::jsonb, 'fields', '[]'::jsonb));
  select * into strict _junction from core.objects o where o.id = _id;

  _id := private.add_relation(_from, _to, 'MANY_TO_MANY', 'CASCADE', _junction.id);
  if _a.id = _b.id then
    perform private.add_junction_side(_junction, _a, 'source' || private.upper_first(_a.name_singular), 'AsSource');
    perform private.add_junction_side(_junction, _b, 'target' || private.upper_first(_b.name_singular), 'AsTarget');
  else
    perform private.add_junction_side(_junction, _a, _a.name_singular, '');
    perform private.add_junction_side(_junction, _b, _b.name_singular, '');
  end if;
  perform private.index_junction(_junction);
  return _id;
exception when sqlstate 'NAMEV' or sqlstate 'NAMER' or sqlstate 'NAMEX' or sqlstate 'METAV' then
  -- Every name in here follows from the junction's.
  perform private.fail(case sqlstate when 'METAV' then 'NAMEV' else sqlstate end, format('The junction of this relation: %s', sqlerrm), 'data.relation.junctionName');
end
$$;

comment on function private.create_junction(core.fields, core.fields, jsonb) is
  'Joins two fields many-to-many: the relation, and the junction object ({junctionName, junctionNamePlural}, or named by both sides) with its table.';

create or replace function private.add_junction_side(_junction core.objects, _side core.objects, name text, suffix text) returns void
language sql
begin atomic
  select private.create_relation_field(_junction, jsonb_build_object(
    'type', 'RELATION', 'name', add_junction_side.name,
    'isCustom', _junction.is_custom, 'isSystem', true, 'isNullable', false, 'onEmptyTable', true,
    'relation', jsonb_build_object('targetObjectId', _side.id,
      'targetFieldName', _junction.name_plural || add_junction_side.suffix, 'onDelete', 'CASCADE')));
end;

comment on function private.add_junction_side(core.objects, core.objects, text, text) is
  'Points a junction at one of its sides: a key that must be there, and that ends the pair when the record is destroyed.';

create or replace function private.index_junction(_junction core.objects) returns void
language plpgsql
as $$
declare
  _columns text[] := (select array_agg(r.column_name order by r.id) from core.relations r where r.from_object_id = _junction.id);
begin
  -- One living pair of the same two records. Named by its second column, so that an error
  -- leads back to a field.
  perform private.run(format('create unique index %I on %s (%I, %I) where deleted_at is null',
    left(_columns[2] || '_key_' || right(_junction.id::text, 8), 63), private.table_of(_junction.id), _columns[1], _columns[2]));
end
$$;

comment on function private.index_junction(core.objects) is
  'Keeps two records from being paired twice, among the pairs that are not deleted.';
