/**
 * The GraphQL documents that routes run: one for each route, object and selection, written once a schema. As the same text comes
 * each time, it is parsed, validated and planned once; what differs from request to request are its variables.
 */
import type { GraphQLSchema } from "graphql";
import { Lru } from "../lru.ts";
import { argumentOf, type RestObject } from "./objects.ts";
import type { ListQuery, PageKind } from "./query/listQuery.ts";
import { type Lists, type Selection, selectionOf, type Wanted } from "./selection.ts";

/** `version`: the name under which a record's updatedAt comes; undefined when it is not to be seen. */
export type Document = { text: string; lists: Lists; version?: string | undefined };

const DOCUMENTS_PER_SCHEMA = 500;
const documents = new WeakMap<GraphQLSchema, Lru<string, Document>>();
const VERSION = "_version";
const PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

function once({ schema, plural }: RestObject, kind: string, { depth, fields, related }: Wanted, make: () => Document): Document {
  let known = documents.get(schema);
  if (!known) documents.set(schema, (known = new Lru(DOCUMENTS_PER_SCHEMA)));
  const key = `${kind} ${plural} ${fields ? fields.join() : depth} ${related ?? ""}`;
  let document = known.get(key);
  if (!document) known.set(key, (document = make()));
  return document;
}

/** The selection of one record, with its version whatever `fields` say. */
function recordOf(object: RestObject, wanted: Wanted): Selection & { version: string | undefined } {
  const { text, lists } = selectionOf(object, wanted);
  if (!object.fields.has("updatedAt")) return { text, lists, version: undefined };
  if (!wanted.fields || wanted.fields.includes("updatedAt")) return { text, lists, version: "updatedAt" };
  return { text: `${text} ${VERSION}: updatedAt`, lists, version: VERSION };
}

/** Takes the version of a record out of its row, where JSON finds it no more; a row without the property would be a slow one. */
export function takeVersion(row: Record<string, unknown>, { version }: Document): string | undefined {
  const found = version && (row[version] as string | undefined);
  if (version === VERSION) row[VERSION] = undefined;
  return found || undefined;
}

const PAGES: Record<PageKind, [declared: string, given: string]> = {
  start: ["", "first: $limit"],
  after: ["$cursor: String", "first: $limit, after: $cursor"],
  before: ["$cursor: String", "last: $limit, before: $cursor"],
  offset: ["$offset: Int", "first: $limit, offset: $offset"],
};

export function listDocument(object: RestObject, { wanted, page, cursor, offset, countsAll }: ListQuery): Document {
  const isBoth = cursor !== undefined && offset !== undefined;
  return once(object, `list ${page} ${isBoth} ${countsAll}`, wanted, () => {
    const { text, lists } = selectionOf(object, wanted);
    const { plural, typeName } = object;
    const [declared, given] = PAGES[page];
    const variables = [
      `$filter: ${typeName}FilterInput`,
      `$orderBy: [${typeName}OrderByInput!]`,
      "$limit: Int",
      declared,
      isBoth ? "$offset: Int" : "",
    ];
    return {
      text: `query (${variables.filter(Boolean).join(", ")}) {
        list: ${plural}(filter: $filter, orderBy: $orderBy, ${given}${isBoth ? ", offset: $offset" : ""}) {
          nodes { ${text} } ${PAGE}${countsAll ? " totalCount" : ""} } }`,
      lists,
    };
  });
}

export const getDocument = (object: RestObject, wanted: Wanted): Document =>
  once(object, "get", wanted, () => {
    const { text, ...rest } = recordOf(object, wanted);
    return { text: `query ($id: UUID!) { record: ${object.singular}(filter: { id: { eq: $id } }) { ${text} } }`, ...rest };
  });

/** A call of `operation` with the arguments `args`, each from the variable of its name. */
function call(object: RestObject, operation: string, args: readonly string[], selection: string): string {
  const declared = args.map((name) => `$${name}: ${argumentOf(object, operation, name)}`).join(", ");
  return `(${declared}) { answer: ${operation}(${args.map((name) => `${name}: $${name}`).join(", ")}) { ${selection} } }`;
}

/** A mutation that answers records, one or several. */
export const writeDocument = (object: RestObject, operation: string, args: readonly string[], wanted: Wanted): Document =>
  once(object, `${operation} ${args.join()}`, wanted, () => {
    const { text, ...rest } = recordOf(object, wanted);
    return { text: `mutation ${call(object, operation, args, text)}`, ...rest };
  });

/** Lists of what is like each of some records. */
export const duplicatesDocument = (object: RestObject, args: readonly string[], wanted: Wanted): Document =>
  once(object, `duplicates ${args.join()}`, wanted, () => {
    const { text, lists } = selectionOf(object, wanted);
    return { text: `query ${call(object, object.operations.duplicates!, args, `totalCount ${PAGE} nodes { ${text} }`)}`, lists };
  });

/** Groups, with the aggregates that are named and perhaps some records of each. */
export const groupByDocument = (
  object: RestObject,
  args: readonly string[],
  aggregates: readonly string[],
  records: Wanted | undefined,
): Document =>
  once(object, `groupBy ${args.join()} ${aggregates.join()} ${records !== undefined}`, records ?? { depth: 0 }, () => {
    const { text, lists } = records ? selectionOf(object, records) : { text: "", lists: [] };
    const asked = ["groupByDimensionValues", ...aggregates, ...(records ? [`nodes { ${text} }`] : [])].join(" ");
    return { text: `query ${call(object, object.operations.groupBy!, args, asked)}`, lists };
  });
