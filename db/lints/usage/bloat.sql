-- Dead rows that no vacuum has taken away: every read of the table passes over them. An
-- estimate, by what PostgreSQL counts.
--
-- Level: warning
select format('%s: %s of %s rows are dead', s.relid::regclass, s.n_dead_tup, s.n_live_tup + s.n_dead_tup) as fault,
       format('vacuum (analyze) %s; and look for a transaction that has been open for long in pg_stat_activity', s.relid::regclass) as mend
from pg_stat_all_tables s
where (s.schemaname in ('core', 'private', 'graphile_worker') or s.schemaname like 'workspace\_%')
  and s.n_dead_tup >= 10000
  and s.n_dead_tup > 0.3 * (s.n_live_tup + s.n_dead_tup);
