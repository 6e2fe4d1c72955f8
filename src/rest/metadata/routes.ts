/**
 * Answers `/rest/metadata/<resource>`: each route is an operation of `/metadata`, run on
 * the same way, so that who may and what is wrong is decided there.
 */
import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import type { GraphQLSchema } from "graphql";
import { RelataError } from "../../errors.ts";
import { makeMaskError } from "../../graphql/maskError.ts";
import { admit, type Services } from "../../routes.ts";
import { problemOfErrors, sendProblem } from "../problem.ts";
import { Parameters } from "../query/parameters.ts";
import { bodyOf } from "./body.ts";
import { listDocument, oneDocument, writeDocument } from "./documents.ts";
import { type List, linksOf, listVariables, searchOf, shown } from "./list.ts";
import { type Action, type Body, generateToken, type MetadataResource, type Writing } from "./resources.ts";

type Row = Record<string, unknown>;
type Asked = { query: string; variables: Record<string, unknown> };

const NONE: ReadonlySet<string> = new Set();

/** An answer with a weak tag of what it says, and nothing but the tag for who has it already. */
function sendJson(req: Request, res: Response, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  if (req.method === "GET" || req.method === "HEAD") {
    const etag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 27)}"`;
    res.setHeader("etag", etag);
    const seen = req.headers["if-none-match"]?.split(",").map((one) => one.trim());
    if (seen?.some((one) => one === "*" || one === etag || `W/${one}` === etag)) return void res.status(304).end();
  }
  res.setHeader("cache-control", "private, no-cache");
  res.writeHead(status, { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(text) });
  res.end(text);
}

export class MetadataRoutes {
  readonly #services: Services;
  readonly #mask: ReturnType<typeof makeMaskError>;

  constructor(services: Services) {
    this.#services = services;
    this.#mask = makeMaskError(services.log);
  }

  /** Runs one operation; undefined when it came to a problem, which is then answered. */
  async #run(req: Request, res: Response, make: (schema: GraphQLSchema) => Asked | Promise<Asked>): Promise<Row | undefined> {
    const { graphqlServer, metadata } = this.#services;
    const caller = await admit(req, res, this.#services);
    const { query, variables } = await make((await metadata.current(caller)).schema);
    const { data, errors } = await graphqlServer.run(metadata, caller, query, variables);
    if (!errors?.length) return data as Row;
    sendProblem(res, problemOfErrors(errors, this.#mask));
    return undefined;
  }

  async list(req: Request, res: Response, resource: MetadataResource): Promise<void> {
    const max = this.#services.config.MAX_PAGE_SIZE;
    const data = await this.#run(req, res, (schema) => ({
      query: listDocument(schema, resource),
      variables: listVariables(schema, resource, searchOf(req), max),
    }));
    if (!data) return;
    const list = data["list"] as List;
    const links = linksOf(req, list);
    if (links) res.setHeader("link", links);
    const rows = list.nodes.map(shown);
    const { pageInfo, totalCount } = list;
    sendJson(req, res, 200, resource.envelope === "raw" ? rows : { data: { [resource.plural]: rows }, pageInfo, totalCount });
  }

  async get(req: Request, res: Response, resource: MetadataResource): Promise<void> {
    const data = await this.#run(req, res, (schema) => {
      new Parameters(searchOf(req), NONE);
      return { query: oneDocument(schema, resource), variables: { filter: { id: { eq: req.params["id"] } } } };
    });
    if (data) sendJson(req, res, 200, this.#enveloped(resource, resource.singular, shown(data["one"] as Row)));
  }

  /** `create`, `update` or `delete`; `?destroy=true` lets go for good of what is only marked otherwise, `?force=true` of what is in use. */
  async write(req: Request, res: Response, resource: MetadataResource, action: Action): Promise<void> {
    let writing = resource.writes[action]!;
    const data = await this.#run(req, res, async (schema) => {
      const known = action === "delete" ? [resource.writes.destroy && "destroy", resource.plural === "fields" && "force"] : [];
      const parameters = new Parameters(searchOf(req), new Set(known.filter((name) => typeof name === "string")));
      if (parameters.flag("destroy")) writing = resource.writes.destroy!;
      const more = parameters.flag("force") ? { force: true } : {};
      return this.#writeOf(req, schema, resource, writing, more, action !== "delete");
    });
    if (!data) return;
    const row = shown(data["written"] as Row);
    if (action === "create") res.setHeader("location", `/rest/metadata/${resource.plural}/${row["id"]}`);
    sendJson(req, res, action === "create" ? 201 : 200, this.#enveloped(resource, writing.name, row));
  }

  /** A new token for an API key, which shows it this once. */
  async token(req: Request, res: Response, resource: MetadataResource): Promise<void> {
    const data = await this.#run(req, res, (schema) => {
      new Parameters(searchOf(req), NONE);
      return this.#writeOf(req, schema, resource, generateToken, {}, true);
    });
    if (!data) return;
    res.setHeader("cache-control", "no-store");
    sendJson(req, res, 201, data["written"]);
  }

  async #writeOf(
    req: Request,
    schema: GraphQLSchema,
    resource: MetadataResource,
    writing: Writing,
    more: object,
    hasBody: boolean,
  ): Promise<Asked> {
    const body: Body = hasBody ? await bodyOf(req, this.#services.config.MAX_BODY_BYTES) : {};
    const variables = { ...writing.argumentsOf(req.params["id"] as string | undefined, body), ...more };
    if (hasBody && !Object.keys(body).length && writing !== generateToken)
      throw new RelataError("BAD_INPUT", "Give at least one field.", { field: "data" });
    const given = Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    return { query: writeDocument(schema, resource, writing, given), variables };
  }

  #enveloped({ envelope }: MetadataResource, name: string, row: Row): unknown {
    return envelope === "raw" ? row : { data: { [name]: row } };
  }
}
