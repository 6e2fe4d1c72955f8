/**
 * Sends prepared requests over keep-alive connections as fast as they are answered,
 * in a process of its own, so that its CPU time is nobody else's. Raw sockets: a
 * request costs a write, a look for the length and a count. Talks to load.ts by IPC.
 */
import { connect, type Socket } from "node:net";
import type { LoadOrder, LoadResult } from "./load.ts";

const HEADER_END = Buffer.from("\r\n\r\n");
const ERRORS = Buffer.from('"errors":');
const BUFFER_BYTES = 256 * 1024;
const GRACE_MS = 30_000;

class Run {
  readonly requests: Buffer[];
  /** When a connection is given up, whatever it waits for. */
  readonly lifetimeMs: number;
  readonly #order: LoadOrder;
  readonly #done: (result: LoadResult) => void;
  #next = 0;
  #open: number;
  #times: number[] = [];
  #bytes = 0;
  #errors = 0;
  #sample: string | undefined;
  #begin = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;
  #hasEnded = false;

  constructor(order: LoadOrder, done: (result: LoadResult) => void) {
    this.#order = order;
    this.#done = done;
    this.#open = order.connections;
    this.lifetimeMs = order.warmupMs + order.ms + GRACE_MS;
    this.requests = order.requests.map((text) => Buffer.from(text));
    setTimeout(() => {
      this.#begin = performance.now();
      this.#end = this.#begin + order.ms;
      process.send!("begin");
      setTimeout(() => this.#sayEnd(), order.ms);
    }, order.warmupMs);
  }

  /** Once, and before the result. */
  #sayEnd(): void {
    if (!this.#hasEnded) process.send!("end");
    this.#hasEnded = true;
  }

  /** The next request in turn; nothing once the time is over. */
  take(now: number): Buffer | undefined {
    return now < this.#end ? this.requests[this.#next++ % this.requests.length] : undefined;
  }

  answered(sentAt: number, now: number, bytes: number, isError: boolean, text: () => string): void {
    if (now < this.#begin || now >= this.#end) return;
    this.#times.push(now - sentAt);
    this.#bytes += bytes;
    if (!isError) return;
    this.#errors++;
    this.#sample ??= text();
  }

  broke(error: Error): void {
    this.#errors++;
    this.#sample ??= error.message;
  }

  closed(): void {
    if (--this.#open === 0) this.#finish();
  }

  #finish(): void {
    this.#sayEnd();
    const times = Float64Array.from(this.#times).sort();
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    this.#done({
      requests: times.length,
      seconds: this.#order.ms / 1000,
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: times.at(-1) ?? 0,
      bytes: this.#bytes,
      errors: this.#errors,
      ...(this.#sample !== undefined && { sample: this.#sample.slice(0, 500) }),
    });
  }
}

/** One connection: a request, its answer, the next request. */
class ClientConnection {
  readonly #run: Run;
  readonly #socket: Socket;
  #sentAt = 0;
  #isWaiting = false;
  #missing = -1; // of the body; -1 while the header is not complete
  #bytes = 0;
  #isError = false;
  #held: Buffer = Buffer.alloc(0);

  constructor(port: number, run: Run) {
    this.#run = run;
    const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    const callback = (length: number) => {
      this.#read(buffer.subarray(0, length));
      return true;
    };
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer, callback } });
    this.#socket.once("connect", () => this.#send(performance.now()));
    this.#socket.once("error", (error) => run.broke(error));
    this.#socket.once("close", () => {
      if (this.#isWaiting) run.broke(new Error("A connection was closed before its answer."));
      run.closed();
    });
    setTimeout(() => this.#socket.destroy(), run.lifetimeMs).unref();
  }

  #send(now: number): void {
    const request = this.#run.take(now);
    this.#isWaiting = request !== undefined;
    if (!request) return void this.#socket.end();
    [this.#missing, this.#bytes, this.#isError, this.#sentAt] = [-1, 0, false, now];
    this.#socket.write(request);
  }

  #read(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#missing < 0) this.#readHeader(chunk);
    else this.#missing -= chunk.length;
    this.#isError ||= chunk.includes(ERRORS);
    if (this.#missing !== 0) return;
    const now = performance.now();
    this.#run.answered(this.#sentAt, now, this.#bytes, this.#isError, () => chunk.toString("latin1"));
    this.#send(now);
  }

  /** Learns how much is missing once the header is there, until then nothing. */
  #readHeader(chunk: Buffer): void {
    const held = this.#held.length ? Buffer.concat([this.#held, chunk]) : chunk;
    const end = held.indexOf(HEADER_END);
    this.#held = end < 0 ? Buffer.from(held) : Buffer.alloc(0);
    if (end < 0) return;
    const header = held.toString("latin1", 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(header);
    if (!length) return void this.#socket.destroy(new Error(`An answer without its length: ${header}`));
    this.#isError = !header.startsWith("20", 9);
    this.#missing = Number(length[1]) + end + HEADER_END.length - held.length;
  }
}

process.on("message", (order: LoadOrder) => {
  const run = new Run(order, (result) => process.send!(result));
  for (let index = 0; index < order.connections; index++) new ClientConnection(order.port, run);
});
