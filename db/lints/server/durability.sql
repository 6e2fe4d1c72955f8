-- With these off a crash of the machine loses what was acknowledged, or the whole database.
--
-- Level: error
select format('%s is off', s.name) as fault,
       format('alter system set %I = on; select pg_reload_conf()', s.name) as mend
from pg_settings s
where s.name in ('fsync', 'full_page_writes', 'synchronous_commit') and s.setting = 'off';
