/** Remembers for a while what is slow to ask for: discovery documents with their keys. A failure is not remembered. */
import { Lru } from "../../lru.ts";

export class Remembered<T> {
  readonly #seconds: number;
  readonly #lru: Lru<string, { until: number; value: Promise<T> }>;

  constructor(seconds: number, max: number) {
    this.#seconds = seconds;
    this.#lru = new Lru(max);
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#lru.get(key);
    if (known && known.until > Date.now()) return known.value;
    const value = make();
    this.#lru.set(key, { until: Date.now() + this.#seconds * 1000, value });
    value.catch(() => this.#lru.delete(key));
    return value;
  }
}
