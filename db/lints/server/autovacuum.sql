-- Without autovacuum tables swell, plans are made by old statistics, and one day PostgreSQL stops
-- to save its transaction ids.
--
-- Level: error
select format('%s is off', s.name) as fault,
       format('alter system set %I = on; select pg_reload_conf()', s.name) as mend
from pg_settings s
where s.name in ('autovacuum', 'track_counts') and s.setting = 'off'
union all
select format('%s has autovacuum switched off', c.oid::regclass), format('alter table %s reset (autovacuum_enabled)', c.oid::regclass)
from pg_class c
where exists (select from pg_options_to_table(c.reloptions) o
              where o.option_name = 'autovacuum_enabled' and o.option_value in ('false', 'off', '0', 'no'));
