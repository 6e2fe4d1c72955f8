/** What the two filter plugins share: conditions that know the field they are about. */
import { PgCondition, type PgConditionCapableParent } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";

/** A forgotten variable arrives as null, which must not match everything: BAD_INPUT. */
export function assertGiven(value: unknown, path: string): void {
  if (value == null) {
    throw new RelataError("BAD_INPUT", `The filter ${path} is null; to find empty values, ask { is: NULL }.`, { field: path });
  }
}

const MAX_CONDITIONS = 500;
const MAX_DEPTH = 20;

/** Refuses a filter that PostgreSQL would plan for long: LIMIT_EXCEEDED. */
export function assertWithinFilterLimits(filter: unknown): void {
  let conditions = 0;
  const count = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null) return;
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

type FilteredField = { column: string; path: string };
const fields = new WeakMap<PgCondition, FilteredField>();

/** Begins what is asked of one column; its operators follow. */
export const applyField =
  (column: string, path: string) =>
  (parent: PgConditionCapableParent, value: unknown): PgCondition => {
    assertGiven(value, path);
    const condition = new PgCondition(parent);
    fields.set(condition, { column, path });
    return condition;
  };

/** The column that an operator is about, and the path to name in an error. */
export function fieldOf(condition: PgCondition): { fragment: SQL; path: string } {
  const { column, path } = fields.get(condition)!;
  return { fragment: sql`${condition.alias}.${sql.identifier(column)}`, path };
}
