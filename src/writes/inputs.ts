/** What the fields of an input write: each brings its value into the form that its columns keep. */
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { RelataError } from "../errors.ts";
import { normalise } from "../fieldTypes/index.ts";
import { applyValue } from "../records/compositeSteps.ts";
import { type Composite, compositesOf, isGranted } from "../records/composites.ts";
import { fieldName, fieldType, type RecordResource } from "../records/resources.ts";
import type { Row } from "./columns.ts";

export type Input = Record<string, unknown>;
type WriteField = (row: Row, value: unknown) => void;
export type InputFields = Map<string, WriteField>;

const writeColumn =
  (column: string, type: string | undefined, field: string): WriteField =>
  (row, value) => {
    row[column] = type ? normalise(type, value, field) : value;
  };

function writeComposite(composite: Composite): WriteField {
  const apply = applyValue(composite);
  return (row, value) =>
    apply(
      {
        set(column, inner) {
          row[column] = inner;
        },
      },
      value as never,
    );
}

/** A second name for a column (`@alias`): one of both is given. */
const writeAliased =
  (write: WriteField, column: string, field: string): WriteField =>
  (row, value) => {
    if (column in row) throw new RelataError("ARGS_CONFLICT", `${field} is another name for a field that is given, too.`, { field });
    write(row, value);
  };

/** The fields of a record's input to create or to update it, by their names in the API. */
export function inputFields(build: GraphileBuild.Build, { codec }: RecordResource, action: "insert" | "update"): InputFields {
  const fields: InputFields = new Map();
  for (const [attributeName, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    if (!build.behavior.pgCodecAttributeMatches([codec, attributeName], `attribute:${action}`)) continue;
    const field = build.inflection.attribute({ codec, attributeName });
    const write = writeColumn(attributeName, fieldType(attribute), fieldName(attribute) ?? field);
    const alias = attribute.extensions?.tags?.["alias"];
    fields.set(field, typeof alias === "string" ? writeAliased(write, attributeName, field) : write);
    if (typeof alias === "string") fields.set(alias, writeAliased(write, attributeName, alias));
  }
  const right = action === "insert" ? "canInsert" : "canUpdate";
  for (const composite of compositesOf(codec)) {
    if ([...composite.parts.values()].some((part) => isGranted(part, right))) fields.set(composite.name, writeComposite(composite));
  }
  return fields;
}

/** What an input writes; a fault in it is told at its field behind `path`. */
export function rowOf(fields: InputFields, input: Input, path = ""): Row {
  const row: Row = {};
  try {
    for (const field in input) if (input[field] !== undefined) fields.get(field)!(row, input[field]);
  } catch (error) {
    if (!path || !(error instanceof RelataError)) throw error;
    const { code, message, field, rule } = error;
    throw new RelataError(code, message, { cause: error, field: path + field, ...(rule && { rule }) });
  }
  return row;
}

/** What an update changes; BAD_INPUT when it gives nothing. */
export function changesOf(fields: InputFields, input: Input | null | undefined, path: string, argument = path): Row {
  const row = rowOf(fields, input ?? {}, path === argument ? "" : `${path}.`);
  if (Object.keys(row).length) return row;
  throw new RelataError("BAD_INPUT", "There is nothing to change: give at least one field.", { field: path });
}
