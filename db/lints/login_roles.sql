-- The roles that log in own nothing and are nothing: all they can do is become a
-- request role. No role of ours is above the rules.
--
-- Level: error
-- Mend: alter role … nosuperuser nobypassrls nocreaterole nocreatedb noinherit; revoke … from …; alter … owner to relata_owner
select format('%s is a superuser, passes by row security, or may make roles or databases', rolname) as fault
from pg_roles
where rolname like 'relata\_%'
  and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
union all
select format('%s inherits what it may become', rolname)
from pg_roles
where rolname like 'relata\_%' and rolcanlogin and rolinherit
union all
select format('%s can log in', rolname)
from pg_roles
where rolname like 'relata\_%' and rolname not in ('relata_server', 'relata_worker') and rolcanlogin
union all
select format('%s owns %s', d.refobjid::regrole, pg_describe_object(d.classid, d.objid, d.objsubid))
from pg_shdepend d
cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) o
where d.deptype = 'o'
  and d.refobjid in ('relata_server'::regrole, 'relata_worker'::regrole)
  and d.dbid = (select oid from pg_database where datname = current_database())
  and (coalesce(o.schema, o.name) in ('core', 'authz', 'private') or coalesce(o.schema, o.name) like 'workspace\_%')
union all
select format('%s may become %s', m.member::regrole, m.roleid::regrole)
from pg_auth_members m
where m.member in ('relata_server'::regrole, 'relata_worker'::regrole)
  and (m.admin_option or m.member = 'relata_worker'::regrole
    or m.roleid::regrole::text !~ '^relata_(anonymous|guest|member|admin|limited_\d+)$');
