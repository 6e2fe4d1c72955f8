-- Who wrote a record, when, and what search looks through is Relata's to say; an id
-- and a date of creation are given once; nothing is created deleted.
--
-- Level: error
-- Mend: revoke insert (…), update (…) on … from relata_writer, relata_member, relata_admin
select format('members may write %s.%I', a.attrelid::regclass, a.attname) as fault
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and n.nspname like 'workspace\_%'
  and not a.attisdropped
  and (a.attname ~ '^(created|updated)_by_|^updated_at$|^search_vector$|^deleted_at$'
      and a.attname <> 'deleted_at'
      and has_column_privilege('relata_admin', c.oid, a.attnum, 'insert, update')
    or a.attname in ('id', 'created_at') and has_column_privilege('relata_admin', c.oid, a.attnum, 'update')
    or a.attname = 'deleted_at' and has_column_privilege('relata_admin', c.oid, a.attnum, 'insert'));
