-- An upgrade of PostgreSQL brings extensions along, but leaves their functions as they were.
--
-- Level: warning
select format('%s is %s, and %s is there', e.name, e.installed_version, e.default_version) as fault,
       format('alter extension %I update', e.name) as mend
from pg_available_extensions e
where e.installed_version is not null and e.installed_version <> e.default_version;
