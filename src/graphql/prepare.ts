/** What a request's body asks for beside its operation, and whether its operation may run at all. */
import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, type OperationDefinitionNode } from "graphql";
import { RelataError } from "../errors.ts";
import type { KnownWorkspace } from "../schemaRegistry.ts";
import type { Explanation } from "./explain.ts";
import type { Asked, PersistedDocuments } from "./persisted.ts";
import { assertShallow } from "./queryLimits.ts";

/** What the body of a request asked for: the text of its document, or why it may not run. */
export type Prepared = { query: string; explanation?: Explanation; refused?: RelataError };

const NOTHING = "{ __typename }";

/** `isShared`: the tables are those of every workspace, so that what a statement costs tells of others. */
export function prepare(body: Asked, documents: PersistedDocuments, isShared: boolean): Prepared | undefined {
  try {
    const query = documents.resolve(body);
    if (query === undefined) return undefined; // grafserv has words for that
    const { explain } = (typeof body.extensions === "object" && body.extensions ? body.extensions : {}) as { explain?: unknown };
    if (explain == null || explain === false) return { query };
    const field = "extensions.explain";
    if (explain !== true) throw new RelataError("BAD_INPUT", "explain is true or false.", { field });
    if (isShared) throw new RelataError("BAD_INPUT", "Only /graphql explains its statements.", { field });
    return { query, explanation: { statements: [] } };
  } catch (error) {
    if (!(error instanceof RelataError)) throw error;
    return { query: NOTHING, refused: error };
  }
}

export type Runnable = { document: DocumentNode; operation: OperationDefinitionNode | undefined };

const told = (error: RelataError): GraphQLError => new GraphQLError(error.message, { originalError: error });

/** The operation to run, or why it may not, before anything of it has run. */
export function runnableOf(
  { parseAndValidate, assertFewRows, limits }: KnownWorkspace,
  { query, refused }: Prepared,
  { operationName, variableValues }: Pick<ExecutionArgs, "operationName" | "variableValues">,
): Runnable | { errors: readonly GraphQLError[] } {
  if (refused) return { errors: [told(refused)] };
  const { document, errors } = parseAndValidate(query, limits);
  if (errors || !document) return { errors: errors ?? [] };
  const operation = getOperationAST(document, operationName) ?? undefined;
  try {
    if (operation?.operation === "subscription") throw new RelataError("BAD_INPUT", "There are no subscriptions.");
    assertShallow(variableValues);
    if (operation) assertFewRows(document, operation, variableValues, limits);
    return { document, operation };
  } catch (error) {
    if (!(error instanceof RelataError)) throw error;
    return { errors: [told(error)] };
  }
}
