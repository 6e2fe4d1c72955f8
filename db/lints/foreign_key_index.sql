-- A foreign key without an index that leads with its columns makes its reverse
-- relation slow, and every delete on the other side. Rows without a key may be left out.
--
-- Level: warning
-- Mend: create index concurrently on … (the columns of the key)
select format('%s (%s)', c.conrelid::regclass, c.conname) as fault
from pg_constraint c
join pg_namespace n on n.oid = c.connamespace
where c.contype = 'f'
  and (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and not exists (
    select from pg_index i
    where i.indrelid = c.conrelid
      and (i.indpred is null
        or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', (
             select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = all (c.conkey))))
      and i.indisvalid
      and (i.indkey::int2[])[0 : cardinality(c.conkey) - 1] @> c.conkey);
