/** What the two filter plugins share: conditions that know the field they are about. */
import { type PgCodec, PgCondition, type PgConditionCapableParent, sqlValueWithCodec } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";

/** A forgotten variable arrives as null, which must not match everything: BAD_INPUT. */
export function assertGiven(value: unknown, path: string): void {
  if (value == null) {
    throw new RelataError("BAD_INPUT", `The filter ${path} is null; to find empty values, ask { is: NULL }.`, { field: path });
  }
}

/** Set on an operand that stands in for its value, so that a statement is built once for all values (src/patches/grafast). */
const $$parameter = Symbol.for("grafast.Parameter");
const isParameter = (value: unknown): boolean => Boolean((value as { [$$parameter]?: boolean } | null)?.[$$parameter]);

/** What is sent for a bound value of a compiled statement. */
export const parameterValue = (value: unknown): unknown => (isParameter(value) ? (value as { value: unknown }).value : value);

/** An operand as a bound value of its codec. */
export const bind = (value: unknown, codec: PgCodec): SQL =>
  isParameter(value) ? sql`${sql.value(value as never)}::${codec.sqlType}` : sqlValueWithCodec(value, codec);

/** `apply` of an operator whose SQL is the same for all operands: `encode` tells what is bound. */
export const withOperand = (codec: PgCodec, apply: (condition: PgCondition, value: unknown) => void) =>
  Object.assign(apply, { encode: (value: unknown) => codec.toPg(value as never) });

const MAX_CONDITIONS = 500;
const MAX_DEPTH = 20;

/** Refuses a filter that PostgreSQL would plan for long: LIMIT_EXCEEDED. */
export function assertWithinFilterLimits(filter: unknown): void {
  let conditions = 0;
  const count = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null || isParameter(value)) return;
    if (depth > MAX_DEPTH) throw new RelataError("LIMIT_EXCEEDED", `A filter nests at most ${MAX_DEPTH} levels.`, { field: "filter" });
    if (!Array.isArray(value) && ++conditions > MAX_CONDITIONS) {
      throw new RelataError("LIMIT_EXCEEDED", `A filter holds at most ${MAX_CONDITIONS} conditions.`, { field: "filter" });
    }
    for (const inner of Object.values(value)) count(inner, Array.isArray(value) ? depth : depth + 1);
  };
  count(filter, 0);
}

/** Whether a filter asks nothing, and so holds for every record. */
export const meansEverything = (filter: unknown): boolean =>
  Object.entries(filter ?? {}).every(
    ([name, value]) => value === undefined || (name === "and" && Array.isArray(value) && value.every(meansEverything)),
  );

/**
 * Whether nothing in a filter narrows what it means, however it is put together: `{}`, `{ name: {} }`, `{ or: [{}] }`.
 * A write by such a filter is a slip.
 */
export function saysNothing(filter: unknown): boolean {
  if (typeof filter !== "object" || filter === null) return filter === undefined;
  return Object.entries(filter).every(([name, value]) => {
    if (name === "or" && Array.isArray(value)) return value.some(saysNothing);
    if (name === "and" && Array.isArray(value)) return value.every(saysNothing);
    if (name === "not") return meansNothing(value);
    return !Array.isArray(value) && saysNothing(value);
  });
}

/** Whether a filter holds for no record, by its form alone. */
const meansNothing = (filter: unknown): boolean =>
  Object.entries(filter ?? {}).some(([name, value]) => {
    if (name === "or" && Array.isArray(value)) return value.every(meansNothing);
    if (name === "and" && Array.isArray(value)) return value.some(meansNothing);
    return name === "not" && saysNothing(value);
  });

/** What asks nothing holds for every record, also as one of several that are joined by `or`. */
export function holdsIfEmpty(parent: PgConditionCapableParent, value: unknown): void {
  if (Object.values(value as object).every((one) => one === undefined)) parent.where(sql`true`);
}

type FilteredField = { column: string; path: string };
const fields = new WeakMap<PgCondition, FilteredField>();

/** Begins what is asked of one column; its operators follow. */
export const applyField =
  (column: string, path: string) =>
  (parent: PgConditionCapableParent, value: unknown): PgCondition => {
    assertGiven(value, path);
    holdsIfEmpty(parent, value);
    const condition = new PgCondition(parent);
    fields.set(condition, { column, path });
    return condition;
  };

/** The column that an operator is about, and the path to name in an error. */
export function fieldOf(condition: PgCondition): { fragment: SQL; path: string } {
  const { column, path } = fields.get(condition)!;
  return { fragment: sql`${condition.alias}.${sql.identifier(column)}`, path };
}
