-- A comment is what readers of the API and of the catalog have.
--
-- Level: note
-- Mend: comment on table … is '…'; the API and the catalog show it
select format('table %s has no comment', c.oid::regclass) as fault
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm')
  and (n.nspname in ('core', 'authz', 'private') or n.nspname like 'workspace\_%')
  and coalesce(obj_description(c.oid, 'pg_class'), '') = ''
union all
select format('function %s has no comment', p.oid::regprocedure)
from pg_proc p
where p.pronamespace in ('core'::regnamespace, 'authz'::regnamespace, 'private'::regnamespace)
  and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''
union all
select format('schema %s has no comment', n.nspname)
from pg_namespace n
where n.nspname in ('core', 'authz', 'private')
  and coalesce(obj_description(n.oid, 'pg_namespace'), '') = '';
