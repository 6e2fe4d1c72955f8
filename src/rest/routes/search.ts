/** `GET /rest/search?q=acme`: records of all objects by the words of their search fields. */
import type { GraphQLInputObjectType, GraphQLSchema } from "graphql";
import type { Operation } from "../operation.ts";
import { filterOf } from "../query/filter.ts";
import { DEFAULT_LIMIT } from "../query/listQuery.ts";
import { Parameters } from "../query/parameters.ts";

type Found = { edges: { node: Record<string, unknown> }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

const PARAMETERS: ReadonlySet<string> = new Set([
  "q",
  "search_input",
  "limit",
  "starting_after",
  "included_objects",
  "excluded_objects",
  "filter",
]);
const NAMES = {
  searchInput: "q",
  after: "starting_after",
  includedObjectNameSingulars: "included_objects",
  excludedObjectNameSingulars: "excluded_objects",
};
const TEXT = `query ($searchInput: String!, $limit: Int!, $after: String, $includedObjectNameSingulars: [String!],
  $excludedObjectNameSingulars: [String!], $filter: ObjectRecordFilterInput) {
  search(searchInput: $searchInput, limit: $limit, after: $after, includedObjectNameSingulars: $includedObjectNameSingulars,
    excludedObjectNameSingulars: $excludedObjectNameSingulars, filter: $filter) {
    edges { node { recordId objectNameSingular objectLabelSingular label imageUrl tsRank tsRankCD } } pageInfo { hasNextPage endCursor } } }`;

export function search(schema: GraphQLSchema, asked: string): Operation {
  const parameters = new Parameters(asked, PARAMETERS);
  const tree = parameters.filter();
  return {
    text: TEXT,
    variables: {
      searchInput: parameters.text("q", "search_input") ?? "",
      limit: parameters.whole("limit") ?? DEFAULT_LIMIT,
      after: parameters.text("starting_after"),
      includedObjectNameSingulars: parameters.names("included_objects"),
      excludedObjectNameSingulars: parameters.names("excluded_objects"),
      filter: tree && filterOf(schema.getType("ObjectRecordFilterInput") as GraphQLInputObjectType, tree),
    },
    names: NAMES,
    toAnswer(data) {
      const { edges, pageInfo } = data["search"] as Found;
      return { status: 200, body: { data: { search: edges.map(({ node }) => node) }, pageInfo } };
    },
  };
}
