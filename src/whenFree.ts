/** Work that needs a lock which others hold: it waits no longer than they may wait behind it, and tries again. */
import { setTimeout as sleep } from "node:timers/promises";

/** Which errors will pass, by their SQLSTATE; how often to try, and how long to wait in between. */
export type Patience = { passing: RegExp; attempts: number; pauseMs: (attempt: number) => number };

const BRIEF: Patience = {
  passing: /^(55P03|40P01)$/, // lock not available, deadlock
  attempts: 24,
  pauseMs: (attempt) => Math.random() * Math.min(500, 50 * attempt),
};

export async function whenFree<T>(work: () => Promise<T>, { passing, attempts, pauseMs }: Patience = BRIEF): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !passing.test((error as { code?: string }).code ?? "")) throw error;
      await sleep(pauseMs(attempt));
    }
  }
}
