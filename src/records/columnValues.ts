/** What an input would write, by columns: for questions about records that are not there yet. */
import type { PgCodecAttribute, PgCodecWithAttributes } from "postgraphile/@dataplan/pg";
import { normalise } from "../fieldTypes/index.ts";
import { fieldName, fieldPart, fieldType } from "./resources.ts";

type Input = Record<string, unknown>;

/** Where a record stands says nothing of it, and may be a word ("first"). */
const LEFT_OUT = "POSITION";

/** The columns of `input`'s own fields in the form that they are kept in; what is wrong with one is told at `path`. */
export function columnValues(codec: PgCodecWithAttributes, input: Input, path: string): Input {
  const values: Input = {};
  const normalised = new Map<string, unknown>();
  for (const [column, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    const [field, type, part] = [fieldName(attribute), fieldType(attribute), fieldPart(attribute)];
    if (!field || !type || type === LEFT_OUT || input[field] == null) continue;
    if (!normalised.has(field)) normalised.set(field, normalise(type, input[field], `${path}.${field}`));
    const value = normalised.get(field);
    values[column] = part ? (value as Input)[part] : value;
  }
  return values;
}
