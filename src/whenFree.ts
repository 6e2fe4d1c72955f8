/** Work that needs a lock which others hold: it waits no longer than they may wait behind it, and tries again. */
import { setTimeout as sleep } from "node:timers/promises";

const MAX_ATTEMPTS = 24;
const MAX_PAUSE_MS = 500;
const BUSY = new Set(["55P03", "40P01"]); // lock not available, deadlock

export async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!BUSY.has((error as { code?: string }).code ?? "") || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * Math.min(MAX_PAUSE_MS, 50 * attempt));
    }
  }
}
