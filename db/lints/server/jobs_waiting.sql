-- Jobs that wait past their time say that no worker runs, or that it cannot keep up.
--
-- Level: warning
-- Mend: npm run worker (or another one); its log says what it does
select format('%s jobs wait since %s', count(*), to_char(min(j.run_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')) as fault
from graphile_worker.jobs j
where j.run_at < now() - interval '5 minutes' and j.locked_at is null and j.attempts < j.max_attempts
having count(*) > 0;
