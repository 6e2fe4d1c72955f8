-- A column that a DBA dropped in psql takes its field's rows with it.

create or replace function private.change_forget_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'id', 'data.id');
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
  delete from core.fields f where f.id = any (private.with_other_sides(_field.id));
  perform private.build_kept_formulas(_object.id);
  update core.objects o
    set label_field = case when o.label_field = _field.name then 'id' else o.label_field end,
        search_fields = array_remove(o.search_fields, _field.name)
    where o.id = _object.id;
  -- Dropping a column that is searched takes the search vector along (cascade).
  if _field.name = any (_object.search_fields) then
    perform private.rebuild_search_vector(_object.id);
  end if;
  perform private.comment_search(_object.id);
  return jsonb_build_object('id', _field.id, 'inverse', null);
end
$$;

comment on function private.change_forget_field(jsonb) is
  'Removes the rows of a field ({id}) whose column somebody dropped in psql. Its values are gone, so this cannot be undone.';
