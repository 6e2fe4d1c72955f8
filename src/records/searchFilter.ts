/** The `filter` of a search over all objects: what every record has, as SQL over `t` with the operands beside it. */
import { type PgCodec, TYPES } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";
import { assertGiven } from "./filters.ts";
import { operatorsOf } from "./operators.ts";

type Filter = { [name: string]: unknown };

const COLUMNS: Record<string, { column: string; codec: PgCodec }> = {
  id: { column: "id", codec: TYPES.uuid },
  createdAt: { column: "created_at", codec: TYPES.timestamptz },
  updatedAt: { column: "updated_at", codec: TYPES.timestamptz },
  deletedAt: { column: "deleted_at", codec: TYPES.timestamptz },
};
const MAX_CONDITIONS = 50;

/** Adds the operands to `values`; answers the condition, whose text is the same for all operands. */
export function filterText(filter: Filter, values: unknown[]): string {
  let conditions = 0;
  const holds = (one: Filter, path: string): string => {
    if (++conditions > MAX_CONDITIONS) {
      throw new RelataError("LIMIT_EXCEEDED", `The filter of a search holds at most ${MAX_CONDITIONS} conditions.`, { field: "filter" });
    }
    const all = Object.entries(one).filter(([, value]) => value !== undefined);
    return all.map(([name, value]) => `(${asked(name, value, path)})`).join(" and ") || "true";
  };
  const asked = (name: string, value: unknown, path: string): string => {
    assertGiven(value, `${path}.${name}`);
    if (name === "not") return `not (${holds(value as Filter, `${path}.not`)})`;
    if (name === "and" || name === "or") {
      const parts = (value as Filter[]).map((part, n) => `(${holds(part, `${path}.${name}.${n}`)})`);
      return parts.join(` ${name} `) || String(name === "and");
    }
    const { column, codec } = COLUMNS[name]!;
    return (
      Object.entries(value as Filter)
        .map(([operator, operand]) => {
          assertGiven(operand, `${path}.${name}.${operator}`);
          if (operator === "is") return `t.${column} is ${operand === "NULL" ? "null" : "not null"}`;
          const { compare, codec: operandCodec } = operatorsOf(codec, "")[operator]!;
          values.push(operandCodec.toPg(operand as never));
          // The place of the operand is not the library's to say.
          const place = sql.identifier(`$${values.length}`);
          const { text } = sql.compile(compare(sql`t.${sql.identifier(column)}`, sql`${place}::${operandCodec.sqlType}`));
          return text.replace(/"(\$\d+)"/, "$1");
        })
        .map((text) => `(${text})`)
        .join(" and ") || "true"
    );
  };
  return holds(filter, "filter");
}
