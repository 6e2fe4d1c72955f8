/** What a list is asked for: which records, in which order, how many, and what of them. */
import { RelataError } from "../../errors.ts";
import { inputOf, type RestObject } from "../objects.ts";
import { type Depth, type Selection, selectionOf, type Wanted } from "../selection.ts";
import { filterOf } from "./filter.ts";
import { orderByOf } from "./orderBy.ts";
import { Parameters } from "./parameters.ts";
import { refuse } from "./tree.ts";

/** The parameters that say what of a record is wanted. */
export const WANTED = ["depth", "fields", "related_limit"] as const;
export const LIST_PARAMETERS: ReadonlySet<string> = new Set([
  "filter",
  "order_by",
  "limit",
  "starting_after",
  "ending_before",
  "offset",
  "total_count",
  ...WANTED,
]);
/** Records in a page, when nobody says. */
export const DEFAULT_LIMIT = 60;

/** From which end of which records a page is taken; it decides which arguments the list has. */
export type PageKind = "start" | "after" | "before" | "offset";
export type ListQuery = {
  wanted: Wanted;
  filter: Record<string, unknown> | undefined;
  orderBy: Record<string, unknown>[] | undefined;
  /** As the client said, or the default. */
  limit: number;
  hasLimit: boolean;
  page: PageKind;
  cursor: string | undefined;
  offset: number | undefined;
  /** Whether all records are to be counted; it costs a look at each. */
  countsAll: boolean;
};

export function wantedOf(parameters: Parameters, depth: Depth): Wanted {
  const fields = parameters.names("fields");
  const text = parameters.text("depth");
  if (text !== undefined && !/^[012]$/.test(text)) refuse("depth is 0, 1 or 2.", "depth");
  return { depth: text === undefined ? depth : (Number(text) as Depth), fields, related: parameters.whole("related_limit") };
}

/** The filter of a request, as the variable `$filter`; undefined when it has none. */
export function filterVariable(object: RestObject, parameters: Parameters): Record<string, unknown> | undefined {
  const tree = parameters.filter();
  return tree && filterOf(inputOf(object, "filter"), tree);
}

export function orderByVariable(object: RestObject, parameters: Parameters): Record<string, unknown>[] | undefined {
  const text = parameters.text("order_by");
  return text === undefined ? undefined : orderByOf(inputOf(object, "orderBy"), text);
}

/** Reads what stands behind the ? of a list's address; BAD_INPUT with the parameter at fault. */
export function listQueryOf(object: RestObject, search: string): ListQuery {
  const parameters = new Parameters(search, LIST_PARAMETERS);
  const [after, before] = [parameters.text("starting_after"), parameters.text("ending_before")];
  const offset = parameters.whole("offset");
  if (after !== undefined && before !== undefined)
    throw new RelataError("ARGS_CONFLICT", "Give starting_after or ending_before, not both.", { field: "ending_before" });
  if (before !== undefined && offset !== undefined)
    throw new RelataError("ARGS_CONFLICT", "Give ending_before or offset, not both.", { field: "offset" });
  return {
    wanted: wantedOf(parameters, 1),
    filter: filterVariable(object, parameters),
    orderBy: orderByVariable(object, parameters),
    limit: parameters.whole("limit") ?? DEFAULT_LIMIT,
    hasLimit: parameters.has("limit"),
    page: after !== undefined ? "after" : before !== undefined ? "before" : offset !== undefined ? "offset" : "start",
    cursor: after ?? before,
    offset,
    countsAll: parameters.flag("total_count") ?? true,
  };
}

export const selectionFor = (object: RestObject, { wanted }: ListQuery): Selection => selectionOf(object, wanted);
