-- The triggers of rollups: three for each relation that has any, for they are
-- computed together. They are made anew when anything that they name has changed.

create or replace function private.rollup_triggers(relation_id uuid)
returns table (name text, tbl text, event text, tables text, arguments text[])
language plpgsql stable
as $$
declare
  _relation core.relations;
  _key text;
  _names text[];
  _aggregates text[];
  _columns text;
  _child text;
  _parent text;
  _of_parents text;
begin
  select * into strict _relation from core.relations l where l.id = rollup_triggers.relation_id;
  _key := _relation.column_name;
  select array_agg(format('%I', r.column_name) order by r.id), array_agg(private.rollup_sql(r, _relation) order by r.id)
    into _names, _aggregates
    from private.rollups_of(_relation.id) r;
  if _names is null then
    return;
  end if;
  select string_agg(format(', %I', c.name), '' order by c.name) into _columns
    from (
      select distinct x.name
      from private.rollups_of(_relation.id) r
      cross join lateral (select r.settings -> 'rollup' ->> 'field' union select private.expression_fields(r.settings -> 'rollup' -> 'filter')) u (name)
      join core.fields f on f.object_id = _relation.from_object_id and f.name = u.name
      cross join private.expression_columns(f) x
      where x.name <> _key
    ) c;
  _child := private.table_of(_relation.from_object_id);
  _parent := private.table_of(_relation.to_object_id);
  -- No column's and no table's name begins with _, so these are nobody else's.
  _of_parents := format('select %I as _parent%s from %%s_rows where deleted_at is null', _key, coalesce(_columns, ''));

  return query
    select format('_500_rollup_%s_%s', e.event, right(_relation.id::text, 12)), _child, e.event, e.tables,
      array[
        _relation.workspace_id::text,
        format('select array_agg(distinct _parent) from (%s) changed where _parent is not null', e.changed),
        format('select from %s where id = any ($1) order by id for no key update', _parent),
        format('update %1$s as parent set (%2$s) = row(%3$s) '
               'from (select _key.id, made.* from unnest($1) _key (id) '
               'cross join lateral (select %4$s from %5$s where %6$I = _key.id and deleted_at is null) made) made '
               'where parent.id = made.id and (%7$s) is distinct from (%3$s)',
          _parent, array_to_string(_names, ', '),
          (select string_agg('made.' || n, ', ' order by o) from unnest(_names) with ordinality x (n, o)),
          (select string_agg(format('%s as %s', a, _names[o]), ', ' order by o) from unnest(_aggregates) with ordinality x (a, o)),
          _child, _key,
          (select string_agg('parent.' || n, ', ' order by o) from unnest(_names) with ordinality x (n, o)))]
    from (values
      ('insert', 'new table as new_rows', format(_of_parents, 'new')),
      ('delete', 'old table as old_rows', format(_of_parents, 'old')),
      -- What was taken away from a parent's children, and what was added to them.
      ('update', 'old table as old_rows new table as new_rows', format('(%1$s except all %2$s) union all (%2$s except all %1$s)',
        format(_of_parents, 'old'), format(_of_parents, 'new')))) e (event, tables, changed);
end
$$;

comment on function private.rollup_triggers(uuid) is
  'The triggers that a relation''s rollups need, with the statements that they run.';

create or replace function private.drop_rollups(relation_id uuid) returns void
language plpgsql
as $$
declare
  _trigger record;
begin
  for _trigger in
    select t.tgname, t.tgrelid::regclass as tbl
    from core.relations l
    join pg_trigger t on t.tgrelid = private.table_of(l.from_object_id)::regclass
    where l.id = drop_rollups.relation_id and t.tgname like '\_500\_rollup\_%\_' || right(l.id::text, 12)
  loop
    perform private.run(format('drop trigger %I on %s', _trigger.tgname, _trigger.tbl));
  end loop;
end
$$;

comment on function private.drop_rollups(uuid) is
  'Takes away the triggers of a relation''s rollups; to be called before the relation or its parents'' table goes.';

create or replace function private.build_rollups(relation_id uuid) returns void
language plpgsql
as $$
declare
  _trigger record;
begin
  perform private.drop_rollups(relation_id);
  for _trigger in select * from private.rollup_triggers(build_rollups.relation_id) loop
    perform private.run(format('create trigger %I after %s on %s referencing %s for each statement execute function private.tg__rollup(%s)',
      _trigger.name, _trigger.event, _trigger.tbl, _trigger.tables,
      (select string_agg(quote_literal(a), ', ' order by n) from unnest(_trigger.arguments) with ordinality x (a, n))));
  end loop;
end
$$;

comment on function private.build_rollups(uuid) is
  'Makes the triggers of a relation''s rollups what they should be now.';

create or replace function private.fill_rollups(relation_id uuid, of_all boolean default true) returns void
language plpgsql
as $$
declare
  _relation core.relations;
  _statement text;
  _parents uuid[];
begin
  select * into strict _relation from core.relations l where l.id = fill_rollups.relation_id;
  select t.arguments[4] into _statement from private.rollup_triggers(_relation.id) t where t.event = 'insert';
  if _statement is null then
    return;
  end if;
  execute case
    when of_all then format('select array_agg(id) from %s', private.table_of(_relation.to_object_id))
    else format('select array_agg(distinct %1$I) from %2$s where %1$I is not null and deleted_at is null',
      _relation.column_name, private.table_of(_relation.from_object_id))
    end into _parents;
  perform set_config('relata.keeping', 'on', true);
  execute _statement using _parents;
  perform set_config('relata.keeping', '', true);
end
$$;

comment on function private.fill_rollups(uuid, boolean) is
  'Computes a relation''s rollups, for all parents or for those only that have children.';
