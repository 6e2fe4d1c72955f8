-- A view reads as its owner unless told otherwise, and a materialized view has no
-- row security at all.
--
-- Level: error
-- Mend: alter view … set (security_invoker = true); a materialized view goes to a schema that no role of Relata may use
select format('%s reads past row security', c.oid::regclass) as fault
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm')
  and (n.nspname in ('core', 'authz', 'private') or n.nspname like 'workspace\_%')
  and not exists (select from pg_options_to_table(c.reloptions) o
                  where o.option_name = 'security_invoker' and o.option_value in ('true', 'on', '1', 'yes'));
