-- The metadata and the catalog say the same, in both directions, in every workspace.
-- test/db/core/kill.test.ts asks this too, after each death.
with fields as (
  select w.schema_name as s, o.table_name as t, f.*, ft.columns, ft.check_sql
  from core.fields f
  join core.objects o on o.id = f.object_id
  join core.workspaces w on w.id = f.workspace_id
  join core.field_types ft on ft.name = f.type
), tables as (
  select c.oid, n.nspname as s, c.relname as t
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname like 'workspace\_%'
), wanted (line) as (
  select 'schema ' || schema_name from core.workspaces
  union all
  select format('table %s.%s', w.schema_name, o.table_name)
  from core.objects o join core.workspaces w on w.id = o.workspace_id
  union all
  select format('column %s.%s.%s %s%s', s, t, column_name || coalesce(c ->> 'suffix', ''),
                coalesce(c -> 'variants' ->> (settings ->> 'dataType'), c ->> 'type')::regtype,
                case when not is_nullable then ' not null' end)
  from fields, jsonb_array_elements(columns) c where type <> 'RELATION'
  union all
  select format('column %s.%s.%s uuid%s', s, t, column_name, case when not is_nullable then ' not null' end)
  from fields where type = 'RELATION' and column_name is not null
  union all
  select format('check %s.%s.%s', s, t, column_name)
  from fields where check_sql is not null and not settings ? 'generatedFrom'
  union all
  select format('unique %s.%s.%s', s, t, column_name) from fields where is_unique
  union all
  select format('key %s.%s.%s to %s %s', f.s, f.t, f.column_name, g.t, r.on_delete)
  from core.relations r join fields f on f.id = r.from_field_id join fields g on g.id = r.to_field_id
  where f.object_id = r.from_object_id and g.object_id = r.to_object_id and g.column_name is null
  union all
  select format('relation of field %s', id) from core.fields where type = 'RELATION'
), found (line) as (
  select 'schema ' || nspname from pg_namespace where nspname like 'workspace\_%'
  union all
  select format('table %s.%s', s, t) from tables
  union all
  select format('column %s.%s.%s %s%s', s, t, a.attname, a.atttypid::regtype, case when a.attnotnull then ' not null' end)
  from tables join pg_attribute a on a.attrelid = tables.oid where a.attnum > 0 and not a.attisdropped
  union all
  select format('check %s.%s.%s', s, t, regexp_replace(c.conname, '_check$', ''))
  from tables join pg_constraint c on c.conrelid = tables.oid where c.contype = 'c'
  union all
  select format('unique %s.%s.%s', s, t,
                btrim(regexp_replace(pg_get_indexdef(i.indexrelid, 1, false), '^lower\((.*)\)$', '\1'), '"'))
  from tables join pg_index i on i.indrelid = tables.oid where i.indisunique and not i.indisprimary
  union all
  select format('key %s.%s.%s to %s %s', tables.s, tables.t, a.attname, target.t,
                case c.confdeltype when 'n' then 'SET_NULL' when 'c' then 'CASCADE' when 'r' then 'RESTRICT' else c.confdeltype::text end)
  from tables
  join pg_constraint c on c.conrelid = tables.oid and c.contype = 'f'
  join tables target on target.oid = c.confrelid
  join pg_attribute a on a.attrelid = tables.oid and a.attnum = c.conkey[1]
  union all
  select format('relation of field %s', unnest(array[from_field_id, to_field_id])) from core.relations
)
(select 'in the metadata only: ' || line as fault from (select line from wanted except all select line from found) x)
union all
(select 'in the catalog only: ' || line from (select line from found except all select line from wanted) y);
