/**
 * Builds an index beside those who write to its table. Safe to repeat, and to be
 * killed: what is left of an index that was not finished is dropped and built again.
 *
 * Its connection holds a lock by the index's name for as long as it lives, which is
 * how tasks/resume_indexes.ts knows that somebody is at it.
 */
import type { Client } from "pg";
import type { TaskHelpers } from "../src/worker.ts";

type Payload = { workspaceId: string; indexId: string; name: string };

declare global {
  namespace GraphileWorker {
    interface Tasks {
      build_index: Payload;
    }
  }
}

const TWICE = "It cannot be unique: there are records with the same values.";

type State = { status: "READY" | "BUILDING" | "FAILED"; name: string; qualified_name: string; is_valid: boolean | null };

async function stateOf(owner: Client, indexId: string): Promise<State | undefined> {
  return (await owner.query<State>("select * from private.index_job($1)", [indexId])).rows[0];
}

const setStatus = (owner: Client, indexId: string, status: State["status"], reason: string | null = null) =>
  owner.query("select private.set_index_status($1, $2, $3)", [indexId, status, reason]);

/** Whoever deleted the index while it was built left it to us. */
async function dropIfUnwanted(owner: Client, { workspaceId, indexId, name }: Payload): Promise<boolean> {
  if (await stateOf(owner, indexId)) return false;
  const { rows } = await owner.query<{ statement: string }>(
    "select format('drop index concurrently if exists %I.%I', schema_name, $2::text) as statement from core.workspaces where id = $1",
    [workspaceId, name],
  );
  if (rows[0]) await owner.query(rows[0].statement);
  return true;
}

async function build(owner: Client, payload: Payload): Promise<void> {
  const { indexId } = payload;
  const before = await stateOf(owner, indexId);
  if (before?.is_valid === false) await owner.query(`drop index concurrently if exists ${before.qualified_name}`);
  if (before && !before.is_valid) {
    const { rows } = await owner.query<{ statement: string }>("select private.index_statement($1) as statement", [indexId]);
    await owner.query(rows[0]!.statement);
  }
  if (!(await dropIfUnwanted(owner, payload))) await setStatus(owner, indexId, "READY");
}

async function buildIndex(payload: Payload, { withOwner, logger, job }: TaskHelpers): Promise<void> {
  await withOwner(async (owner) => {
    await owner.query("select set_config('relata.workspace_id', $1, false), pg_advisory_lock(hashtextextended($2, 0))", [
      payload.workspaceId,
      `relata.index.${payload.indexId}`,
    ]);
    try {
      await build(owner, payload);
    } catch (error) {
      const isDuplicate = (error as { code?: string }).code === "23505";
      logger.warn(`An index could not be built: ${(error as Error).message}`);
      if (!isDuplicate && job.attempts < job.max_attempts) throw error;
      const left = await stateOf(owner, payload.indexId);
      if (left?.is_valid === false) await owner.query(`drop index concurrently if exists ${left.qualified_name}`);
      if (left) await setStatus(owner, payload.indexId, "FAILED", isDuplicate ? TWICE : "The job failed too often.");
    }
  });
}

export default buildIndex;
