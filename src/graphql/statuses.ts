/** The HTTP status of an operation's answer, where its errors decide it. */
import { type ExecutionResult, GraphQLError } from "graphql";
import { type ErrorCode, type RelataError, toRelataError } from "../errors.ts";
import type { Run } from "./tryOnce.ts";

const LATER = new Set<ErrorCode>(["UNAVAILABLE", "STORAGE_FULL", "RATE_LIMITED"]);

/** The status and headers of what may be tried again later. */
export function noteDelay(run: Run, errors: readonly GraphQLError[]): void {
  const [error] = errors.flatMap(({ originalError }) => toRelataError(originalError) ?? []).filter(({ code }) => LATER.has(code));
  if (!error) return;
  run.status = error.status;
  run.headers = error.headers;
}

export function refuse(run: Run, error: RelataError): ExecutionResult {
  run.status = error.status;
  return { errors: [new GraphQLError(error.message, { originalError: error })] };
}

/** The status of a request whose Idempotency-Key may not be used. */
export function statusOfKey({ errors }: ExecutionResult): number | undefined {
  const error = toRelataError(errors?.[0]?.originalError);
  return error?.field === "Idempotency-Key" ? error.status : undefined;
}

/** What grafserv itself refuses, for the form of the request, it says by its status alone. */
export function giveCodes({ errors = [] }: { errors?: { extensions?: Record<string, unknown> }[] }): void {
  for (const error of errors) if (!error.extensions?.["code"]) error.extensions = { code: "BAD_INPUT" };
}
