-- Every table has a primary key; an id is a UUIDv7 unless somebody says otherwise.
--
-- Level: warning
-- Mend: alter table … add primary key (id); alter column id set default authz.uuid_v7()
select format('%s has no primary key', c.oid::regclass) as fault
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
union all
select format('%s.id does not default to a UUIDv7', c.oid::regclass)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'p')
  and (n.nspname in ('core', 'private') or n.nspname like 'workspace\_%')
  and (a.atttypid <> 'uuid'::regtype or pg_get_expr(d.adbin, d.adrelid) is distinct from 'authz.uuid_v7()');
