-- A permissive policy says for whom it is; for everybody, it is for roles to come as well.
--
-- Level: error
-- Mend: alter policy … to relata_reader (or relata_writer)
select format('%s: policy %s is for everybody', polrelid::regclass, polname) as fault
from pg_policy
where polpermissive and 0 = any (polroles)
union all
-- The owner's policy is what lets the definer functions work; it is for him alone.
select format('%s: policy %s lets more than the owner by without a question', polrelid::regclass, polname)
from pg_policy
where polpermissive
  and pg_get_expr(coalesce(polqual, polwithcheck), polrelid) = 'true'
  and polroles <> array['relata_owner'::regrole::oid]
  and not (polrelid = 'core.workspaces'::regclass and polname = 'members' and polcmd = 'r');
