/**
 * Tries that are under way may yet give their point back. Who finds a bucket empty waits
 * for them, so that many who sign in rightly at the same moment are all let in; when
 * none is left to wait for, he is refused.
 */

type Tries = { running: number; waiting: ((mayTry: boolean) => void)[] };

const MAX_WAITING = 200;

export class InFlight {
  readonly #tries = new Map<string, Tries>();

  /** Takes a point by `consume`, which rejects when there is none. What is taken must be settled. */
  async take(key: string, consume: () => Promise<void>): Promise<void> {
    let isCounted = false;
    for (;;) {
      try {
        await consume();
        if (!isCounted) this.#of(key).running++;
        return;
      } catch (error) {
        if (isCounted) this.settle(key, false);
        isCounted = await this.#wait(key);
        if (!isCounted) throw error;
      }
    }
  }

  /** A try is over; when its point was given back, one who waits may have it. */
  settle(key: string, isGivenBack: boolean): void {
    const tries = this.#of(key);
    const next = isGivenBack ? tries.waiting.shift() : undefined;
    next?.(true); // who goes on in its place
    if (!next) tries.running--;
    if (tries.running > 0) return;
    this.#tries.delete(key);
    for (const refuse of tries.waiting) refuse(false);
  }

  #of(key: string): Tries {
    let tries = this.#tries.get(key);
    if (!tries) this.#tries.set(key, (tries = { running: 0, waiting: [] }));
    return tries;
  }

  #wait(key: string): Promise<boolean> {
    const tries = this.#tries.get(key);
    if (!tries || tries.waiting.length >= MAX_WAITING) return Promise.resolve(false);
    return new Promise((resolve) => tries.waiting.push(resolve));
  }
}
