/** Forgets sign-ins, tokens, and answers kept for an Idempotency-Key, that have expired. Safe to repeat: it deletes what is past. */
import type { Task } from "graphile-worker";

declare global {
  namespace GraphileWorker {
    interface Tasks {
      expire_sessions: Record<string, never>;
    }
  }
}

const expireSessions: Task<"expire_sessions"> = async (_payload, { query, logger }) => {
  const { rows } = await query<{ expired: string }>("select authz.expire_sessions() as expired");
  const { rows: keys } = await query<{ expired: string }>("select authz.expire_keys() as expired");
  await query("select authz.expire_tokens()");
  logger.info(`${rows[0]?.expired} sign-ins and ${keys[0]?.expired} answers expired`);
};

export default expireSessions;
