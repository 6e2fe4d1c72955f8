/**
 * What a route asks of GraphQL, and what it makes of the answer. A route is a function of the caller's schema and the request;
 * it is made anew when the data model turns out to have changed.
 */
import type { GraphQLFormattedError } from "graphql";
import { RelataError } from "../errors.ts";
import type { IdempotencyKey } from "../graphql/idempotency.ts";
import type { Run } from "../graphql/tryOnce.ts";
import { noteReadAfter, readAfterOf } from "../replica.ts";
import type { KnownWorkspace } from "../schemaRegistry.ts";
import { type Problem, problemOfErrors } from "./problem.ts";
import type { Asked } from "./request.ts";
import type { Answer } from "./send.ts";

type Data = Record<string, unknown>;
export type Operation = {
  text: string;
  variables: Data;
  toAnswer: (data: Data, extensions: Data) => Answer;
  /** What GraphQL's arguments are called here. */
  names?: Readonly<Record<string, string>>;
};
/** Makes the operation of a request for the schema in `known`. */
export type Make = (known: KnownWorkspace) => Operation;

type Result = { data?: Data | null; errors?: readonly GraphQLFormattedError[]; extensions?: Data };
export type Done = { answer: Answer } | { problem: Problem };
type Context = Pick<Asked, "req" | "res" | "services" | "caller" | "known"> & { key: IdempotencyKey | undefined };

const ASK_SCHEMA = "{ __schema { queryType { name } } }";

const startRun = ({ req, services, caller }: Context, known: KnownWorkspace, query: string, key?: IdempotencyKey): Run => ({
  api: services.records,
  caller,
  known,
  asked: { query },
  key,
  readAfter: readAfterOf(req.headers),
});

/** The workspace as it is now, when that is another than `known`; throws `error` when not. Asks the database who this is, too. */
async function newer(context: Context, known: KnownWorkspace, error: unknown): Promise<KnownWorkspace> {
  const run = startRun(context, known, ASK_SCHEMA);
  const { errors } = await context.services.graphqlServer.perform(run, {});
  if (errors?.length) throw new Refused(toProblem(errors, {}, run));
  if (run.known.schema === known.schema) throw error;
  return run.known;
}

/** An answer that is no data. */
class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The path at fault, in the words of REST. */
function fieldOf({ message, extensions }: GraphQLFormattedError, names: Readonly<Record<string, string>>): string | undefined {
  const [, variable, path] = /^Variable "\$(\w+)" got invalid value(?: at "\w+\.([\w.[\]]+)")?/.exec(message) ?? [];
  const field = extensions?.["field"] as string | undefined;
  if (variable === undefined) return field && (names[field] ?? field);
  const unknown = /Field "(\w+)" is not defined/.exec(message)?.[1];
  const inner = [path ?? field, unknown].filter(Boolean).join(".");
  if (variable === "data") return inner || undefined;
  const parameter = names[variable] ?? variable;
  return inner ? `${parameter}.${inner.replaceAll("[", ".").replaceAll("]", "")}` : parameter;
}

function toProblem(errors: readonly GraphQLFormattedError[], names: Readonly<Record<string, string>>, run: Run): Problem {
  const [first] = errors;
  const problem = problemOfErrors([first as never], (error) => error);
  const field = fieldOf(first!, names);
  const detail = problem.detail
    .replace(/^Variable "\$\w+" got invalid value(?: at "[^"]*")?; /, "")
    .replace(/^(?:first|last)(?= is )/, "limit");
  // The record has changed since the client read it (RFC 9110, 13.1.1).
  const isStale = problem.code === "CONFLICT" && field === "If-Match";
  const status = isStale ? 412 : (run.status ?? problem.status);
  return { ...problem, detail, ...(field && { field }), status };
}

/** What a run has answered, or had answered when it ran first. */
function answered({ services, res }: Context, run: Run, result: Result): Result {
  if (run.mayHaveWritten && services.config.PG_DATABASE_REPLICA_URL) noteReadAfter(res);
  if (run.headers) for (const [name, value] of Object.entries(run.headers)) res.setHeader(name, value);
  if (run.replayed === undefined) return result;
  res.setHeader("idempotency-replayed", "true");
  return JSON.parse(run.replayed) as Result;
}

const isInvalid = (errors: readonly GraphQLFormattedError[]): boolean => errors[0]?.extensions?.["code"] === "GRAPHQL_VALIDATION_FAILED";

/** Runs what `make` makes, once more when the schema that it was made for is no longer right. */
export async function run(context: Context, make: Make): Promise<Done> {
  let { known } = context;
  try {
    for (let attempt = 0; ; attempt++) {
      let operation: Operation;
      try {
        operation = make(known);
      } catch (error) {
        if (attempt > 0 || !(error instanceof RelataError)) throw error;
        known = await newer(context, known, error);
        continue;
      }
      const run = startRun(context, known, operation.text, context.key);
      const done = await context.services.graphqlServer.perform(run, operation.variables);
      const result = answered(context, run, done as Result);
      const { data, errors } = result;
      if (errors?.length && isInvalid(errors) && attempt === 0 && run.known.schema !== known.schema) {
        known = run.known; // a field was taken away meanwhile
        continue;
      }
      if (errors?.length || !data)
        return { problem: toProblem(errors ?? [{ message: "Nothing was answered." }], operation.names ?? {}, run) };
      return { answer: operation.toAnswer(data, result.extensions ?? {}) };
    }
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}
