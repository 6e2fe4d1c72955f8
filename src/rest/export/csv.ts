/**
 * CSV (RFC 4180): a header, CRLF, quotes where they are needed. An empty text is `""`, and what is not there is nothing
 * between two commas, so that the two can be told apart.
 *
 * A spreadsheet runs a text that begins like a formula (OWASP, "CSV Injection"), and people from outside write texts of a
 * CRM. So such a text gets an apostrophe before it. Numbers and what looks like one (+49 30 1234) stay as they are. The
 * apostrophe can be taken back without a doubt (`fromGuarded`): what begins with one already gets another.
 */
import type { ByteWriter } from "./byteWriter.ts";
import type { Format } from "./rowWriter.ts";
import type { Shown, Value } from "./values.ts";

const [QUOTE, COMMA, LF, CR] = [0x22, 0x2c, 0x0a, 0x0d];
/** First bytes that may begin a formula: = + - @ and their wide kin, a tab, the end of a line; and the apostrophe. */
const SUSPECT = new Uint8Array(256);
for (const byte of Buffer.from("=+-@\t\r\n'\uff1d")) SUSPECT[byte] = byte < 0x80 || byte === 0xef ? 1 : 0;

const FORMULA = /^(?:[=@\t\r\n\uff1d\uff0b\uff0d\uff20]|[+-](?![\d\s().,/-]*$))/;
const isFormula = (text: string): boolean => FORMULA.test(text.replace(/^'+/, ""));

/** A text that no spreadsheet takes for a formula. */
export const guarded = (text: string): string => (isFormula(text) ? `'${text}` : text);
/** The text that `guarded` was given. */
export const fromGuarded = (text: string): string => (text.startsWith("'") && isFormula(text) ? text.slice(1) : text);

export const quoted = (text: string): string => (text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The cell of any value. */
export function cellOf(value: unknown, { isFreeText, isJson }: Shown, isVerbatim: boolean): string {
  if (value == null) return "";
  if (isJson) return quoted(JSON.stringify(value));
  return quoted(isFreeText && !isVerbatim ? guarded(String(value)) : String(value));
}

const isToBeQuoted = (source: Buffer, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte === QUOTE || byte === COMMA || byte === LF || byte === CR) return true;
  }
  return end === start;
};

function text(out: ByteWriter, source: Buffer, start: number, end: number): void {
  if (!isToBeQuoted(source, start, end)) {
    out.copy(source, start, end);
    return;
  }
  out.room((end - start) * 2 + 2);
  const { buffer } = out;
  let { at } = out;
  buffer[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte === QUOTE) buffer[at++] = QUOTE;
    buffer[at++] = byte;
  }
  buffer[at++] = QUOTE;
  out.at = at;
}

function guardedText(out: ByteWriter, source: Buffer, start: number, end: number, { isFreeText }: Value): void {
  if (!isFreeText || start === end || !SUSPECT[source[start]!]) text(out, source, start, end);
  else out.text(quoted(guarded(source.toString("utf8", start, end))));
}

export const headOf = (paths: readonly (readonly string[])[]): string => `${paths.map((path) => path.join(".")).join(",")}\r\n`;

/** CSV for people with spreadsheets; `isVerbatim` leaves formulas alone. */
export const csv = (isVerbatim = false): Format => ({
  head: (values) => headOf(values.map(({ path }) => path)),
  parts: (values) => [...values.map((_, n) => (n ? "," : "")), "\r\n"],
  empty: "",
  text: isVerbatim ? text : guardedText,
  other: (made, value) => cellOf(made, value, isVerbatim),
  quote: "",
});
