/** What the fields of an input write: each brings its value into the form that its columns keep. */
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { RelataError } from "../errors.ts";
import { normalise } from "../fieldTypes/index.ts";
import { applyValue } from "../records/compositeSteps.ts";
import { type Composite, compositesOf, isGranted } from "../records/composites.ts";
import { fieldName, fieldType, type RecordResource } from "../records/resources.ts";
import { uuidV7 } from "../records/uuidV7.ts";
import type { Row } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { type ToMany, type ToOne, toManiesOf, toOnesOf } from "./relations.ts";

export type Input = Record<string, unknown>;
type WriteField = (row: Row, value: unknown, draft: Draft, path: string) => void;
export type InputFields = Map<string, WriteField>;
/** To create, to change, or to say which record is meant. */
type Purpose = "insert" | "update" | "where";

const conflict = (field: string, message: string) => new RelataError("ARGS_CONFLICT", message, { field });

const writeColumn =
  (column: string, type: string | undefined, field: string): WriteField =>
  (row, value) => {
    if (column in row) throw conflict(field, `${field} is another name for a field that is given, too.`);
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

type RelationInput = { connect?: { where: Input } | null; create?: Input | null; disconnect?: boolean | null };

/** `company: { connect: { where } }`, `{ create }` or `{ disconnect: true }`. */
const writeToOne =
  ({ field, column, target }: ToOne): WriteField =>
  (row, value, draft, path) => {
    const { connect, create, disconnect } = (value ?? { disconnect: true }) as RelationInput;
    const asked = [connect, create, disconnect || undefined].filter((one) => one != null);
    if (column in row || asked.length > 1) throw conflict(field, "Say once what is to become of this relation.");
    if (connect) draft.connect(row, column, target, connect.where, `${path}${field}.connect.where`);
    else if (create) row[column] = draft.create(target, create, `${path}${field}.create`)["id"];
    else if (disconnect) row[column] = null;
  };

/** `people: { create: [] }`: records that point at the one that is created with them. */
const writeToMany =
  ({ field, column, target }: ToMany): WriteField =>
  (row, value, draft, path) => {
    const { create } = (value ?? {}) as { create?: Input[] | null };
    for (const [place, input] of (create ?? []).entries()) {
      row["id"] ??= uuidV7();
      const child = draft.create(target, input, `${path}${field}.create.${place}`);
      if (column in child) throw conflict(`${field}.create.${place}`, "This belongs to the record that it is created with.");
      child[column] = row["id"];
    }
  };

const known = { insert: new WeakMap(), update: new WeakMap(), where: new WeakMap() } as Record<
  Purpose,
  WeakMap<RecordResource, InputFields>
>;

/** The fields of a record's input, by their names in the API, once `readInputs` has been there. */
export const inputFields = (resource: RecordResource, purpose: Purpose): InputFields => known[purpose].get(resource)!;

/** Learns what the fields of a record's inputs write. */
export function readInputs(build: GraphileBuild.Build, resource: RecordResource): void {
  for (const purpose of ["insert", "update", "where"] as const) known[purpose].set(resource, fieldsFor(build, resource, purpose));
}

function fieldsFor(build: GraphileBuild.Build, resource: RecordResource, purpose: Purpose): InputFields {
  const { codec } = resource;
  const fields: InputFields = new Map();
  const action = purpose === "update" ? "update" : "insert";
  const may = (of: RecordResource, column: string, what: string) =>
    build.behavior.pgCodecAttributeMatches([of.codec, column], `attribute:${what}` as never) === true;
  for (const [column, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    if (!may(resource, column, action) && !(purpose === "where" && column === "id")) continue;
    const field = build.inflection.attribute({ codec, attributeName: column });
    const alias = attribute.extensions?.tags?.["alias"];
    fields.set(field, writeColumn(column, fieldType(attribute), fieldName(attribute) ?? field));
    if (typeof alias === "string") fields.set(alias, writeColumn(column, fieldType(attribute), alias));
  }
  const right = purpose === "update" ? "canUpdate" : "canInsert";
  for (const composite of compositesOf(codec)) {
    if ([...composite.parts.values()].some((part) => isGranted(part, right))) fields.set(composite.name, writeComposite(composite));
  }
  if (purpose === "where") return fields;
  for (const toOne of toOnesOf(resource, action, may)) fields.set(toOne.field, writeToOne(toOne));
  if (purpose === "insert") for (const toMany of toManiesOf(resource, may)) fields.set(toMany.field, writeToMany(toMany));
  return fields;
}

/** What an input writes; a fault in it is told at its field behind `path`. */
export function rowOf(fields: InputFields, input: Input, path: string, draft: Draft): Row {
  const row: Row = {};
  for (const field in input) {
    if (input[field] === undefined) continue;
    try {
      fields.get(field)!(row, input[field], draft, path);
    } catch (error) {
      throw behind(path, error);
    }
  }
  return row;
}

/** The error with its whole path: a nested record's has it already. */
function behind(path: string, error: unknown): unknown {
  if (!path || !(error instanceof RelataError) || error.field?.startsWith(path)) return error;
  const { code, message, field, rule } = error;
  return new RelataError(code, message, { cause: error, field: path + field, ...(rule && { rule }) });
}

/** What an update changes; BAD_INPUT at `path` when it gives nothing. */
export function changesOf(fields: InputFields, input: Input | null | undefined, path: string, prefix: string, draft: Draft): Row {
  const row = rowOf(fields, input ?? {}, prefix, draft);
  if (Object.keys(row).length) return row;
  throw new RelataError("BAD_INPUT", "There is nothing to change: give at least one field.", { field: path });
}
