/**
 * Answers `/rest/metadata/<resource>`: each route is an operation of `/metadata`, run on
 * the same way, so that who may and what is wrong is decided there.
 */
import { hash } from "node:crypto";
import type { Request, Response } from "express";
import type { GraphQLSchema } from "graphql";
import { bearerOf } from "../../auth/bearer.ts";
import { RelataError } from "../../errors.ts";
import { type IdempotencyKey, idempotencyKeyOf } from "../../graphql/idempotency.ts";
import { asRequest } from "../../graphql/inFlight.ts";
import type { Run } from "../../graphql/tryOnce.ts";
import { addressOf as ipOf } from "../../rateLimits/rateLimits.ts";
import { admit, type Services } from "../../routes.ts";
import { linksOf } from "../links.ts";
import { problemOfErrors, sendProblem } from "../problem.ts";
import { Parameters } from "../query/parameters.ts";
import { addressOf, formatOf, readJson } from "../request.ts";
import { type Answer, send } from "../send.ts";
import { listDocument, oneDocument, writeDocument } from "./documents.ts";
import { type List, listVariables, shown } from "./list.ts";
import { type Action, type Body, generateToken, type MetadataResource, type Writing } from "./resources.ts";

type Row = Record<string, unknown>;
/** What a request brings, and the schema that its operation is written for. */
type Asked = { req: Request; schema: GraphQLSchema; id: string; search: string; body: Body };
type Operation = { query: string; variables: Row; toAnswer: (data: Row) => Answer };
type Make = (asked: Asked) => Operation;

/** What GraphQL's arguments are called here. */
const NAMES: Readonly<Record<string, string>> = {
  after: "starting_after",
  before: "ending_before",
  first: "limit",
  last: "limit",
  "id.eq": "id",
  apiKeyId: "id",
};
const NONE: ReadonlySet<string> = new Set();

function bodyOf(body: unknown): Body {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Body;
  throw new RelataError("BAD_INPUT", "The body is a JSON object.", { field: "body" });
}

const hasBody = ({ headers }: Request): boolean => headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** A read answer's version is all that it says. */
const tagged = (answer: Answer): Answer => ({ ...answer, version: hash("sha1", JSON.stringify(answer.body), "base64url").slice(0, 12) });

const enveloped = ({ envelope }: MetadataResource, name: string, row: Row): unknown =>
  envelope === "raw" ? row : { data: { [name]: row } };

/** Answers one request by the operation that `make` makes of it; `wants` a body, none, or takes either. */
export async function answer(
  req: Request,
  res: Response,
  services: Services,
  make: Make,
  wants: "body" | "none" | "either",
): Promise<void> {
  const caller = await admit(req, res, services);
  formatOf(req, false);
  const api = services.metadata;
  await asRequest(async () => {
    const known = await api.current(caller);
    const read = wants === "body" || (wants === "either" && hasBody(req)) ? await readJson(req, caller, known.limits.bodyBytes) : undefined;
    const isWrite = req.method !== "GET" && req.method !== "HEAD";
    let key: IdempotencyKey | undefined;
    if (isWrite)
      key = idempotencyKeyOf(req.headers, [req.method, req.originalUrl, read?.bytes ?? ""], services.config.IDEMPOTENCY_KEYS_EXPIRE_IN);
    const { search } = addressOf(req.originalUrl);
    const operation = make({ req, schema: known.schema, id: String(req.params["id"] ?? ""), search, body: read ? bodyOf(read.body) : {} });
    const run: Run = {
      api,
      caller,
      known,
      asked: { query: operation.query },
      key,
      asker: { address: () => ipOf(req), token: () => bearerOf(req) },
    };
    let { data, errors } = (await services.graphqlServer.perform(run, operation.variables)) as {
      data?: Row | null;
      errors?: readonly never[];
    };
    if (run.replayed !== undefined) {
      res.setHeader("idempotency-replayed", "true");
      ({ data, errors } = JSON.parse(run.replayed) as { data?: Row | null; errors?: readonly never[] });
    }
    for (const [name, value] of Object.entries(run.headers ?? {})) res.setHeader(name, value);
    if (!errors?.length) return send(req, res, operation.toAnswer(data as Row));
    const problem = problemOfErrors(errors, (error) => error);
    const { field } = problem;
    sendProblem(res, { ...problem, ...(field && { field: NAMES[field] ?? field }), status: run.status ?? problem.status });
  });
}

export const list =
  (resource: MetadataResource, maxPageSize: number): Make =>
  ({ req, schema, search }) => ({
    query: listDocument(schema, resource),
    variables: listVariables(schema, resource, search, maxPageSize),
    toAnswer(data) {
      const { nodes, pageInfo, totalCount } = data["list"] as List;
      const rows = nodes.map(shown);
      const body = resource.envelope === "raw" ? rows : { data: { [resource.plural]: rows }, pageInfo, totalCount };
      return tagged({ status: 200, body, headers: { ...linksOf(req, search, pageInfo) } });
    },
  });

export const get =
  (resource: MetadataResource): Make =>
  ({ schema, id, search }) => {
    new Parameters(search, NONE);
    return {
      query: oneDocument(schema, resource),
      variables: { filter: { id: { eq: id } } },
      toAnswer: (data) => tagged({ status: 200, body: enveloped(resource, resource.singular, shown(data["one"] as Row)) }),
    };
  };

function operationOf(schema: GraphQLSchema, resource: MetadataResource, writing: Writing, variables: Row): Omit<Operation, "toAnswer"> {
  const given = Object.keys(variables).filter((name) => variables[name] !== undefined);
  return { query: writeDocument(schema, resource, writing, given), variables };
}

/** `?destroy=true` takes away for good what is only marked otherwise, `?force=true` what is in use. */
const deleteParameters = ({ writes, plural }: MetadataResource): ReadonlySet<string> =>
  new Set([...(writes.destroy ? ["destroy"] : []), ...(plural === "fields" ? ["force"] : [])]);

export const write =
  (resource: MetadataResource, action: Action): Make =>
  ({ schema, id, search, body }) => {
    const parameters = new Parameters(search, action === "delete" ? deleteParameters(resource) : NONE);
    const writing = resource.writes[parameters.flag("destroy") ? "destroy" : action]!;
    const variables = {
      ...writing.argumentsOf(action === "create" ? undefined : id, body),
      ...(parameters.flag("force") && { force: true }),
    };
    return {
      ...operationOf(schema, resource, writing, variables),
      toAnswer(data) {
        const row = shown(data["written"] as Row);
        const made = action === "create" && { headers: { location: `/rest/metadata/${resource.plural}/${row["id"]}` } };
        return { status: action === "create" ? 201 : 200, body: enveloped(resource, writing.name, row), ...made };
      },
    };
  };

/** A new token for an API key, which shows it this once. */
export const token =
  (resource: MetadataResource): Make =>
  ({ schema, id, search, body }) => {
    new Parameters(search, NONE);
    return {
      ...operationOf(schema, resource, generateToken, generateToken.argumentsOf(id, body)),
      toAnswer: (data) => ({ status: 201, body: data["written"], headers: { "cache-control": "no-store" } }),
    };
  };
