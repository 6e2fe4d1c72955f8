/** The GraphQL documents of `/rest/metadata/…`: written once a compiled schema, the same text each time, so that each is parsed and planned once. */
import { type GraphQLObjectType, type GraphQLSchema, getNamedType } from "graphql";
import { isPlain, plainSelection } from "../../graphql/plainFields.ts";
import type { MetadataResource, Writing } from "./resources.ts";

const known = new WeakMap<GraphQLSchema, Map<string, string>>();

function once(schema: GraphQLSchema, key: string, make: () => string): string {
  let documents = known.get(schema);
  if (!documents) known.set(schema, (documents = new Map()));
  let document = documents.get(key);
  if (!document) documents.set(key, (document = make()));
  return document;
}

/** All that is plain of a type, and what else a resource tells. */
function selectionOf(schema: GraphQLSchema, { typeName, more = "" }: MetadataResource): string {
  const plainOf = (name: string) => {
    const type = schema.getType(name) as GraphQLObjectType;
    const fields = Object.values(type.getFields());
    return fields.filter(isPlain).map(plainSelection).join(" ");
  };
  const fields = typeName === "Object" ? `fields: fieldsList { ${plainOf("Field")} }` : "";
  return `${plainOf(typeName)} ${fields} ${more}`;
}

/** A page of a list. */
export const listDocument = (schema: GraphQLSchema, resource: MetadataResource): string =>
  once(
    schema,
    `list ${resource.plural}`,
    () => `query ($filter: ${resource.typeName}FilterInput, $first: Int, $last: Int, $after: String, $before: String) {
      list: ${resource.plural}(filter: $filter, first: $first, last: $last, after: $after, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ${selectionOf(schema, resource)} } } }`,
  );

/** One, by its id. */
export const oneDocument = (schema: GraphQLSchema, resource: MetadataResource): string =>
  once(
    schema,
    `one ${resource.plural}`,
    () =>
      `query ($filter: ${resource.typeName}FilterInput!) { one: ${resource.singular}(filter: $filter) { ${selectionOf(schema, resource)} } }`,
  );

/** What writes, with these arguments. */
export const writeDocument = (schema: GraphQLSchema, resource: MetadataResource, { name }: Writing, given: readonly string[]): string =>
  once(schema, `${name} ${given.join()}`, () => {
    const { args, type } = schema.getMutationType()!.getFields()[name]!;
    const typeOf = (given: string) => String(args.find((one) => one.name === given)!.type);
    const selection = getNamedType(type).name === resource.typeName ? selectionOf(schema, resource) : "token";
    return `mutation (${given.map((one) => `$${one}: ${typeOf(one)}`).join(", ")}) {
      written: ${name}(${given.map((one) => `${one}: $${one}`).join(", ")}) { ${selection} } }`;
  });
