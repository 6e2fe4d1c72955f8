/** In which order groups come: by their dimensions or by aggregates, as asked; then by their dimensions, so that every order is a total one. */
import type { SQL } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";
import type { Direction } from "../records/ordering.ts";
import type { RecordResource } from "../records/resources.ts";
import type { Dimension } from "./dimensions.ts";
import { findColumn, onlyKey } from "./groupable.ts";
import { toOrder } from "./selection.ts";

const MAX_KEYS = 20;

type DateKey = { orderBy: Direction; granularity?: string | null };
export type AggregateSql = (name: string) => SQL;

function keyOfDimension(resource: RecordResource, item: unknown, dimensions: readonly Dimension[]): SQL {
  const { kind, path, value } = findColumn(resource, item, "orderBy");
  const isDate = kind === "date" || kind === "instant";
  const granularity = isDate ? (value as DateKey).granularity : undefined;
  const dimension = dimensions.find((one) => one.path === path && (granularity == null || one.granularity === granularity));
  if (!dimension) {
    const message = `Groups are ordered by what they are grouped by, or by an aggregate; groupBy has no ${path}${granularity ? ` by ${granularity}` : ""}.`;
    throw new RelataError("BAD_INPUT", message, { field: `orderBy.${path}` });
  }
  return toOrder({ fragment: dimension.sort, ...(isDate ? (value as DateKey).orderBy : (value as Direction)) });
}

/** What follows `order by`; BAD_INPUT for a key that groups do not have. */
export function orderOfGroups(
  resource: RecordResource,
  orderBy: readonly unknown[] | null | undefined,
  dimensions: readonly Dimension[],
  aggregate: AggregateSql,
): SQL[] {
  if (orderBy && orderBy.length > MAX_KEYS)
    throw new RelataError("LIMIT_EXCEEDED", `orderBy holds at most ${MAX_KEYS} keys.`, { field: "orderBy" });
  const keys = (orderBy ?? []).map((item) => {
    const [name, value] = onlyKey(item, "orderBy");
    if (name !== "aggregate") return keyOfDimension(resource, item, dimensions);
    const [asked, direction] = onlyKey(value, "orderBy.aggregate");
    return toOrder({ fragment: aggregate(asked), ...(direction as Direction) });
  });
  return [...keys, ...dimensions.map(({ sort }) => toOrder({ fragment: sort, direction: "ASC", nulls: "LAST" }))];
}
