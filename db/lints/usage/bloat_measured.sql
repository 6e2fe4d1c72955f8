-- Space that rows have left behind and no row has taken since, as pgstattuple measures it:
-- reads and backups carry it along.
--
-- Level: note
-- Needs: pgstattuple
select format('%s: %s of %s are empty', c.oid::regclass, pg_size_pretty(s.approx_free_space), pg_size_pretty(s.table_len)) as fault,
       format('vacuum full %s, in an hour when nobody needs it: it locks the table', c.oid::regclass) as mend
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral pgstattuple_approx(c.oid) s
where c.relkind = 'r'
  and (n.nspname in ('core', 'private', 'graphile_worker') or n.nspname like 'workspace\_%')
  and pg_relation_size(c.oid) >= 8 * 1024 * 1024
  and s.approx_free_percent >= 50;
