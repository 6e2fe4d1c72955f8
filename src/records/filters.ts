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
