-- A guest reads records, a member writes their columns and destroys what policies let
-- him; nobody but the owner touches the table itself.
--
-- Level: error
-- Mend: revoke … on … from …: the grants are those of db/private/build_policies.sql
with records as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname like 'workspace\_%'
)
select format('%s may change the table %s', r.rolname, t.oid::regclass) as fault
from records t
cross join pg_roles r
where r.rolname in ('relata_anonymous', 'relata_reader', 'relata_writer', 'relata_guest', 'relata_member', 'relata_admin', 'relata_limited_1', 'relata_server', 'relata_worker')
  and has_table_privilege(r.oid, t.oid, 'truncate, references, trigger')
union all
select format('%s may write %s', r.rolname, t.oid::regclass)
from records t
cross join pg_roles r
where r.rolname in ('relata_anonymous', 'relata_guest', 'relata_server', 'relata_worker')
  and (has_any_column_privilege(r.oid, t.oid, 'insert, update') or has_table_privilege(r.oid, t.oid, 'delete'))
union all
select format('%s may read %s', r.rolname, t.oid::regclass)
from records t
cross join pg_roles r
where r.rolname in ('relata_anonymous', 'relata_server', 'relata_worker')
  and has_any_column_privilege(r.oid, t.oid, 'select');
