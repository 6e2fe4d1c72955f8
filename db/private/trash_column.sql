-- A column goes to the trash, and comes back.

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
  perform private.run(format('alter table %s drop constraint if exists %I', _tbl, private.key_constraint(column_name)));
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
