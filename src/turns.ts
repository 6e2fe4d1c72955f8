/**
 * Who gets the next connection, when more ask than there are: workspaces in turn, however much each of them asks for, and
 * none more than its share of them at once. So one that asks at full speed, or waits for a lock, waits for itself.
 */
import type { Pool, PoolClient } from "pg";

type Given = (error: Error | undefined, client: PoolClient | undefined, release: (destroy?: boolean | Error) => void) => void;
type Waiting = { given: Given; tooLate: NodeJS.Timeout };

/** Of all connections, at most; the rest is for others, who may come at any time. And where others have just been. */
const SHARE = 0.75;
const SHARE_BESIDE_OTHERS = 0.25;
const JUST_MS = 1000;
const PATIENCE_MS = 5000;

class Turns {
  readonly #pool: Pool;
  readonly #most: number;
  #total = 0;
  /** Who asked last, and when; and the last one before who was another. */
  #last = { workspaceId: "", at: Number.NEGATIVE_INFINITY };
  #other = this.#last;
  readonly #held = new Map<string, number>();
  /** The first to have a turn stands first. */
  readonly #waiting = new Map<string, Waiting[]>();

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
    return this.#total < this.#most && (this.#held.get(workspaceId) ?? 0) < this.#shareOf(workspaceId);
  }

  #shareOf(workspaceId: string): number {
    const other = workspaceId === this.#last.workspaceId ? this.#other : this.#last;
    const isAlone = performance.now() - other.at > JUST_MS;
    return Math.ceil(this.#most * (isAlone ? SHARE : SHARE_BESIDE_OTHERS));
  }

  #take(workspaceId: string, given: Given): void {
    this.#total++;
    this.#held.set(workspaceId, (this.#held.get(workspaceId) ?? 0) + 1);
    this.#pool.connect((error, client, release) => {
      if (error || !client) this.#giveBack(workspaceId);
      given(error, client, (destroy) => {
        release(destroy);
        this.#giveBack(workspaceId);
      });
    });
  }

  #giveBack(workspaceId: string): void {
    this.#total--;
    const held = this.#held.get(workspaceId)! - 1;
    if (held > 0) this.#held.set(workspaceId, held);
    else this.#held.delete(workspaceId);
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
  }

  #next(): void {
    for (const [workspaceId, queue] of this.#waiting) {
      if (!this.#mayTake(workspaceId)) continue;
      const { given, tooLate } = queue.shift()!;
      clearTimeout(tooLate);
      this.#waiting.delete(workspaceId);
      if (queue.length) this.#waiting.set(workspaceId, queue); // behind the others
      this.#take(workspaceId, given);
      return;
    }
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
