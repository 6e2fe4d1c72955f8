/**
 * Reads on a standby (PG_DATABASE_REPLICA_URL), as if there were none: a query goes there
 * only while it is known to hold all that was committed until a moment ago, and, of
 * whoever has written since, not before it holds that too. What fails there is asked
 * once more of the primary. docs/decisions/0016 says why so.
 */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { runTransaction } from "./pgAdaptor.ts";
import type { Statement, StatementResult } from "./pgTransaction.ts";
import { makeServerPool } from "./pools.ts";
import type { Caller } from "./schemaRegistry.ts";

const LOOK_EVERY_MS = 100;
const STOP_MS = 1500;
/** Between the clocks of two servers; `relata doctor` tells of more. */
const CLOCK_TOLERANCE_MS = 1000;
/** So many who have written lately are known one by one; of more, all are taken to have. */
const MAX_WRITERS = 10_000;
/** PostgreSQL ended what took too long: it would on the primary as well. */
const QUERY_CANCELED = "57014";
const PAGE = 8192n;
/** An address behind which a page's head comes first: nothing is written between its start and there. */
const LONGEST_HEAD = 40n;

/** Where the primary was when; a standby that has come so far holds all that was committed until then. */
type Mark = { at: number; wallClock: number; lsn: bigint };
/** Whose read, and what he is told to have written elsewhere (X-Read-After), in milliseconds since 1970. */
export type Reader = { caller: Caller; readAfter?: number | undefined };
type Wanted = { schemaVersion: number; statementTimeoutMs?: number | undefined };

const PRIMARY = "select pg_current_wal_insert_lsn(), (select system_identifier from pg_control_system())";
const STANDBY =
  "select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end, (select system_identifier from pg_control_system())";

export function lsnOf(text: string): bigint {
  const [high, low] = text.split("/").map((part) => BigInt(`0x${part}`)) as [bigint, bigint];
  const lsn = (high << 32n) | low;
  return lsn % PAGE <= LONGEST_HEAD ? lsn - (lsn % PAGE) : lsn;
}

const keyOf = ({ workspaceId, userId }: Caller) => `${workspaceId} ${userId}`;

const READ_AFTER = "x-read-after";

/** What a client that writes and reads through several servers sends back to each; what is no number reads from the primary. */
export function readAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const value = headers[READ_AFTER];
  return value === undefined ? undefined : Number(value);
}

/** Tells when something was written, to be sent back. */
export const noteReadAfter = (res: ServerResponse): void => void res.setHeader(READ_AFTER, String(Date.now()));

/** Pools of one connection each for looking, so that no load keeps a look from being made. */
export type ReplicaPools = { reads: Pool; primaryLook: Pool; standbyLook: Pool };

export class Replica {
  readonly #pools: ReplicaPools;
  readonly #maxLagMs: number;
  readonly #log: Log;
  readonly #writers = new Map<string, number>();
  /** Who is not among the writers may have written until then. */
  #anybodyWroteAt = Number.NEGATIVE_INFINITY;
  #marks: Mark[] = [];
  /** The newest mark that the standby has passed. */
  #known: Mark | undefined;
  #wasUsable: boolean | undefined;
  #isOver = false;
  #looking: Promise<void> | undefined;

  constructor(pools: ReplicaPools, maxLagMs: number, log: Log) {
    this.#pools = pools;
    this.#maxLagMs = maxLagMs;
    this.#log = log;
  }

  /** Looks at both until it is stopped. */
  start(): this {
    this.#looking = this.#keepLooking();
    return this;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    // A standby that has fallen silent keeps nobody from stopping.
    const ended = (async () => {
      await this.#looking;
      await Promise.all(Object.values(this.#pools).map((pool) => pool.end()));
    })();
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
  }

  /** Remembers that somebody has written, or may have. */
  wrote(caller: Caller): void {
    const now = performance.now();
    if (this.#writers.size >= MAX_WRITERS) this.#forgetWriters(now);
    this.#writers.set(keyOf(caller), now);
  }

  /** Whether the standby would answer him as the primary would, but for what others did in the last moment. */
  mayRead({ caller, readAfter }: Reader): boolean {
    const known = this.#known;
    if (!known || performance.now() - known.at > this.#maxLagMs) return false;
    if (readAfter !== undefined && !(known.wallClock - CLOCK_TOLERANCE_MS > readAfter)) return false;
    return (this.#writers.get(keyOf(caller)) ?? this.#anybodyWroteAt) < known.at;
  }

  /** Runs the claim and what it guards on the standby; undefined when the primary has to be asked. */
  async run(statements: readonly Statement[], { schemaVersion, statementTimeoutMs }: Wanted): Promise<StatementResult[] | undefined> {
    try {
      const results = await runTransaction(this.#pools.reads, statements, statementTimeoutMs);
      // Behind the plan: a name may have been another's.
      return Number(results[0]!.rows[0]![2]) < schemaVersion ? undefined : results;
    } catch (error) {
      const { code, severity } = error as { code?: string; severity?: string };
      if (code === QUERY_CANCELED) throw error;
      // What PostgreSQL does not say itself is a connection's end: the next look finds out.
      if (!severity || code?.startsWith("57P")) this.#known = undefined;
      return undefined;
    }
  }

  /** What the standby holds by now is nobody's to wait for. */
  #forgetWriters(now: number): void {
    const known = this.#known?.at ?? Number.NEGATIVE_INFINITY;
    for (const [key, at] of this.#writers) if (at < known) this.#writers.delete(key);
    if (this.#writers.size < MAX_WRITERS) return;
    this.#anybodyWroteAt = now;
    this.#writers.clear();
  }

  async #keepLooking(): Promise<void> {
    while (!this.#isOver) {
      await this.#look().catch((error: Error) => {
        this.#known = undefined;
        this.#log.debug("The standby could not be looked at", { error: error.message });
      });
      const isUsable = this.#known !== undefined && performance.now() - this.#known.at <= this.#maxLagMs;
      if (isUsable !== this.#wasUsable) this.#log.info(isUsable ? "Reads go to the standby" : "Reads go to the primary");
      this.#wasUsable = isUsable;
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const [at, wallClock] = [performance.now(), Date.now()];
    const ask = async (pool: Pool, text: string) => (await pool.query<string[]>({ text, rowMode: "array" })).rows[0] as (string | null)[];
    const [written, system] = await ask(this.#pools.primaryLook, PRIMARY);
    this.#marks = [...this.#marks, { at, wallClock, lsn: lsnOf(written!) }].slice(-100);
    const [replayed, standbySystem] = await ask(this.#pools.standbyLook, STANDBY);
    if (!replayed || system !== standbySystem) throw new Error("PG_DATABASE_REPLICA_URL is no standby of PG_DATABASE_URL");
    const reached = lsnOf(replayed);
    const passed = this.#marks.findLastIndex(({ lsn }) => lsn <= reached);
    if (passed < 0) return;
    this.#known = this.#marks[passed];
    this.#marks = this.#marks.slice(passed + 1);
  }
}

/** The standby of the configuration, looked at from now on; undefined when there is none. */
export function makeReplica(adminUrl: string, appSecret: string, config: Config, log: Log): Replica | undefined {
  if (!config.PG_DATABASE_REPLICA_URL) return undefined;
  // The pooler is the primary's.
  const own = { ...config, PG_POOLER_URL: "" };
  const look = { ...own, PG_POOL_MAX_CONNECTIONS: 1, PG_STATEMENT_TIMEOUT_MS: 1000 };
  const pools: ReplicaPools = {
    reads: makeServerPool(config.PG_DATABASE_REPLICA_URL, appSecret, own, log),
    primaryLook: makeServerPool(adminUrl, appSecret, look, log),
    standbyLook: makeServerPool(config.PG_DATABASE_REPLICA_URL, appSecret, look, log),
  };
  return new Replica(pools, config.PG_REPLICA_MAX_LAG_MS, log).start();
}
