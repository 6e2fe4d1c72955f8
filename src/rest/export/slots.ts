/**
 * How many exports may run at once. Each holds a connection for as long as its reader takes, so some are kept for
 * everybody else, and one workspace does not take those of another.
 */
import { RelataError } from "../../errors.ts";

const RETRY_AFTER_SECONDS = 10;

export class Slots {
  readonly #total: number;
  readonly #each: number;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(total: number, each: number) {
    this.#total = total;
    this.#each = each;
  }

  /** Takes a slot; answers what gives it back. RATE_LIMITED when none is free. */
  take(workspaceId: string): () => void {
    const own = this.#taken.get(workspaceId) ?? 0;
    if (own >= this.#each) throw busy("This workspace has as many exports under way as it may have at once.");
    if (this.#count >= this.#total) throw busy("This server has as many exports under way as it can bear.");
    this.#taken.set(workspaceId, own + 1);
    this.#count++;
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.#count--;
      const left = this.#taken.get(workspaceId)! - 1;
      if (left) this.#taken.set(workspaceId, left);
      else this.#taken.delete(workspaceId);
    };
  }
}

const busy = (message: string): RelataError => new RelataError("RATE_LIMITED", message, { retryAfter: RETRY_AFTER_SECONDS });
