/**
 * Drops what has been in the trash for longer than its workspace keeps it. A
 * workspace is a transaction; what is in use stays until the next day. Safe to repeat.
 */
import type { Task } from "graphile-worker";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      purge_trash: Record<string, never>;
    }
  }
}

type Purged = { purged: number; busy: number };

const purgeTrash: Task<"purge_trash"> = async (_payload, { query, logger }) => {
  const { rows: workspaces } = await query<{ id: string }>("select authz.workspaces_with_trash() as id");
  let failed = 0;
  for (const { id } of workspaces) {
    try {
      const { rows } = await query<Purged>("select purged, busy from authz.purge_trash($1)", [id]);
      logger.info(`${rows[0]?.purged} changes of workspace ${id} were purged, ${rows[0]?.busy} are in use`);
    } catch (error) {
      // Somebody changes that data model at this moment; the others must not wait for him.
      failed++;
      logger.warn(`The trash of workspace ${id} was not purged: ${(error as Error).message}`);
    }
  }
  if (failed > 0) throw new Error(`The trash of ${failed} workspaces was not purged.`);
};

export default purgeTrash;
