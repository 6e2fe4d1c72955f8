-- What core.trash says is kept is there, and nothing else is: columns under names of
-- the trash, wherever their table is by now, and tables in the schema trash.
--
-- Level: warning
-- Mend: what is in the catalog only may be dropped, once nobody misses it; what is in core.trash only cannot be restored
with homes as (
  select o.id, to_regclass(format('%I.%I', w.schema_name, o.table_name)) as tbl
  from core.objects o join core.workspaces w on w.id = o.workspace_id
  union all
  select t.object_id, to_regclass(format('trash.%I', t.id)) from core.trash t where t.kind = 'OBJECT'
), wanted (line) as (
  select format('column %s of %s', c ->> 'trashed', h.tbl)
  from core.trash t, jsonb_array_elements(t.columns) c, homes h
  where t.kind = 'FIELD' and h.id = (c ->> 'objectId')::uuid
  union all
  select format('table trash."%s"', t.id) from core.trash t where t.kind <> 'FIELD'
  union all
  select distinct format('workspace %s', t.workspace_id) from core.trash t
), found (line) as (
  select format('column %s of %s', a.attname, a.attrelid::regclass)
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where a.attname like 'trash:%' and not a.attisdropped and c.relkind in ('r', 'p') and (n.nspname = 'trash' or n.nspname like 'workspace\_%')
  union all
  select format('table %s', c.oid::regclass) from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'trash'::regnamespace
  union all
  select format('workspace %s', w.workspace_id) from private.workspaces_with_trash w
)
(select 'in core.trash only: ' || line as fault from (select line from wanted except all select line from found) x)
union all
-- A workspace may have had trash once.
(select 'in the catalog only: ' || line from (select line from found where line not like 'workspace %' except all select line from wanted) y);
