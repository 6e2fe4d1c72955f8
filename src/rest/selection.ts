/**
 * What of a record an answer holds, as GraphQL: `depth` 0 is its own values, 1 also the records that it
 * leads to, 2 what those lead to; `fields` names what is wanted instead (`name,createdBy.source,contacts.email`).
 */
import { RelataError } from "../errors.ts";
import type { RestField, RestObject } from "./objects.ts";

export type Depth = 0 | 1 | 2;
/** `related`: how many records of each relation to many, when the request says. */
export type Wanted = { depth: Depth; fields?: readonly string[] | undefined; related?: number | undefined };
/** The relations to many in an answer, which GraphQL wraps and REST does not, and those inside of them. */
export type Lists = { name: string; isMany: boolean; inner: Lists }[];
export type Selection = { text: string; lists: Lists };

/** Records of a relation to many, in each record. */
export const RELATED_RECORDS = 60;
/** Names in `fields`. */
const MAX_FIELDS = 200;

type Names = Map<string, Names>;

function relation({ name, kind }: RestField, { text, lists }: Selection, size: number): Selection {
  const isMany = kind === "toMany";
  return {
    text: isMany ? `${name}(first: ${size}) { nodes { ${text} } }` : `${name} { ${text} }`,
    lists: isMany || lists.length ? [{ name, isMany, inner: lists }] : [],
  };
}

const value = ({ name, parts }: RestField): Selection => ({ text: parts ? `${name} { ${parts.join(" ")} }` : name, lists: [] });

const together = (selections: readonly Selection[]): Selection => ({
  text: selections.map(({ text }) => text).join(" "),
  lists: selections.flatMap(({ lists }) => lists),
});

/** Lists inside lists are left out, as the reference does: they would be sixty times sixty a record. */
function toDepth(object: RestObject, depth: number, size: number, isInList = false): Selection {
  const selections: Selection[] = [];
  for (const field of object.fields.values()) {
    if (!field.target) selections.push(value(field));
    else if (depth > 0 && !(isInList && field.kind === "toMany"))
      selections.push(relation(field, toDepth(field.target(), depth - 1, size, isInList || field.kind === "toMany"), size));
  }
  return together(selections);
}

function toNames(object: RestObject, names: Names, size: number, path = "fields", isInList = false): Selection {
  const selections = new Map<string, Selection>();
  if (object.fields.has("id")) selections.set("id", { text: "id", lists: [] });
  for (const [name, inner] of names) {
    const at = `${path}.${name}`;
    const field = object.fields.get(name);
    if (!field) throw new RelataError("BAD_INPUT", `${object.typeName} has no field ${name}.`, { field: at });
    if (field.target) {
      if (isInList && field.kind === "toMany")
        throw new RelataError("BAD_INPUT", `${name} is a list inside a list: ask for it by itself.`, { field: at });
      const isList = isInList || field.kind === "toMany";
      selections.set(
        name,
        relation(field, inner.size ? toNames(field.target(), inner, size, at, isList) : toDepth(field.target(), 0, size, isList), size),
      );
    } else if (inner.size) selections.set(name, value({ ...field, parts: partsOf(field, inner, at) }));
    else selections.set(name, value(field));
  }
  return together([...selections.values()]);
}

function partsOf({ name, parts = [] }: RestField, asked: Names, path: string): string[] {
  for (const [part, inner] of asked) {
    const at = `${path}.${part}`;
    if (!parts.includes(part) || inner.size) throw new RelataError("BAD_INPUT", `${name} has no part ${part}.`, { field: at });
  }
  return [...asked.keys()];
}

/** `["name", "createdBy.source"]` as a tree. A field that is named whole is read whole. */
function treeOf(fields: readonly string[]): Names {
  if (fields.length > MAX_FIELDS)
    throw new RelataError("LIMIT_EXCEEDED", `fields names ${fields.length} fields; the limit is ${MAX_FIELDS}.`, { field: "fields" });
  const tree: Names = new Map();
  const whole = new Set(fields);
  for (const path of fields) {
    let level = tree;
    let at = "";
    for (const name of path.split(".").slice(0, 5)) {
      at = at ? `${at}.${name}` : name;
      let inner = level.get(name);
      if (!inner) level.set(name, (inner = new Map()));
      if (whole.has(at)) break;
      level = inner;
    }
  }
  return tree;
}

/** The selection of an object's records; BAD_INPUT for a field that is not there, or that the caller may not see. */
export const selectionOf = (object: RestObject, { depth, fields, related = RELATED_RECORDS }: Wanted): Selection =>
  fields ? toNames(object, treeOf(fields), related) : toDepth(object, depth, related);

type Row = Record<string, unknown>;

/** Takes the lists of `row` out of what GraphQL wraps them in. */
export function unwrap(row: Row, lists: Lists): void {
  for (const { name, isMany, inner } of lists) {
    const found = row[name] as Row | null;
    if (!found) continue;
    if (!isMany) unwrap(found, inner);
    else {
      const rows = found["nodes"] as Row[];
      if (inner.length) for (const one of rows) unwrap(one, inner);
      row[name] = rows;
    }
  }
}
