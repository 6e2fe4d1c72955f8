/** Reads a model from YAML, and tells all that is wrong with its form, each fault with its line. */

import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { RelataError } from "../errors.ts";
import { withParsedExpressions } from "../records/expressionInputs.ts";
import { checkForm } from "./form.ts";
import type { Fault, Model, Path, Values } from "./model.ts";

const MAX_BYTES = 5_000_000;

/** A file as it was read: `lineOf` finds where a path stands in it. */
export type ModelFile = { model: Model; lineOf: (path: Path) => number };

/** Faults of a file, told as `file:line: path: sentence`. */
export class ModelFaults extends Error {
  constructor(name: string, faults: readonly Fault[], lineOf: (path: Path) => number) {
    const lines = faults.map(({ path, message }) => `${name}:${lineOf(path)}: ${path.length ? `${path.join(".")}: ` : ""}${message}`);
    super(lines.join("\n"));
  }
}

/** A field or a rule with its expressions as trees; a text that is none is a fault. */
function withTrees(value: Values | null, path: Path, faults: Fault[]): Values {
  try {
    return withParsedExpressions(value ?? {}) as Values;
  } catch (error) {
    if (!(error instanceof RelataError)) throw error;
    faults.push({ path: [...path, ...(error.field ?? "").split(".").slice(1)], message: error.message });
    return {};
  }
}

/** `rocket:` with nothing behind it is an object like any other; `amount * 2` stands for a tree. */
function complete({ objects }: Model, faults: Fault[]): Model {
  const each = (map: Record<string, Values> | null | undefined, path: Path) =>
    map && Object.fromEntries(Object.entries(map).map(([name, value]) => [name, withTrees(value, [...path, name], faults)]));
  const made = Object.entries(objects ?? {}).map(([name, object]) => {
    const [fields, rules] = (["fields", "rules"] as const).map((key) => each(object?.[key], ["objects", name, key]));
    return [name, { ...object, ...(fields && { fields }), ...(rules && { rules }) }];
  });
  return { relata: 1, objects: Object.fromEntries(made) };
}

/** npm tells on standard output which script it runs: `npm run relata -- model export acme > acme.yaml` has that in it. */
const withoutBanner = (source: string): string =>
  source.replace(/^\s*(?:> [^\n]*\n)+/, (banner) => "\n".repeat(banner.split("\n").length - 1));

/** The line of a path, or of as much of it as there is. */
function lineFinder(document: Document, lines: LineCounter): (path: Path) => number {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const parent = length > 1 ? document.getIn(path.slice(0, length - 1), true) : document.contents;
      const last = path[length - 1];
      const pair = isMap(parent) ? parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last) : undefined;
      const node = (pair?.key ?? document.getIn(path.slice(0, length), true)) as { range?: [number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
}

/** What YAML makes of `source`, and where what stands. */
function parsed(source: string, file: string): { value: unknown; lineOf: (path: Path) => number } {
  const lines = new LineCounter();
  try {
    const document = parseDocument(withoutBanner(source), { lineCounter: lines, prettyErrors: false, stringKeys: true, version: "1.2" });
    const [broken] = [...document.errors, ...document.warnings];
    if (broken) throw new Error(`${file}:${lines.linePos(broken.pos[0]).line}: This is no YAML: ${broken.message}.`);
    return { value: document.toJS({ maxAliasCount: 100 }), lineOf: lineFinder(document, lines) };
  } catch (error) {
    // Of what nests too deep, or refers to itself too often.
    if (error instanceof RangeError || error instanceof ReferenceError)
      throw new Error(`${file}:1: This is no YAML that can be read: ${error.message}.`);
    throw error;
  }
}

/** The model in `source`; throws ModelFaults. `file` is what to call it. */
export function readModel(source: string, file: string): ModelFile {
  if (Buffer.byteLength(source) > MAX_BYTES) throw new Error(`${file}: This is longer than a model can be (5 MB).`);
  const { value, lineOf } = parsed(source, file);
  const faults = checkForm(value);
  const read = faults.length ? undefined : complete(value as Model, faults);
  if (!read || faults.length) throw new ModelFaults(file, faults.slice(0, 50), lineOf);
  return { model: read, lineOf };
}
