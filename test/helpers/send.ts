/** A whole request of its own: any body, any header. */
import type { Answer } from "./server.ts";

type Server = { url: string; tokenOf(email: string): Promise<string> };
export type Sent<T> = Answer<T> & { extensions?: Record<string, unknown> };

export async function send<T = Record<string, never>>(
  server: Server,
  body: object,
  headers: Record<string, string> = {},
  { path = "/graphql", email = "owner@acme.test", method = "POST" } = {},
): Promise<Sent<T>> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${await server.tokenOf(email)}`, ...headers },
    ...(method === "POST" && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}
