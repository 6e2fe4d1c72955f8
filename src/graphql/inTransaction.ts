/**
 * Runs an operation as one transaction, when it asks for that: `@transaction` (all of
 * its root fields or none), an Idempotency-Key (its answer is kept beside what it
 * writes), or explain. Without these each root field stays a transaction and a round
 * trip of its own.
 */
import { type ExecutionResult, GraphQLError, type OperationDefinitionNode } from "graphql";
import type { Pool } from "pg";
import { RelataError } from "../errors.ts";
import { OpenTransaction } from "../openTransaction.ts";
import { type Claim, claimStatement, noteClaim } from "../pgAdaptor.ts";
import { type Explanation, explainedBy, MAY_EXPLAIN } from "./explain.ts";
import { type IdempotencyKey, inTurn, keepAnswer, orInUse, useKey } from "./idempotency.ts";

export type Wanted = { isAllOrNothing: boolean; key?: IdempotencyKey | undefined; explanation?: Explanation | undefined };

/** Why an operation is one transaction; undefined when it is not. */
export function transactionOf(
  operation: OperationDefinitionNode,
  key: IdempotencyKey | undefined,
  explanation: Explanation | undefined,
): Wanted | undefined {
  const isMutation = operation.operation === "mutation";
  const isAllOrNothing = isMutation && Boolean(operation.directives?.some(({ name }) => name.value === "transaction"));
  const wanted: Wanted = { isAllOrNothing, key: isMutation ? key : undefined, explanation };
  return isAllOrNothing || wanted.key || explanation ? wanted : undefined;
}

/** Nothing was written: the first error says why, and the other root fields say that. */
function rolledBack(result: ExecutionResult): ExecutionResult {
  if (!result.data) return result;
  const keys = Object.keys(result.data);
  const errors = result.errors ?? [];
  const failed = keys.find((key) => errors.some(({ path }) => path?.[0] === key));
  const originalError = new RelataError("ROLLED_BACK");
  const others = keys.filter((key) => key !== failed);
  return {
    ...result,
    data: Object.fromEntries(keys.map((key) => [key, null])),
    errors: [
      ...errors.filter(({ path }) => path?.[0] === failed),
      ...others.map((key) => new GraphQLError(originalError.message, { path: [key], originalError })),
    ],
  };
}

/** Whether what an operation wrote is to stay: with nothing but errors it has written nothing that anybody was told of. */
function isKept({ data, errors }: ExecutionResult, { isAllOrNothing }: Wanted): boolean {
  if (!errors?.length) return true;
  return !isAllOrNothing && Object.values(data ?? {}).some((value) => value !== null);
}

/** A secret is shown once, and kept nowhere. */
const toldOnce = new RelataError("IDEMPOTENCY_KEY_REUSED", "This was answered once, with a secret that is kept nowhere.");
const TOLD_ONCE: ExecutionResult = { errors: [new GraphQLError(toldOnce.message, { originalError: toldOnce })] };

async function open(pool: Pool, claim: Claim, { key, isAllOrNothing, explanation }: Wanted) {
  const opening = [...(key ? [useKey(claim, key)] : []), claimStatement(claim), ...(explanation ? [MAY_EXPLAIN] : [])];
  const { statementTimeoutMs, workspaceId } = claim;
  const options = {
    isPatient: !isAllOrNothing,
    statementTimeoutMs,
    workspaceId,
    ...(explanation && { rehearse: explainedBy(explanation) }),
  };
  const { transaction, results } = await OpenTransaction.open(pool, opening, options).catch((error) => {
    throw key ? orInUse(error) : error;
  });
  noteClaim(claim, results[key ? 1 : 0]!);
  return { transaction, before: key && results[0]!.rows[0]![0] };
}

/**
 * Runs `execute`, whose steps all find the transaction in their claim. `toText` makes of a result what its client
 * reads. Answers the result, or as text what was answered to the same request before.
 */
export function inTransaction(...args: Parameters<typeof run>): ReturnType<typeof run> {
  const [, claim, { key }] = args;
  return key ? inTurn(claim, key, () => run(...args)) : run(...args);
}

async function run(
  pool: Pool,
  claim: Claim,
  wanted: Wanted,
  execute: () => Promise<ExecutionResult>,
  toText: (result: ExecutionResult) => string,
): Promise<{ result: ExecutionResult } | { replayed: string }> {
  const { transaction, before } = await open(pool, claim, wanted);
  if (before != null) {
    await transaction.rollback();
    return { replayed: before };
  }
  claim.transaction = transaction;
  try {
    const result = await execute();
    if (!isKept(result, wanted)) {
      await transaction.rollback();
      return { result: wanted.isAllOrNothing ? rolledBack(result) : result };
    }
    await transaction.commit(wanted.key && keepAnswer(wanted.key, toText(claim.isSecret ? TOLD_ONCE : result)));
    claim.hasWritten = Boolean(claim.isMutation);
    return { result };
  } catch (error) {
    await transaction.rollback();
    throw error;
  } finally {
    claim.transaction = undefined;
  }
}
