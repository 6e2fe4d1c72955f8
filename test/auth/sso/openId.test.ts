/** Google, and a workspace's own OpenID Connect service, end to end against a real provider. */
import { startTestServer } from "../../helpers/server.ts";
import { Browser } from "./browser.ts";
import { CLIENT, type OidcPeer, startOidcProvider } from "./oidcProvider.ts";
import { addProvider, codeOf, freePort, outcomeOf, signInBy, useSso } from "./useSso.ts";

let peer: OidcPeer;
let idp: string;
const sso = useSso(async (url) => {
  peer = await startOidcProvider([`${url}/auth/google/redirect`, `${url}/auth/oidc/callback`]);
  return {
    stop: () => peer.stop(),
    env: {
      AUTH_GOOGLE_ENABLED: "true",
      AUTH_GOOGLE_CLIENT_ID: CLIENT.client_id,
      AUTH_GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
      AUTH_GOOGLE_ISSUER: peer.issuer,
    },
  };
});
beforeAll(async () => {
  idp = await addProvider(sso, { type: "OIDC", issuer: peer.issuer, clientId: CLIENT.client_id, clientSecret: CLIENT.client_secret });
});

it("can sign in with Google, which hosts the company's domain", async () => {
  peer.person = { sub: "g-1", email: "Owner@acme.test", email_verified: true, hd: "acme.test" };
  expect(await signInBy(sso, "/auth/google")).toBe("acme owner@acme.test");
});

it("can sign in to a workspace by name with Google", async () => {
  peer.person = { sub: "g-2", email: "owner@globex.test", email_verified: true, hd: "globex.test" };
  expect(await signInBy(sso, "/auth/google?workspace=globex")).toBe("globex owner@globex.test");
});

it("can sign in with a workspace's own service, to that workspace", async () => {
  peer.person = { sub: "o-1", email: "member@acme.test", email_verified: true };
  expect(await signInBy(sso, `/auth/oidc/login/${idp}`)).toBe("acme member@acme.test");
});

it("can sign in with a service that says nothing of whether an address is proven, as its domain is", async () => {
  peer.person = { sub: "o-2", email: "guest@acme.test" };
  expect(await signInBy(sso, `/auth/oidc/login/${idp}`)).toBe("acme guest@acme.test");
});

/** Another server behind the same address, which it says is its own; to be asked where it is. */
async function startAnother(env: Record<string, string> = {}) {
  const port = String(await freePort());
  const { stop } = await startTestServer({ ...environment(), NODE_PORT: port, ...env });
  return { url: `http://localhost:${port}`, stop };
}
const environment = () => ({
  PG_DATABASE_URL: sso.adminUrl,
  SERVER_URL: sso.url,
  EGRESS_ALLOW: "127.0.0.1",
  AUTH_GOOGLE_ENABLED: "true",
  AUTH_GOOGLE_CLIENT_ID: CLIENT.client_id,
  AUTH_GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
  AUTH_GOOGLE_ISSUER: peer.issuer,
});
const isCallback = (location: string) => location.includes("/auth/google/redirect");

it("can set out at one server and come back to another, which then has used up what the first would take", async () => {
  const second = await startAnother();
  peer.person = { sub: "g-1", email: "owner@acme.test", email_verified: true, hd: "acme.test" };
  const browser = new Browser();
  const { location } = await browser.follow(`${sso.url}/auth/google`, isCallback);
  const cookie = browser.cookiesOf(sso.url).join("; ");
  const there = await fetch(location!.replace(sso.url, second.url), { redirect: "manual", headers: { cookie } });
  expect(await outcomeOf(sso, { status: there.status, location: there.headers.get("location")!, text: "" })).toBe("acme owner@acme.test");
  expect(codeOf((await browser.go(location!)).text)).toBe("SIGN_IN_REFUSED");
  await second.stop();
});

it("cannot bring refused answers without end from one address (RATE_LIMITED), while right ones cost nothing", async () => {
  const limited = await startAnother({ RATE_LIMIT_SSO_ADDRESS: "3" });
  const browser = new Browser();
  for (let count = 0; count < 5; count++) {
    const { location } = await browser.follow(`${sso.url}/auth/google`, isCallback);
    const cookie = browser.cookiesOf(sso.url).join("; ");
    const { status } = await fetch(location!.replace(sso.url, limited.url), { redirect: "manual", headers: { cookie } });
    expect(status).toBe(303);
  }
  const codes = [];
  for (let count = 0; count < 5; count++) codes.push(codeOf((await browser.go(`${limited.url}/auth/google/redirect?state=x&code=x`)).text));
  expect(codes).toEqual(["SIGN_IN_REFUSED", "SIGN_IN_REFUSED", "SIGN_IN_REFUSED", "RATE_LIMITED", "RATE_LIMITED"]);
  await limited.stop();
});
