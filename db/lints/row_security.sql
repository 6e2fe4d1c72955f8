-- A tenant table without row security, or whose owner is free of it, shows every
-- workspace to whoever forgets a where.
--
-- Level: error
-- Mend: alter table … enable row level security, force row level security
select format('%s: row security is not %s', c.oid::regclass,
              case when c.relrowsecurity then 'forced' else 'enabled' end) as fault
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and (n.nspname like 'workspace\_%'
    or n.nspname = 'core'
      and (c.relname in ('workspaces', 'users')
        or exists (select from pg_attribute a
                   where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped)))
  and not (c.relrowsecurity and c.relforcerowsecurity);
