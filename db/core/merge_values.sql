-- What the one record becomes when several are merged: field by field, the first value
-- that is not empty, the preferred record's before the others'; and lists united. Which
-- columns belong together, and how lists unite, the field types declare (`goesWith` and
-- `unites`, told in db/README.md).

create or replace function core.part_column(_field core.fields, part text) returns text
language sql immutable
return _field.column_name || coalesce('_' || lower(regexp_replace(part, '([A-Z])', '_\1', 'g')), '');

comment on function core.part_column(core.fields, text) is
  'The column that holds a part of a field; without a part, the field''s own.';
grant execute on function core.part_column(core.fields, text) to relata_reader;

create or replace function core.merge_rules(object_id uuid)
returns table (columns text[], leads text[], is_key boolean, unites jsonb, max_values int)
language sql stable
begin atomic
  with parts as (
    select f as field, f.id, n, c.spec, c.spec ->> 'part' as part, t.settings
    from core.fields f
    join core.field_types t on t.name = f.type
    cross join jsonb_array_elements(t.columns) with ordinality c (spec, n)
    where f.object_id = merge_rules.object_id and f.column_name is not null and not f.is_system
      and f.type <> 'RELATION' and not f.settings ?| '{formula,rollup}'
  )
  -- A value, with the parts that mean nothing without it (an amount and its currency).
  select array_agg(core.part_column(p.field, p.part) order by p.n),
         array_agg(core.part_column(p.field, p.part)) filter (where not p.spec ? 'goesWith'),
         false, null::jsonb, null::int
  from parts p where not p.spec ? 'unites'
  group by p.id, coalesce(p.spec ->> 'goesWith', p.part)
  union all
  -- A list, and the value beside it that is the first of the list (primaryEmail).
  select array[core.part_column(p.field, p.part)], null, false,
         p.spec -> 'unites' || case jsonb_typeof(p.spec #> '{unites,of}')
           when 'string' then jsonb_build_object('of', core.part_column(p.field, p.spec #>> '{unites,of}'))
           when 'object' then jsonb_build_object('of', (
             select jsonb_object_agg(k, core.part_column(p.field, v)) from jsonb_each_text(p.spec #> '{unites,of}') x (k, v)))
           else '{}' end,
         coalesce(((p.field).settings ->> 'maxNumberOfValues')::int, (p.settings #>> '{maxNumberOfValues,default}')::int)
           - (p.spec -> 'unites' ? 'of')::int
  from parts p where p.spec ? 'unites'
  union all
  -- The keys of a relation, of which a morph field has several and sets one.
  select array_agg(r.column_name), array_agg(r.column_name), true, null, null
  from core.relations r
  where r.from_object_id = merge_rules.object_id and r.column_name is not null
  group by r.from_field_id;
end;

comment on function core.merge_rules(uuid) is
  'How records of an object are merged: columns that are taken from one record together, by the first of their `leads` that is not empty; and lists that are united.';
grant execute on function core.merge_rules(uuid) to relata_writer;

create or replace function core.is_filled(value_ jsonb) returns boolean
language sql immutable
return coalesce(value_, 'null') not in ('null', '""', '[]', '{}');

comment on function core.is_filled(jsonb) is
  'Whether a value says something: zero and false do, an empty text or list does not.';
grant execute on function core.is_filled(jsonb) to relata_writer;

create or replace function core.first_of_list(row_ jsonb, of_ jsonb) returns jsonb
language sql immutable
return case jsonb_typeof(of_)
  when 'string' then row_ -> (of_ #>> '{}')
  when 'object' then (select jsonb_object_agg(k, row_ -> v) from jsonb_each_text(of_) x (k, v))
end;

comment on function core.first_of_list(jsonb, jsonb) is
  'The value that stands beside a list (primaryEmail), in the form of the list''s own.';
grant execute on function core.first_of_list(jsonb, jsonb) to relata_writer;

create or replace function core.united_list(rows_ jsonb[], values_ jsonb, column_name text, unites jsonb, max_values int) returns jsonb
language sql immutable
return (
  with listed as (
    -- What stood beside the lists of the others is kept in the list.
    select core.first_of_list(r, unites -> 'of') as e, n, 0::bigint as m
    from unnest(rows_) with ordinality x (r, n) where unites ? 'of'
    union all
    select e, n, m
    from unnest(rows_) with ordinality x (r, n),
         jsonb_array_elements(case jsonb_typeof(r -> column_name) when 'array' then r -> column_name else '[]' end) with ordinality y (e, m)
  ), keyed as (
    select e, n, m, case when unites ? 'key' then e -> (unites ->> 'key') else e end as k from listed
  ), firsts as (
    select distinct on (k) e, n, m from keyed
    where core.is_filled(k)
      and k is distinct from case when unites ? 'key'
        then core.first_of_list(values_, unites -> 'of') -> (unites ->> 'key') else core.first_of_list(values_, unites -> 'of') end
    order by k, n, m
  )
  select coalesce(jsonb_agg(e order by n, m), rows_[1] -> column_name)
  from (select * from firsts order by n, m limit max_values) x
);

comment on function core.united_list(jsonb[], jsonb, text, jsonb, int) is
  'The lists of several records as one, each value once, in their order; at most as many as the field takes.';
grant execute on function core.united_list(jsonb[], jsonb, text, jsonb, int) to relata_writer;

create or replace function core.merged_values(object_id uuid, rows_ jsonb[]) returns jsonb
language plpgsql stable
as $$
declare
  _ids text[] := (select array_agg(r ->> 'id') from unnest(rows_) r);
  _values jsonb := rows_[1];
  _rule record;
  _row jsonb;
begin
  -- Lists come last: what stands beside them has been chosen then.
  for _rule in select * from core.merge_rules(merged_values.object_id) r order by r.unites is not null loop
    if _rule.unites is not null then
      _values := _values || jsonb_build_object(_rule.columns[1],
        core.united_list(rows_, _values, _rule.columns[1], _rule.unites, _rule.max_values));
      continue;
    end if;
    select r into _row from unnest(rows_) with ordinality x (r, n)
      -- Nothing belongs to itself: a key from one of these to another leads nowhere now.
      where exists (select from unnest(_rule.leads) c where core.is_filled(r -> c) and not (_rule.is_key and r ->> c = any (_ids)))
      order by n limit 1;
    if found or _rule.is_key then
      _values := _values || (select jsonb_object_agg(c, coalesce(_row -> c, 'null')) from unnest(_rule.columns) c);
    end if;
  end loop;
  return _values;
end
$$;

comment on function core.merged_values(uuid, jsonb[]) is
  'The columns of records, the preferred one first, as the one record that they become.';
grant execute on function core.merged_values(uuid, jsonb[]) to relata_writer;
