/** One attempt at an operation: what may not run is refused, what may runs behind its claim, and in one transaction if it asks for that. */
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLSchema } from "graphql";
import type { Pool } from "pg";
import { execute as grafastExecute, stringifyPayload } from "postgraphile/grafast";
import { isOpenOperation, isOpenText, NOBODY } from "../auth/openFields.ts";
import { RelataError } from "../errors.ts";
import { type Claim, type Gate, type makeWithPgClient, runClaimed } from "../pgAdaptor.ts";
import type { Replica } from "../replica.ts";
import type { Services } from "../routes.ts";
import type { Caller, KnownWorkspace } from "../schemaRegistry.ts";
import { readCurrentStates } from "./currentState.ts";
import type { IdempotencyKey } from "./idempotency.ts";
import { whileWaiting } from "./inFlight.ts";
import { inTransaction, transactionOf, type Wanted } from "./inTransaction.ts";
import { asksOnlySchema, introspect } from "./introspections.ts";
import { withNotFound } from "./notFound.ts";
import { type Prepared, type Runnable, runnableOf } from "./prepare.ts";

/** Which API a request is for: how its schema is found, now and after a change. */
export type GraphqlApi = {
  current(caller: Caller): KnownWorkspace | Promise<KnownWorkspace>;
  atLeast(caller: Caller, version: number): Promise<KnownWorkspace>;
  /** Called after an operation that may have changed the data model, before it is answered. */
  afterMutation?(caller: Caller): Promise<unknown>;
  /** Whether its tables are those of every workspace, so that a statement's cost tells of others. */
  isShared?: boolean;
};

/** What every request is run with. */
export type Engine = {
  pool: Pool;
  withPgClient: ReturnType<typeof makeWithPgClient>;
  maskError: (error: GraphQLError) => GraphQLError;
  /** The standby that queries are read from, if there is one. */
  replica?: Replica | undefined;
  /** What signs people in, once the server has it. */
  services?: Services;
};

/** One request on its way. */
export type Run = {
  api: GraphqlApi;
  caller: Caller;
  known: KnownWorkspace;
  asked: Prepared;
  key?: IdempotencyKey | undefined;
  /** The IP address that the request came from, and the token that it brought, which may be none of a workspace's; read where they are asked for. */
  asker?: { address(): string; token(): string | undefined };
  /** When he wrote last through another server, as he says. */
  readAfter?: number | undefined;
  mayHaveWritten?: boolean;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** What was answered to the same request before, if that is the answer. */
  replayed?: string;
  gate?: Gate | undefined;
};

type Args = Pick<ExecutionArgs, "operationName" | "variableValues">;
type Execute = () => Promise<ExecutionResult>;

export const failed = (error: unknown): ExecutionResult => ({
  errors: [new GraphQLError((error as Error).message, { originalError: error as Error })],
});

export const hasData = (result: ExecutionResult): boolean => Object.values(result.data ?? {}).some((value) => value != null);

/** What the answer tells beside its data. */
function withExtensions(result: ExecutionResult, { plans, created }: Claim, { explanation }: Prepared): ExecutionResult {
  if (!plans && !created && !explanation) return result;
  const told = { ...(plans && { plan: plans }), ...(created && { created }), ...(explanation && { explain: explanation.statements }) };
  return { ...result, extensions: { ...result.extensions, ...told } };
}

/** Runs a document on behalf of a claim, in its transaction if it has one. */
async function execute(
  { withPgClient, services }: Engine,
  { caller, asker }: Pick<Run, "caller" | "asker">,
  schema: GraphQLSchema,
  document: DocumentNode,
  claim: Claim,
  args: Args,
) {
  const auth = {
    services,
    caller,
    get address() {
      return asker?.address() ?? "";
    },
    get token() {
      return asker?.token();
    },
  };
  const contextValue = { pgSettings: claim, withPgClient, auth };
  return (await grafastExecute({ ...args, schema, document, contextValue } as never)) as ExecutionResult;
}

/** What the operation answers, and what its records are now when it came too late for them. */
function operationOf(engine: Engine, run: Run, args: Args, claim: Claim, wanted: Wanted | undefined, { document, operation }: Runnable) {
  const { known, asked } = run;
  const read = (one: DocumentNode, variableValues: { id: string }) =>
    execute(engine, run, known.schema, one, { ...claim, isMutation: false }, { variableValues });
  const answer: Execute = () => execute(engine, run, known.schema, document, claim, args);
  const addCurrent = async (result: ExecutionResult) => {
    if (result.errors) await readCurrentStates(result, known.schema, read);
  };
  const runIt: Execute = async () => {
    const isOfSchema = operation && asksOnlySchema(operation);
    const result = withNotFound(
      isOfSchema ? await introspect(known.schema, operation, answer) : await answer(),
      known.schema,
      document,
      args.operationName,
    );
    if (!wanted?.isAllOrNothing) await addCurrent(result);
    return result;
  };
  /** As text, an answer has its errors as clients read them. */
  const toText = (result: ExecutionResult): string => {
    const { errors, ...rest } = withExtensions(result, claim, asked);
    const shown = errors?.map((error) => engine.maskError(error).toJSON());
    return stringifyPayload({ ...(shown && { errors: shown }), ...rest } as never, false);
  };
  return { run: runIt, toText, addCurrent };
}

export async function tryOnce(engine: Engine, run: Run, args: Args, claim: Claim): Promise<ExecutionResult> {
  const { known, asked } = run;
  asked.explanation?.statements.splice(0);
  try {
    const isNobody = run.caller === NOBODY;
    if (isNobody && !isOpenText(asked.query, args.operationName)) throw new RelataError("LOGIN_REQUIRED");
    const runnable = runnableOf(known, asked, args);
    if ("errors" in runnable && isNobody) return { errors: runnable.errors };
    if ("errors" in runnable) {
      await runClaimed(engine.pool, claim, []);
      return { errors: runnable.errors };
    }
    const { operation } = runnable;
    claim.isMutation = operation?.operation === "mutation";
    // What is open to everybody runs without a claim, and in no transaction of ours.
    const isOpen = Boolean(run.api.isShared && operation && isOpenOperation(runnable.document, operation));
    const wanted = operation && !isOpen ? transactionOf(operation, run.key, asked.explanation) : undefined;
    const mayLag = engine.replica && !wanted && operation?.operation === "query";
    claim.replica = mayLag && engine.replica!.mayRead(run) ? engine.replica : undefined;
    const its = operationOf(engine, run, args, claim, wanted, runnable);
    const done = wanted ? await inTransaction(engine.pool, claim, wanted, its.run, its.toText) : { result: await its.run() };
    if ("replayed" in done) {
      run.replayed = done.replayed;
      return { data: {} };
    }
    const { result } = done;
    if (wanted?.isAllOrNothing) await its.addCurrent(result); // nothing could be read before it was over
    // Nothing asked the database who this is, as for an introspection, or the request was not understood: ask now.
    if (!isOpen && (claim.seenVersion === undefined || result.data === undefined)) await runClaimed(engine.pool, claim, []);
    if (claim.isMutation && claim.hasWritten) await whileWaiting(async () => run.api.afterMutation?.(run.caller));
    return withExtensions(result, claim, asked);
  } catch (error) {
    return failed(error);
  } finally {
    if (claim.isMutation && engine.replica) engine.replica.wrote(run.caller);
    if (claim.isMutation) run.mayHaveWritten = true;
  }
}
