/**
 * Guesses at who somebody is. A guess that fails counts for the account and for the
 * address (IP) it came from; one that is right costs nothing, and from then on that
 * account has tries of its own at that address, which nobody elsewhere can use up: who
 * guesses at an account locks himself out, not its owner.
 */
import type { Pool } from "pg";
import { type RelataError, toRelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import { networkOf } from "./address.ts";
import { InFlight } from "./inFlight.ts";

type GuessBucket = "signInAccount" | "signInAddress" | "signInKnown";
type Taken = [bucket: GuessBucket, key: string];

/** Where points are counted. */
export type Counts = {
  consume(bucket: GuessBucket, key: string): Promise<void>;
  giveBack(bucket: GuessBucket, key: string): Promise<void>;
  /** Whether it is known here that nothing is left. */
  isBlocked(bucket: GuessBucket, key: string): boolean;
};

/** What fails before anything was guessed. */
const NO_GUESS = new Set<RelataError["code"] | undefined>(["BAD_INPUT", "INVALID_TEXT", "BUSY", "UNAVAILABLE", "RATE_LIMITED"]);

const REMEMBERED_PAIRS = 5000;
const UNKNOWN_MS = 60_000;
const KNOWN_MS = 3_600_000;

export class Guesses {
  readonly #pool: Pool;
  readonly #counts: Counts;
  readonly #inFlight = new InFlight();
  readonly #known = new Lru<string, { isKnown: boolean; until: number }>(REMEMBERED_PAIRS);

  constructor(pool: Pool, counts: Counts) {
    this.#pool = pool;
    this.#counts = counts;
  }

  /** Runs `attempt`, which rejects when the guess is wrong; RATE_LIMITED when there were too many. */
  async guess<T>(account: string, address: string, attempt: () => Promise<T>): Promise<T> {
    const from = networkOf(address);
    const taken: Taken[] = [];
    try {
      for (const [bucket, key] of await this.#bucketsOf(account, from)) {
        await this.#inFlight.take(`${bucket} ${key}`, () => this.#counts.consume(bucket, key));
        taken.push([bucket, key]);
      }
      const result = await attempt();
      await this.#note(account, from);
      await this.#settle(taken, true);
      return result;
    } catch (error) {
      await this.#settle(taken, NO_GUESS.has(toRelataError(error)?.code));
      throw error;
    }
  }

  async #bucketsOf(account: string, from: string): Promise<Taken[]> {
    if (await this.#knows(account, from)) return [["signInKnown", `${account} ${from}`]];
    const buckets: Taken[] = [
      ["signInAddress", from],
      ["signInAccount", account],
    ];
    // What is known to be empty comes first: a refusal then costs no statement.
    return this.#counts.isBlocked("signInAccount", account) ? buckets.reverse() : buckets;
  }

  async #settle(taken: Taken[], isGivenBack: boolean): Promise<void> {
    const giveBack = async () => {
      await Promise.all(taken.map(([bucket, key]) => this.#counts.giveBack(bucket, key)));
      return true;
    };
    const gaveBack = isGivenBack && (await giveBack().catch(() => false));
    for (const [bucket, key] of taken) this.#inFlight.settle(`${bucket} ${key}`, gaveBack);
  }

  /** That somebody has never been here is remembered for a minute. */
  async #knows(account: string, from: string): Promise<boolean> {
    const pair = `${account} ${from}`;
    const remembered = this.#known.get(pair);
    if (remembered && remembered.until > Date.now()) return remembered.isKnown;
    const { rows } = await this.#pool.query<{ knows: boolean }>("select authz.knows_address($1, $2) as knows", [account, from]);
    const isKnown = rows[0]!.knows;
    if (!isKnown) this.#known.set(pair, { isKnown, until: Date.now() + UNKNOWN_MS });
    return isKnown;
  }

  async #note(account: string, from: string): Promise<void> {
    const pair = `${account} ${from}`;
    const remembered = this.#known.get(pair);
    if (remembered?.isKnown && remembered.until > Date.now()) return;
    await this.#pool.query("select authz.note_address($1, $2)", [account, from]);
    this.#known.set(pair, { isKnown: true, until: Date.now() + KNOWN_MS });
  }
}
