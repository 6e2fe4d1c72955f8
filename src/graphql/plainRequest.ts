/**
 * The request that nearly everybody sends: a POST of JSON with a query, and nothing else
 * that is special. It is read here, at a fraction of what grafserv takes; whatever is in
 * any way unusual, or wrong, is for grafserv to understand.
 */
import type { IncomingHttpHeaders } from "node:http";

export type PlainRequest = { query: string; variableValues?: Record<string, unknown>; operationName?: string };

const JSON_BODY = /^application\/json(?:; ?charset=utf-8)?$/i;
const TAKES_JSON = new Set([undefined, "*/*", "application/json", "application/json, */*"]);
const KEYS = new Set(["query", "variables", "operationName"]);

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What the body asks for, when it is a plain request and its client takes JSON; undefined for any other. */
export function plainRequestOf(headers: IncomingHttpHeaders, body: Buffer): PlainRequest | undefined {
  if (!JSON_BODY.test(headers["content-type"] ?? "") || !TAKES_JSON.has(headers.accept)) return undefined;
  const asked = parsed(body);
  if (!isObject(asked)) return undefined;
  for (const key in asked) if (!KEYS.has(key)) return undefined;
  const { query, variables, operationName } = asked;
  if (typeof query !== "string" || query === "") return undefined;
  if (variables != null && !isObject(variables)) return undefined;
  if (operationName != null && typeof operationName !== "string") return undefined;
  return { query, ...(variables != null && { variableValues: variables }), ...(operationName != null && { operationName }) };
}
