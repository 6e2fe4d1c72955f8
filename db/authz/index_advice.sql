-- Which index would have spared a statement its reading: asked with a plan of
-- EXPLAIN (ANALYZE, FORMAT JSON), answered as a change of the data model. As the
-- caller, who sees the plan anyway. src/graphql/explain.ts asks it.

create or replace function authz.scans_in(plan jsonb, least_rows int)
returns table (relation regclass, alias text, filter text, rows_read numeric, rows_kept numeric, sort_keys text[])
language sql stable
begin atomic
  with recursive nodes (node) as (
    select plan
    union all
    select child from nodes, jsonb_array_elements(node -> 'Plans') child
  ), scans as (
    select to_regclass(quote_ident(n.node ->> 'Relation Name')) as relation, n.node ->> 'Alias' as alias,
           -- Without its texts, which may hold anything.
           regexp_replace(coalesce(n.node ->> 'Filter', ''), '''(?:[^'']|'''')*''', '''''', 'g') as filter,
           (n.node ->> 'Actual Loops')::numeric * (n.node ->> 'Actual Rows')::numeric as kept,
           (n.node ->> 'Actual Loops')::numeric * coalesce((n.node ->> 'Rows Removed by Filter')::numeric, 0) as removed,
           n.node ->> 'Node Type' = 'Seq Scan' as is_whole
    from nodes n where n.node ? 'Relation Name'
  )
  select s.relation, s.alias, s.filter, s.kept + s.removed, s.kept,
         array(select k from nodes n, jsonb_array_elements_text(n.node -> 'Sort Key') k)
  from scans s
  where s.relation is not null and case when s.is_whole then s.kept + s.removed else s.removed end >= least_rows;
end;

comment on function authz.scans_in(jsonb, int) is
  'The tables that a plan reads many rows of, whole or to throw them away, with what it looks for and sorts by.';
grant execute on function authz.scans_in(jsonb, int) to relata_admin;

-- A column in a filter or a sort key, as EXPLAIN writes them.
create or replace function authz.column_pattern(alias text, column_name text) returns text
language sql immutable
return format('(?:^|[^\w.])(?:"?%s"?\.)?"?%s"?\)?(?:::[a-z ]+)?',
  regexp_replace(alias, '(\W)', '\\\1', 'g'), regexp_replace(column_name, '(\W)', '\\\1', 'g'));

comment on function authz.column_pattern(text, text) is
  'How a column stands in what EXPLAIN tells of a table.';
grant execute on function authz.column_pattern(text, text) to relata_admin;

create or replace function authz.index_advice(plan jsonb, least_rows int default 2000) returns jsonb
language sql stable
begin atomic
  with columns as (
    select s.*, a.attname::text as name,
           case
             when s.filter ~ (p.pattern || ' = ') then 1
             when s.filter ~ (p.pattern || ' [<>]=? ') then 3
             when s.sort_keys[1] ~ (p.pattern || '(?: |$)') then 2
             when s.filter ~ (p.pattern || ' ~~\*? ') then 4
           end as use,
           substring(d.comment from '(?:^|\n)@field ([^\n]+)') as field,
           substring(d.comment from '(?:^|\n)@part ([^\n]+)') as part,
           substring(obj_description(s.relation) from '(?:^|\n)@singular ([^\n]+)') as object
    from authz.scans_in(plan, least_rows) s
    join pg_attribute a on a.attrelid = s.relation and a.attnum > 0 and not a.attisdropped and a.attname <> 'id'
    cross join lateral (select authz.column_pattern(s.alias, a.attname) as pattern) p
    cross join lateral (select col_description(s.relation, a.attnum) as comment) d
  ), keys as (
    -- Values that are looked for come first, then what they are sorted by; a range, or a text that is looked into, stands alone.
    select c.*, row_number() over (partition by c.alias order by c.use, c.name) as n, min(c.use) over (partition by c.alias) as best
    from columns c where c.use is not null and c.field is not null
  ), wanted as (
    select k.relation, k.rows_read, k.rows_kept, k.object, k.best = 4 as is_inside, array_agg(k.name order by k.n) as names,
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object('fieldId', f.id, 'part', k.part)) order by k.n) as fields,
           string_agg(concat_ws('.', k.field, k.part), ', ' order by k.n) as words, min(o.id::text) as object_id
    from keys k
    join core.objects o on o.workspace_id = authz.workspace_id() and o.name_singular = k.object
    join core.fields f on f.workspace_id = o.workspace_id and f.object_id = o.id and f.name = k.field
    where k.n = 1 or k.use <= 2 and k.best <= 2
    group by k.relation, k.alias, k.rows_read, k.rows_kept, k.object, k.best
  )
  select coalesce(jsonb_agg(distinct jsonb_build_object(
    'reason', format('%s records of %s were read to find %s, by %s.', w.rows_read, w.object, w.rows_kept, w.words),
    'change', jsonb_build_object('kind', 'createIndex', 'data', jsonb_build_object(
      'objectId', w.object_id, 'type', case when w.is_inside then 'GIN' else 'BTREE' end, 'fields', w.fields)))), '[]')
  from wanted w
  where not exists (
    select from pg_index x
    where x.indrelid = w.relation and x.indisvalid and x.indpred is null
      and (select c.relam from pg_class c where c.oid = x.indexrelid)
        = (select m.oid from pg_am m where m.amname = case when w.is_inside then 'gin' else 'btree' end)
      and w.names = array(
        select a.attname::text from unnest(x.indkey) with ordinality k (attnum, n)
        join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
        where k.n <= cardinality(w.names) order by k.n));
end;

comment on function authz.index_advice(jsonb, int) is
  'The indexes that a statement lacks, by its plan: a list of {reason, change}, each change as applyChanges takes it.';
grant execute on function authz.index_advice(jsonb, int) to relata_admin;
