-- Metadata is written by functions, which keep the tables in step; never directly.
select format('%s may write %s', r.rolname, c.oid::regclass) as fault
from pg_class c
cross join pg_roles r
where c.relnamespace = 'core'::regnamespace
  and c.relkind in ('r', 'p', 'v')
  and r.rolname in ('relata_anonymous', 'relata_guest', 'relata_member', 'relata_admin', 'relata_server', 'relata_worker')
  and (has_table_privilege(r.oid, c.oid, 'insert, update, delete, truncate, references, trigger')
    or has_any_column_privilege(r.oid, c.oid, 'insert, update, references'));
