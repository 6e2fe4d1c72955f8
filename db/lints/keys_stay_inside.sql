-- No key and no index reaches from one workspace into another, or out of it.
--
-- Level: error
-- Mend: alter table … drop constraint …; a key of core takes workspace_id along
select format('%s (%s) points at %s', c.conrelid::regclass, c.conname, c.confrelid::regclass) as fault
from pg_constraint c
join pg_class source on source.oid = c.conrelid
join pg_class target on target.oid = c.confrelid
join pg_namespace n on n.oid = source.relnamespace
join pg_namespace m on m.oid = target.relnamespace
where c.contype = 'f'
  and source.relnamespace <> target.relnamespace
  and (n.nspname like 'workspace\_%' or m.nspname like 'workspace\_%')
union all
-- In core a key between two rows of workspaces takes the workspace along.
select format('%s (%s) forgets the workspace', c.conrelid::regclass, c.conname)
from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attname = 'workspace_id' and not a.attisdropped
join pg_attribute b on b.attrelid = c.confrelid and b.attname = 'workspace_id' and not b.attisdropped
where c.contype = 'f'
  and c.connamespace = 'core'::regnamespace
  and not (a.attnum = any (c.conkey) and b.attnum = any (c.confkey));
