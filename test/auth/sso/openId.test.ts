/** Google, and a workspace's own OpenID Connect service, end to end against a real provider. */
import { CLIENT, type OidcPeer, startOidcProvider } from "./oidcProvider.ts";
import { addProvider, signInBy, useSso } from "./useSso.ts";

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
