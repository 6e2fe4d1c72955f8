-- The schema public is nobody's place: nothing of ours is there, and nobody may put anything there.
--
-- Level: warning
-- Mend: alter … set schema extensions (or drop it); revoke create on schema public from …
select format('%s is in public', c.oid::regclass) as fault
from pg_class c where c.relnamespace = 'public'::regnamespace
union all
select format('%s is in public', p.oid::regprocedure)
from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select format('%s may create in public', r.rolname)
from pg_roles r
where r.rolname like 'relata\_%' and has_schema_privilege(r.oid, 'public', 'create');
