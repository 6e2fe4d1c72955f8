/**
 * Takes the rows of one statement out of what PostgreSQL sends, as bytes, and gives all other messages on to node-postgres,
 * which would make a string of each value of each row.
 */
const [DATA_ROW, COMMAND_COMPLETE, PORTAL_SUSPENDED] = [0x44, 0x43, 0x73];
/** The type of a message and its length. */
const HEAD = 5;

/**
 * Lets go of a chunk that the socket made and nobody needs any more. Left to the garbage collector, up to 64 MB of such chunks
 * lie about before it looks, as next to nothing else is allocated.
 */
function free({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length && !buffer.detached) buffer.transfer(0);
}

export type RowSink = {
  /** A row, whose values begin at `at`; false stops behind it, until `resume`. */
  row(source: Buffer, at: number): boolean;
  /** All rows of the statement were there. */
  complete(): void;
};

export class RowSplitter {
  readonly #inner: (messages: Buffer) => void;
  readonly #sink: RowSink;
  /** Statements to go before ours; our own is on at 0. */
  #before: number;
  /** The beginning of a message whose rest is still to come. */
  #begun: Buffer[] = [];
  #begunLength = 0;
  /** What came while stopped. */
  #kept: Buffer[] = [];
  isStopped = false;

  constructor(before: number, inner: (messages: Buffer) => void, sink: RowSink) {
    this.#before = before;
    this.#inner = inner;
    this.#sink = sink;
  }

  resume(): void {
    this.isStopped = false;
    const kept = this.#kept;
    this.#kept = [];
    for (const chunk of kept) this.push(chunk);
    if (!this.isStopped) for (const chunk of kept) free(chunk);
  }

  /** Takes a chunk of its own. */
  take(chunk: Buffer): void {
    this.push(chunk);
    if (!this.isStopped) free(chunk);
  }

  push(chunk: Buffer): void {
    if (this.isStopped) {
      this.#kept.push(chunk);
      return;
    }
    const start = this.#begunLength ? this.#complete(chunk) : 0;
    if (start < 0) return;
    if (this.isStopped) this.#keep(chunk, start);
    else this.#read(chunk, start);
  }

  /** Completes a message that has begun in a chunk before; answers where the next begins, or -1. */
  #complete(chunk: Buffer): number {
    if (this.#begunLength < HEAD) {
      const all = Buffer.concat([...this.#begun, chunk]);
      const before = this.#begunLength;
      this.#begun = [];
      this.#begunLength = 0;
      if (before + chunk.length >= HEAD) this.#read(all, 0);
      else this.#begin(all);
      return -1;
    }
    const size = 1 + this.#begun[0]!.readInt32BE(1);
    const missing = size - this.#begunLength;
    if (chunk.length < missing) {
      this.#begin(chunk);
      return -1;
    }
    const message = Buffer.concat([...this.#begun, chunk.subarray(0, missing)], size);
    this.#begun = [];
    this.#begunLength = 0;
    this.#read(message, 0);
    return missing;
  }

  #begin(part: Buffer): void {
    this.#begun.push(Buffer.from(part));
    this.#begunLength += part.length;
  }

  #keep(chunk: Buffer, start: number): void {
    if (start < chunk.length) this.#kept.unshift(chunk.subarray(start));
  }

  #read(chunk: Buffer, start: number): void {
    let at = start;
    let others = start;
    while (at + HEAD <= chunk.length) {
      const end = at + 1 + chunk.readInt32BE(at + 1);
      if (end > chunk.length) break;
      const type = chunk[at];
      if (type === DATA_ROW && this.#before === 0) {
        if (others < at) this.#inner(chunk.subarray(others, at));
        others = end;
        if (!this.#sink.row(chunk, at + HEAD)) {
          this.isStopped = true;
          this.#keep(chunk, end);
          return;
        }
      } else if (type === COMMAND_COMPLETE || type === PORTAL_SUSPENDED) {
        if (this.#before-- === 0) this.#sink.complete();
      }
      at = end;
    }
    if (others < at) this.#inner(chunk.subarray(others, at));
    if (at < chunk.length) this.#begin(chunk.subarray(at));
  }
}
