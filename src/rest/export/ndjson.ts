/** A record a line, as JSON: the same bytes as in the answer to any other request. */
import type { ByteWriter } from "./byteWriter.ts";
import type { Format } from "./rowWriter.ts";
import type { Value } from "./values.ts";

const [QUOTE, BACKSLASH, CONTROL] = [0x22, 0x5c, 0x20];
/** What is longer is made by JSON.stringify, so that room for its escapes is not kept for nothing. */
const LONG = 2000;
/** An escape for each byte that needs one. */
const ESCAPES = Array.from({ length: 0x60 }, (_, byte) => {
  const made = JSON.stringify(String.fromCharCode(byte));
  return made.length > 3 ? Buffer.from(made.slice(1, -1)) : undefined;
});

function text(out: ByteWriter, source: Buffer, start: number, end: number): void {
  if (end - start > LONG) {
    out.text(JSON.stringify(source.toString("utf8", start, end)));
    return;
  }
  out.room((end - start) * 6 + 2);
  const { buffer } = out;
  let { at } = out;
  buffer[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte >= CONTROL && byte !== QUOTE && byte !== BACKSLASH) buffer[at++] = byte;
    else for (const one of ESCAPES[byte]!) buffer[at++] = one;
  }
  buffer[at++] = QUOTE;
  out.at = at;
}

/** `{"id":` and `,"emails":{"primaryEmail":`, up to `}\n`. */
function parts(values: readonly Value[]): string[] {
  let open: readonly string[] = [];
  const found = values.map(({ path }, n) => {
    const shared = path.findIndex((name, level) => level === path.length - 1 || open[level] !== name);
    const closed = "}".repeat(open.length - Math.min(shared, open.length));
    const opened = path.slice(shared, -1).map((name) => `"${name}":{`);
    open = path.slice(0, -1);
    return `${n ? `${closed},` : "{"}${opened.join("")}"${path.at(-1)}":`;
  });
  return [...found, `${values.length ? "}".repeat(open.length + 1) : "{}"}\n`];
}

export const ndjson: Format = {
  head: () => "",
  parts,
  empty: "null",
  text,
  other: (made) => JSON.stringify(made),
  quote: '"',
};
