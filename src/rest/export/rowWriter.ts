/** Writes rows as they come from PostgreSQL (the body of a DataRow) in a form of text. */
import type { ByteWriter } from "./byteWriter.ts";
import type { Value } from "./values.ts";

/** A form of text: NDJSON, CSV. */
export type Format = {
  /** What stands before the rows. */
  head(values: readonly Value[]): string;
  /** What stands before each value of a row, and behind the last one. */
  parts(values: readonly Value[]): string[];
  empty: string;
  /** A text of the database's, quoted as the form has it. */
  text(out: ByteWriter, source: Buffer, start: number, end: number, value: Value): void;
  /** Any value, by way of JavaScript. */
  other(made: unknown, value: Value): string;
  /** A text whose letters need no care. */
  quote: string;
};

type Write = (out: ByteWriter, source: Buffer, start: number, end: number) => void;

const [SPACE, PLUS, ZERO, MINUS, NINE, POINT, T, TRUE] = [0x20, 0x2b, 0x30, 0x2d, 0x39, 0x2e, 0x54, 0x74];
const [YES, NO] = [Buffer.from("true"), Buffer.from("false")];
const MAX_CHOICES = 1000;

/** Of a choice the next is likely the same: then no string is made of it. */
function writerOfChoice(value: Value, { other }: Format): Write {
  const known = new Map<string, Buffer>();
  let last: Buffer = Buffer.alloc(0);
  let lastMade: Buffer = Buffer.alloc(0);
  return (out, source, start, end) => {
    if (last.length !== end - start || source.compare(last, 0, last.length, start, end) !== 0) {
      last = Buffer.from(source.subarray(start, end));
      const text = last.toString();
      let made = known.get(text);
      if (!made) {
        made = Buffer.from(other(value.make(text), value));
        if (known.size < MAX_CHOICES) known.set(text, made);
      }
      lastMade = made;
    }
    out.copy(lastMade);
  };
}

function writerOfOther(value: Value, format: Format): Write {
  if (value.isChoice) return writerOfChoice(value, format);
  return (out, source, start, end) => out.text(format.other(value.make(source.toString("utf8", start, end)), value));
}

/** PostgreSQL's and JavaScript's digits are the same, but for exponents, NaN and its kin, and -0. */
function isPlainNumber(source: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if ((byte < ZERO || byte > NINE) && byte !== POINT && byte !== MINUS) return false;
  }
  return !(end - start === 2 && source[start] === MINUS && source[start + 1] === ZERO);
}

/** `2026-11-23 07:00:00.5+00` as `2026-11-23T07:00:00.5Z`; answers whether it was such a text. */
function writeInstant(out: ByteWriter, source: Buffer, start: number, end: number): boolean {
  if (source[end - 3] !== PLUS || source[end - 2] !== ZERO || source[end - 1] !== ZERO) return false;
  const before = out.at;
  out.copy(source, start, end - 2);
  const to = out.at - (end - 2 - start);
  for (let i = to; i < out.at; i++) {
    if (out.buffer[i] !== SPACE) continue;
    out.buffer[i] = T;
    out.buffer[out.at - 1] = 0x5a; // Z
    return true;
  }
  out.at = before;
  return false;
}

function writerOf(value: Value, format: Format): Write {
  const other = writerOfOther(value, format);
  const quote = Buffer.from(format.quote);
  switch (value.kind) {
    case "text":
      return (out, source, start, end) => format.text(out, source, start, end, value);
    case "word":
      return (out, source, start, end) => {
        out.copy(quote);
        out.copy(source, start, end);
        out.copy(quote);
      };
    case "integer":
      return (out, source, start, end) => out.copy(source, start, end);
    case "float":
      return (out, source, start, end) => {
        if (isPlainNumber(source, start, end)) out.copy(source, start, end);
        else other(out, source, start, end);
      };
    case "boolean":
      return (out, source, start) => out.copy(source[start] === TRUE ? YES : NO);
    case "instant":
      return (out, source, start, end) => {
        out.room(end - start + 2 * quote.length);
        const before = out.at;
        out.copy(quote);
        if (writeInstant(out, source, start, end)) return out.copy(quote);
        out.at = before;
        return other(out, source, start, end);
      };
    default:
      return other;
  }
}

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
