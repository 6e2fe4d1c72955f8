/**
 * Looks each minute for indexes whose builder has died, and adds their jobs again:
 * the queue would wait four hours for a worker that was killed. Safe to repeat: an
 * index that somebody builds is locked, and a job is there once by its key.
 */
import type { TaskHelpers } from "../src/worker.ts";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      resume_indexes: Record<string, never>;
    }
  }
}

/** The key holds what the payload does: build_index.<workspace>.<index>.<name>. */
const ORPHANS = `
  select key, split_part(key, '.', 2) as "workspaceId", split_part(key, '.', 3) as "indexId", split_part(key, '.', 4) as name
  from graphile_worker.jobs
  where task_identifier = 'build_index' and locked_at < now() - interval '10 seconds'
    and not exists (
      select from pg_locks l
      where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
        and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('relata.index.' || split_part(key, '.', 3), 0))`;

async function resumeIndexes(_payload: unknown, { query, addJob, logger }: TaskHelpers): Promise<void> {
  const { rows } = await query<{ key: string; workspaceId: string; indexId: string; name: string }>(ORPHANS);
  for (const { key, ...payload } of rows) {
    logger.warn(`Nobody builds the index ${payload.name} any more; it is built again`);
    await addJob("build_index", payload, { jobKey: key });
  }
}

export default resumeIndexes;
