-- No role but the owner may do anything in the machine room, not even knowing the name.
--
-- Level: error
-- Mend: revoke all on … from …; nobody but relata_owner uses the schema private
with roles as (
  select oid, rolname from pg_roles
  where rolname in ('relata_anonymous', 'relata_reader', 'relata_writer', 'relata_guest', 'relata_member', 'relata_admin', 'relata_limited_1', 'relata_server', 'relata_worker')
)
select format('%s may use the schema private', rolname) as fault
from roles
where has_schema_privilege(oid, 'private', 'usage') or has_schema_privilege(oid, 'private', 'create')
union all
select format('%s has a privilege on %s', r.rolname, c.oid::regclass)
from roles r, pg_class c
where c.relnamespace = 'private'::regnamespace
  and (c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger')
        or has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references'))
    or c.relkind = 'S' and has_sequence_privilege(r.oid, c.oid, 'usage, select, update'))
union all
select format('%s can call %s', r.rolname, p.oid::regprocedure)
from roles r, pg_proc p
where p.pronamespace = 'private'::regnamespace
  and has_function_privilege(r.oid, p.oid, 'execute');
