/** Writes rows as they come from PostgreSQL (the body of a DataRow) in a form of text. */
import type { ByteWriter } from "./byteWriter.ts";
import type { Value } from "./values.ts";
import { type Format, type Write, writerOf } from "./valueWriters.ts";

export class RowWriter {
  readonly #out: ByteWriter;
  readonly #values: readonly { index: number; before: Buffer; write: Write }[];
  readonly #last: Buffer;
  readonly #empty: Buffer;
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  constructor(values: readonly Value[], format: Format, out: ByteWriter) {
    this.#out = out;
    const parts = format.parts(values).map((part) => Buffer.from(part));
    this.#values = values.map((value, n) => ({ index: value.index, before: parts[n]!, write: writerOf(value, format) }));
    this.#last = parts[values.length]!;
    this.#empty = Buffer.from(format.empty);
  }

  /** Writes the row whose values begin at `at`, with their count (Frontend/Backend Protocol, "DataRow"). */
  write(source: Buffer, at: number): void {
    const out = this.#out;
    this.#find(source, at);
    const starts = this.#starts;
    const ends = this.#ends;
    for (const { index, before, write } of this.#values) {
      out.copy(before);
      const end = ends[index]!;
      if (end < 0) out.copy(this.#empty);
      else write(out, source, starts[index]!, end);
    }
    out.copy(this.#last);
  }

  /** Where each column is; -1 ends one that is null. */
  #find(source: Buffer, at: number): void {
    const count = source.readInt16BE(at);
    if (this.#starts.length < count) {
      this.#starts = new Int32Array(count);
      this.#ends = new Int32Array(count);
    }
    let next = at + 2;
    for (let i = 0; i < count; i++) {
      const length = source.readInt32BE(next);
      next += 4;
      this.#starts[i] = next;
      if (length < 0) this.#ends[i] = -1;
      else this.#ends[i] = next += length;
    }
  }
}
