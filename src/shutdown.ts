/** Stops what was started, the last first, once, within the time that process managers give. A second signal hurries. */
import type { Log } from "./log.ts";

const DEADLINE_MS = 4800;

export class Shutdown {
  readonly #steps: { name: string; stop: (hurry: AbortSignal) => Promise<unknown>; kill?: (() => void) | undefined }[] = [];
  readonly #log: Log;
  readonly #deadlineMs: number;
  readonly #hurry = new AbortController();
  #running: Promise<void> | undefined;

  /** `drainMs` is how long the server goes on serving before it stops. */
  constructor(log: Log, drainMs = 0) {
    this.#log = log;
    this.#deadlineMs = DEADLINE_MS + drainMs;
  }

  /** Whether stopping has begun. */
  get hasBegun(): boolean {
    return this.#running !== undefined;
  }

  /** `kill` is for when there is no time left to stop; `stop` is told when somebody does not want to wait. */
  add(name: string, stop: (hurry: AbortSignal) => Promise<unknown>, kill?: () => void): void {
    this.#steps.push({ name, stop, kill });
  }

  /** Stops everything; a second call waits for the first. */
  run(): Promise<void> {
    return (this.#running ??= this.#stopAll());
  }

  /** Stops on SIGTERM and SIGINT, and exits. */
  listen(): void {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, async () => {
        if (this.hasBegun) this.#hurry.abort();
        this.#log.info(`Stopping (${signal})`);
        await this.run();
        process.exit(0);
      });
    }
  }

  async #stopAll(): Promise<void> {
    setTimeout(() => {
      this.#log.error("Stopping took too long");
      for (const { kill } of this.#steps) kill?.();
      process.exit(1);
    }, this.#deadlineMs).unref();
    for (const { name, stop } of this.#steps.reverse()) {
      await stop(this.#hurry.signal).catch((error: Error) => this.#log.warn(`Could not stop ${name}`, { error: error.message }));
    }
  }
}
