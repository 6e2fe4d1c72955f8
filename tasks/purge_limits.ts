/** Forgets limits that nobody comes near any more. Safe to repeat: it deletes what says nothing. */
import type { Task } from "graphile-worker";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      purge_limits: Record<string, never>;
    }
  }
}

const purgeLimits: Task<"purge_limits"> = async (_payload, { query, logger }) => {
  const { rows } = await query<{ purged: string }>("select authz.purge_limits() as purged");
  logger.info(`${rows[0]?.purged} limits were forgotten`);
};

export default purgeLimits;
