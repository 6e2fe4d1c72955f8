-- What is leakproof may look at a row before a policy has let it through. PostgreSQL's own
-- operators are known not to tell of it (decision 0009); a function of somebody's is not.
--
-- Level: error
-- Mend: alter function … not leakproof
select format('%s sees rows before policies do', p.oid::regprocedure) as fault
from pg_proc p
where p.proleakproof
  and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  -- db/leakproof.sql says it of this one, whose body is in front of everybody.
  and p.oid <> 'authz.search_text(text[])'::regprocedure
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e');
