-- A field goes to the trash, and comes back: its columns keep their data under a
-- name that no field can have, and nobody but the owner may read or write them by it.

create or replace function private.columns_of(_field core.fields) returns setof text
language sql stable
begin atomic
  select p.column_name from private.field_parts(_field) p where _field.type <> 'RELATION'
  union all
  select r.column_name from core.relations r where r.from_field_id = _field.id and r.column_name is not null;
end;

comment on function private.columns_of(core.fields) is
  'The names of the columns that hold a field''s values.';

create or replace function private.writable_columns(_field core.fields) returns setof text
language sql stable
begin atomic
  select c.column_name from private.field_columns(_field) c where c.is_writable and c.column_name <> 'updated_at'
  union all
  select r.column_name from core.relations r where r.from_field_id = _field.id and r.column_name is not null;
end;

comment on function private.writable_columns(core.fields) is
  'The columns of a field that members write.';

create or replace function private.with_other_sides(field_id uuid) returns uuid[]
language sql stable
begin atomic
  select array_agg(distinct id)
  from (
    select with_other_sides.field_id as id
    union all
    select r.to_field_id from core.relations r where r.from_field_id = with_other_sides.field_id
    union all
    -- A morph field that points at others as well goes on without this one.
    select r.from_field_id from core.relations r where r.to_field_id = with_other_sides.field_id
      and not exists (select from core.relations s join core.fields f on f.id = s.from_field_id
                      where s.from_field_id = r.from_field_id and s.id <> r.id and f.type = 'MORPH_RELATION')
  ) x;
end;

comment on function private.with_other_sides(uuid) is
  'A field, and for a relation the fields on the other side too: one is nothing without the other.';

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

create or replace function private.columns_below(field_ids uuid[]) returns table (object_id uuid, name text)
language sql stable
begin atomic
  select f.object_id, c from core.fields f, private.columns_of(f) c
  where f.id = any(field_ids) and f.type not in ('RELATION', 'MORPH_RELATION')
  union
  select r.from_object_id, r.column_name from core.relations r
  where (r.from_field_id = any(field_ids) or r.to_field_id = any(field_ids)) and r.column_name is not null;
end;

comment on function private.columns_below(uuid[]) is
  'The columns that hold the values of these fields and the keys of their relations.';

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

create or replace function private.trash_column(object_id uuid, column_name text, trash_id uuid, n int) returns jsonb
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
  -- With a colon, which no column of a field has.
  _trashed text := format('trash:%s:%s', right(trash_id::text, 12), n);
  _column record;
  _names jsonb;
begin
  select a.attnum, a.attnotnull as is_required, a.attgenerated <> '' as is_generated, pg_get_expr(d.adbin, d.adrelid) as default_sql
    into strict _column
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = _tbl::regclass and a.attname = column_name;
  perform private.run(format('alter table %s drop constraint if exists %I', _tbl, left(column_name || '_fkey', 63)));
  -- What is named by its field would be in the way of another field of that name.
  select coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'name', x.name, 'trashed', format('%s:%s', _trashed, x.place))), '[]') into _names
    from (
      select kind, name, row_number() over (order by kind, name) as place
      from (
        select 'constraint' as kind, c.conname as name from pg_constraint c
        where c.conrelid = _tbl::regclass and c.contype = 'c' and c.conkey = array[_column.attnum]
        union all
        select 'index', c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = _tbl::regclass and c.relname ~ '_key_[0-9a-f]{8}$'
          and exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                        and d.refobjid = i.indrelid and d.refobjsubid = _column.attnum)
      ) y
    ) x;
  perform private.rename_parts(_tbl, x ->> 'kind', x ->> 'name', x ->> 'trashed') from jsonb_array_elements(_names) x;
  perform private.run(format('alter table %s rename column %I to %I', _tbl, column_name, _trashed));
  if _column.is_required and not _column.is_generated then
    perform private.run(format('alter table %s alter column %I drop not null', _tbl, _trashed));
  end if;
  -- A check that a part is given would refuse every new record.
  perform private.run(format('alter table %s drop constraint %I', _tbl, x ->> 'trashed'))
    from jsonb_array_elements(_names) x where x ->> 'kind' = 'constraint' and x ->> 'name' like '%\_given';
  if _column.default_sql is not null and not _column.is_generated then
    perform private.run(format('alter table %s alter column %I drop default', _tbl, _trashed));
  end if;
  perform private.run(format('comment on column %s.%I is %L', _tbl, _trashed, '@hidden'));
  perform private.run(format('revoke all (%I) on %s from relata_member', _trashed, _tbl));
  return jsonb_build_object('objectId', object_id, 'column', column_name, 'trashed', _trashed, 'names', _names,
    'isRequired', _column.is_required, 'default', case when not _column.is_generated then _column.default_sql end);
end
$$;

comment on function private.trash_column(uuid, text, uuid, int) is
  'Gives a column, its checks and its unique index names of the trash, lets go of what binds it, and answers what is needed to restore it.';

create or replace function private.rename_parts(tbl text, kind text, old text, new text) returns void
language plpgsql
as $$
begin
  if kind = 'index' then
    perform private.run(format('alter index %s.%I rename to %I', split_part(tbl, '.', 1), old, new));
  else
    perform private.run(format('alter table %s rename constraint %I to %I', tbl, old, new));
  end if;
end
$$;

comment on function private.rename_parts(text, text, text, text) is
  'Renames a constraint or an index of a table.';

create or replace function private.rename_column(tbl text, old text, new text) returns void
language plpgsql
as $$
declare
  _name record;
begin
  perform private.run(format('alter table %s rename column %I to %I', tbl, old, new));
  -- What is named by its column, so that errors lead back to the field.
  for _name in
    select 'constraint' as kind, c.conname as name from pg_constraint c
    where c.conrelid = tbl::regclass and c.conname = left(old || '_fkey', 63)
    union all
    select 'index', c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = tbl::regclass and c.relname ~ '_key_[0-9a-f]{8}$' and left(c.relname, -13) = old
  loop
    perform private.rename_parts(tbl, _name.kind, _name.name, left(new || substr(_name.name, length(old) + 1), 63));
  end loop;
end
$$;

comment on function private.rename_column(text, text, text) is
  'Renames the column of a relation''s key, and the constraints and indexes that are named by it.';

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

create or replace function private.fill_in(tbl text, column_name text) returns void
language plpgsql
as $$
declare
  _has_default boolean := (select a.atthasdef from pg_attribute a where a.attrelid = tbl::regclass and a.attname = column_name);
  _has_nulls boolean;
begin
  -- Records made meanwhile have no value: they get what new ones get.
  if _has_default then
    perform private.run(format('update %s set %I = default where %2$I is null', tbl, column_name));
  end if;
  execute format('select exists (select from %s where %I is null)', tbl, column_name) into _has_nulls;
  if _has_nulls then
    perform private.fail('23502', 'Records made meanwhile have no value for a field that may not be empty.', 'id');
  end if;
end
$$;

comment on function private.fill_in(text, text) is
  'Gives records without a value in a column its default; VALUE_REQUIRED when there is none.';

create or replace function private.restore_column(spec jsonb) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of((spec ->> 'objectId')::uuid);
  _column text := spec ->> 'column';
begin
  perform private.run(format('alter table %s rename column %I to %I', _tbl, spec ->> 'trashed', _column));
  perform private.rename_parts(_tbl, n ->> 'kind', n ->> 'trashed', n ->> 'name')
    from jsonb_array_elements(spec -> 'names') n where n ->> 'name' not like '%\_given';
  if spec ->> 'default' is not null then
    perform private.run(format('alter table %s alter column %I set default %s', _tbl, _column, spec ->> 'default'));
  end if;
  if (spec ->> 'isRequired')::boolean and (
    not private.is_large((spec ->> 'objectId')::uuid) or exists (
      select from core.relations r where r.from_object_id = (spec ->> 'objectId')::uuid and r.column_name = _column)) then
    perform private.fill_in(_tbl, _column);
    perform private.run(format('alter table %s alter column %I set not null', _tbl, _column));
  end if;
end
$$;

comment on function private.restore_column(jsonb) is
  'Gives a column back what private.trash_column took.';
