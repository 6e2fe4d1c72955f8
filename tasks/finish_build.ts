/**
 * Does what a change of the data model left to do on a large table, beside those who
 * read and write it: fills columns, validates checks and keys, builds indexes. What is
 * next is read from the database each time (db/private/build_steps.sql), so it is safe
 * to repeat, and to be killed.
 *
 * Its connection holds a lock by what it builds for as long as it lives, which is how
 * tasks/resume_indexes.ts knows that somebody is at it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { type Patience, whenFree } from "../src/whenFree.ts";
import type { TaskHelpers } from "../src/worker.ts";

type Payload = { workspaceId: string; kind: "FIELD" | "RULE"; id: string };

declare global {
  namespace GraphileWorker {
    interface Tasks {
      finish_build: Payload;
    }
  }
}

type Next = { step: string | null; statements: string[] | null; token: string | null };
type DatabaseError = Error & { code?: string; table?: string };

const PAUSE_MS = 100;
/** Somebody holds the table for a moment, or has just renamed what the statement names. */
const IS_PASSING = /^(55P03|40P01|40001|42P01|42703|42704|42P07)$/;
/** Records are in the way: values that do not fit, are missing or are there twice, or break a rule. */
const IS_OF_DATA = /^(22...|23...|54000|RULED)$/;
const pauseMs = () => PAUSE_MS * (0.5 + Math.random());
/** A minute, as nobody waits for it. */
const LONG: Patience = { passing: IS_PASSING, attempts: 600, pauseMs };

/** Asked for again and again: who waits within a statement would hold up the index that the other one builds. */
async function lock(owner: Client, { workspaceId, id }: Payload): Promise<void> {
  await owner.query("select set_config('relata.workspace_id', $1, false)", [workspaceId]);
  for (;;) {
    const { rows } = await owner.query<{ isMine: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as "isMine"', [
      `relata.build.${id}`,
    ]);
    if (rows[0]!.isMine) return;
    await sleep(PAUSE_MS);
  }
}

/** Goes over all records, and again over those that somebody held. */
async function fill(owner: Client, id: string): Promise<void> {
  for (let waiting = 1; waiting > 0; ) {
    waiting = 0;
    for (let last: string | null = null, isFirst = true; isFirst || last; isFirst = false) {
      const batch: { last: string | null; skipped: number | null } = await whenFree(
        async () => (await owner.query("select last, skipped from private.fill_batch($1, $2)", [id, last])).rows[0],
        LONG,
      );
      last = batch.last;
      waiting += batch.skipped ?? 0;
    }
    if (waiting > 0) await sleep(PAUSE_MS);
  }
}

async function run(owner: Client, { kind, id }: Payload, { step, statements, token }: Next): Promise<void> {
  if (step === "FILL") await fill(owner, id);
  // Records of the past are nobody's change (private.tg__record_updated).
  if (step === "KEYS") await owner.query("select set_config('relata.keeping', 'on', false)");
  for (const statement of statements ?? []) await owner.query(statement);
  if (!statements) await owner.query("select private.end_build_step($1, $2, $3, $4)", [kind, id, step, token]);
}

async function giveUp(owner: Client, { kind, id }: Payload, step: string, reason: string): Promise<void> {
  await whenFree(() => owner.query("select private.fail_build($1, $2, $3, $4)", [kind, id, step, reason]), LONG);
}

async function finishBuild(payload: Payload, { withOwner, logger, job }: TaskHelpers): Promise<void> {
  const { kind, id } = payload;
  await withOwner(async (owner) => {
    await lock(owner, payload);
    const next = () =>
      whenFree(async () => (await owner.query<Next>("select * from private.next_build($1, $2)", [kind, id])).rows[0]!, LONG);
    for (let todo = await next(); todo.step; todo = await next()) {
      try {
        await run(owner, payload, todo);
      } catch (thrown) {
        const error = thrown as DatabaseError;
        const isOfData = IS_OF_DATA.test(error.code ?? "");
        if (IS_PASSING.test(error.code ?? "")) await sleep(pauseMs());
        else if (!isOfData && job.attempts < job.max_attempts) throw error;
        else {
          logger.warn(`${todo.step} of ${kind} ${id} could not be done: ${error.message}`);
          await giveUp(owner, payload, todo.step!, isOfData ? `${error.message}.` : "The job failed too often.");
        }
      }
    }
  });
}

export default finishBuild;
