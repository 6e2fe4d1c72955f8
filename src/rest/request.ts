/** A request of REST on its way: what it brings, read and checked before anybody knows its object. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request } from "express";
import { NOBODY } from "../auth/openFields.ts";
import { RelataError } from "../errors.ts";
import { readBody } from "../graphql/readBody.ts";
import type { Services } from "../routes.ts";
import type { Caller, KnownWorkspace } from "../schemaRegistry.ts";
import type { RestObject } from "./objects.ts";
import { versionOfTag } from "./tags.ts";

/** Of node:http, or of Express, which answers what asks for another form than JSON. */
export type Incoming = IncomingMessage & Partial<Pick<Request, "originalUrl" | "accepts" | "protocol" | "host">>;

/** What a route works with. */
export type Asked = {
  req: Incoming;
  res: ServerResponse;
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

export const BASE = "/rest";
/** The whole address, whoever has cut it; of one with a host (RFC 9112, 3.2.2) what is behind that. */
export function urlOf({ originalUrl, url }: Incoming): string {
  const whole = originalUrl ?? url!;
  return whole.startsWith("/") ? whole : whole.replace(/^https?:\/\/[^/?]*/i, "");
}

/** `/companies?limit=1` as ["companies"] and "limit=1". */
export function addressOf(url: string): { segments: string[]; search: string } {
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  const segments = path.split("/").filter((segment) => segment !== "");
  return { segments, search: at < 0 ? "" : url.slice(at + 1) };
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const JSON_TYPES = "application/json, application/merge-patch+json";

/** The JSON that a request brings: UNSUPPORTED_MEDIA_TYPE for another form. */
export async function readJson(req: Incoming, caller: Caller, maxBytes: number): Promise<{ bytes: Buffer; body: unknown }> {
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
/** What mostly comes; of these JSON. */
const PLAIN = new Set([undefined, "*/*", "application/json", "application/json, text/plain, */*"]);

export const takesJson = ({ headers }: Incoming): boolean => PLAIN.has(headers.accept);

/** What the client wants to read; NOT_ACCEPTABLE when it is nothing that there is. */
export function formatOf(req: Incoming, isList: boolean): Format {
  if (takesJson(req)) return "json";
  const found = req.accepts!(isList ? Object.keys(FORMATS) : ["application/json"]);
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
export function demandedVersion({ headers }: Incoming): string | undefined {
  const given = headers["if-match"]?.trim();
  if (given === undefined || given === "*") return undefined;
  const versions = new Set(given.match(/(?:W\/)?"[^"]*"/g)?.map(versionOfTag));
  if (versions.size > 1) throw new RelataError("BAD_INPUT", "If-Match names several versions; name one.", { field: "If-Match" });
  return [...versions][0] ?? NO_VERSION;
}

const NO_VERSION = "0001-01-01T00:00:00Z";
