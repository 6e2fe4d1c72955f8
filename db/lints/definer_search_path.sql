-- A function that runs as its owner must not find a caller's objects first.
--
-- Level: error
-- Mend: alter function … set search_path = pg_catalog, pg_temp
select format('%s runs as its owner without a search_path of its own', p.oid::regprocedure) as fault
from pg_proc p
where p.pronamespace in ('core'::regnamespace, 'authz'::regnamespace, 'private'::regnamespace)
  and p.prosecdef
  and 'search_path=pg_catalog, pg_temp' <> all (coalesce(p.proconfig, '{}'));
