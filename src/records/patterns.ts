/**
 * Regular expressions that clients give. PostgreSQL's own matching takes time in
 * proportion to the text, but for back references, and builds its automaton first, whose
 * size multiplies with nested counts: both are refused, and the statement timeout is behind it.
 */
import { type PgCodec, TYPES } from "postgraphile/@dataplan/pg";
import { RelataError } from "../errors.ts";

const MAX_LENGTH = 200;
const MAX_COUNT = 100;

function assertBounded(pattern: string): void {
  if (pattern.length > MAX_LENGTH) throw new RelataError("LIMIT_EXCEEDED", `A regular expression has at most ${MAX_LENGTH} characters.`);
  const body = pattern.replaceAll("\\\\", "");
  if (/\\[1-9]/.test(body)) throw new RelataError("BAD_INPUT", "A regular expression may not refer back to its groups.");
  // `***` at the start would change what the rest means, `(?x)` and its like as well.
  if (/^\*\*\*|\(\?[a-z]/.test(body)) throw new RelataError("BAD_INPUT", "A regular expression may not set options of its own.");
  const counts = [...body.matchAll(/\{\s*(\d+)\s*(?:,\s*(\d*)\s*)?\}/g)].map(([, least, most]) => Number(most || least));
  if (counts.reduce((product, count) => product * Math.max(1, count), 1) > MAX_COUNT) {
    throw new RelataError("LIMIT_EXCEEDED", `The counts of a regular expression multiply to at most ${MAX_COUNT}.`);
  }
}

/** A text that is a regular expression of bounded cost. */
export const patternCodec: PgCodec = {
  ...TYPES.text,
  name: "pattern",
  toPg(pattern: string) {
    assertBounded(pattern);
    return pattern;
  },
} as never;
