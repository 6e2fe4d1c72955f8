-- A column that a DBA dropped in psql takes its field's rows with it.

create or replace function private.change_forget_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'id', 'data.id');
  _ids uuid[] := private.with_other_sides(_field.id);
  _objects uuid[] := array(select distinct f.object_id from core.fields f where f.id = any (_ids));
  _object core.objects;
begin
  perform private.check_keys(data, '{id}');
  select * into strict _object from core.objects o where o.id = _field.object_id;
  if _field.is_system then
    perform private.fail('INPUT', 'Relata keeps that field: add its column again.', 'data.id');
  elsif not exists (select private.columns_of(_field)) or exists (
    select from private.columns_of(_field) c
    join pg_attribute a on a.attrelid = private.table_of(_field.object_id)::regclass and a.attname = c and not a.attisdropped) then
    perform private.fail('INPUT', 'The field has its column: delete it.', 'data.id');
  end if;
  perform private.forget_in_object(f) from core.fields f where f.id = any (_ids);
  delete from core.fields f where f.id = any (_ids);
  perform private.build_kept_formulas(_object.id);
  -- Dropping a column that is searched takes the search vector along (cascade).
  if _field.name = any (_object.search_fields) then
    perform private.rebuild_search_vector(_object.id);
  end if;
  perform private.comment_search(o) from unnest(_objects) o;
  return jsonb_build_object('id', _field.id, 'inverse', null);
end
$$;

comment on function private.change_forget_field(jsonb) is
  'Removes the rows of a field ({id}) whose column somebody dropped in psql. Its values are gone, so this cannot be undone.';

create or replace function private.forget_in_object(_field core.fields) returns void
language sql
begin atomic
  update core.objects o
    set label_field = case when o.label_field = _field.name then 'id' else o.label_field end,
        image_field = nullif(o.image_field, _field.name),
        search_fields = array_remove(o.search_fields, _field.name),
        -- A list without one of its fields would take more records for the same.
        duplicate_criteria = (select jsonb_agg(g order by n) from jsonb_array_elements(o.duplicate_criteria) with ordinality x (g, n) where not g ? _field.name)
    where o.id = _field.object_id;
end;

comment on function private.forget_in_object(core.fields) is
  'Takes a field out of what its object says of it: labelField is id then, imageField none, and the lists of duplicateCriteria with it are gone.';
