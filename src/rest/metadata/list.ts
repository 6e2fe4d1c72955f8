/** What a list of the data model is asked for, and the envelope that it is answered in. */
import type { GraphQLInputObjectType, GraphQLSchema } from "graphql";
import { RelataError } from "../../errors.ts";
import type { PageInfo } from "../links.ts";
import { filterOf } from "../query/filter.ts";
import { DEFAULT_LIMIT } from "../query/listQuery.ts";
import { Parameters } from "../query/parameters.ts";
import type { MetadataResource } from "./resources.ts";

const PAGING = ["limit", "starting_after", "ending_before", "filter"];

type Row = Record<string, unknown>;
export type List = { nodes: Row[]; totalCount: number; pageInfo: PageInfo };

/** The variables of a list's document. A page that is too large is as large as pages are. */
export function listVariables(
  schema: GraphQLSchema,
  { typeName, filters }: MetadataResource,
  search: string,
  maxPageSize: number,
): Record<string, unknown> {
  const parameters = new Parameters(search, new Set([...PAGING, ...Object.keys(filters)]));
  const [after, before] = [parameters.text("starting_after"), parameters.text("ending_before")];
  if (after !== undefined && before !== undefined)
    throw new RelataError("ARGS_CONFLICT", "Give starting_after or ending_before, not both.", { field: "ending_before" });
  const limit = Math.min(parameters.whole("limit") ?? DEFAULT_LIMIT, maxPageSize);
  const tree = parameters.filter();
  const asked = tree ? [filterOf(schema.getType(`${typeName}FilterInput`) as GraphQLInputObjectType, tree)] : [];
  for (const [name, column] of Object.entries(filters)) {
    const value = parameters.text(name);
    if (value !== undefined) asked.push({ [column]: { eq: value } });
  }
  return {
    ...(before === undefined ? { first: limit, after } : { last: limit, before }),
    ...(asked.length && { filter: { and: asked } }),
  };
}

/** A row as it is shown: a list inside it is a list, without pages. */
export function shown(row: Row): Row {
  const { roles } = row as { roles?: { nodes: { role: Row }[] } };
  return roles?.nodes ? { ...row, roles: roles.nodes.map(({ role }) => role) } : row;
}
