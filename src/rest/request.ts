/** A request of REST on its way: what it brings, read and checked before anybody knows its object. */
import type { Request, Response } from "express";
import { NOBODY } from "../auth/openFields.ts";
import { RelataError } from "../errors.ts";
import { readBody } from "../graphql/readBody.ts";
import type { Services } from "../routes.ts";
import type { Caller, KnownWorkspace } from "../schemaRegistry.ts";
import type { RestObject } from "./objects.ts";
import { versionOfTag } from "./tags.ts";

/** What a route works with. */
export type Asked = {
  req: Request;
  res: Response;
  services: Services;
  caller: Caller;
  known: KnownWorkspace;
  object: RestObject;
  /** The id in the address; "" where there is none. */
  id: string;
  /** What stands behind the ?. */
  search: string;
  body: unknown;
};

/** `/rest/companies?limit=1` as ["companies"] and "limit=1". */
export function addressOf(url: string): { segments: string[]; search: string } {
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  const segments = path.split("/").filter((segment) => segment !== "");
  return { segments, search: at < 0 ? "" : url.slice(at + 1) };
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const JSON_TYPES = "application/json, application/merge-patch+json";

/** The JSON that a request brings: UNSUPPORTED_MEDIA_TYPE for another form. */
export async function readJson(req: Request, caller: Caller, maxBytes: number): Promise<{ bytes: Buffer; body: unknown }> {
  const { "content-type": type, "content-encoding": encoding } = req.headers;
  if (!type || !JSON_TYPE.test(type) || /charset=(?!"?utf-?8)/i.test(type))
    throw new RelataError("UNSUPPORTED_MEDIA_TYPE", "Send the record as application/json, in UTF-8.", { headers: { accept: JSON_TYPES } });
  if (encoding && encoding !== "identity")
    throw new RelataError("UNSUPPORTED_MEDIA_TYPE", "The body may not be compressed.", { headers: { "accept-encoding": "identity" } });
  const bytes = await readBody(req, caller === NOBODY ? 0 : maxBytes);
  try {
    return { bytes, body: JSON.parse(bytes.toString("utf8")) };
  } catch {
    throw new RelataError("BAD_INPUT", "The body is not JSON.", { field: "body" });
  }
}

export type Format = "json" | "csv" | "ndjson";
const FORMATS: Record<string, Format> = { "application/json": "json", "text/csv": "csv", "application/x-ndjson": "ndjson" };
const PLAIN = new Set([undefined, "*/*", "application/json", "application/json, text/plain, */*"]);

/** What the client wants to read; NOT_ACCEPTABLE when it is nothing that there is. */
export function formatOf(req: Request, isList: boolean): Format {
  const { accept } = req.headers;
  if (PLAIN.has(accept)) return "json";
  const found = req.accepts(isList ? Object.keys(FORMATS) : ["application/json"]);
  if (found) return FORMATS[found]!;
  throw new RelataError(
    "NOT_ACCEPTABLE",
    isList ? `There are ${Object.keys(FORMATS).join(", ")} here.` : "There is application/json here.",
  );
}

/**
 * The version that If-Match demands, as the `version` of a mutation; undefined when it demands none. A tag that is not
 * ours, or weak, is the version of nothing.
 */
export function demandedVersion({ headers }: Request): string | undefined {
  const given = headers["if-match"]?.trim();
  if (given === undefined || given === "*") return undefined;
  const versions = new Set(given.match(/(?:W\/)?"[^"]*"/g)?.map(versionOfTag));
  if (versions.size > 1) throw new RelataError("BAD_INPUT", "If-Match names several versions; name one.", { field: "If-Match" });
  return [...versions][0] ?? NO_VERSION;
}

const NO_VERSION = "0001-01-01T00:00:00Z";
