/**
 * Limits on the hot path: a server takes a share of a bucket at a time, and counts it
 * down in memory. A statement is sent for every share, not for every request, and while
 * there is something left nobody waits for it. All servers together never give out more
 * than the bucket holds; a share that is not used up within the window is lost.
 */
import { Lru } from "../lru.ts";
import type { Bucket, Quota } from "./buckets.ts";
import { limited, type Remaining } from "./limited.ts";

/** What PostgreSQL gave of a bucket, and how much the bucket holds at all (0: no limit). */
export type Share = { granted: number; pointsLeft: number; waitMs: number; points: number };

type State = Remaining & {
  left: number;
  /** What the bucket holds beside our share. */
  elsewhere: number;
  size: number;
  expiresAt: number;
  blockedUntil: number;
  asking: Promise<void> | undefined;
};

const REMEMBERED = 20_000;
const LARGEST_SHARE = 1000;

export class Shares {
  readonly #bucket: Bucket;
  readonly #quota: Quota;
  readonly #ask: (key: string, wanted: number) => Promise<Share>;
  readonly #states = new Lru<string, State>(REMEMBERED);

  /** `ask` takes points of the bucket `key` from the database. */
  constructor(bucket: Bucket, quota: Quota, ask: (key: string, wanted: number) => Promise<Share>) {
    this.#bucket = bucket;
    this.#quota = quota;
    this.#ask = ask;
  }

  /** Counts one request; at once, unless the share is used up. RATE_LIMITED when nothing is left. */
  take(key: string): Remaining | undefined | Promise<Remaining | undefined> {
    let state = this.#states.get(key);
    if (!state) this.#states.set(key, (state = this.#begin()));
    const now = Date.now();
    if (now >= state.expiresAt) state.left = 0;
    if (state.left < 1) return this.#takeNext(key, state);
    state.left--;
    // Before it runs out, the next one is asked for beside the requests.
    if (state.left < state.size / 4 && now >= state.blockedUntil) void this.#renew(key, state).catch(() => {});
    return this.#told(state);
  }

  #begin(): State {
    const quota = this.#quota;
    const idle = { left: 0, elsewhere: 0, size: 0, expiresAt: 0, blockedUntil: 0, asking: undefined };
    return { bucket: this.#bucket, quota, points: 0, ...idle };
  }

  #told(state: State): Remaining | undefined {
    if (state.quota.points === 0) return undefined;
    state.points = Math.min(state.quota.points, state.left + state.elsewhere);
    return state;
  }

  async #takeNext(key: string, state: State): Promise<Remaining | undefined> {
    for (;;) {
      if (state.left >= 1) {
        state.left--;
        return this.#told(state);
      }
      const now = Date.now();
      if (now < state.blockedUntil) throw limited(this.#bucket, state.quota, state.blockedUntil - now);
      await this.#renew(key, state);
    }
  }

  /** Callers at the same time share one statement. */
  #renew(key: string, state: State): Promise<void> {
    state.asking ??= this.#fill(key, state).finally(() => (state.asking = undefined));
    return state.asking;
  }

  async #fill(key: string, state: State): Promise<void> {
    const { points: limit } = state.quota;
    const size = limit === 0 ? LARGEST_SHARE : Math.min(LARGEST_SHARE, Math.ceil(limit / 50));
    const { granted, pointsLeft, waitMs, points } = await this.#ask(key, size);
    if (points !== state.quota.points) state.quota = { points, seconds: this.#quota.seconds };
    const now = Date.now();
    state.left += granted;
    state.size = granted;
    state.elsewhere = pointsLeft;
    state.expiresAt = now + this.#quota.seconds * 1000;
    if (granted < 1) state.blockedUntil = now + Math.max(1, waitMs);
  }
}
