-- A large table that is read whole again and again, as PostgreSQL's statistics count it: some
-- filter has no index. They do not say which.
--
-- Level: note
-- Mend: send the slow query with `extensions: {explain: true}`: the answer says which index it wants
select format('%s: read whole %s times, %s rows each time', s.relid::regclass, s.seq_scan, s.seq_tup_read / s.seq_scan) as fault
from pg_stat_all_tables s
join pg_class c on c.oid = s.relid
where s.schemaname like 'workspace\_%'
  and c.reltuples >= 10000
  and s.seq_scan >= 100
  -- An analyze and a count now and then read it as well.
  and s.seq_tup_read / s.seq_scan >= 0.5 * c.reltuples;
