/** The operation of a list that is read whole. */
import { WHOLE_LIST } from "../../records/wholeLists.ts";
import type { RestObject } from "../objects.ts";
import type { Selection } from "../selection.ts";

export type ListToStream = {
  object: RestObject;
  selection: Selection;
  filter?: unknown;
  orderBy?: unknown;
  after?: string | undefined;
  offset?: number | undefined;
  /** All, when nobody says. */
  limit?: number | undefined;
  /** Whether CSV leaves texts alone that a spreadsheet would take for formulas. */
  isVerbatim?: boolean;
};

/** `pageSize`: what is no more than a page PostgreSQL is told to be so, as of any page; more only ends the reading. */
export function operationOf(asked: ListToStream, pageSize: number): { query: string; variables: Record<string, unknown> } {
  const { object, selection, filter, orderBy, after, offset, limit } = asked;
  const given: Record<string, [type: string, value: unknown]> = {
    ...(filter !== undefined && { filter: [`${object.typeName}FilterInput`, filter] }),
    ...(orderBy !== undefined && { orderBy: [`[${object.typeName}OrderByInput!]`, orderBy] }),
    ...(after !== undefined && { after: ["String", after] }),
    ...(offset !== undefined && { offset: ["Int", offset] }),
    ...(limit !== undefined && limit <= pageSize && { first: ["Int", limit] }),
  };
  const entries = Object.entries(given);
  const declared = entries.map(([name, [type]]) => `$${name}: ${type}`).join(", ");
  const args = entries.map(([name]) => `${name}: $${name}`).join(", ");
  return {
    query: `query ${WHOLE_LIST}${declared && `(${declared})`} { list: ${object.plural}${args && `(${args})`} { nodes { ${selection.text} } } }`,
    variables: Object.fromEntries(entries.map(([name, [, value]]) => [name, value])),
  };
}
