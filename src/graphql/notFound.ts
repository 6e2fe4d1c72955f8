/** A single record that was asked for and is not there is an error, told once the operation has run. */
import { type DocumentNode, type ExecutionResult, type FieldNode, GraphQLError, type GraphQLSchema, getOperationAST, Kind } from "graphql";
import { RelataError } from "../errors.ts";

function rootFields(document: DocumentNode, operationName: string | null | undefined): FieldNode[] {
  const selections = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  return selections.filter((selection) => selection.kind === Kind.FIELD);
}

/** `result`, with NOT_FOUND for each root field that must find its record and did not. */
export function withNotFound(
  result: ExecutionResult,
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName?: string | null,
): ExecutionResult {
  if (!result.data || !Object.values(result.data).includes(null)) return result;
  const queryFields = schema.getQueryType()!.getFields();
  const missing = rootFields(document, operationName).filter((node) => {
    const key = node.alias?.value ?? node.name.value;
    const mustFind = queryFields[node.name.value]?.extensions.relata?.mustFind;
    return mustFind && result.data![key] === null && !result.errors?.some(({ path }) => path?.[0] === key);
  });
  if (!missing.length) return result;
  const originalError = new RelataError("NOT_FOUND");
  const errors = missing.map(
    (node) => new GraphQLError(originalError.message, { nodes: node, path: [node.alias?.value ?? node.name.value], originalError }),
  );
  return { ...result, errors: [...(result.errors ?? []), ...errors] };
}
