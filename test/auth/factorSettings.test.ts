/** What the configuration says of second factors: the pages that may ask for passkeys, and what is off. */
import { relyingPartyOf } from "../../src/auth/relyingParty.ts";
import { readConfig } from "../../src/config.ts";
import { PASSWORD, useTestServer } from "../helpers/server.ts";

const server = useTestServer({ AUTH_PASSKEY_ENABLED: "false", TWO_FACTOR_AUTHENTICATION_ENABLED: "false" });
const partyOf = (env: Record<string, string>) => relyingPartyOf(readConfig({ APP_SECRET: "x", ...env }));
const HOME = "https://crm.example";

it.each([
  [{ FRONTEND_URL: HOME, SERVER_URL: "https://api.example" }, "crm.example", HOME],
  [{ SERVER_URL: "https://api.example:8443" }, "api.example", "https://api.example:8443"],
  [{ NODE_PORT: "4000" }, "localhost", "http://localhost:4000"],
])("can tell by %j for which domain passkeys are, and on which page", (env, id, page) => {
  const party = partyOf(env);
  expect([party.id, party.allows(page)]).toEqual([id, true]);
});

it.each([
  "https://evil.example",
  "http://crm.example",
  "https://crm.example:444",
  "https://crm.example.evil.example",
  "https://evilcrm.example",
  "https://a.b.crm.example",
  "https://crm.example/",
  "https://CRM.example",
  "https://user@crm.example",
  "null",
  "",
  "crm.example",
])("cannot let %j ask for passkeys", (page) => {
  const party = partyOf({ FRONTEND_URL: HOME, IS_MULTIWORKSPACE_ENABLED: "true" });
  expect([party.allows(page), party.allows(HOME)]).toEqual([false, true]);
});

it("can let workspaces' own addresses ask for passkeys where there are such, and only there", () => {
  const page = "https://acme.crm.example";
  expect(partyOf({ FRONTEND_URL: HOME, IS_MULTIWORKSPACE_ENABLED: "true" }).allows(page)).toBe(true);
  expect(partyOf({ FRONTEND_URL: HOME }).allows(page)).toBe(false);
});

it("cannot enrol an app or sign in by a passkey where that is off (SIGN_IN_METHOD_DISABLED)", async () => {
  const send = async (path: string, body: object, token?: string) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return (await response.json()) as { accessToken: string; errors: { extensions: { code: string } }[] };
  };
  const { accessToken } = await send("/auth/login", { email: "owner@acme.test", password: PASSWORD });
  const passkey = { id: "x", response: { clientDataJSON: "x" } };
  const refused = [
    await send("/auth/totp/enrol", {}, accessToken),
    await send("/auth/passkeys/sign-in/options", {}),
    await send("/auth/passkeys/sign-in", { passkey }),
  ];
  expect(refused.map(({ errors }) => errors[0]!.extensions.code)).toEqual(Array(3).fill("SIGN_IN_METHOD_DISABLED"));
});
