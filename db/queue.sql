-- The queue's door for the database's own functions: relata_owner adds jobs within
-- the transactions that need them. Run by src/migrate.ts as relata_worker, who owns
-- the queue, after the queue's own migrations; may be run again at any time.

create or replace function graphile_worker.queue_job(identifier text, payload json, job_key text) returns void
language sql
security definer set search_path = pg_catalog, pg_temp
as $$
  select graphile_worker.add_job(identifier, payload, job_key => job_key);
$$;

comment on function graphile_worker.queue_job(text, json, text) is
  'Adds a job, once for each key. For relata_owner.';

revoke execute on function graphile_worker.queue_job(text, json, text) from public;
grant usage on schema graphile_worker to relata_owner;
grant execute on function graphile_worker.queue_job(text, json, text) to relata_owner;
