-- Two indexes of one table on the same columns: one of them is only work.
--
-- Level: warning
-- Mend: drop index concurrently …, of the two the one that Relata does not know (`relata drift` names it)
select format('%s: %s and %s', i.indrelid::regclass, i.indexrelid::regclass, j.indexrelid::regclass) as fault
from pg_index i
join pg_index j on j.indrelid = i.indrelid and j.indexrelid > i.indexrelid
  and j.indkey::text = i.indkey::text and j.indclass = i.indclass and j.indoption::text = i.indoption::text
  and pg_get_expr(j.indexprs, j.indrelid) is not distinct from pg_get_expr(i.indexprs, i.indrelid)
  and pg_get_expr(j.indpred, j.indrelid) is not distinct from pg_get_expr(i.indpred, i.indrelid)
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('core', 'private') or n.nspname like 'workspace\_%';
