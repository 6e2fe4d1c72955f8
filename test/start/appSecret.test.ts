/** Another APP_SECRET: on a PostgreSQL of its own, as the passwords of its roles are made of it. */

import { PASSWORD, post, startTestServer, type TestServer } from "../helpers/server.ts";
import { relata } from "../model/cli.ts";
import { TIMEOUT, useFolder } from "./folder.ts";

const FORMER = "the former one for tests, 0123456789abcdef";
const NEXT = "another one for tests, 0123456789abcdef";
const folder = useFolder();

async function signedIn({ url }: TestServer): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "owner@acme.test", password: PASSWORD }),
  });
  return ((await response.json()) as { accessToken: string }).accessToken;
}
const statusOf = async ({ url }: TestServer, token: string) =>
  (await post(url, "/graphql", token, "{ companies(first: 1) { totalCount } }")).status;

it(
  "can be replaced: what the former has sealed opens, is sealed anew, and then needs it no more",
  async () => {
    const withSecret = (secret: Record<string, string>) => ({ ...folder.env, ...secret });
    Object.assign(folder.env, { APP_SECRET: FORMER });
    const before = await signedIn(await folder.start());
    await folder.stopBy("SIGTERM");

    await expect(startTestServer(withSecret({ APP_SECRET: NEXT }), "all")).rejects.toThrow(/APP_SECRET is not the one/);
    const both = { APP_SECRET: NEXT, APP_SECRET_FALLBACKS: JSON.stringify([FORMER]) };
    Object.assign(folder.env, both);
    const between = await folder.start();
    expect(await statusOf(between, before)).toBe(200);
    const rotate = () => relata(["secrets", "rotate"], { ...folder.env, GRAPHILE_ENV: "production" });
    expect((await rotate()).out).toMatch(/signing_keys +[1-9]/);
    expect((await rotate()).out).toMatch(/signing_keys +0/);
    const tokens = await signedIn(between);
    await folder.stopBy("SIGTERM");

    folder.env = withSecret({ APP_SECRET: NEXT, APP_SECRET_FALLBACKS: "" });
    const after = await folder.start();
    expect([await statusOf(after, before), await statusOf(after, tokens)]).toEqual([200, 200]);
    expect(await signedIn(after)).toEqual(expect.any(String));
  },
  TIMEOUT,
);
