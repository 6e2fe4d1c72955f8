/**
 * Who gets the next connection, when more ask than there are: workspaces in turn, however much each of them asks for, and
 * none more than its share of them at once. So one that asks at full speed, or waits for a lock, waits for itself.
 */
import type { Pool, PoolClient } from "pg";

type Given = (error: Error | undefined, client: PoolClient | undefined, release: (destroy?: boolean | Error) => void) => void;
type Waiting = { given: Given; tooLate: NodeJS.Timeout };

/** Of all connections, at most; the rest is for others, who may come at any time. */
const SHARE = 0.75;
/** The same where others have just been; and of those that were given lately, so that what is short comes one by one, */
const SHARE_BESIDE_OTHERS = 0.5;
const SHARE_GIVEN_LATELY = 0.125;
const JUST_MS = 1000;
/** and what takes longer than this holds up nobody of the same workspace. */
const LATELY_MS = 50;
const PATIENCE_MS = 5000;

class Turns {
  readonly #pool: Pool;
  readonly #most: number;
  #total = 0;
  /** Who asked last, and when; and the last one before who was another. */
  #last = { workspaceId: "", at: Number.NEGATIVE_INFINITY };
  #other = this.#last;
  /** Since when each connection is held. */
  readonly #held = new Map<string, number[]>();
  /** The first to have a turn stands first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #look: NodeJS.Timeout | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#most = pool.options.max;
  }

  connect(workspaceId: string, given: Given): void {
    const at = performance.now();
    if (workspaceId !== this.#last.workspaceId) this.#other = this.#last;
    this.#last = { workspaceId, at };
    if (this.#mayTake(workspaceId)) this.#take(workspaceId, given);
    else this.#wait(workspaceId, given);
  }

  #mayTake(workspaceId: string): boolean {
    if (this.#total >= this.#most) return false;
    const held = this.#held.get(workspaceId);
    if (!held) return true;
    const now = performance.now();
    const other = workspaceId === this.#last.workspaceId ? this.#other : this.#last;
    if (now - other.at > JUST_MS) return held.length < Math.ceil(this.#most * SHARE);
    if (held.length >= Math.ceil(this.#most * SHARE_BESIDE_OTHERS)) return false;
    let lately = 0;
    for (const since of held) if (now - since < LATELY_MS) lately++;
    return lately < Math.ceil(this.#most * SHARE_GIVEN_LATELY);
  }

  #take(workspaceId: string, given: Given): void {
    const since = performance.now();
    this.#total++;
    const held = this.#held.get(workspaceId);
    if (held) held.push(since);
    else this.#held.set(workspaceId, [since]);
    this.#pool.connect((error, client, release) => {
      if (error || !client) this.#giveBack(workspaceId, since);
      given(error, client, (destroy) => {
        release(destroy);
        this.#giveBack(workspaceId, since);
      });
    });
  }

  #giveBack(workspaceId: string, since: number): void {
    this.#total--;
    const held = this.#held.get(workspaceId)!;
    held.splice(held.indexOf(since), 1);
    if (held.length === 0) this.#held.delete(workspaceId);
    this.#next();
  }

  #wait(workspaceId: string, given: Given): void {
    const queue = this.#waiting.get(workspaceId) ?? [];
    this.#waiting.set(workspaceId, queue);
    const tooLate = setTimeout(() => {
      queue.splice(queue.indexOf(waiting), 1);
      if (queue.length === 0) this.#waiting.delete(workspaceId);
      given(new Error("timeout exceeded when trying to connect"), undefined, () => {});
    }, PATIENCE_MS);
    const waiting = { given, tooLate };
    queue.push(waiting);
    this.#lookLater();
  }

  /** Gives what may be given once those that are held are held for long. */
  #lookLater(): void {
    this.#look ??= setTimeout(() => {
      this.#look = undefined;
      while (this.#next());
      if (this.#waiting.size) this.#lookLater();
    }, LATELY_MS);
  }

  /** Gives one, to who may have it first; whether somebody may. */
  #next(): boolean {
    for (const [workspaceId, queue] of this.#waiting) {
      if (!this.#mayTake(workspaceId)) continue;
      const { given, tooLate } = queue.shift()!;
      clearTimeout(tooLate);
      this.#waiting.delete(workspaceId);
      if (queue.length) this.#waiting.set(workspaceId, queue); // behind the others
      this.#take(workspaceId, given);
      return true;
    }
    return false;
  }
}

const turns = new WeakMap<Pool, Turns>();

/** A connection of `pool` when it is this workspace's turn; whoever speaks for none is not kept waiting. */
export function connectInTurn(pool: Pool, workspaceId: string | undefined, given: Given): void {
  let its = turns.get(pool);
  if (!its) turns.set(pool, (its = new Turns(pool)));
  if (workspaceId === undefined) pool.connect(given as Parameters<Pool["connect"]>[0]);
  else its.connect(workspaceId, given);
}
