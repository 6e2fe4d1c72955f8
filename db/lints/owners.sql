-- Everything belongs to relata_owner, whom row security binds.
--
-- Level: error
-- Mend: alter … owner to relata_owner
select format('%s belongs to %s', n.nspname, n.nspowner::regrole) as fault
from pg_namespace n
where (n.nspname in ('core', 'authz', 'private') or n.nspname like 'workspace\_%')
  and n.nspowner <> 'relata_owner'::regrole
union all
select format('%s belongs to %s', c.oid::regclass, c.relowner::regrole)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where (n.nspname in ('core', 'authz', 'private') or n.nspname like 'workspace\_%')
  and c.relowner <> 'relata_owner'::regrole
union all
select format('%s belongs to %s', p.oid::regprocedure, p.proowner::regrole)
from pg_proc p
where p.pronamespace in ('core'::regnamespace, 'authz'::regnamespace, 'private'::regnamespace)
  and p.proowner <> 'relata_owner'::regrole;
