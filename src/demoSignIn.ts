/**
 * Pages for developers come signed in as the demo owner on a trial: under a local name alone,
 * as a foreign page could otherwise read the token by rebinding its DNS.
 */
import type { Request } from "express";
import { provePassword } from "./auth/strategies/password.ts";
import { DEMO } from "./demo.ts";
import type { Services } from "./routes.ts";

const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "::1"]);

/** The demo owner's access token, where there is one and the page may have it. */
export async function demoTokenFor(req: Request, { config, pool, signIns }: Services): Promise<string | undefined> {
  if (!config.GRAPHIQL_ENABLED || config.NODE_ENV === "production") return undefined;
  if (!LOCAL_NAMES.has(req.hostname.replace(/^\[|\]$/g, ""))) return undefined;
  const signIn = async () => signIns.begin(await provePassword(pool, DEMO.owner, DEMO.password), { workspace: DEMO.workspace });
  const tokens = await signIn().catch(() => undefined);
  return tokens && "accessToken" in tokens ? tokens.accessToken : undefined;
}

/** Signs every request of a page, its look at the schema too, unless the user gave a header of his own. */
export const signInScript = (accessToken: string): string => `
  const plainFetch = window.fetch;
  window.fetch = (input, init = {}) => {
    const asked = input instanceof Request ? input : undefined;
    const headers = new Headers(init.headers ?? asked?.headers);
    const isOurs = new URL(asked?.url ?? input, location).origin === location.origin;
    if (isOurs && !headers.has("authorization")) headers.set("authorization", "Bearer ${accessToken}");
    return plainFetch(input, { ...init, headers });
  };
`;
