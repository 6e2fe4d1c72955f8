-- The metadata rows that hang on a field or an object, found by following foreign
-- keys, so that a noun that is added to core is saved and restored by itself.

create or replace function private.rows_below(root regclass, ids uuid[]) returns jsonb
language plpgsql stable
as $$
declare
  _found jsonb := '[]';
  _seen text[] := '{}';
  _level jsonb;
  _next jsonb;
  _key record;
  _rows jsonb;
begin
  execute format('select coalesce(jsonb_agg(jsonb_build_object(''table'', %L, ''row'', to_jsonb(t))), ''[]'') from %s t where t.id = any($1)', root::text, root)
    into _level using ids;
  while jsonb_array_length(_level) > 0 loop
    _found := _found || _level;
    _seen := _seen || array(select x -> 'row' ->> 'id' from jsonb_array_elements(_level) x);
    _next := '[]';
    for _key in
      select c.conrelid::regclass as child, a.attname as col, p.ids
      from (select x ->> 'table' as name, array_agg((x -> 'row' ->> 'id')::uuid) as ids
            from jsonb_array_elements(_level) x group by 1) p
      join pg_constraint c on c.confrelid = p.name::regclass and c.contype = 'f' and c.confdeltype = 'c'
      join pg_class t on t.oid = c.conrelid and t.relnamespace = 'core'::regnamespace
      -- Keys are (workspace_id, x_id): the second is the one that names a row.
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[cardinality(c.conkey)]
    loop
      execute format(
        'select coalesce(jsonb_agg(jsonb_build_object(''table'', %L, ''row'', to_jsonb(t))), ''[]'') from %s t where t.%I = any($1) and t.id::text <> all ($2)',
        _key.child::text, _key.child, _key.col)
        into _rows using _key.ids, _seen || array(select x -> 'row' ->> 'id' from jsonb_array_elements(_next) x);
      _next := _next || _rows;
    end loop;
    _level := _next;
  end loop;
  return _found;
end
$$;

comment on function private.rows_below(regclass, uuid[]) is
  'Rows of core with these ids, and all that would be deleted with them, as a list of {table, row}.';

create or replace function private.restore_rows(rows jsonb) returns void
language plpgsql
as $$
declare
  _left jsonb := rows;
  _again jsonb;
  _row jsonb;
begin
  perform set_config('relata.is_restoring', 'on', true);
  -- In any order that their keys allow; what points at something that is gone since is let go.
  loop
    _again := '[]';
    for _row in select * from jsonb_array_elements(_left) loop
      begin
        execute format('insert into %s select * from jsonb_populate_record(null::%1$s, $1) on conflict (id) do update set %s', (_row ->> 'table')::regclass,
            (select string_agg(format('%I = excluded.%1$I', a.attname), ', ') from pg_attribute a
             where a.attrelid = (_row ->> 'table')::regclass and a.attnum > 0 and not a.attisdropped))
          using _row -> 'row';
      exception when foreign_key_violation then
        _again := _again || _row;
      end;
    end loop;
    exit when _again = '[]' or jsonb_array_length(_again) = jsonb_array_length(_left);
    _left := _again;
  end loop;
  -- What a job had still to do.
  perform private.queue_build(f.workspace_id, 'FIELD', f.id) from core.fields f
    where f.status = 'BUILDING' and f.id in (select (r -> 'row' ->> 'id')::uuid from jsonb_array_elements(rows) r);
  perform private.queue_build(r.workspace_id, 'RULE', r.id) from core.rules r
    where r.status = 'BUILDING' and r.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(rows) x);
  perform private.queue_index(i) from core.indexes i
    where i.status = 'BUILDING' and i.id in (select (x -> 'row' ->> 'id')::uuid from jsonb_array_elements(rows) x);
  perform set_config('relata.is_restoring', '', true);
end
$$;

comment on function private.restore_rows(jsonb) is
  'Puts back what private.rows_below found: rows that are gone, and what became of others.';
