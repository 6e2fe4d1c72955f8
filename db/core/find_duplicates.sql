-- Which records are alike, by what the object's duplicateCriteria say: lists of fields,
-- of which one has to agree in all its fields. One statement for all that is asked for:
-- for each list the planner takes an index where there is one, and else reads once.

create or replace function core.duplicate_conditions(_object core.objects) returns setof text
language sql stable
begin atomic
  with parts as (
    select g.n as place, c.spec ? 'goesWith' as is_companion, case when c.spec is not null then format('%I', core.part_column(f, c.spec ->> 'part')) end as name,
           c.spec ->> 'type' = 'text' and f.options is null as is_text,
           -- As the field's own index has it, if it is unique.
           case when coalesce((f.settings ->> 'isCaseInsensitive')::boolean, false) then 'lower(%s.%s)' else '%s.%s' end as form
    from jsonb_array_elements(_object.duplicate_criteria) with ordinality g (names, n)
    cross join jsonb_array_elements_text(g.names) n (name)
    left join core.fields f on f.object_id = _object.id and f.name = n.name and f.column_name is not null
    left join core.field_types t on t.name = f.type
    -- What makes a value unique: of emails the first, of a name both parts.
    left join lateral (select spec from jsonb_array_elements(t.columns) x (spec)
                       where coalesce((spec ->> 'isUnique')::boolean, not spec ? 'part')) c on true
  )
  select string_agg(case
      when is_companion then format('%s is not distinct from %s', format(form, 'c', name), format(form, 'i', name))
      else format('%s = %s', format(form, 'c', name), format(form, 'i', name)) || case when is_text then format(' and length(i.%s) >= 3', name) else '' end
    end, ' and ')
  from parts
  group by place
  -- A field that holds nothing to compare tells nothing.
  having bool_and(name is not null)
  order by place;
end;

comment on function core.duplicate_conditions(core.objects) is
  'What must hold of a record c to be a duplicate of i, a condition for each of the object''s lists of fields. Short texts are no sign.';
grant execute on function core.duplicate_conditions(core.objects) to relata_reader;

create or replace function core.find_duplicates(object text, ids uuid[], data jsonb) returns jsonb
language plpgsql stable
as $$
declare
  _object core.objects;
  _tbl regclass;
  _missing int;
  _inputs jsonb := data;
  _found jsonb;
begin
  select * into strict _object from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = find_duplicates.object;
  _tbl := (select format('%I.%I', w.schema_name, _object.table_name) from core.workspaces w where w.id = _object.workspace_id);
  if ids is not null then
    execute format(
      'select jsonb_agg(to_jsonb(r) order by n), min(n) filter (where r.id is null)
       from unnest($1) with ordinality i (id, n) left join (select %s from %s where deleted_at is null) r using (id)', core.readable_columns(_tbl), _tbl)
      into _inputs, _missing using ids;
    if _missing is not null then
      raise exception using errcode = 'NTFND', message = 'There is no such record.', column = 'ids.' || _missing - 1;
    end if;
  end if;
  execute coalesce((
    select format(
      'select jsonb_agg(coalesce(f.ids, ''[]'') order by n)
       from generate_series(1, jsonb_array_length($1)) n
       left join (select n, jsonb_agg(distinct id) as ids from (%s) x group by n) f using (n)',
      string_agg(format(
        'select i.n, c.id from (
           select n::int, p.* from jsonb_array_elements($1) with ordinality e (v, n), jsonb_populate_record(null::%1$s, v) p) i
         join %1$s c on %2$s and c.deleted_at is null and c.id is distinct from i.id', _tbl, condition), ' union all '))
    from core.duplicate_conditions(_object) condition having count(*) > 0),
    'select jsonb_agg(jsonb ''[]'') from jsonb_array_elements($1)')
    into _found using _inputs;
  return coalesce(_found, '[]');
end
$$;

comment on function core.find_duplicates(text, uuid[], jsonb) is
  'For each of the records named by their ids, or else for each of those in data (by columns, also not yet there), the list of ids of the records that it may double. Errors: NOT_FOUND, with the place of the id.';
grant execute on function core.find_duplicates(text, uuid[], jsonb) to relata_reader;
