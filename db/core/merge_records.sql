-- Merging: one record takes what the others know, every key that points at the others
-- comes to point at it, and the others are deleted. All as whoever asks: his grants and
-- the policies decide about each table; what they would leave behind undoes the whole.

create or replace function core.keys_to(tbl regclass)
returns table (child regclass, column_name text, is_required boolean, is_single boolean, object_id uuid, is_link boolean)
language sql stable
begin atomic
  select c.conrelid::regclass, a.attname::text, a.attnotnull,
         -- One-to-one.
         exists (select from pg_catalog.pg_index i where i.indrelid = c.conrelid and i.indisunique and i.indnkeyatts = 1 and i.indkey[0] = a.attnum),
         o.id,
         -- A junction, and what else says nothing but that records belong together (noteTarget).
         o.id is not null and (
           exists (select from core.relations r where r.workspace_id = o.workspace_id and r.junction_object_id = o.id)
           or not exists (select from core.fields f where f.object_id = o.id and not f.is_system and f.type not in ('RELATION', 'MORPH_RELATION')))
  -- By what depends on the table, which has an index; the keys themselves have none by their target.
  from (select distinct d.objid from pg_catalog.pg_depend d
        where d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = keys_to.tbl
          and d.classid = 'pg_catalog.pg_constraint'::regclass) d
  join pg_catalog.pg_constraint c on c.oid = d.objid and c.contype = 'f' and c.confrelid = keys_to.tbl and cardinality(c.conkey) = 1
  join pg_catalog.pg_class t on t.oid = c.conrelid
  join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
  join pg_catalog.pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] and b.attname = 'id'
  left join core.objects o on o.workspace_id = authz.workspace_id() and o.table_name = t.relname
  where t.relnamespace = (select p.relnamespace from pg_catalog.pg_class p where p.oid = keys_to.tbl)
  order by t.relname, a.attnum;
end;

comment on function core.keys_to(regclass) is
  'Every foreign key that the catalog knows to point at a table''s ids, whether metadata made it or not.';
grant execute on function core.keys_to(regclass) to relata_writer;

create or replace function core.drop_doubles(_key record, ids uuid[]) returns void
language plpgsql
as $$
declare
  -- A link is the same when all its keys are, seen with the merged records as one; a one-to-one when this key is.
  _keys text[] := case when _key.is_link then (
    select array_agg(distinct a.attname::text) from pg_catalog.pg_constraint c, pg_catalog.pg_attribute a
    where c.conrelid = _key.child and c.contype = 'f' and a.attrelid = c.conrelid and a.attnum = any (c.conkey)) else array[_key.column_name] end;
  _same text := (select string_agg(format('case when k.%1$I = any ($1) then $1[1] else k.%1$I end', c), ', ') from unnest(_keys) c);
  _loops text := (select string_agg(format('coalesce((k.%I = any ($1))::int, 0)', c), ' + ') from unnest(_keys) c);
begin
  -- The first stays, the preferred record's before all.
  execute format(
    'update %1$s set %2$s where id in (
       select id from (
         select k.id, row_number() over (partition by %3$s order by array_position($1, k.%4$I), k.id) as n, %5$s as met
         from %1$s k where k.%4$I = any ($1) and k.deleted_at is null) x
       where n > 1 or met > 1)',
    _key.child, case when _key.is_link or _key.is_required then 'deleted_at = now()' else format('%I = null', _key.column_name) end,
    _same, _key.column_name, _loops)
    using ids;
end
$$;

comment on function core.drop_doubles(record, uuid[]) is
  'Before a key is turned to the first of ids: deletes the links that would be there twice, or lead from a record to itself; and of a one-to-one lets all but the first go.';
grant execute on function core.drop_doubles(record, uuid[]) to relata_writer;

create or replace function core.is_pointed_at(object_id uuid, ids uuid[]) returns boolean
language plpgsql stable
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _object record;
  _key record;
  _found boolean;
begin
  select o.name_plural, format('%I.%I', w.schema_name, o.table_name)::regclass as tbl into strict _object
    from core.objects o join core.workspaces w on w.id = o.workspace_id
    where o.id = is_pointed_at.object_id and o.workspace_id = authz.workspace_id();
  perform authz.require_permission(_object.name_plural || '.delete');
  for _key in select * from core.keys_to(_object.tbl) loop
    execute format('select exists (select from %s where %I = any ($1))', _key.child, _key.column_name) into _found using ids;
    if _found then
      return true;
    end if;
  end loop;
  return false;
end
$$;

comment on function core.is_pointed_at(uuid, uuid[]) is
  'Whether any record points at these, also one that the caller does not see. Needs the permission to delete them.';
grant execute on function core.is_pointed_at(uuid, uuid[]) to relata_writer;

create or replace function core.merge_into_first(_object core.objects, ids uuid[]) returns jsonb
language plpgsql
as $$
declare
  _tbl regclass := (select format('%I.%I', w.schema_name, _object.table_name) from core.workspaces w where w.id = _object.workspace_id);
  _rows_sql text := format('select array_agg(to_jsonb(r) order by array_position($1, r.id)) from (select %s from %s) r where r.id = any ($1)',
    core.readable_columns(_tbl), _tbl);
  _rows jsonb[];
  _values jsonb;
  _changed text;
  _found int;
  _key record;
begin
  -- In the order of their ids, so that two who merge the same wait and do not block each other.
  execute format('select count(*) from (select from %s where id = any ($1) and deleted_at is null order by id for update) x', _tbl)
    into _found using ids;
  if _found <> cardinality(ids) then
    raise exception using errcode = 'NTFND', message = 'Not all of these records are there.', column = 'ids';
  end if;
  execute _rows_sql into _rows using ids;
  _values := core.merged_values(_object.id, _rows);

  -- The others go first: what is unique of theirs is free then.
  execute format('update %s set deleted_at = now() where id = any ($1)', _tbl) using ids[2:];
  select string_agg(format('%I', k), ', ') into _changed from jsonb_each(_values) x (k, v) where v is distinct from _rows[1] -> k;
  if _changed is not null then
    execute format('update %1$s set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $1)) where id = $2', _tbl, _changed)
      using _values, ids[1];
  end if;

  for _key in select * from core.keys_to(_tbl) loop
    if _key.is_link or _key.is_single and _key.object_id is not null then
      perform core.drop_doubles(_key, ids);
    end if;
    execute format('update %s set %2$I = $1[1] where %2$I = any ($1[2:])', _key.child, _key.column_name) using ids;
  end loop;
  if core.is_pointed_at(_object.id, ids[2:]) then
    raise exception using errcode = '42501', message = 'Records that you may not change belong to what you merge.';
  end if;
  execute _rows_sql into _rows using ids[1:1];
  return _rows[1];
end
$$;

comment on function core.merge_into_first(core.objects, uuid[]) is
  'Merges records into the first of them, and answers its columns.';
grant execute on function core.merge_into_first(core.objects, uuid[]) to relata_writer;

create or replace function core.merge_records(object text, ids uuid[], priority int, dry_run boolean default false) returns jsonb
language plpgsql
as $$
declare
  _object core.objects;
  _ordered uuid[] := ids[priority + 1] || array_remove(ids, ids[priority + 1]);
  _preview text;
begin
  if cardinality(ids) > 9 then
    raise exception using errcode = 'LIMIT', message = 'At most 9 records are merged at once.', column = 'ids';
  elsif cardinality(ids) < 2 or cardinality(ids) <> (select count(distinct i) from unnest(ids) i) then
    raise exception using errcode = 'INPUT', message = 'Merging takes 2 records or more, each named once.', column = 'ids';
  elsif priority < 0 or priority >= cardinality(ids) then
    raise exception using errcode = 'INPUT', message = format('The preferred record is one of the ids, counted from 0 to %s.', cardinality(ids) - 1),
      column = 'conflictPriorityIndex';
  end if;
  select * into strict _object from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = merge_records.object;
  perform authz.require_permission(_object.name_plural || '.update'), authz.require_permission(_object.name_plural || '.delete');

  if not dry_run then
    return core.merge_into_first(_object, _ordered);
  end if;
  begin
    -- For real, and then undone: what leaves this block is only the answer.
    raise sqlstate 'PLANX' using message = 'planned', detail = core.merge_into_first(_object, _ordered)::text;
  exception when sqlstate 'PLANX' then
    get stacked diagnostics _preview = pg_exception_detail;
  end;
  return _preview::jsonb || jsonb_build_object('id', authz.uuid_v7(), 'deleted_at', now());
end
$$;

comment on function core.merge_records(text, uuid[], int, boolean) is
  'Merges 2 to 9 records of an object into the one at `priority` (from 0), and answers its columns. A dry run does it for real and takes it back; its answer has an id of its own. Errors: BAD_INPUT, LIMIT_EXCEEDED, NOT_FOUND, PERMISSION_DENIED, and those of writing.';
grant execute on function core.merge_records(text, uuid[], int, boolean) to relata_writer;
