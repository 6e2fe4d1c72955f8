/**
 * GraphQL over HTTP: grafserv reads the request and writes the answer; this runs
 * the operation on the caller's schema, behind his claim, and once more when the
 * database says that the data model has moved on.
 */
import type { Request, Response } from "express";
import { GrafservBase } from "grafserv";
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from "graphql";
import type { Pool } from "pg";
import { execute as grafastExecute, stringifyPayload } from "postgraphile/grafast";
import { RelataError, toRelataError } from "./errors.ts";
import { type IdempotencyKey, idempotencyKeyOf } from "./graphql/idempotency.ts";
import { asRequest, whileWaiting } from "./graphql/inFlight.ts";
import { inTransaction, transactionOf, type Wanted } from "./graphql/inTransaction.ts";
import { makeMaskError } from "./graphql/maskError.ts";
import { withNotFound } from "./graphql/notFound.ts";
import type { PersistedDocuments } from "./graphql/persisted.ts";
import { type Prepared, prepare, runnableOf } from "./graphql/prepare.ts";
import { readBody } from "./graphql/readBody.ts";
import type { Log } from "./log.ts";
import { type Claim, makeWithPgClient, runClaimed } from "./pgAdaptor.ts";
import type { Caller, KnownWorkspace } from "./schemaRegistry.ts";

/** Which API a request is for: how its schema is found, now and after a change. */
export type GraphqlApi = {
  current(caller: Caller): Promise<KnownWorkspace>;
  atLeast(caller: Caller, version: number): Promise<KnownWorkspace>;
  /** Called after an operation that may have changed the data model, before it is answered. */
  afterMutation?(caller: Caller): Promise<unknown>;
  /** Whether its tables are those of every workspace, so that a statement's cost tells of others. */
  isShared?: boolean;
};

export type GraphqlOptions = { documents: PersistedDocuments; keysExpireInSeconds: number };

/** One request on its way, known to grafserv as part of its context. */
type Run = {
  api: GraphqlApi;
  caller: Caller;
  known: KnownWorkspace;
  asked: Prepared;
  key?: IdempotencyKey | undefined;
  status?: number;
  /** What was answered to the same request before, if that is the answer. */
  replayed?: string;
};

declare global {
  namespace Grafast {
    interface RequestContext {
      relata?: Run;
    }
  }
}

const EMPTY_DOCUMENT = { kind: "Document", definitions: [] } as const;
const MISSING_COLUMN_OR_TABLE = new Set(["42703", "42P01"]);
const MAX_ATTEMPTS = 3;

const codeOf = (error: GraphQLError): unknown => (error.originalError as { code?: unknown } | undefined)?.code;

export class GraphqlServer extends GrafservBase {
  readonly #pool: Pool;
  readonly #options: GraphqlOptions;
  readonly #maskError: ReturnType<typeof makeMaskError>;
  readonly #withPgClient: ReturnType<typeof makeWithPgClient>;

  constructor(pool: Pool, log: Log, options: GraphqlOptions) {
    const maskError = makeMaskError(log);
    const execute = (args: ExecutionArgs) => this.#execute(args as never).catch(failed);
    const plugin: GraphileConfig.Plugin = {
      name: "CallerSchemaPlugin",
      grafserv: {
        middleware: {
          processGraphQLRequestBody(next, { body, request }) {
            const { relata } = request!.requestContext as unknown as { relata: Run };
            const asked = prepare(body, options.documents, Boolean(relata.api.isShared));
            if (asked) relata.asked = asked;
            body.query = asked?.query;
            return next();
          },
          setPreset(next, event) {
            event.getExecutionConfig = ((context: Grafast.RequestContext) => {
              const run = context.relata!;
              return {
                schema: run.known.schema,
                parseAndValidate(query: string) {
                  // Why a document may not run is looked at in #execute, where its schema can be renewed.
                  return { document: run.known.parseAndValidate(query, run.known.limits).document ?? EMPTY_DOCUMENT };
                },
                resolvedPreset: event.resolvedPreset,
                execute,
                contextValue: {},
              };
            }) as never;
            return next();
          },
        },
      },
    };
    super({
      schema: undefined as never,
      preset: {
        plugins: [plugin],
        grafserv: {
          graphqlPath: "/graphql",
          graphqlOverGET: true,
          graphiql: false,
          maxRequestLength: Number.MAX_SAFE_INTEGER, // readBody has looked
          maskError,
        },
        grafast: { explain: false },
      },
    });
    this.#pool = pool;
    this.#options = options;
    this.#maskError = maskError;
    this.#withPgClient = makeWithPgClient(pool);
  }

  /** Answers one request for `api` by `caller`. */
  answer(req: Request, res: Response, api: GraphqlApi, caller: Caller): Promise<void> {
    return asRequest(() => this.#answer(req, res, api, caller));
  }

  async #answer(req: Request, res: Response, api: GraphqlApi, caller: Caller): Promise<void> {
    const [known, body] = await whileWaiting(async () => {
      const current = await api.current(caller);
      return [current, req.method === "POST" ? await readBody(req, current.limits.bodyBytes) : undefined] as const;
    });
    const key = body && idempotencyKeyOf(req.headers, [req.path, body], this.#options.keysExpireInSeconds);
    const run: Run = { api, caller, known, asked: { query: "" }, key };
    const { accept } = req.headers;
    const result = await this.processRequest({
      httpVersionMajor: req.httpVersionMajor,
      httpVersionMinor: req.httpVersionMinor,
      isSecure: req.secure,
      method: req.method,
      path: "/graphql",
      // Whoever takes anything gets JSON (GraphQL over HTTP, "Legacy Watershed").
      headers: { ...(req.headers as Record<string, string>), accept: !accept || accept === "*/*" ? "application/json" : accept },
      getQueryParams: () => req.query as Record<string, string>,
      getBody: async () => ({ type: "buffer", buffer: body! }),
      requestContext: { relata: run } as never,
      preferJSON: true,
    });
    if (result?.type === "json") {
      if (run.status === 401) res.setHeader("www-authenticate", "Bearer");
      if (run.status === 503) res.setHeader("retry-after", "1");
      // As text, which node:http sends together with the headers in one write.
      if (run.replayed) res.setHeader("idempotency-replayed", "true");
      const text = run.replayed ?? stringifyPayload(result.json as never, false);
      res.writeHead(run.status ?? result.statusCode, { ...result.headers, "content-length": Buffer.byteLength(text) });
      res.end(text);
      return;
    }
    const error = result?.type === "error" ? (result.error as Error & { statusCode?: number }) : undefined;
    throw error ?? new Error(`grafserv answered ${result?.type}`);
  }

  async #execute(args: ExecutionArgs & { requestContext: { relata: Run } }): Promise<ExecutionResult> {
    const run = args.requestContext.relata;
    for (let attempt = 1; ; attempt++) {
      const { known, caller } = run;
      const claim: Claim = { ...caller, schemaName: known.schemaName, plannedVersion: known.version };
      const result = await this.#attempt(args, run, claim);

      const codes = result.errors?.map(codeOf) ?? [];
      if (codes.includes("LOGIN")) return refuse(run, new RelataError("LOGIN_REQUIRED"));
      const isAway = result.errors?.some(({ originalError }) => toRelataError(originalError)?.code === "UNAVAILABLE");
      if (isAway && !hasData(result)) run.status = 503;
      if (run.key && !hasData(result)) run.status = statusOfKey(result) ?? run.status;

      const newer = claim.seenVersion !== undefined && claim.seenVersion > known.version;
      const isStale =
        codes.includes("STALE") || (newer && (result.data == null || codes.some((code) => MISSING_COLUMN_OR_TABLE.has(code as string))));
      const showsSchema = newer && run.known.parseAndValidate(run.asked.query, known.limits).asksSchema;
      const mayRepeat = !claim.hasWritten && attempt < MAX_ATTEMPTS;
      if ((isStale || showsSchema) && mayRepeat) {
        run.known = await whileWaiting(() => run.api.atLeast(caller, claim.seenVersion ?? known.version + 1));
        continue;
      }
      // Still right, but no longer the newest: the next request gets the new one.
      if (newer) run.api.atLeast(caller, claim.seenVersion!).catch(() => {});
      return result;
    }
  }

  async #attempt(args: ExecutionArgs, run: Run, claim: Claim): Promise<ExecutionResult> {
    const { known, asked } = run;
    asked.explanation?.statements.splice(0);
    try {
      const runnable = runnableOf(known, asked, args);
      if ("errors" in runnable) {
        await runClaimed(this.#pool, claim, []);
        return { errors: runnable.errors };
      }
      const { document, operation } = runnable;
      claim.isMutation = operation?.operation === "mutation";
      const contextValue = { pgSettings: claim, withPgClient: this.#withPgClient };
      const execute = async () => {
        const result = await grafastExecute({ ...args, schema: known.schema, document, contextValue } as never);
        return withNotFound(result as ExecutionResult, known.schema, document, args.operationName);
      };
      const wanted = operation && transactionOf(operation, run.key, asked.explanation);
      const result = wanted ? await this.#inTransaction(run, claim, wanted, execute) : await execute();
      // Nothing asked the database who this is, as for an introspection, or the request was not understood: ask now.
      if (claim.seenVersion === undefined || result.data === undefined) await runClaimed(this.#pool, claim, []);
      if (claim.isMutation && claim.hasWritten) await whileWaiting(async () => run.api.afterMutation?.(run.caller));
      return withExtensions(result, claim, asked);
    } catch (error) {
      return failed(error);
    }
  }

  /** As text, an answer has its errors as clients read them. */
  async #inTransaction(run: Run, claim: Claim, wanted: Wanted, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const toText = (result: ExecutionResult) => {
      const { errors, ...rest } = withExtensions(result, claim, run.asked);
      return stringifyPayload(
        { ...(errors && { errors: errors.map(this.#maskError).map((error) => error.toJSON()) }), ...rest } as never,
        false,
      );
    };
    const done = await inTransaction(this.#pool, claim, wanted, execute, toText);
    if ("result" in done) return done.result;
    run.replayed = done.replayed;
    return { data: {} };
  }
}

const failed = (error: unknown): ExecutionResult => ({
  errors: [new GraphQLError((error as Error).message, { originalError: error as Error })],
});

const hasData = (result: ExecutionResult): boolean => Object.values(result.data ?? {}).some((value) => value != null);

function refuse(run: Run, error: RelataError): ExecutionResult {
  run.status = error.status;
  return { errors: [new GraphQLError(error.message, { originalError: error })] };
}

/** The status of a request whose Idempotency-Key may not be used. */
function statusOfKey({ errors }: ExecutionResult): number | undefined {
  const error = toRelataError(errors?.[0]?.originalError);
  return error?.field === "Idempotency-Key" ? error.status : undefined;
}

/** What the answer tells beside its data. */
function withExtensions(result: ExecutionResult, { plans }: Claim, { explanation }: Prepared): ExecutionResult {
  if (!plans && !explanation) return result;
  return {
    ...result,
    extensions: { ...result.extensions, ...(plans && { plan: plans }), ...(explanation && { explain: explanation.statements }) },
  };
}
