/**
 * The GraphQL documents that repositories run. One is made for each object and shape of
 * options, and kept; what differs from call to call are its variables.
 */
import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { RelataError } from "../errors.ts";
import { plainSelection } from "../graphql/plainFields.ts";
import { Lru } from "../lru.ts";
import { upperFirst } from "../records/composites.ts";
import { type KnownObject, kindOf, objectOf, targetOf } from "./objects.ts";

/** The relations to read: "contacts.company" is { contacts: { company: {} } }. */
export type Tree = { [relation: string]: Tree };
export type Selection = { select?: readonly string[] | undefined; tree: Tree };

const DOCUMENTS_PER_SCHEMA = 500;
const documents = new WeakMap<GraphQLSchema, Lru<string, string>>();

/** The document kept under `key`, or made now. */
function once(schema: GraphQLSchema, key: readonly unknown[], make: () => string): string {
  let known = documents.get(schema);
  if (!known) documents.set(schema, (known = new Lru(DOCUMENTS_PER_SCHEMA)));
  const name = JSON.stringify(key);
  let document = known.get(name);
  if (!document) known.set(name, (document = make()));
  return document;
}

export function treeOf(paths: readonly string[] = []): Tree {
  const tree: Tree = {};
  for (const path of paths) {
    let level = tree;
    for (const relation of path.split(".")) level = level[relation] ??= {};
  }
  return tree;
}

/** How many lists stand inside each other. */
export const depthOf = (schema: GraphQLSchema, { type }: KnownObject, tree: Tree): number =>
  Math.max(
    0,
    ...Object.entries(tree).map(([name, inner]) => {
      const field = relationOf(schema, type, name);
      return (kindOf(schema, field) === "many" ? 1 : 0) + depthOf(schema, targetOf(schema, field)!, inner);
    }),
  );

export function relationOf(schema: GraphQLSchema, type: GraphQLObjectType, name: string) {
  const field = type.getFields()[name];
  const kind = field && kindOf(schema, field);
  if (field && (kind === "one" || kind === "many")) return field;
  throw new RelataError("BAD_INPUT", `${type.name} has no relation ${name}.`, { field: `relations.${name}` });
}

const PAGE = "pageInfo { hasNextPage endCursor }";

function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType, { select, tree }: Selection): string {
  const fields = type.getFields();
  const names = new Set(select ?? Object.keys(fields).filter((name) => kindOf(schema, fields[name]!) === "value"));
  // What is read in pages is found by its id.
  if (Object.keys(tree).length) names.add("id");
  const values = [...names].map((name) => {
    const field = fields[name];
    if (!field || kindOf(schema, field) !== "value") {
      throw new RelataError("BAD_INPUT", `${type.name} has no field ${name}.`, { field: `select.${name}` });
    }
    return plainSelection(field);
  });
  const relations = Object.entries(tree).map(([name, inner]) => {
    const field = relationOf(schema, type, name);
    const read = fieldsOf(schema, targetOf(schema, field)!.type, { tree: inner });
    return kindOf(schema, field) === "many" ? `${name}(first: $size) { nodes { ${read} } ${PAGE} }` : `${name} { ${read} }`;
  });
  return [...values, ...relations].join(" ");
}

const hasLists = (schema: GraphQLSchema, object: KnownObject, tree: Tree): boolean => depthOf(schema, object, tree) > 0;
const sizeOf = (schema: GraphQLSchema, object: KnownObject, tree: Tree) => (hasLists(schema, object, tree) ? ", $size: Int" : "");

/** A page of a list. */
export const listDocument = (schema: GraphQLSchema, name: string, selection: Selection): string =>
  once(schema, ["list", name, selection], () => {
    const object = objectOf(schema, name);
    const { plural, type } = object;
    return `query ($filter: ${type.name}FilterInput, $orderBy: [${type.name}OrderByInput!], $first: Int, $offset: Int, $after: String${sizeOf(schema, object, selection.tree)}) {
      list: ${plural}(filter: $filter, orderBy: $orderBy, first: $first, offset: $offset, after: $after) { nodes { ${fieldsOf(schema, type, selection)} } ${PAGE} } }`;
  });

/** How many there are. */
export const countDocument = (schema: GraphQLSchema, name: string): string =>
  once(schema, ["count", name], () => {
    const { plural, type } = objectOf(schema, name);
    return `query ($filter: ${type.name}FilterInput) { list: ${plural}(filter: $filter) { totalCount } }`;
  });

/** The rest of a record's list, behind a cursor. */
export const restDocument = (schema: GraphQLSchema, name: string, relation: string, tree: Tree): string =>
  once(schema, ["rest", name, relation, tree], () => {
    const { type } = objectOf(schema, name);
    const target = targetOf(schema, relationOf(schema, type, relation))!;
    return `query ($id: UUID!, $first: Int, $after: String${sizeOf(schema, target, tree)}) { one: ${name}(filter: { id: { eq: $id } }) {
      list: ${relation}(first: $first, after: $after) { nodes { ${fieldsOf(schema, target.type, { tree })} } ${PAGE} } } }`;
  });

const ARGUMENTS: Record<string, string> = { id: "UUID!", upsert: "Boolean", upsertOn: "[String!]" };

/** A mutation of one record or of several; `args` names its arguments. Answers the fields, or the ids alone. */
export const writeDocument = (
  schema: GraphQLSchema,
  name: string,
  verb: string,
  args: readonly string[],
  isMany: boolean,
  onlyIds = isMany,
) =>
  once(schema, [verb, name, args, isMany, onlyIds], () => {
    const { plural, type } = objectOf(schema, name);
    const mutation = `${verb}${isMany ? upperFirst(plural) : type.name}`;
    const field = schema.getMutationType()?.getFields()[mutation];
    if (!field) throw new RelataError("BAD_INPUT", `There is no ${mutation}.`, { field: "object" });
    const typeOf = (arg: string) => ARGUMENTS[arg] ?? String(field.args.find((one) => one.name === arg)?.type);
    const fields = onlyIds ? "id" : fieldsOf(schema, type, { tree: {} });
    return `mutation (${args.map((arg) => `$${arg}: ${typeOf(arg)}`).join(", ")}) {
      written: ${mutation}(${args.map((arg) => `${arg}: $${arg}`).join(", ")}) { ${fields} } }`;
  });
