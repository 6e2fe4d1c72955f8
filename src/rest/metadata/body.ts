/** The body of a request to `/rest/metadata/…`: one JSON object. */
import type { Request } from "express";
import { RelataError } from "../../errors.ts";
import { readBody } from "../../graphql/readBody.ts";
import type { Body } from "./resources.ts";

const IS_JSON = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

/** BAD_INPUT when it is none; nothing at all is an empty one. */
export async function bodyOf(req: Request, max: number): Promise<Body> {
  const text = (await readBody(req, max)).toString("utf8");
  if (text.trim() === "") return {};
  const type = req.headers["content-type"];
  // Also what keeps pages of other origins from sending it unasked.
  if (!IS_JSON.test(type ?? ""))
    throw new RelataError("BAD_INPUT", "Send JSON, with the header Content-Type: application/json.", { field: "Content-Type" });
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new RelataError("BAD_INPUT", "The body is not JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new RelataError("BAD_INPUT", "The body is a JSON object.");
  return body as Body;
}
