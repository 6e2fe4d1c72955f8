/**
 * GraphQL over HTTP: grafserv reads the request and writes the answer; this runs
 * the operation on the caller's schema, behind his claim, and once more when the
 * database says that the data model has moved on.
 */
import type { Request, Response } from "express";
import { GrafservBase } from "grafserv";
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from "graphql";
import type { Pool } from "pg";
import { execute as grafastExecute, stringifyPayload } from "postgraphile/grafast";
import { RelataError, toRelataError } from "./errors.ts";
import { asRequest, whileWaiting } from "./graphql/inFlight.ts";
import { makeMaskError } from "./graphql/maskError.ts";
import { withNotFound } from "./graphql/notFound.ts";
import { assertShallow } from "./graphql/queryLimits.ts";
import type { Log } from "./log.ts";
import { type Claim, makeWithPgClient, runClaimed } from "./pgAdaptor.ts";
import type { Caller, KnownWorkspace } from "./schemaRegistry.ts";

/** Which API a request is for: how its schema is found, now and after a change. */
export type GraphqlApi = {
  current(caller: Caller): Promise<KnownWorkspace>;
  atLeast(caller: Caller, version: number): Promise<KnownWorkspace>;
  /** Called after an operation that may have changed the data model, before it is answered. */
  afterMutation?(caller: Caller): Promise<unknown>;
};

/** One request on its way, known to grafserv as part of its context. */
type Run = { api: GraphqlApi; caller: Caller; known: KnownWorkspace; query: string; status?: number };

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
  readonly #maxBodyBytes: number;
  readonly #withPgClient: ReturnType<typeof makeWithPgClient>;

  constructor(pool: Pool, log: Log, maxBodyBytes: number) {
    const execute = (args: ExecutionArgs) => this.#execute(args as never).catch(failed);
    const plugin: GraphileConfig.Plugin = {
      name: "CallerSchemaPlugin",
      grafserv: {
        middleware: {
          setPreset(next, event) {
            event.getExecutionConfig = ((context: Grafast.RequestContext) => {
              const run = context.relata!;
              return {
                schema: run.known.schema,
                parseAndValidate(query: string) {
                  run.query = query;
                  // Why a document may not run is looked at in #execute, where its schema can be renewed.
                  return { document: run.known.parseAndValidate(query).document ?? EMPTY_DOCUMENT };
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
          maxRequestLength: maxBodyBytes,
          maskError: makeMaskError(log),
        },
        grafast: { explain: false },
      },
    });
    this.#pool = pool;
    this.#maxBodyBytes = maxBodyBytes;
    this.#withPgClient = makeWithPgClient(pool);
  }

  /** Answers one request for `api` by `caller`. */
  answer(req: Request, res: Response, api: GraphqlApi, caller: Caller): Promise<void> {
    return asRequest(() => this.#answer(req, res, api, caller));
  }

  /** Runs an operation from within, as repositories do: on the same way, without HTTP. */
  run(api: GraphqlApi, caller: Caller, query: string, variableValues: Record<string, unknown>): Promise<ExecutionResult> {
    return asRequest(async () => {
      const known = await whileWaiting(() => api.current(caller));
      const run: Run = { api, caller, known, query };
      const { resolvedPreset } = this;
      return this.#execute({
        schema: known.schema,
        document: EMPTY_DOCUMENT,
        variableValues,
        resolvedPreset,
        requestContext: { relata: run },
      } as never);
    });
  }

  async #answer(req: Request, res: Response, api: GraphqlApi, caller: Caller): Promise<void> {
    const [known, body] = await whileWaiting(() =>
      Promise.all([api.current(caller), req.method === "POST" ? readBody(req, this.#maxBodyBytes) : undefined]),
    );
    const run: Run = { api, caller, known, query: "" };
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
      getBody: async () => body!,
      requestContext: { relata: run } as never,
      preferJSON: true,
    });
    if (result?.type === "json") {
      if (run.status === 401) res.setHeader("www-authenticate", "Bearer");
      if (run.status === 503) res.setHeader("retry-after", "1");
      // As text, which node:http sends together with the headers in one write.
      const text = stringifyPayload(result.json as never, false);
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

      const newer = claim.seenVersion !== undefined && claim.seenVersion > known.version;
      const isStale =
        codes.includes("STALE") || (newer && (result.data == null || codes.some((code) => MISSING_COLUMN_OR_TABLE.has(code as string))));
      const showsSchema = newer && run.known.parseAndValidate(run.query).asksSchema;
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
    const { document, errors } = run.known.parseAndValidate(run.query);
    const isMutation = document && getOperationAST(document, args.operationName)?.operation === "mutation";
    try {
      if (errors || !document) {
        await runClaimed(this.#pool, claim, []);
        return { errors: errors ?? [] };
      }
      assertShallow(args.variableValues);
      claim.isMutation = Boolean(isMutation);
      const contextValue = { pgSettings: claim, withPgClient: this.#withPgClient };
      const result = (await grafastExecute({ ...args, schema: run.known.schema, document, contextValue } as never)) as ExecutionResult;
      // Nothing asked the database who this is, as for an introspection, or the request was not understood: ask now.
      if (claim.seenVersion === undefined || result.data === undefined) await runClaimed(this.#pool, claim, []);
      if (isMutation && claim.hasWritten) await whileWaiting(async () => run.api.afterMutation?.(run.caller));
      const answer = withNotFound(result, run.known.schema, document, args.operationName);
      return claim.plans ? { ...answer, extensions: { ...answer.extensions, plan: claim.plans } } : answer;
    } catch (error) {
      return failed(error);
    }
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

/** The body, at most `max` bytes of it: BODY_TOO_LARGE. */
function readBody(req: Request, max: number): Promise<{ type: "buffer"; buffer: Buffer }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let hasEnded = false;
    req.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > max) {
        chunks.length = 0;
        reject(new RelataError("BODY_TOO_LARGE", `The body is larger than ${max} bytes.`));
      } else chunks.push(chunk);
    });
    req.on("end", () => {
      hasEnded = true;
      resolve({ type: "buffer", buffer: Buffer.concat(chunks) });
    });
    const onClose = () => {
      if (!hasEnded) reject(new RelataError("BAD_INPUT", "The request's body ended too early."));
    };
    req.on("error", onClose);
    req.on("close", onClose);
    if (req.destroyed) onClose();
  });
}
