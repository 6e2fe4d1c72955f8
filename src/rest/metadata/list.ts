/** What a list of the data model is asked for, and the envelope that it is answered in. */
import type { Request } from "express";
import type { GraphQLInputObjectType, GraphQLSchema } from "graphql";
import { RelataError } from "../../errors.ts";
import { filterOf } from "../query/filter.ts";
import { Parameters } from "../query/parameters.ts";
import type { MetadataResource } from "./resources.ts";

const PAGING = ["limit", "starting_after", "ending_before", "filter"];
/** Rows in a page, when nobody says. */
export const DEFAULT_LIMIT = 60;

type Row = Record<string, unknown>;
export type PageInfo = { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
export type List = { nodes: Row[]; totalCount: number; pageInfo: PageInfo };

export const searchOf = ({ originalUrl }: Request): string => new URLSearchParams(/\?(.*)$/s.exec(originalUrl)?.[1] ?? "").toString();

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

/** RFC 8288: where the pages beside this one are. */
export function linksOf({ originalUrl }: Request, { pageInfo }: List): string | undefined {
  const [path, search] = originalUrl.split("?", 2) as [string, string | undefined];
  const link = (name: string, cursor: string, rel: string) => {
    const query = new URLSearchParams(search);
    for (const other of ["starting_after", "ending_before"]) query.delete(other);
    query.set(name, cursor);
    return `<${path}?${query}>; rel="${rel}"`;
  };
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  const links = [
    ...(hasNextPage && endCursor ? [link("starting_after", endCursor, "next")] : []),
    ...(hasPreviousPage && startCursor ? [link("ending_before", startCursor, "prev")] : []),
  ];
  return links.length ? links.join(", ") : undefined;
}

/** A row as it is shown: a list inside it is a list, without pages. */
export function shown(row: Row): Row {
  const { roles } = row as { roles?: { nodes: { role: Row }[] } };
  return roles?.nodes ? { ...row, roles: roles.nodes.map(({ role }) => role) } : row;
}
