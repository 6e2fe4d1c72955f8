-- A field comes out of the trash, with its columns and the other sides of its relation.

create or replace function private.restore_field(_trash core.trash) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _row jsonb;
  _column jsonb;
begin
  for _row in select r -> 'row' from jsonb_array_elements(_trash.rows) r where r ->> 'table' = 'core.fields' loop
    if not exists (select from core.objects o where o.id = (_row ->> 'object_id')::uuid) then
      perform private.fail('NTFND', 'The object of that field is gone.', 'id');
    end if;
    perform private.check_field_name(o, _row ->> 'name', _row ->> 'type', 'id', null, (_row ->> 'column_name') is null)
      from core.objects o where o.id = (_row ->> 'object_id')::uuid;
  end loop;
  perform private.restore_rows(_trash.rows);
  for _column in select * from jsonb_array_elements(_trash.columns) loop
    perform private.restore_column(_column);
  end loop;
  for _field in select f.* from core.fields f join jsonb_array_elements(_trash.rows) r on f.id = (r -> 'row' ->> 'id')::uuid loop
    perform private.restore_given(_field);
    if _field.is_kept then
      -- Records have changed since.
      _field := private.build_later(_field.id, '{FILL}');
      perform private.build_kept_formulas(_field.object_id);
    end if;
    perform private.comment_field(_field);
    perform private.grant_columns(private.table_of(_field.object_id), array(select private.writable_columns(_field)));
  end loop;
  perform private.build_rollup(f, true) from core.fields f
    where f.settings ? 'rollup' and (private.rollup_relation(f)).id is not null
      and f.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.fields');
  perform private.rebuild_foreign_key(r) from core.relations r
    where r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.relations');
  -- Which side of a many-to-many a junction's key is, its other key tells.
  perform private.comment_relation(s) from core.relations s
    where s.from_object_id in (
      select r.from_object_id from jsonb_array_elements(_trash.rows) x
      join core.relations r on r.id = (x -> 'row' ->> 'id')::uuid join core.relations m on m.junction_object_id = r.from_object_id
      where x ->> 'table' = 'core.relations');
  for _field in
    select distinct f.* from core.fields f join core.relations r on r.from_field_id = f.id
    where f.type = 'MORPH_RELATION'
      and r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.relations')
  loop
    perform private.drop_morph_check(_field.id);
    perform private.add_morph_check(_field.id);
  end loop;
  perform private.build_rollups(r.id), private.fill_rollups(r.id) from core.relations r
    where r.column_name is not null
      and r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(_trash.rows) x where x ->> 'table' = 'core.relations');
  for _row in select jsonb_build_object('id', s.key, 'names', s.value) from jsonb_each(_trash.searched) s loop
    update core.objects o
      set search_fields = array(select n from jsonb_array_elements_text(_row -> 'names') n
                                where exists (select from core.fields f where f.object_id = o.id and f.name = n))
      where o.id = (_row ->> 'id')::uuid;
    perform private.rebuild_search_vector((_row ->> 'id')::uuid);
  end loop;
end
$$;

comment on function private.restore_field(core.trash) is
  'Takes a field, with its other sides, out of the trash; NAME_TAKEN when another has its name by now.';

create or replace function private.restore_given(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  if private.is_large(_field.object_id) and exists (select from private.field_parts(_field) p where p.is_required) then
    perform private.rebuild_checks(_field);
    perform private.require_later(_field, '{FILL,CHECKS,REQUIRED}');
  elsif exists (select from private.field_parts(_field) p where p.part is not null and p.is_required) then
    perform private.fill_in(_tbl, p.column_name) from private.field_parts(_field) p where p.part is not null and p.is_required;
    perform private.rebuild_checks(_field);
  end if;
end
$$;

comment on function private.restore_given(core.fields) is
  'Requires the parts of a composite again that must be given, and of a large table whatever must be.';
