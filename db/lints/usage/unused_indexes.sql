-- An index that nothing has read, of a large table that is read all the time: each write pays
-- for it. As far back as the statistics go, and on this server: a standby counts for itself.
-- What Relata puts on every table is left out.
--
-- Level: note
select format('%s, %s, of %s', i.indexrelid::regclass, pg_size_pretty(pg_relation_size(i.indexrelid)), i.indrelid::regclass) as fault,
       coalesce(format('deleteOneIndex(id: "%s") on /metadata', x.id), format('drop index concurrently %s', i.indexrelid::regclass)) as mend
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_class index on index.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_stat_all_tables t on t.relid = i.indrelid
join pg_stat_all_indexes s on s.indexrelid = i.indexrelid
left join core.workspaces w on w.schema_name = n.nspname
left join core.indexes x on x.workspace_id = w.id and x.name = index.relname
where n.nspname like 'workspace\_%'
  and c.reltuples >= 10000
  and coalesce(t.seq_scan, 0) + coalesce(t.idx_scan, 0) >= 1000
  and s.idx_scan = 0
  and i.indisvalid and not i.indisunique and not i.indisprimary
  and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0]
                  and (a.attname in ('created_at', 'position') and i.indnatts = 2 or a.attname = 'search_vector'))
  and coalesce(pg_get_expr(i.indexprs, i.indrelid), '') not like 'authz.search\_text(%'
  and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.conkey[1] = i.indkey[0]);
