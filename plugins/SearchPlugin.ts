/** `search(searchInput:, limit:)`: records of all objects by the words of their search fields. */
import type {} from "postgraphile";
import { loadOneWithPgClient, type PgClient } from "postgraphile/@dataplan/pg";
import { type FieldArgs, lambda } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { maximumsOf } from "../src/records/maximums.ts";
import { recordResources } from "../src/records/resources.ts";
import { makeSearch, type SearchArgs } from "../src/records/search.ts";
import { searchedObjects } from "../src/records/searchSql.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      SearchPlugin: true;
    }
  }
}

const typeDefs = gql`
  "What records of every object have in common."
  input ObjectRecordFilterInput {
    and: [ObjectRecordFilterInput!]
    or: [ObjectRecordFilterInput!]
    not: ObjectRecordFilterInput
    id: UUIDFilter
    createdAt: DateTimeFilter
    updatedAt: DateTimeFilter
    deletedAt: DateTimeFilter
  }

  "A record that a search found."
  type SearchRecord {
    recordId: UUID!
    objectNameSingular: String!
    objectLabelSingular: String!
    "What the record is called."
    label: String!
    imageUrl: String!
    "How often the words are found; 0 for what is only like them."
    tsRank: Float!
    "How near each other all the words are found; for what is only like them, how like, of 1."
    tsRankCD: Float!
  }

  type SearchResultEdge {
    cursor: String!
    node: SearchRecord!
  }

  type SearchResultPageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }

  type SearchResultConnection {
    edges: [SearchResultEdge!]!
    pageInfo: SearchResultPageInfo!
  }

  extend type Query {
    "Records of all objects whose search fields hold words that begin so, the best first; when they are few, also those that are like it."
    search(
      searchInput: String!
      "How many, at most."
      limit: Int!
      "Only what stands after this cursor."
      after: String
      "Look through these objects only."
      includedObjectNameSingulars: [String!]
      "Do not look through these objects."
      excludedObjectNameSingulars: [String!]
      filter: ObjectRecordFilterInput
    ): SearchResultConnection
  }
`;

export const SearchPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const resources = recordResources(build);
    const search = makeSearch(searchedObjects(resources), maximumsOf(build).maxPageSize);
    const load = (client: PgClient, asked: readonly string[]) => asked.map((args) => search(client, JSON.parse(args) as SearchArgs));
    const plan = (_$root: unknown, fieldArgs: FieldArgs) => {
      // As one text, so that a step can tell what is the same.
      const $asked = lambda(fieldArgs.getRaw(), (args) => JSON.stringify(args), true);
      return loadOneWithPgClient(resources[0]!.executor, $asked as never, load as never);
    };
    return { typeDefs, objects: { Query: { plans: { search: plan } } } } as never;
  }),
  name: "SearchPlugin",
  description: "Adds the search over all objects",
};
