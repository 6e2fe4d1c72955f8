/** Forgets mails that were done with thirty days ago, and what /mailbox has kept for a week. Safe to repeat. */
import type { Task } from "graphile-worker";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      purge_mails: Record<string, never>;
    }
  }
}

const purgeMails: Task<"purge_mails"> = async (_payload, { query, logger }) => {
  const { rows } = await query<{ mails: string; kept: string }>("select authz.purge_mails() as mails, authz.purge_mailbox() as kept");
  logger.info(`${rows[0]?.mails} mails and ${rows[0]?.kept} of the mailbox were forgotten`);
};

export default purgeMails;
