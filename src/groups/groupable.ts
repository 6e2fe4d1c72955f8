/** What records can be grouped by: their own columns, the parts of composites, and the fields of the one record that a relation leads to. */
import type { PgCodec, PgCodecAttribute, PgCodecWithAttributes } from "postgraphile/@dataplan/pg";
import { RelataError } from "../errors.ts";
import { type Composite, compositesOf, isGranted } from "../records/composites.ts";
import { fieldName, fieldPart, fieldType, type RecordRelation, type RecordResource, singleRelations } from "../records/resources.ts";

/** A column to group by; `kind` tells how its input looks. */
export type Column = { kind: "value" | "date" | "instant" | "list"; column: string; codec: PgCodec };
export type Groupable =
  | Column
  | { kind: "composite"; composite: Composite; parts: Map<string, Column> }
  | { kind: "relation"; relation: RecordRelation };

/** What is not one value, or means nothing as one. */
const NOT_GROUPED = new Set(["RAW_JSON", "FILES", "TS_VECTOR"]);
const KINDS: Record<string, Column["kind"]> = { DATE: "date", DATE_TIME: "instant", MULTI_SELECT: "list", ARRAY: "list" };

const isJson = ({ codec }: PgCodecAttribute) => codec.hasNaturalOrdering === false && !codec.isEnum;

const known = new WeakMap<PgCodecWithAttributes, Map<string, Groupable>>();

/** By name, in the order of the columns. */
export function groupableFields(resource: RecordResource): Map<string, Groupable> {
  const { codec } = resource;
  const found = known.get(codec);
  if (found) return found;
  const fields = new Map<string, Groupable>();
  for (const [column, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    const [name, type] = [fieldName(attribute), fieldType(attribute)];
    if (!name || !type || fieldPart(attribute) || NOT_GROUPED.has(type) || !isGranted({ attribute }, "canSelect")) continue;
    fields.set(name, { kind: KINDS[type] ?? "value", column, codec: attribute.codec });
  }
  for (const composite of compositesOf(codec)) {
    const parts = [...composite.parts]
      .filter(([, { attribute }]) => !isJson(attribute) && isGranted({ attribute }, "canSelect"))
      .map(([part, { column, attribute }]): [string, Column] => [part, { kind: "value", column, codec: attribute.codec }]);
    if (parts.length) fields.set(composite.name, { kind: "composite", composite, parts: new Map(parts) });
  }
  for (const [name, relation] of singleRelations(resource)) fields.set(name, { kind: "relation", relation });
  known.set(codec, fields);
  return fields;
}

type Input = Record<string, unknown>;
/** A column, how to get there from the record, and what was said about it. */
export type Found = Column & { path: string; relations: RecordRelation[]; value: unknown };

const MAX_RELATIONS = 5;

/** The one key of an input that was given; BAD_INPUT when it is not one. */
export function onlyKey(input: unknown, path: string): [string, unknown] {
  const keys = Object.entries((input ?? {}) as Input).filter(([, value]) => value != null);
  if (keys.length === 1) return keys[0]!;
  const message = keys.length ? `Give each key of ${path} an object of its own.` : `${path} names no field.`;
  throw new RelataError("BAD_INPUT", message, { field: path });
}

/** Follows `{ company: { address: { addressCity: … } } }` to its column; BAD_INPUT when it names more than one, or none. */
export function findColumn(resource: RecordResource, input: unknown, argument: string): Found {
  const relations: RecordRelation[] = [];
  const names: string[] = [];
  let from = resource;
  let [name, value] = onlyKey(input, argument);
  for (;;) {
    names.push(name);
    const path = names.join(".");
    const field = groupableFields(from).get(name)!;
    if (field.kind === "composite") {
      const [part, inner] = onlyKey(value, `${argument}.${path}`);
      return { ...field.parts.get(part)!, path: `${path}.${part}`, relations, value: inner };
    }
    if (field.kind !== "relation") return { ...field, path, relations, value };
    relations.push(field.relation);
    if (relations.length > MAX_RELATIONS) {
      throw new RelataError("LIMIT_EXCEEDED", `${argument} goes at most ${MAX_RELATIONS} relations far.`, { field: `${argument}.${path}` });
    }
    from = field.relation.remoteResource;
    [name, value] = onlyKey(value, `${argument}.${path}`);
  }
}
