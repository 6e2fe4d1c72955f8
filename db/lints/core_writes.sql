-- Metadata is written by functions, which keep the tables in step; never directly.
-- Views have no tables to keep in step: members write them, column by column.
--
-- Level: error
-- Mend: revoke insert, update, delete on core.… from …
with written as (
  select c.oid, c.relname ~ '^view(s|_.+)$' as is_view
  from pg_class c
  where c.relnamespace = 'core'::regnamespace and c.relkind in ('r', 'p', 'v')
)
select format('%s may write %s', r.rolname, w.oid::regclass) as fault
from written w
cross join pg_roles r
where r.rolname in ('relata_anonymous', 'relata_reader', 'relata_writer', 'relata_guest', 'relata_member', 'relata_admin', 'relata_limited_1', 'relata_server', 'relata_worker')
  and not (w.is_view and r.rolname in ('relata_writer', 'relata_member', 'relata_admin', 'relata_limited_1'))
  and (has_table_privilege(r.oid, w.oid, 'insert, update, delete, truncate, references, trigger')
    or has_any_column_privilege(r.oid, w.oid, 'insert, update, references'))
union all
select format('%s may write all of %s, or change the table', r.rolname, w.oid::regclass)
from written w
cross join pg_roles r
where w.is_view and r.rolname in ('relata_writer', 'relata_member', 'relata_admin', 'relata_limited_1')
  and has_table_privilege(r.oid, w.oid, 'insert, update, truncate, references, trigger')
union all
-- Whose a view is, and when it was made, is Relata's to say.
select format('members may write %s.%I', w.oid::regclass, a.attname)
from written w
join pg_attribute a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
where w.is_view
  and (a.attname in ('workspace_id', 'creator_id', 'created_at', 'updated_at')
      and has_column_privilege('relata_admin', w.oid, a.attnum, 'insert, update')
    or a.attname in ('id', 'view_id', 'object_id', 'key') and has_column_privilege('relata_admin', w.oid, a.attnum, 'update')
    or a.attname = 'deleted_at' and has_column_privilege('relata_admin', w.oid, a.attnum, 'insert'));
