-- Of a table without statistics the planner guesses, and guesses wrong.
--
-- Level: warning
select format('%s has about %s rows and no statistics', c.oid::regclass, s.n_live_tup) as fault,
       format('analyze %s; autovacuum does it by itself where it runs', c.oid::regclass) as mend
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid and c.relkind = 'r'
where (s.schemaname in ('core', 'private') or s.schemaname like 'workspace\_%')
  and (s.n_live_tup >= 10000 or pg_relation_size(c.oid) >= 8 * 1024 * 1024)
  and not exists (select from pg_statistic x where x.starelid = c.oid);
