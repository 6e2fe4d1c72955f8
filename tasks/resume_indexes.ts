/**
 * Looks each minute for what was left to a job whose worker has died, and adds the job
 * again: the queue would wait four hours for a worker that was killed. Safe to repeat:
 * what somebody works on is locked, and a job is there once by its key.
 */
import type { TaskHelpers } from "../src/worker.ts";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      resume_indexes: Record<string, never>;
    }
  }
}

type Identifier = "build_index" | "finish_build";
type Orphan = { identifier: Identifier; key: string };

/** What the jobs lock is the third or the fourth part of their keys. */
const ORPHANS = `
  select task_identifier as identifier, key
  from graphile_worker.jobs
  where task_identifier in ('build_index', 'finish_build') and locked_at < now() - interval '10 seconds'
    and not exists (
      select from pg_locks l
      where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
        and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(case task_identifier
          when 'build_index' then 'relata.index.' || split_part(key, '.', 3)
          else 'relata.build.' || split_part(key, '.', 4) end, 0))`;

/** The key holds what the payload does: build_index.<workspace>.<index>.<name>, finish_build.<workspace>.<kind>.<id>. */
const PAYLOADS: Record<Identifier, (parts: string[]) => object> = {
  build_index: ([, workspaceId, indexId, ...name]) => ({ workspaceId, indexId, name: name.join(".") }),
  finish_build: ([, workspaceId, kind, id]) => ({ workspaceId, kind, id }),
};

async function resumeIndexes(_payload: unknown, { query, addJob, logger }: TaskHelpers): Promise<void> {
  const { rows } = await query<Orphan>(ORPHANS);
  for (const { identifier, key } of rows) {
    logger.warn(`Nobody works on ${key} any more; it begins again`);
    await addJob(identifier, PAYLOADS[identifier](key.split(".")) as never, { jobKey: key });
  }
}

export default resumeIndexes;
