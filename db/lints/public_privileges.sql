-- What is not granted by name is granted to nobody.
--
-- Level: error
-- Mend: revoke all on … from public
with ours as (
  select oid, nspname, nspacl, nspowner from pg_namespace
  where nspname in ('core', 'authz', 'private') or nspname like 'workspace\_%'
), acls (what, acl) as (
  select 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)) from ours
  union all
  select 'function ' || p.oid::regprocedure, coalesce(p.proacl, acldefault('f', p.proowner))
  from pg_proc p join ours on ours.oid = p.pronamespace
  union all
  select 'table ' || c.oid::regclass, coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
  from pg_class c join ours on ours.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  union all
  select format('column %s.%I', a.attrelid::regclass, a.attname), a.attacl
  from pg_attribute a join pg_class c on c.oid = a.attrelid join ours on ours.oid = c.relnamespace
  where a.attacl is not null
)
select format('%s: everybody has %s', what, x.privilege_type) as fault
from acls, aclexplode(acl) x
where x.grantee = 0;
