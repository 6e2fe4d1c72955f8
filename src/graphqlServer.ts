/**
 * GraphQL over HTTP: grafserv reads the request and writes the answer; this runs
 * the operation on the caller's schema, behind his claim, and once more when the
 * database says that the data model has moved on.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse as parseQuery } from "node:querystring";
import { GrafservBase } from "grafserv";
import type { ExecutionArgs, ExecutionResult, FormattedExecutionResult, GraphQLError } from "graphql";
import type { Pool } from "pg";
import { stringifyPayload } from "postgraphile/grafast";
import { NOBODY } from "./auth/openFields.ts";
import { RelataError } from "./errors.ts";
import { EMPTY_DOCUMENT, grafservPreset } from "./graphql/grafserv.ts";
import { idempotencyKeyOf } from "./graphql/idempotency.ts";
import { asRequest, orWait, whileWaiting } from "./graphql/inFlight.ts";
import { makeMaskError } from "./graphql/maskError.ts";
import type { PersistedDocuments } from "./graphql/persisted.ts";
import { type PlainRequest, plainRequestOf } from "./graphql/plainRequest.ts";
import { prepare } from "./graphql/prepare.ts";
import { readBody } from "./graphql/readBody.ts";
import { giveCodes, noteDelay, refuse, statusOfKey } from "./graphql/statuses.ts";
import { type Engine, failed, type GraphqlApi, hasData, type Run, tryOnce } from "./graphql/tryOnce.ts";
import type { Log } from "./log.ts";
import { type Claim, type Gate, makeWithPgClient } from "./pgAdaptor.ts";
import { noteReadAfter, type Replica, readAfterOf } from "./replica.ts";
import type { Services } from "./routes.ts";
import type { Caller } from "./schemaRegistry.ts";

export type { GraphqlApi } from "./graphql/tryOnce.ts";

export type GraphqlOptions = { documents: PersistedDocuments; keysExpireInSeconds: number; replica?: Replica | undefined };

/** What takes the statements of an operation, and hears of its plan (Grafast's middleware). */
export type Through = { gate: Gate; middleware: object };

type Answer = { statusCode: number; headers: Record<string, string>; json: unknown };

const JSON_HEADERS = { "content-type": "application/json;charset=utf-8" };
/** Of who has not said who he is. */
const OPEN_BODY_BYTES = 20_000;
const MISSING_COLUMN_OR_TABLE = new Set(["42703", "42P01"]);
/** Each waits for the schema to be compiled; the data model may change again meanwhile. */
const MAX_ATTEMPTS = 10;

/** Without what is behind a question mark. */
const pathOf = ({ url = "" }: IncomingMessage): string => (url.includes("?") ? url.slice(0, url.indexOf("?")) : url);
const codeOf = (error: GraphQLError): unknown => (error.originalError as { code?: unknown } | undefined)?.code;

export class GraphqlServer extends GrafservBase {
  readonly #engine: Engine;
  readonly #options: GraphqlOptions;

  constructor(pool: Pool, log: Log, options: GraphqlOptions) {
    const maskError = makeMaskError(log);
    const execute = (args: ExecutionArgs) => this.#execute(args as never).catch(failed);
    super({ schema: undefined as never, preset: grafservPreset(maskError, execute, options.documents) });
    this.#engine = { pool, withPgClient: makeWithPgClient(pool), maskError, replica: options.replica };
    this.#options = options;
  }

  /** What signs people in; it is made after this. */
  serve(services: Services): void {
    this.#engine.services = services;
  }

  /** Answers one request for `api` by `caller`. `asker`: for what wants to know more of who asks than that. */
  answer(req: IncomingMessage, res: ServerResponse, api: GraphqlApi, caller: Caller, asker?: Run["asker"]): Promise<void> {
    return asRequest(() => this.#answer(req, res, api, caller, asker));
  }

  /** Runs an operation from within, as repositories do: on the same way, without HTTP. `through` takes its statements, and sees its plan. */
  run(
    api: GraphqlApi,
    caller: Caller,
    query: string,
    variableValues: Record<string, unknown>,
    through?: Through,
  ): Promise<ExecutionResult> {
    return asRequest(async () => {
      const known = await orWait(api.current(caller));
      const run: Run = { api, caller, known, asked: { query }, gate: through?.gate };
      const { resolvedPreset } = this;
      return this.#execute({
        schema: known.schema,
        document: EMPTY_DOCUMENT,
        variableValues,
        resolvedPreset,
        requestContext: { relata: run },
        ...(through && { middleware: through.middleware }),
      } as never);
    });
  }

  async #answer(req: IncomingMessage, res: ServerResponse, api: GraphqlApi, caller: Caller, asker: Run["asker"]): Promise<void> {
    const known = await orWait(api.current(caller));
    const { bodyBytes } = known.limits;
    const most = caller === NOBODY ? Math.min(OPEN_BODY_BYTES, bodyBytes) : bodyBytes;
    const body = req.method === "POST" ? await whileWaiting(() => readBody(req, most)) : undefined;
    const key = body && idempotencyKeyOf(req.headers, [pathOf(req), body], this.#options.keysExpireInSeconds);
    const run: Run = { api, caller, known, asked: { query: "" }, key, asker };
    if (this.#engine.replica) run.readAfter = readAfterOf(req.headers);
    const plain = body && plainRequestOf(req.headers, body);
    const answer = plain ? await this.#runPlain(run, plain) : await this.#runUnusual(req, run, body);
    if (run.mayHaveWritten && this.#engine.replica) noteReadAfter(res);
    if (run.status === 401) res.setHeader("www-authenticate", "Bearer");
    if (run.headers) for (const [name, value] of Object.entries(run.headers)) res.setHeader(name, value);
    // As text, which node:http sends together with the headers in one write.
    if (run.replayed) res.setHeader("idempotency-replayed", "true");
    const text = run.replayed ?? stringifyPayload(answer.json as never, false);
    res.writeHead(run.status ?? answer.statusCode, { ...answer.headers, "content-length": Buffer.byteLength(text) });
    res.end(text);
  }

  async #runPlain(run: Run, { query, variableValues, operationName }: PlainRequest): Promise<Answer> {
    const asked = prepare({ query }, this.#options.documents, Boolean(run.api.isShared));
    if (asked) run.asked = asked;
    return { statusCode: 200, headers: JSON_HEADERS, json: await this.perform(run, variableValues, operationName) };
  }

  /** Runs what `run` asks, for a route that has read its request itself. Errors come as clients may see them. */
  async perform(run: Run, variableValues: Record<string, unknown> | undefined, operationName?: string): Promise<FormattedExecutionResult> {
    const args = { schema: run.known.schema, document: EMPTY_DOCUMENT, variableValues, operationName };
    const { resolvedPreset } = this;
    const result = await this.#execute({ ...args, resolvedPreset, requestContext: { relata: run } } as never).catch(failed);
    const errors = result.errors?.map((error) => this.#engine.maskError(error).toJSON());
    return errors ? { ...result, errors } : (result as FormattedExecutionResult);
  }

  async #runUnusual(req: IncomingMessage, run: Run, body: Buffer | undefined): Promise<Answer> {
    const { accept } = req.headers;
    const result = await this.processRequest({
      httpVersionMajor: req.httpVersionMajor,
      httpVersionMinor: req.httpVersionMinor,
      isSecure: false, // nothing of ours asks
      method: req.method!,
      path: "/graphql",
      // Whoever takes anything gets JSON (GraphQL over HTTP, "Legacy Watershed").
      headers: { ...(req.headers as Record<string, string>), accept: !accept || accept === "*/*" ? "application/json" : accept },
      getQueryParams: () => parseQuery(req.url!.split("?")[1] ?? "") as Record<string, string>,
      getBody: async () => ({ type: "buffer", buffer: body! }),
      requestContext: { relata: run } as never,
      preferJSON: true,
    });
    if (result?.type === "json") {
      if (result.statusCode >= 400) giveCodes(result.json as never);
      return result as Answer;
    }
    const error = result?.type === "error" ? (result.error as Error & { statusCode?: number }) : undefined;
    throw error ?? new Error(`grafserv answered ${result?.type}`);
  }

  async #execute(args: ExecutionArgs & { requestContext: { relata: Run } }): Promise<ExecutionResult> {
    const run = args.requestContext.relata;
    for (let attempt = 1; ; attempt++) {
      const { known, caller } = run;
      const { schemaName, version: plannedVersion, limits, plansAlone } = known;
      const claim: Claim = { ...caller, schemaName, plansAlone, plannedVersion, statementTimeoutMs: limits.statementTimeoutMs };
      if (run.gate) claim.gate = run.gate;
      const result = await tryOnce(this.#engine, run, args, claim);

      const codes = result.errors?.map(codeOf) ?? [];
      if (codes.includes("LOGIN") || (caller === NOBODY && !result.data && codes.includes("LOGIN_REQUIRED")))
        return refuse(run, new RelataError("LOGIN_REQUIRED"));
      if (codes.includes("SUSPD")) return refuse(run, new RelataError("WORKSPACE_SUSPENDED"));
      if (result.errors && !hasData(result)) noteDelay(run, result.errors);
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
}
