/**
 * Takes away what was deleted and not reopened within WORKSPACE_DELETION_GRACE: a
 * workspace's tables, its rows and secrets, and its jobs. Safe to repeat: what is
 * half gone goes on where it was.
 */
import type { Task } from "graphile-worker";
import { readConfig } from "../src/config.ts";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      /** `graceDays`: instead of the configuration's. */
      purge_workspaces: { graceDays?: number };
    }
  }
}

const DAY = 86_400;

const purgeWorkspaces: Task<"purge_workspaces"> = async (payload, { query, logger }) => {
  const days = payload?.graceDays ?? Math.ceil(readConfig().WORKSPACE_DELETION_GRACE / DAY);
  const { rows: workspaces } = await query<{ id: string }>("select authz.workspaces_to_purge($1) as id", [days]);
  let failed = 0;
  for (const { id } of workspaces) {
    try {
      const purge = () => query<{ done: boolean }>("select authz.purge_workspace($1, $2) as done", [id, days]);
      while (!(await purge()).rows[0]?.done);
      await query("delete from graphile_worker._private_jobs where locked_at is null and payload::text like '%' || $1 || '%'", [id]);
      logger.info(`Workspace ${id} was purged`);
    } catch (error) {
      failed++;
      logger.warn(`Workspace ${id} was not purged: ${(error as Error).message}`);
    }
  }
  if (failed > 0) throw new Error(`${failed} workspaces were not purged.`);
};

export default purgeWorkspaces;
