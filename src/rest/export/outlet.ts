/** Where the bytes go: to the client, compressed if he likes. Whoever reads slowly makes the rows wait. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { constants, createGzip } from "node:zlib";
import { RelataError } from "../../errors.ts";

/** Takes nothing for so long, and is gone. */
const STALL_MS = 60_000;
const takesGzip = (req: IncomingMessage): boolean =>
  /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)/i.test(String(req.headers["accept-encoding"] ?? ""));

type Tap = { pause(): void; resume(): void; stop(error: Error): void };

export class Outlet {
  readonly #target: Writable;
  readonly #tap: Tap;
  #timer: NodeJS.Timeout | undefined;
  #full = Promise.resolve();
  #drain = (): void => {};
  /** Bytes so far, before they are compressed. */
  bytes = 0;

  constructor(res: ServerResponse, tap: Tap) {
    this.#tap = tap;
    if (takesGzip(res.req)) {
      res.setHeader("content-encoding", "gzip");
      // The quickest level: a file of records shrinks to a fifth already.
      const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 65_536 });
      gzip.pipe(res);
      this.#target = gzip;
    } else this.#target = res;
    res.once("close", () => this.close());
    this.#target.on("drain", () => this.#onDrain());
    this.#target.on("error", () => {}); // the client has gone, which `close` of the response tells
  }

  readonly take = (filled: Buffer, done: () => void): void => {
    this.bytes += filled.length;
    if (this.#target.write(filled, done) || this.#timer) return;
    this.#tap.pause();
    this.#full = new Promise((resolve) => {
      this.#drain = resolve;
    });
    this.#timer = setTimeout(() => {
      this.#tap.stop(new RelataError("UNAVAILABLE", "The reader has stopped reading."));
      this.#drain();
    }, STALL_MS);
  };

  #onDrain(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drain();
    this.#tap.resume();
  }

  /** When there is room again. */
  drained(): Promise<void> {
    return this.#timer ? this.#full : Promise.resolve();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#target.end();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drain();
    if (!this.#target.destroyed) this.#target.destroy();
  }
}
