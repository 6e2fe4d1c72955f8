-- A rule of rows, or a policy of the DBA's, asks for a column without an index, on a large
-- table: every list of whom it binds reads all the rows.
--
-- Level: warning
select format('%s: policy %s asks for %I', c.oid::regclass, p.polname, a.attname) as fault,
       coalesce((
         select format('createOneIndex(data: {objectId: "%s", fields: [{fieldId: "%s"}]}) on /metadata', f.object_id, f.id)
         from core.fields f
         where to_regclass(private.table_of(f.object_id)) = c.oid and f.column_name = a.attname
       ), format('create index concurrently on %s (%I)', c.oid::regclass, a.attname)) as mend
from pg_policy p
join pg_class c on c.oid = p.polrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0
join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
where n.nspname like 'workspace\_%'
  and c.reltuples >= 10000
  and p.polcmd in ('r', '*')
  and a.attname <> 'deleted_at'
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indisvalid and i.indkey[0] = a.attnum);
