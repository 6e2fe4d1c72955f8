/** Asks /rest as one of the demo users: as the owner of acme unless told. */
import type { Api } from "../helpers/server.ts";

export type RestAnswer = {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at as it comes
  json: any;
};
type Options = { body?: unknown; headers?: Record<string, string>; email?: string };

export async function ask(
  api: Api,
  method: string,
  path: string,
  { body, headers, email = "owner@acme.test" }: Options = {},
): Promise<RestAnswer> {
  const response = await fetch(`${api.url}/rest${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await api.tokenOf(email)}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) };
}

/** What tells one problem from another. */
export const problemOf = ({ status, headers, json }: RestAnswer) => {
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(json).toMatchObject({ type: `urn:relata:error:${json.code}`, title: expect.any(String), status, detail: expect.any(String) });
  return [status, json.code, json.field];
};
