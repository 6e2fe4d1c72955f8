/**
 * `extensions: { explain: true }` beside an operation: what each of its statements
 * costs, by EXPLAIN ANALYZE under the same role and claim, and which index would
 * help. A statement is explained in a savepoint that is taken back, and then run, so
 * that it has its effects once. Who may ask is SQL's to say.
 */
import type { Statement, StatementResult } from "../pgTransaction.ts";

type Plan = { Plan: Record<string, unknown>; "Planning Time": number; "Execution Time": number };

export type Explained = {
  sql: string;
  planningMs: number;
  executionMs: number;
  rows: number;
  plan: Plan;
  /** Changes of the data model that would make it faster, as applyChanges takes them. */
  advice: unknown[];
};

/** Gathers what the statements of one operation cost. */
export type Explanation = { statements: Explained[] };

/** Runs behind the claim: PERMISSION_DENIED for who may not change the data model, and for whom a plan could tell of records that he does not see. */
export const MAY_EXPLAIN: Statement = { text: "select authz.require_explain()", values: [] };

/** Statements over the tables of every workspace: what they cost tells of the others, so they run without being explained. */
const OF_EVERYBODY = /\bcore"?\.|\bpg_attrdef\b/;

const ADVICE = "select authz.index_advice($1::jsonb)";

export const explainedBy =
  ({ statements }: Explanation) =>
  async (statement: Statement, send: (statement: Statement) => Promise<StatementResult>): Promise<void> => {
    const { text, values } = statement;
    if (OF_EVERYBODY.test(text)) return;
    const { rows } = await send({ text: `explain (analyze, buffers, format json) ${text}`, values });
    const [plan] = JSON.parse(rows[0]![0]!) as [Plan];
    const advice = await send({ name: "relata.index_advice", text: ADVICE, values: [JSON.stringify(plan.Plan)] });
    statements.push({
      sql: text,
      planningMs: plan["Planning Time"],
      executionMs: plan["Execution Time"],
      rows: Number(plan.Plan["Actual Rows"]),
      plan,
      advice: JSON.parse(advice.rows[0]![0]!) as unknown[],
    });
  };
