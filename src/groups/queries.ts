/** The two statements of a groupBy: the groups with their aggregates, and the first records of each. */
import { LIST_TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { checkCount } from "../records/maximums.ts";
import { isSoftDeleted, type RecordResource } from "../records/resources.ts";
import { mentionsDeletedAt } from "../records/softDelete.ts";
import { type Dimension, dimensionsOf, keyOf } from "./dimensions.ts";
import { type AggregateSql, orderOfGroups } from "./order.ts";
import { Selection } from "./selection.ts";

/** An argument as Grafast hands it out: a function that applies it. */
type Apply<Target> = ((target: Target) => void) | null | undefined;

/** What both statements are about. */
export type Asked = {
  groupBy: readonly unknown[];
  filters: readonly unknown[];
  applyFilters: readonly Apply<Selection>[];
};
export type AskedGroups = Asked & { orderBy?: readonly unknown[] | null; limit?: number | null };
export type AskedRecords = Asked & {
  keys: readonly string[];
  applyOrder?: Apply<Selection>;
  first?: number | null;
  offset?: number | null;
};

export type Limits = { maxPageSize: number };
export const DEFAULT_GROUPS = 50;
export const DEFAULT_RECORDS = 10;

/** The records that are meant, and what they are grouped by. */
function selectionOf(resource: RecordResource, alias: SQL | undefined, asked: Asked): { selection: Selection; dimensions: Dimension[] } {
  const selection = new Selection(resource, alias);
  const dimensions = dimensionsOf(selection, resource, asked.groupBy);
  for (const apply of asked.applyFilters) apply?.(selection);
  if (isSoftDeleted(resource.codec) && !asked.filters.some(mentionsDeletedAt)) selection.where(sql`${selection.alias}.deleted_at is null`);
  return { selection, dimensions };
}

const list = (items: readonly SQL[]) => sql.join([...items], ", ");

/** The groups: their key, and then `selects`, which are of the table named `alias`. */
export function groupsSql(
  resource: RecordResource,
  alias: SQL,
  selects: readonly SQL[],
  aggregate: AggregateSql,
  asked: AskedGroups,
  { maxPageSize }: Limits,
): SQL {
  const limit = checkCount("limit", asked.limit, DEFAULT_GROUPS, maxPageSize);
  const { selection, dimensions } = selectionOf(resource, alias, asked);
  const order = orderOfGroups(resource, asked.orderBy, dimensions, aggregate);
  return sql`select ${list([keyOf(dimensions), ...selects])} ${selection.toSql()} group by ${list(
    dimensions.map(({ value }) => value),
  )} order by ${list(order)} limit ${sql.value(limit)}::bigint`;
}

/** Of each of the groups with these keys, the records on its page: `id`, the group's `key`, and their `place` in it. */
export function placesSql(resource: RecordResource, asked: AskedRecords, { maxPageSize }: Limits): SQL {
  const first = checkCount("firstForRecords", asked.first, DEFAULT_RECORDS, maxPageSize);
  const offset = checkCount("offsetForRecords", asked.offset, 0, Number.MAX_SAFE_INTEGER);
  const { selection, dimensions } = selectionOf(resource, undefined, asked);
  asked.applyOrder?.(selection);
  const key = keyOf(dimensions);
  selection.where(sql`${key} = any(${sql.value(LIST_TYPES.text.toPg([...asked.keys]) as never)}::text[])`);
  const place = sql`row_number() over (partition by ${list(dimensions.map(({ value }) => value))} order by ${list([
    ...selection.orders,
    sql`${selection.alias}.id`,
  ])})`;
  const places = sql.identifier(Symbol("places"));
  return sql`(select * from (select ${selection.alias}.id, ${key} as key, ${place} as place ${selection.toSql()}) as ${places} where ${places}.place > ${sql.value(offset)}::bigint and ${places}.place <= ${sql.value(offset + first)}::bigint)`;
}
