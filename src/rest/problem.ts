/**
 * Errors of REST, as RFC 9457 has them: `application/problem+json`, with the codes and
 * the paths that GraphQL tells. What is nobody's but ours is logged, and told by a reference.
 */
import type { NextFunction, Request, Response } from "express";
import type { GraphQLError } from "graphql";
import { type ErrorCode, errorCodes, type Fault, RelataError, toRelataError } from "../errors.ts";
import type { Log } from "../log.ts";

export type Problem = {
  type: string;
  /** What the code means, whatever the case. */
  title: string;
  status: number;
  /** What is wrong this time. */
  detail: string;
  code: ErrorCode;
  /** The path at fault. */
  field?: string;
  rule?: string;
  /** All that is wrong with a change of the data model. */
  errors?: readonly Fault[];
  /** Seconds. */
  retryAfter?: number;
  /** What the log calls it. */
  reference?: string;
};

const known = new Set<string>(errorCodes);

/** A problem of this code; of one that is GraphQL's own, of a document or a variable, BAD_INPUT. */
function problemOf(code: unknown, detail: string, told: object): Problem {
  const ours = known.has(code as string) ? (code as ErrorCode) : "BAD_INPUT";
  const { status, message } = new RelataError(ours);
  return { type: `urn:relata:error:${ours}`, title: message, status, detail, ...told, code: ours };
}

/** What the errors of an operation come to: the first, as GraphQL shows it. */
export function problemOfErrors(errors: readonly GraphQLError[], mask: (error: GraphQLError) => GraphQLError): Problem {
  const { message, extensions } = mask(errors[0]!);
  return problemOf(extensions["code"], message, extensions);
}

/** What was thrown, as a problem; undefined when the fault is ours. */
function problemOfThrown(thrown: unknown): Problem | undefined {
  const { statusCode } = thrown as { statusCode?: number };
  const error =
    toRelataError(thrown) ??
    (statusCode === 413 ? new RelataError("BODY_TOO_LARGE") : undefined) ??
    (statusCode && statusCode < 500 ? new RelataError("BAD_INPUT", (thrown as Error).message) : undefined);
  return error && problemOf(error.code, error.message, error.extensions);
}

export function sendProblem(res: Response, problem: Problem, headers: Readonly<Record<string, string>> = {}): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (problem.status === 401) res.setHeader("www-authenticate", "Bearer");
  const text = JSON.stringify(problem);
  res.writeHead(problem.status, { "content-type": "application/problem+json", "content-length": Buffer.byteLength(text) });
  res.end(text);
}

/** Answers what went wrong on the routes of REST. */
export const makeProblemHandler =
  (log: Log) =>
  (thrown: unknown, _req: Request, res: Response, _next: NextFunction): void => {
    let problem = problemOfThrown(thrown);
    if (!problem) {
      const reference = crypto.randomUUID();
      log.error("A request failed", { reference, error: (thrown as Error)?.stack ?? String(thrown) });
      problem = problemOf("INTERNAL_ERROR", "Something went wrong on our side.", { reference });
    }
    sendProblem(res, problem, toRelataError(thrown)?.headers);
  };
