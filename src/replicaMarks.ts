/**
 * How far a standby has come: where the primary was at some moment is a mark, and a standby
 * that has replayed so far holds all that was committed until that moment. No clock of
 * another machine is asked, and a primary with nothing to do is no standby that is late.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";

/** Who says nothing for so long is lost. */
const SILENCE_MS = 1000;
const PAGE = 8192n;
/** An address behind which a page's head comes first: nothing is written between its start and there. */
const LONGEST_HEAD = 40n;

/** Where the primary was when; a standby that has come so far holds all that was committed until then. */
export type Mark = { at: number; wallClock: number; lsn: bigint };
const MAX_MARKS = 100;

const PRIMARY = "select pg_current_wal_insert_lsn(), (select system_identifier from pg_control_system())";
const STANDBY =
  "select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end, (select system_identifier from pg_control_system())";

/** An address in the log as a number. */
export function lsnOf(text: string): bigint {
  const [high, low] = text.split("/").map((part) => BigInt(`0x${part}`)) as [bigint, bigint];
  const lsn = (high << 32n) | low;
  return lsn % PAGE <= LONGEST_HEAD ? lsn - (lsn % PAGE) : lsn;
}

export class Marks {
  readonly #primary: Pool;
  readonly #standby: Pool;
  #marks: Mark[] = [];

  constructor(primary: Pool, standby: Pool) {
    this.#primary = primary;
    this.#standby = standby;
  }

  /** Looks at both; the newest mark that the standby has passed, if it has passed another. Throws when it is none, or says nothing. */
  async look(): Promise<Mark | undefined> {
    const [at, wallClock] = [performance.now(), Date.now()];
    const ask = async (pool: Pool, text: string) => (await pool.query<string[]>({ text, rowMode: "array" })).rows[0] as (string | null)[];
    const [written, system] = await ask(this.#primary, PRIMARY);
    this.#marks = [...this.#marks, { at, wallClock, lsn: lsnOf(written!) }].slice(-MAX_MARKS);
    const silence = new AbortController();
    const tooLong = sleep(SILENCE_MS, undefined, { signal: silence.signal }).then(() => Promise.reject(new Error("It says nothing")));
    const asked = ask(this.#standby, STANDBY).finally(() => silence.abort());
    asked.catch(() => {});
    const [replayed, standbySystem] = await Promise.race([asked, tooLong]);
    if (!replayed || system !== standbySystem) throw new Error("PG_DATABASE_REPLICA_URL is no standby of PG_DATABASE_URL");
    const reached = lsnOf(replayed);
    const passed = this.#marks.findLastIndex(({ lsn }) => lsn <= reached);
    const newest = this.#marks[passed];
    this.#marks = this.#marks.slice(passed + 1);
    return newest;
  }
}
