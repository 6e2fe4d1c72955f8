/** What the operations of both documents share: parameters, headers, errors, security. */
import { errorCodes } from "../../errors.ts";
import type { Json } from "./scalars.ts";

const PROBLEM: Json = {
  type: "object",
  description: "An error (RFC 9457). The codes are those of GraphQL.",
  required: ["type", "title", "status", "detail", "code"],
  properties: {
    type: { type: "string", format: "uri", description: "The code as a URN." },
    title: { type: "string", description: "What the code means." },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { type: "string", description: "What is wrong this time." },
    code: { type: "string", enum: errorCodes },
    field: { type: "string", description: "The path of the field, parameter or header at fault." },
    rule: { type: "string", description: "The rule that was broken." },
    errors: {
      type: "array",
      description: "All that is wrong with a change of the data model.",
      items: {
        type: "object",
        required: ["code", "message"],
        properties: { code: { type: "string", enum: errorCodes }, message: { type: "string" }, field: { type: "string" } },
      },
    },
    retryAfter: { type: "integer", description: "Seconds until it is worth trying again." },
    current: { description: "Of a conflict of versions: the record as it is now." },
    reference: { type: "string", description: "What the server's log calls a fault of its own." },
  },
  examples: [
    {
      type: "urn:relata:error:NOT_FOUND",
      title: "There is no such record.",
      status: 404,
      detail: "There is no such record.",
      code: "NOT_FOUND",
    },
  ],
};

const ERRORS: Readonly<Record<string, readonly [name: string, description: string]>> = {
  400: ["BadRequest", "What was asked, or sent, is not valid; `code` says how, `field` where."],
  401: ["Unauthorized", "There is no token, or it does not hold any more."],
  403: ["Forbidden", "Your role may not do that."],
  404: ["NotFound", "There is no such record, or you may not know of it."],
  405: ["MethodNotAllowed", "That cannot be done here; the header Allow says what can."],
  406: ["NotAcceptable", "The answer does not come in the form that Accept names."],
  409: ["Conflict", "It does not go together with what there is."],
  412: ["PreconditionFailed", "The record is no longer the one that If-Match names."],
  413: ["ContentTooLarge", "The body is too large."],
  415: ["UnsupportedMediaType", "The body is not JSON."],
  422: ["IdempotencyKeyReused", "This Idempotency-Key came with another request before."],
  429: ["TooManyRequests", "That was too often; Retry-After says how long to wait."],
  500: ["InternalError", "The fault is ours; `reference` finds it in the log."],
  503: ["Unavailable", "It cannot be done just now; try again after Retry-After."],
};

const text = (description: string): Json => ({ description, schema: { type: "string" } });
const headers: Record<string, Json> = {
  ETag: text("The version of the record, and of this answer. Send it back as If-Match, or as If-None-Match."),
  Link: text('The pages beside this one (RFC 8288): rel="first", "prev", "next".'),
  Location: text("Where the new one is."),
  "Idempotency-Replayed": {
    description: "true when the answer is the one that was given before.",
    schema: { type: "string", const: "true" },
  },
  RateLimit: text("How much is left of each limit, and until when."),
  "RateLimit-Policy": text("The limits."),
  "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } },
  "WWW-Authenticate": text("Bearer."),
};
export const header = (name: string): Json => ({ [name]: { $ref: `#/components/headers/${name}` } });

export const query = (name: string, description: string, schema: Json, more: Json = {}): Json => ({
  name,
  in: "query",
  description,
  schema,
  ...more,
});
const inHeader = (name: string, description: string, example: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
  example,
});
const flag = { type: "boolean", default: false };
const cursor = { type: "string" };

const parameters: Record<string, Json> = {
  id: { name: "id", in: "path", required: true, description: "Its id.", schema: { type: "string", format: "uuid" } },
  filter: query(
    "filter",
    "Which records: `field[comparison]:value`, joined by commas or by `and(…)`, `or(…)`, `not(…)`. Parts and relations are reached by dots. The same may be said in brackets: `filter[createdAt][gt]=2024-01-01`.",
    { type: "string" },
    {
      examples: {
        one: { value: 'createdAt[gte]:"2024-01-01"', summary: "One condition" },
        several: { value: 'or(name[ilike]:"%acme%",not(createdAt[lt]:"2024-01-01"))', summary: "Several" },
      },
    },
  ),
  orderBy: query(
    "order_by",
    "Fields to sort by, with commas between; the direction in brackets.",
    { type: "string" },
    { example: "createdAt[DescNullsLast]" },
  ),
  limit: query(
    "limit",
    "How many at most; more than a page holds is as many as it holds.",
    { type: "integer", minimum: 0, maximum: 999999999, default: 60 },
    { example: 20 },
  ),
  startingAfter: query("starting_after", "Only what stands after this cursor (`pageInfo.endCursor`).", cursor),
  endingBefore: query("ending_before", "Only what stands before this cursor (`pageInfo.startCursor`).", cursor),
  offset: query("offset", "How many to leave out first.", { type: "integer", minimum: 0, maximum: 999999999 }),
  totalCount: query("total_count", "Whether to count all; `false` is faster.", { type: "boolean", default: true }),
  depth: query("depth", "0 for the record's own fields, 1 with the records it leads to, 2 with what those lead to.", {
    type: "integer",
    enum: [0, 1, 2],
  }),
  fields: query(
    "fields",
    "What of a record is wanted, with commas between: `name,createdBy.source,contacts.email`.",
    { type: "string" },
    { example: "id" },
  ),
  upsert: query("upsert", "Changes the record that is there, by a unique field, instead of refusing.", flag),
  upsertOn: query("upsert_on", "The unique fields by which upsert finds it, with commas between.", { type: "string" }),
  destroy: query("destroy", "Takes it away for good, instead of marking it as deleted.", flag),
  softDelete: query("soft_delete", "`false` is destroy=true.", { type: "boolean", default: true }),
  ifMatch: inHeader("If-Match", "Only when the record still has this ETag; 412 otherwise.", '"2026-03-01T09:30:00Z.Zm9v"'),
  ifNoneMatch: inHeader("If-None-Match", "304 when the answer still has this ETag.", '"2026-03-01T09:30:00Z.Zm9v"'),
  idempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description: "A key of your own: the same request with it is done once, and answered the same again.",
    schema: { type: "string", pattern: "^[!-~]{1,255}$" },
    example: "4f6c2a1e",
  },
};

const problemContent = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
const MORE_HEADERS: Record<string, string[]> = {
  401: ["WWW-Authenticate"],
  429: ["Retry-After", "RateLimit", "RateLimit-Policy"],
  503: ["Retry-After"],
};

/** Answers that every operation may give, and those of one that writes. */
const OF_ALL = ["400", "401", "403", "404", "406", "429", "500", "503"];
const OF_WRITES = ["409", "413", "415", "422"];

export const errorsOf = (isWrite: boolean, more: readonly string[] = []): Json =>
  Object.fromEntries(
    [...OF_ALL, ...(isWrite ? OF_WRITES : []), ...more]
      .sort()
      .map((status) => [status, { $ref: `#/components/responses/${ERRORS[status]![0]}` }]),
  );

export const parameter = (name: string): Json => ({ $ref: `#/components/parameters/${name}` });
export const json = (schema: Json): Json => ({ "application/json": { schema } });

/** Components that both documents have; those that are not named in `paths` are left out. */
export function componentsFor(paths: Json, schemas: Json): Json {
  const responses = Object.fromEntries(
    Object.entries(ERRORS).map(([status, [name, description]]) => [
      name,
      {
        description,
        content: problemContent,
        ...(MORE_HEADERS[status] && { headers: Object.assign({}, ...MORE_HEADERS[status].map(header)) }),
      },
    ]),
  );
  const said = JSON.stringify([paths, schemas]);
  const used = (kind: string, all: Record<string, Json>, where: string) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => where.includes(`"#/components/${kind}/${name}"`)));
  const usedResponses = used("responses", responses, said);
  return {
    schemas: { ...schemas, Problem: PROBLEM },
    parameters: used("parameters", parameters, said),
    headers: used("headers", headers, said + JSON.stringify(usedResponses)),
    responses: usedResponses,
    securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "An API key, or an access token of a sign-in." } },
  };
}

/** A document; `paths` is all that differs. */
export const documentOf = (title: string, description: string, paths: Json, schemas: Json, tags: Json[]): Json => ({
  openapi: "3.1.0",
  info: {
    title,
    version: "1.0.0",
    description,
    license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    contact: { name: "The administrators of this server" },
  },
  servers: [{ url: "/rest", description: "This server" }],
  security: [{ bearer: [] }],
  tags: tags.sort((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1)),
  paths,
  components: componentsFor(paths, schemas),
});
