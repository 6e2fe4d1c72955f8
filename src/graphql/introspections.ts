/**
 * What a schema says of itself is the same for all who share it, and takes long to
 * gather (0.3 s at 52 objects): the last answers of each schema are kept.
 */
import { type ExecutionResult, type GraphQLSchema, Kind, type OperationDefinitionNode } from "graphql";
import { Lru } from "../lru.ts";

const KEPT_PER_SCHEMA = 3;
const kept = new WeakMap<GraphQLSchema, Lru<OperationDefinitionNode, ExecutionResult>>();

/** Whether an operation asks for nothing but the schema, and without variables. */
export const asksOnlySchema = ({ operation, variableDefinitions, selectionSet }: OperationDefinitionNode): boolean =>
  operation === "query" &&
  !variableDefinitions?.length &&
  selectionSet.selections.every((node) => node.kind === Kind.FIELD && /^__(schema|type)$/.test(node.name.value));

/** Runs `execute` for an operation that asks only for the schema, or answers what it answered before. */
export async function introspect(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  execute: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  let answers = kept.get(schema);
  if (!answers) kept.set(schema, (answers = new Lru(KEPT_PER_SCHEMA)));
  // Documents are kept by their texts (documents.ts), so that the same text is the same operation.
  let answer = answers.get(operation);
  if (!answer) {
    answer = await execute();
    if (!answer.errors) answers.set(operation, answer);
  }
  return answer;
}
