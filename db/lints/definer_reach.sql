-- What runs as the owner is for the login roles; requests reach it through core only,
-- where each function asks for a permission first.
--
-- Level: error
-- Mend: revoke execute on function … from …; a function of core asks authz.require_permission first
select format('%s can call %s', r.rolname, p.oid::regprocedure) as fault
from pg_proc p
cross join pg_roles r
where p.pronamespace = 'authz'::regnamespace
  and p.prosecdef
  and r.rolname in ('relata_anonymous', 'relata_reader', 'relata_writer', 'relata_guest', 'relata_member', 'relata_admin', 'relata_limited_1')
  and has_function_privilege(r.oid, p.oid, 'execute')
union all
select format('%s changes things and asks for no permission', p.oid::regprocedure)
from pg_proc p
where p.pronamespace = 'core'::regnamespace
  and p.prosecdef
  and p.prosrc !~ 'authz\.require_(permission|self|own_sign_in|owner|server_admin)\(';
