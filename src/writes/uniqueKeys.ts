/**
 * What tells one record from another: its id, its unique fields, and the rules of several
 * fields. Living records alone are unique, but for their ids. The comments on tables and
 * columns tell (`@unique`, `@unique lower`, `@uniqueKey a b`), and keys that are one-to-one.
 */
import { escapeIdentifier } from "pg";
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { fieldName, fieldPart, type RecordResource, relationsOf } from "../records/resources.ts";

type KeyColumn = { name: string; isLower: boolean };
export type UniqueKey = {
  /** The fields in the API. */
  fields: string[];
  columns: KeyColumn[];
  /** Whether nothing equals nothing in all but the first column, as in a composite. */
  nullsAreEqual: boolean;
};

const known = new WeakMap<RecordResource, UniqueKey[]>();

/** The columns of each unique field: several for a composite. */
function fieldKeys(attributes: Record<string, PgCodecAttribute>): UniqueKey[] {
  const keys = new Map<string, UniqueKey>();
  for (const [name, attribute] of Object.entries(attributes)) {
    const unique = attribute.extensions?.tags?.["unique"];
    const field = fieldName(attribute);
    if (unique === undefined || !field) continue;
    const key = keys.get(field) ?? { fields: [field], columns: [], nullsAreEqual: fieldPart(attribute) !== undefined };
    key.columns.push({ name, isLower: unique === "lower" });
    keys.set(field, key);
  }
  return [...keys.values()];
}

const ruleKey = (attributes: Record<string, PgCodecAttribute>, text: string): UniqueKey => {
  const columns = text.split(" ").map((key) => ({ name: key.replace(/^lower\((.*)\)$/, "$1"), isLower: key.startsWith("lower(") }));
  const fields = columns.map(({ name }) => (attributes[name] && fieldName(attributes[name])) ?? name);
  return { fields, columns, nullsAreEqual: false };
};

/** The keys of a table, its id first. */
export function uniqueKeysOf(resource: RecordResource): UniqueKey[] {
  let keys = known.get(resource);
  if (keys) return keys;
  const attributes = resource.codec.attributes as Record<string, PgCodecAttribute>;
  const rules = [resource.codec.extensions?.tags?.["uniqueKey"] ?? []].flat() as string[];
  const oneToOnes = relationsOf(resource).filter(([, { isReferencee, extensions }]) => !isReferencee && extensions?.tags?.oneToOne);
  keys = [
    { fields: ["id"], columns: [{ name: "id", isLower: false }], nullsAreEqual: false },
    ...fieldKeys(attributes),
    ...rules.map((text) => ruleKey(attributes, text)).filter(({ columns }) => columns.every(({ name }) => name in attributes)),
    ...oneToOnes.map(([, { localAttributes }]) => ({
      fields: [fieldName(attributes[localAttributes[0]!]!) ?? localAttributes[0]!],
      columns: [{ name: localAttributes[0]!, isLower: false }],
      nullsAreEqual: false,
    })),
  ];
  known.set(resource, keys);
  return keys;
}

/** That two rows, by their names in the statement, have the same key. */
export function sameKey({ columns, nullsAreEqual }: UniqueKey, one: string, other: string): string {
  const equal = columns.map(({ name, isLower }, place) => {
    const [a, b] = [one, other].map((row) => `${row}.${escapeIdentifier(name)}`).map((value) => (isLower ? `lower(${value})` : value));
    return nullsAreEqual && place > 0 ? `${a} is not distinct from ${b}` : `${a} = ${b}`;
  });
  return equal.join(" and ");
}
