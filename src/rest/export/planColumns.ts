/**
 * What each value of a list's records is made of, read off the plan of its operation: the column of the
 * statement, the codec that reads it and the type that shows it. With that a row can be written as it
 * comes from PostgreSQL, without running the plan for it.
 */
import type { GraphQLLeafType } from "graphql";
import type { PgCodec } from "postgraphile/@dataplan/pg";
import { PgClassExpressionStep, PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { CompositeStep } from "../../records/compositeSteps.ts";

/** A value: where it stands in the record, and in the rows of the statement. */
export type Leaf = { path: readonly string[]; index: number; codec: PgCodec; type: GraphQLLeafType; isList: boolean };

/** The parts of Grafast's plans that are read here. */
type OutputPlan = {
  type: { mode: string; graphqlType?: GraphQLLeafType };
  rootStep: object;
  processRoot: unknown;
  keys: Record<string, { type: string; outputPlan?: OutputPlan }>;
  child: OutputPlan | null;
};
export type OperationPlan = { rootOutputPlan: OutputPlan };
type Column = { attrIndex: number | null; pgCodec: PgCodec; dependencies: readonly object[] };
type Dependent = { dependencies: readonly object[] };

const isOf = (step: object, record: object): boolean => (step as Dependent).dependencies[0] === record;

/** The value that a plan answers by itself from one column of `record`; undefined when it does not. */
function leafOf(plan: OutputPlan, record: object, path: readonly string[]): Leaf | undefined {
  const { type, rootStep, child, processRoot } = plan;
  if (processRoot || !(rootStep instanceof PgClassExpressionStep) || !isOf(rootStep, record)) return undefined;
  const { attrIndex: index, pgCodec: codec } = rootStep as unknown as Column;
  if (index === null) return undefined;
  if (type.mode === "leaf") return { path, index, codec, type: type.graphqlType!, isList: false };
  if (type.mode !== "array" || child?.type.mode !== "leaf" || child.processRoot || !isOf(child.rootStep, rootStep)) return undefined;
  return { path, index, codec, type: child.type.graphqlType!, isList: true };
}

function leavesOf(plan: OutputPlan, record: object, path: readonly string[]): Leaf[] | undefined {
  const leaves: Leaf[] = [];
  for (const [name, { outputPlan }] of Object.entries(plan.keys)) {
    if (!outputPlan) return undefined;
    const { rootStep, type } = outputPlan;
    const isComposite = type.mode === "object" && rootStep instanceof CompositeStep && isOf(rootStep, record);
    const leaf = isComposite ? undefined : leafOf(outputPlan, record, [...path, name]);
    const found = isComposite ? leavesOf(outputPlan, record, [...path, name]) : leaf && [leaf];
    if (!found) return undefined;
    leaves.push(...found);
  }
  return leaves;
}

/** The values of each record of `{ list: … { nodes { … } } }`, in their order; undefined when not every one is a column's. */
export function leavesOfList({ rootOutputPlan }: OperationPlan): Leaf[] | undefined {
  const record = rootOutputPlan.keys["list"]?.outputPlan?.keys["nodes"]?.outputPlan?.child;
  if (!(record?.rootStep instanceof PgSelectSingleStep)) return undefined;
  return leavesOf(record, record.rootStep, []);
}
