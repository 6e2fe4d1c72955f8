/**
 * Looks each minute for mails whose worker has died while it sent them, and adds the
 * job again: the queue would wait four hours. Safe to repeat: what somebody is sending
 * is locked, and what was sent is not sent again.
 */
import type { TaskHelpers } from "../src/worker.ts";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      resume_mails: Record<string, never>;
    }
  }
}

const ORPHANS = `
  select split_part(key, '.', 2) as id, key
  from graphile_worker.jobs
  where task_identifier = 'send_email' and locked_at < now() - interval '10 seconds'
    and not exists (
      select from pg_locks l
      where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
        and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('relata.mail.' || split_part(key, '.', 2), 0))`;

async function resumeMails(_payload: unknown, { query, addJob, logger }: TaskHelpers): Promise<void> {
  const { rows } = await query<{ id: string; key: string }>(ORPHANS);
  for (const { id, key } of rows) {
    logger.warn(`Nobody is sending mail ${id} any more; it begins again`);
    await addJob("send_email", { mailId: id }, { jobKey: key });
  }
}

export default resumeMails;
