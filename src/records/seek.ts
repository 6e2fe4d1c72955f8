/**
 * The page of a list: what stands behind a cursor, as conditions that PostgreSQL answers
 * from an index. Called by the step that builds the statement (src/patches/@dataplan+pg),
 * once the values of the cursor are known.
 *
 * One index serves every direction of a nullable field: it keeps empty values at one end,
 * so where a list wants them at the other, or goes on from the values to the empty ones,
 * the page is the union of two that the index has, each cut at the page's size. Choices
 * stand in the order of their options, so theirs is a union of one for each.
 */
import type { PgCodec } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";

/** What an index sorts by: a column, and its options when it is a choice. */
export type Sorted = { column: SQL; options?: readonly string[] };

type Order = { fragment: SQL; codec: PgCodec; nullable?: boolean; direction: "ASC" | "DESC"; nulls?: "FIRST" | "LAST"; sorted?: Sorted };
type Join = { type: string; from: SQL; alias: SQL; conditions: SQL[] };
/** What the library knows of a statement while it builds it. */
type Statement = {
  mode: string;
  alias: SQL;
  from: SQL;
  orders: Order[];
  conditions: SQL[];
  joins: Join[];
  first: number | null;
  last: number | null;
  offset: number | null;
  fetchOneExtra: boolean;
  shouldReverseOrder: boolean;
};

/** A key as the statement goes through it, which for `last` is from the end, and the cursor's value, bound once. */
type Key = { fragment: SQL; isNullable: boolean; isAscending: boolean; nullsFirst: boolean; given?: unknown; value?: SQL };

function bound({ codec, nullable }: Order, given: unknown): { given?: unknown; value?: SQL } {
  if (given == null && nullable) return {};
  if (!["string", "number", "boolean"].includes(typeof given)) throw new RelataError("INVALID_CURSOR");
  return { given, value: sql`${sql.value(codec.toPg(given as never) as never)}::${codec.sqlType}` };
}

function keyOf(order: Order, reversed: boolean, given: unknown, hasCursor: boolean): Key {
  const { fragment, nullable, direction, nulls } = order;
  return {
    fragment,
    isNullable: nullable === true,
    isAscending: (direction === "ASC") !== reversed,
    nullsFirst: (nulls ? nulls === "FIRST" : direction === "DESC") !== reversed,
    ...(hasCursor && bound(order, given)),
  };
}

const row = (parts: readonly SQL[]): SQL => sql`(${sql.join(parts as SQL[], ", ")})`;

/** That a record stands behind the place that the keys' values say. */
function behind(keys: readonly Key[]): SQL {
  const [key, ...rest] = keys as [Key, ...Key[]];
  const { fragment, isNullable, isAscending, nullsFirst, value } = key;
  const comparator = isAscending ? sql`>` : sql`<`;
  if (keys.every((one) => !one.isNullable && one.isAscending === isAscending)) {
    return sql`${row(keys.map((one) => one.fragment))} ${comparator} ${row(keys.map((one) => one.value!))}`;
  }
  const next = rest.length ? behind(rest) : sql`false`;
  if (!value) return nullsFirst ? sql`(${fragment} is not null or ${next})` : sql`(${fragment} is null and ${next})`;
  // The first comparison is for the index.
  const among = sql`(${fragment} ${comparator}= ${value} and (${fragment} ${comparator} ${value} or ${next}))`;
  return isNullable && !nullsFirst ? sql`(${fragment} is null or ${among})` : among;
}

/** The parts of a list that an index has one behind the other, from the cursor on; null when it has the list as it is. */
function partsOf({ column, options }: Sorted, keys: readonly Key[], hasCursor: boolean): SQL[] | null {
  const [key, ...rest] = keys as [Key, ...Key[]];
  // PostgreSQL's order of empty values, which is the index's.
  if (!options && !hasCursor && (!key.isNullable || key.nullsFirst !== key.isAscending)) return null;
  const groups = options ? options.map((option) => sql`${column} = ${sql.literal(option)}`) : [sql`${column} is not null`];
  const own = groups[typeof key.given === "number" && options ? key.given - 1 : 0];
  if (!key.isAscending) groups.reverse();
  const empty = sql`${column} is null`;
  if (key.isNullable) groups.splice(key.nullsFirst ? 0 : groups.length, 0, empty);
  if (!hasCursor) return groups;
  const at = groups.indexOf((key.value ? own : empty) as SQL);
  if (at < 0) throw new RelataError("INVALID_CURSOR");
  const here = key.value && !options ? behind([{ ...key, isNullable: false }, ...rest]) : sql`${groups[at]!} and ${behind(rest)}`;
  return [here, ...groups.slice(at + 1)];
}

/** The order within a part: the first key's is the index's, and of one choice there is none. */
function orderSql({ orders }: Statement, keys: readonly Key[]): SQL {
  return sql.join(
    keys.map(({ fragment, isAscending, nullsFirst, isNullable }, n) => {
      const nulls = n && isNullable ? (nullsFirst ? sql` nulls first` : sql` nulls last`) : sql.blank;
      return sql`${n ? fragment : orders[0]!.sorted!.column} ${isAscending ? sql`asc` : sql`desc`}${nulls}`;
    }),
    ", ",
  );
}

/** The ids of a page, cut from each of its parts. */
function idsOf(statement: Statement, keys: readonly Key[], parts: readonly SQL[], limit: number): SQL {
  const { alias, from, joins, conditions } = statement;
  const joined = joins.map((join) => sql`left join ${join.from} as ${join.alias} on ${sql.join(join.conditions, " and ")}`);
  const selects = parts.map((part) => {
    const where = sql.join(
      [...conditions, part].map((one) => sql`(${one})`),
      " and ",
    );
    return sql`(select ${alias}.id from ${from} as ${alias} ${sql.join(joined, " ")} where ${where} order by ${orderSql(statement, keys)} limit ${sql.literal(limit)})`;
  });
  return sql`${alias}.id = any (array(${sql.join(selects, " union all ")}))`;
}

/** Narrows a statement to what stands behind its cursor, in a form for the index of its first key. */
export function seek(statement: Statement, after: readonly unknown[] | null, before: readonly unknown[] | null): void {
  const { orders, conditions, joins, mode, first, last, offset, fetchOneExtra, shouldReverseOrder } = statement;
  const [cursor, other] = shouldReverseOrder ? [before, after] : [after, before];
  const keysTo = (values: readonly unknown[] | null, reversed: boolean) =>
    orders.map((order, n) => keyOf(order, reversed, values?.[n + 1], values !== null));
  if (other) conditions.push(behind(keysTo(other, !shouldReverseOrder)));
  const keys = keysTo(cursor, shouldReverseOrder);

  const { sorted } = orders[0]!;
  const size = first ?? last;
  const canSplit = sorted && mode === "normal" && size !== null && joins.every(({ type }) => type === "left");
  const parts = canSplit ? partsOf(sorted, keys, cursor !== null) : null;
  if (!parts) {
    if (cursor) conditions.push(behind(keys));
  } else if (parts.length > 1) {
    const limit = size! + (offset ?? 0) + (fetchOneExtra ? 1 : 0);
    statement.conditions = [idsOf(statement, keys, parts, limit)];
  } else {
    conditions.push(parts[0]!);
    // As in orderSql: no empty value is left beside others.
    const { nulls: _nulls, ...order } = orders[0]!;
    orders[0] = { ...order, fragment: sorted!.column };
  }
}
