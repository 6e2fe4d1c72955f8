-- A job that has failed as often as it may is not tried again: a mail was not sent, an index was not built.
--
-- Level: error
select format('%s × %s, last: %s', count(*), j.task_identifier, left((array_agg(j.last_error order by j.updated_at desc))[1], 200)) as fault,
       format('select graphile_worker.reschedule_jobs(array(select id from graphile_worker.jobs where task_identifier = %L and attempts >= max_attempts), run_at => now(), attempts => 0), once the reason is mended', j.task_identifier) as mend
from graphile_worker.jobs j
where j.attempts >= j.max_attempts and j.locked_at is null
group by j.task_identifier;
