-- A field goes to the trash: its columns keep their data under a name that no field
-- can have, and nobody but the owner may read or write them by it.

create or replace function private.trash_field(field_id uuid) returns uuid[]
language plpgsql
as $$
declare
  _ids uuid[] := private.with_other_sides(field_id);
  _morphs uuid[];
  _trashed uuid[] := '{}';
  _trash core.trash;
  _column record;
  _rollup core.relations := (select private.rollup_relation(f) from core.fields f where f.id = trash_field.field_id and f.settings ? 'rollup');
begin
  -- Of a many-to-many, the junction goes first.
  for _column in
    select r.junction_object_id as id from core.relations r
    where trash_field.field_id in (r.from_field_id, r.to_field_id) and r.junction_object_id is not null
  loop
    _trashed := _trashed || private.trash_object(_column.id);
  end loop;
  insert into core.trash (workspace_id, kind, name, object_id, rows)
    select f.workspace_id, 'FIELD', o.name_singular || '.' || f.name, f.object_id, private.rows_below('core.fields', _ids)
    from core.fields f join core.objects o on o.id = f.object_id where f.id = trash_field.field_id
    returning * into _trash;
  _morphs := array(select distinct f.id from core.relations r join core.fields f on f.id = r.from_field_id
                   where f.type = 'MORPH_RELATION' and (r.from_field_id = any(_ids) or r.to_field_id = any(_ids)));
  perform private.drop_morph_check(m) from unnest(_morphs) m;
  for _column in select * from private.columns_below(_ids) loop
    _trash.columns := _trash.columns || private.trash_column(_column.object_id, _column.name, _trash.id, jsonb_array_length(_trash.columns));
  end loop;
  update core.trash t set columns = _trash.columns where t.id = _trash.id;
  delete from core.fields f where f.id = any(_ids);
  perform private.build_kept_formulas(_trash.object_id);
  perform private.build_rollups(r.id) from core.relations r where r.id = _rollup.id;
  perform private.add_morph_check(f.id) from core.fields f where f.id = any(_morphs);
  perform private.forget_searched(_trash);
  return _trashed || _trash.id;
end
$$;

comment on function private.trash_field(uuid) is
  'Takes a field out of its object, and a relation out of both, and keeps all of it in the trash; answers the trash''s ids, in the order it went.';

create or replace function private.drop_morph_check(field_id uuid) returns void
language sql
begin atomic
  select private.run(format('alter table %s drop constraint if exists %I', private.table_of(f.object_id), f.column_name || '_check'))
  from core.fields f where f.id = drop_morph_check.field_id;
end;

comment on function private.drop_morph_check(uuid) is
  'Takes off the check that a morph field points at one record at most.';

create or replace function private.add_morph_check(field_id uuid) returns void
language sql
begin atomic
  select private.run(format('alter table %s %s', private.table_of(f.object_id), private.morph_check(f)))
  from core.fields f where f.id = add_morph_check.field_id;
end;

comment on function private.add_morph_check(uuid) is
  'Puts on the check that a morph field points at one record at most, over the targets that it has now.';

create or replace function private.forget_searched(_trash core.trash) returns void
language plpgsql
as $$
declare
  _object core.objects;
begin
  for _object in
    select o.* from core.objects o join jsonb_array_elements(_trash.rows) r on (r -> 'row' ->> 'object_id')::uuid = o.id
    where r ->> 'table' = 'core.fields' and r -> 'row' ->> 'name' = any(o.search_fields)
      and not exists (select from core.fields f where f.id = (r -> 'row' ->> 'id')::uuid)
  loop
    update core.trash t set searched = t.searched || jsonb_build_object(_object.id, _object.search_fields) where t.id = _trash.id;
    update core.objects o
      set search_fields = array(select n from unnest(o.search_fields) with ordinality x (n, i)
                                where exists (select from core.fields f where f.object_id = o.id and f.name = n) order by i)
      where o.id = _object.id;
    perform private.rebuild_search_vector(_object.id);
  end loop;
end
$$;

comment on function private.forget_searched(core.trash) is
  'Leaves what was just put into the trash out of the search.';

create or replace function private.rebuild_search_vector(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.build_search_vector(o) from core.objects o where o.id = rebuild_search_vector.object_id;
  perform private.comment_field(f) from core.fields f where f.object_id = rebuild_search_vector.object_id and f.type = 'TS_VECTOR';
end
$$;

comment on function private.rebuild_search_vector(uuid) is
  'Makes an object''s search vector anew, after its search fields have changed.';
