/**
 * Writers that keep a ledger: each asks for a record of a name of its own, with an Idempotency-Key, and asks again until
 * that is acknowledged. What the ledger holds must be in the database, once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { assert, assertNone } from "../group.ts";
import type { Scanner } from "../scanner.ts";
import { ask, keptConnections, Tally } from "./asking.ts";

const CREATE = "mutation ($name: String) { createCompany(data: { name: $name }) { id } }";
const AGAIN_MS = 25;
const PATIENCE_MS = 40_000;

/** Names are of one run. */
let runs = 0;

export class Writers {
  readonly acknowledged = new Set<string>();
  readonly tally: Tally;
  readonly #prefix = `ledger ${process.pid} ${++runs}`;
  readonly #agent = keptConnections();
  readonly #running: Promise<void>[];
  #hasToStop = false;
  #next = 0;
  /** When the last one was acknowledged. */
  lastAt = 0;

  /** Begins at once. */
  constructor(
    urlOf: () => string,
    token: string,
    { writers = 8, pauseMs = 2, scanner }: { writers?: number; pauseMs?: number; scanner?: Scanner } = {},
  ) {
    this.tally = new Tally(scanner);
    this.#running = Array.from({ length: writers }, () => this.#write(urlOf, token, pauseMs));
  }

  async #write(urlOf: () => string, token: string, pauseMs: number): Promise<void> {
    while (!this.#hasToStop) {
      const name = `${this.#prefix} ${this.#next++}`;
      const givenUpAt = performance.now() + PATIENCE_MS;
      const key = { "idempotency-key": name.replaceAll(" ", "-") };
      while ((await this.tally.note(ask(this.#agent, urlOf(), token, CREATE, { name }, key))) !== "ok") {
        assert(performance.now() < givenUpAt, () => `a write was not taken within ${PATIENCE_MS} ms: ${this.tally}`);
        await sleep(AGAIN_MS);
      }
      this.acknowledged.add(name);
      this.lastAt = performance.now();
      await sleep(pauseMs);
    }
  }

  /** Lets all finish what they have begun, so that each name was acknowledged in the end. */
  async stop(): Promise<void> {
    this.#hasToStop = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  /** How many milliseconds after now it is until the next write is acknowledged. */
  async untilNext(mostMs = 30_000): Promise<number> {
    const since = performance.now();
    while (this.lastAt < since) {
      if (performance.now() - since > mostMs) throw new Error(`no write was acknowledged for ${mostMs} ms: ${this.tally}`);
      await sleep(5);
    }
    return this.lastAt - since;
  }

  /** Compares with the names that are there. */
  assertKept(rows: readonly { name: string }[]): void {
    const counts = new Map<string, number>();
    for (const { name } of rows) if (name.startsWith(`${this.#prefix} `)) counts.set(name, (counts.get(name) ?? 0) + 1);
    assertNone(
      [...this.acknowledged].filter((name) => !counts.has(name)),
      "acknowledged writes are lost",
    );
    assertNone(
      [...counts].filter(([, count]) => count > 1),
      "writes were made twice",
    );
  }
}
