/** Identity providers are set up on /metadata by who has the permission `security`, and prove their domains. */
import { X509Certificate } from "node:crypto";
import { type Answer, post, signIn } from "../../helpers/server.ts";
import { Browser } from "./browser.ts";
import { makeIdentity } from "./certificate.ts";
import { type FakeDns, startFakeDns } from "./fakeDns.ts";
import { FAKE_CLIENT, type FakeOpenId, startFakeOpenId } from "./fakeOpenId.ts";
import { signInBy, trade, useSso } from "./useSso.ts";

let peer: FakeOpenId;
let dns: FakeDns;
const sso = useSso(async () => {
  peer = await startFakeOpenId();
  dns = await startFakeDns();
  return {
    env: {
      DNS_SERVERS: dns.address,
      AUTH_GOOGLE_ENABLED: "true",
      AUTH_GOOGLE_CLIENT_ID: FAKE_CLIENT.id,
      AUTH_GOOGLE_CLIENT_SECRET: FAKE_CLIENT.secret,
      AUTH_GOOGLE_ISSUER: peer.url,
    },
    stop: async () => {
      dns.stop();
      await peer.stop();
    },
  };
});

const tokens = new Map<string, string>();
async function ask<T = Record<string, never>>(
  query: string,
  variables?: Record<string, unknown>,
  email = "owner@acme.test",
): Promise<Answer<T>> {
  if (!tokens.has(email)) tokens.set(email, await signIn(sso.url, email));
  return post<T>(sso.url, "/metadata", tokens.get(email), query, variables);
}
const anonymously = <T>(query: string, variables: Record<string, unknown>) => post<T>(sso.url, "/metadata", undefined, query, variables);
const refusalOf = ({ data, errors }: Answer<object>) => {
  expect(Object.values(data ?? {}).filter(Boolean)).toEqual([]);
  return [errors?.[0]?.extensions.code, errors?.[0]?.extensions.field];
};

type Provider = { id: string; name: string; domains: { nodes: Domain[] } } & Record<string, unknown>;
type Domain = { id: string; token: string; verifiedAt: string | null };

const OIDC =
  "mutation ($input: CreateOIDCIdentityProviderInput!) { createOIDCIdentityProvider(input: $input) { id type status name issuer clientID loginURL callbackURL entityId } }";
const SAML =
  "mutation ($input: CreateSAMLIdentityProviderInput!) { createSAMLIdentityProvider(input: $input) { id type status issuer ssoURL certificates loginURL callbackURL entityId } }";
const LIST = "{ getSSOIdentityProviders { id name type status domains { edges { node { domain } } } } }";
const ADD =
  "mutation ($input: AddIdentityProviderDomainInput!) { addIdentityProviderDomain(input: $input) { id domain token verifiedAt } }";
const VERIFY = "mutation ($id: UUID!) { verifyIdentityProviderDomain(input: { id: $id }) { id domain verifiedAt } }";
const oidcInput = (name: string) => ({ name, issuer: peer.url, clientID: FAKE_CLIENT.id, clientSecret: FAKE_CLIENT.secret });
const { certificate } = makeIdentity();
const samlInput = (name: string) => ({ name, issuer: "https://idp.test", ssoURL: "https://idp.test/sso", certificate });

async function createOidc(name: string, email?: string): Promise<string> {
  const { data, errors } = await ask<{ createOIDCIdentityProvider: Provider }>(OIDC, { input: oidcInput(name) }, email);
  expect(errors).toBeUndefined();
  return data!.createOIDCIdentityProvider.id;
}

it("can set up an OpenID Connect provider, prove its domain, and sign in by it", async () => {
  const { data } = await ask<{ createOIDCIdentityProvider: Provider }>(OIDC, { input: oidcInput("Okta") });
  const provider = data!.createOIDCIdentityProvider;
  expect(provider).toEqual({
    id: expect.any(String),
    ...{ type: "OIDC", status: "ACTIVE", name: "Okta", issuer: peer.url, clientID: FAKE_CLIENT.id, entityId: null },
    loginURL: `${sso.url}/auth/oidc/login/${provider.id}`,
    callbackURL: `${sso.url}/auth/oidc/callback`,
  });
  peer.claims = { email: "member@acme.test" };
  expect(await signInBy(sso, `/auth/oidc/login/${provider.id}`)).toBe("SIGN_IN_REFUSED");

  const added = await ask<{ addIdentityProviderDomain: Domain }>(ADD, { input: { identityProviderId: provider.id, domain: "ACME.test" } });
  const { id, token } = added.data!.addIdentityProviderDomain;
  expect(added.data!.addIdentityProviderDomain).toEqual({
    id,
    domain: "acme.test",
    token: expect.stringMatching(/^relata-domain-verification=[0-9a-f]{64}$/),
    verifiedAt: null,
  });
  expect(await signInBy(sso, `/auth/oidc/login/${provider.id}`)).toBe("SIGN_IN_REFUSED");

  dns.records.set("acme.test", ["v=spf1 -all", `${token}x`]);
  expect(refusalOf(await ask(VERIFY, { id }))).toEqual(["BAD_INPUT", "input.id"]);
  dns.records.set("_relata.acme.test", [token]);
  expect((await ask<{ verifyIdentityProviderDomain: Domain }>(VERIFY, { id })).data!.verifyIdentityProviderDomain.verifiedAt).toEqual(
    expect.any(String),
  );
  expect(await signInBy(sso, `/auth/oidc/login/${provider.id}`)).toBe("acme member@acme.test");
});

it("can set up a SAML provider under an id of one's own", async () => {
  const id = crypto.randomUUID();
  const fingerprint = new X509Certificate(certificate).fingerprint256;
  const { data, errors } = await ask<{ createSAMLIdentityProvider: Provider }>(SAML, { input: { ...samlInput("ADFS"), id, fingerprint } });
  expect(errors).toBeUndefined();
  expect(data!.createSAMLIdentityProvider).toEqual({
    id,
    ...{
      type: "SAML",
      status: "ACTIVE",
      issuer: "https://idp.test",
      ssoURL: "https://idp.test/sso",
      certificates: [expect.stringMatching(/^-----BEGIN CERT/)],
    },
    loginURL: `${sso.url}/auth/saml/login/${id}`,
    callbackURL: `${sso.url}/auth/saml/callback/${id}`,
    entityId: `${sso.url}/auth/saml/metadata/${id}`,
  });
});

it("can list, rename, switch off and delete providers", async () => {
  const id = await createOidc("Passing");
  const edit = (input: object) =>
    ask<{ editSSOIdentityProvider: Provider }>(
      "mutation ($input: EditSSOIdentityProviderInput!) { editSSOIdentityProvider(input: $input) { id name status } }",
      { input: { id, ...input } },
    );
  expect((await edit({ status: "INACTIVE", name: "Gone" })).data!.editSSOIdentityProvider).toEqual({
    id,
    name: "Gone",
    status: "INACTIVE",
  });
  expect(await signInBy(sso, `/auth/oidc/login/${id}`)).toBe("NOT_FOUND");
  expect((await ask<{ getSSOIdentityProviders: Provider[] }>(LIST)).data!.getSSOIdentityProviders).toContainEqual({
    id,
    name: "Gone",
    type: "OIDC",
    status: "INACTIVE",
    domains: { edges: [] },
  });
  const gone = "mutation ($id: UUID!) { deleteSSOIdentityProvider(input: { identityProviderId: $id }) { identityProviderId } }";
  expect((await ask(gone, { id })).data).toEqual({ deleteSSOIdentityProvider: { identityProviderId: id } });
  expect(refusalOf(await ask(gone, { id }))).toEqual(["NOT_FOUND", "input.identityProviderId"]);
});

it("can tell anybody where to sign in by a provider, and nobody of one that there is not", async () => {
  const id = await createOidc("Open");
  const where =
    'mutation ($id: UUID!) { getAuthorizationUrlForSSO(input: { identityProviderId: $id, workspaceInviteHash: "a b" }) { id type authorizationURL } }';
  expect((await anonymously(where, { id })).data).toEqual({
    getAuthorizationUrlForSSO: { id, type: "OIDC", authorizationURL: `${sso.url}/auth/oidc/login/${id}?invitation=a+b` },
  });
  expect(refusalOf(await anonymously(where, { id: crypto.randomUUID() }))[0]).toBe("NOT_FOUND");
});

it("can show a login page the active providers of a workspace", async () => {
  const id = await createOidc("Shown", "owner@globex.test");
  const hidden = await createOidc("Hidden", "owner@globex.test");
  await ask(
    "mutation ($id: UUID!) { editSSOIdentityProvider(input: { id: $id, status: INACTIVE }) { id } }",
    { id: hidden },
    "owner@globex.test",
  );
  const query = "query ($workspace: String) { signInMethods(workspace: $workspace) { identityProviders { id name type } } }";
  const shown = async (workspace?: string) =>
    (await anonymously<{ signInMethods: { identityProviders: Provider[] } }>(query, { workspace })).data!.signInMethods.identityProviders;
  expect(await shown("globex")).toContainEqual({ id, name: "Shown", type: "OIDC" });
  expect((await shown("globex")).map((one) => one.id)).not.toContain(hidden);
  expect([await shown("nowhere"), await shown()]).toEqual([[], []]);
});

it("keeps a client's secret sealed, and shows it nowhere", async () => {
  const id = await createOidc("Sealed");
  const [kept] = await sso.sql<{ client_secret: Buffer }>(
    "select client_secret from private.identity_provider_secrets where provider_id = $1",
    [id],
  );
  expect(kept!.client_secret.toString("latin1")).not.toContain(FAKE_CLIENT.secret);
  const { errors } = await ask("{ identityProviders { edges { node { clientSecret } } } }");
  expect(errors![0]!.message).toContain("Cannot query field");
  expect(sso.output()).not.toContain(FAKE_CLIENT.secret);
});

describe("permissions", () => {
  it.each(["member@acme.test", "guest@acme.test"])("cannot be set up or seen by %s (PERMISSION_DENIED)", async (email) => {
    const id = await createOidc(`Hidden from ${email}`);
    expect(refusalOf(await ask(OIDC, { input: oidcInput("Mine") }, email))[0]).toBe("PERMISSION_DENIED");
    expect(refusalOf(await ask(ADD, { input: { identityProviderId: id, domain: "acme.test" } }, email))[0]).toBe("PERMISSION_DENIED");
    expect(
      refusalOf(
        await ask(
          "mutation ($id: UUID!) { deleteSSOIdentityProvider(input: { identityProviderId: $id }) { identityProviderId } }",
          { id },
          email,
        ),
      )[0],
    ).toBe("PERMISSION_DENIED");
    expect((await ask<{ getSSOIdentityProviders: [] }>(LIST, {}, email)).data?.getSSOIdentityProviders ?? []).toEqual([]);
  });

  it("cannot be reached from another workspace, as if there were none (NOT_FOUND)", async () => {
    const id = await createOidc("Ours");
    const domain = (await ask<{ addIdentityProviderDomain: Domain }>(ADD, { input: { identityProviderId: id, domain: "ours.test" } })).data!
      .addIdentityProviderDomain;
    dns.records.set("ours.test", [domain.token]);
    const theirs = "owner@globex.test";
    expect(refusalOf(await ask(ADD, { input: { identityProviderId: id, domain: "globex.test" } }, theirs))[0]).toBe("NOT_FOUND");
    expect(refusalOf(await ask(VERIFY, { id: domain.id }, theirs))[0]).toBe("NOT_FOUND");
    expect(
      refusalOf(
        await ask("mutation ($id: UUID!) { editSSOIdentityProvider(input: { id: $id, status: INACTIVE }) { id } }", { id }, theirs),
      )[0],
    ).toBe("NOT_FOUND");
    const seen = (await ask<{ getSSOIdentityProviders: Provider[] }>(LIST, {}, theirs)).data!.getSSOIdentityProviders;
    expect(seen.map((one) => one.id)).not.toContain(id);
  });

  it("cannot prove a domain by another workspace's token (BAD_INPUT)", async () => {
    const mine = (
      await ask<{ addIdentityProviderDomain: Domain }>(ADD, {
        input: { identityProviderId: await createOidc("Prover"), domain: "proven.test" },
      })
    ).data!.addIdentityProviderDomain;
    const theirs = (
      await ask<{ addIdentityProviderDomain: Domain }>(
        ADD,
        { input: { identityProviderId: await createOidc("Thief", "owner@globex.test"), domain: "proven.test" } },
        "owner@globex.test",
      )
    ).data!.addIdentityProviderDomain;
    dns.records.set("proven.test", [mine.token]);
    expect(refusalOf(await ask(VERIFY, { id: theirs.id }, "owner@globex.test"))).toEqual(["BAD_INPUT", "input.id"]);
    expect((await ask(VERIFY, { id: mine.id })).errors).toBeUndefined();
  });
});

it.each<[string, string, string, object]>([
  ["no address for an issuer", OIDC, "input.issuer", { issuer: "okta" }],
  ["an issuer that is a script", OIDC, "input.issuer", { issuer: "javascript:alert(1)" }],
  ["an issuer with a password", OIDC, "input.issuer", { issuer: "https://a:b@okta.test" }],
  ["an empty name", OIDC, "input.name", { name: " " }],
  ["an empty secret", OIDC, "input.clientSecret", { clientSecret: "" }],
  ["a client id with a line break", OIDC, "input.clientID", { clientID: "a\nb" }],
  ["no certificate", SAML, "input.certificate", { certificate: "x" }],
  ["a private key for a certificate", SAML, "input.certificate", { certificate: makeIdentity().key }],
  ["a certificate with a short key", SAML, "input.certificate", { certificate: makeIdentity("short.test", 1024).certificate }],
  ["six certificates", SAML, "input.certificate", { certificate: certificate.repeat(6) }],
  ["another certificate's fingerprint", SAML, "input.fingerprint", { fingerprint: "00:11" }],
  ["a sign-in address that is a script", SAML, "input.ssoURL", { ssoURL: "javascript:alert(1)" }],
])("cannot be set up with %s (BAD_INPUT)", async (_what, document, field, wrong) => {
  const right = document === OIDC ? oidcInput("Wrong") : samlInput("Wrong");
  expect(refusalOf(await ask(document, { input: { ...right, ...wrong } }))).toEqual(["BAD_INPUT", field]);
});

it("cannot have the name, or the id, of another (CONFLICT)", async () => {
  const id = await createOidc("Twin");
  expect(refusalOf(await ask(OIDC, { input: oidcInput("Twin") }))).toEqual(["CONFLICT", "input.name"]);
  expect(refusalOf(await ask(SAML, { input: { ...samlInput("Other"), id } }, "owner@globex.test"))[0]).toBe("CONFLICT");
});

it.each(["acme", "-acme.test", "acme..test", "https://acme.test", "*.acme.test", "acme.test.", "äcme.test", "a@b.test", ""])(
  "cannot have %j for a domain (BAD_INPUT)",
  async (domain) => {
    const identityProviderId = (await ask<{ getSSOIdentityProviders: Provider[] }>(LIST)).data!.getSSOIdentityProviders[0]!.id;
    expect(refusalOf(await ask(ADD, { input: { identityProviderId, domain } }))).toEqual(["BAD_INPUT", "input.domain"]);
  },
);

describe("connecting an account elsewhere", () => {
  const CONNECT = "mutation ($loginToken: String!) { connectIdentity(loginToken: $loginToken) { success } }";
  const isHome = (location: string) => location.includes("loginToken");
  /** A login token as Google's sign-in ends with. */
  const tokenOf = async (path = "/auth/google") =>
    new URL((await new Browser().follow(sso.url + path, isHome)).location!).searchParams.get("loginToken")!;

  it("can be done by whoever has signed in himself, for an address that is not his", async () => {
    peer.claims = { sub: "g-private", email: "olive@gmail.com", email_verified: true };
    expect((await ask(CONNECT, { loginToken: await tokenOf() })).data).toEqual({ connectIdentity: { success: true } });
    expect(await signInBy(sso, "/auth/google")).toBe("acme owner@acme.test");
  });

  it("can be seen, and taken back, by who did it alone", async () => {
    type Connected = { connectedIdentities: { id: string; issuer: string; identityProviderId: string | null }[] };
    const query = "{ connectedIdentities { id issuer identityProviderId createdAt } }";
    const gone = "mutation ($id: UUID!) { disconnectIdentity(id: $id) { success } }";
    peer.claims = { sub: "g-passing", email: "passing@gmail.com", email_verified: true };
    await ask(CONNECT, { loginToken: await tokenOf() }, "guest@acme.test");
    const connected = (await ask<Connected>(query, {}, "guest@acme.test")).data!.connectedIdentities;
    expect(connected).toEqual([{ id: expect.any(String), issuer: peer.url, identityProviderId: null, createdAt: expect.any(String) }]);
    expect(refusalOf(await ask(gone, { id: connected[0]!.id }))).toEqual(["NOT_FOUND", "id"]);
    expect(await signInBy(sso, "/auth/google")).toBe("acme guest@acme.test");
    expect((await ask(gone, { id: connected[0]!.id }, "guest@acme.test")).errors).toBeUndefined();
    expect(await signInBy(sso, "/auth/google")).toBe("nowhere, 0 to choose from"); // it is a person of its own now
  });

  it("cannot be done twice with one token, nor with an account that is another's", async () => {
    peer.claims = { sub: "g-taken", email: "taken@gmail.com", email_verified: true };
    const loginToken = await tokenOf();
    expect((await ask(CONNECT, { loginToken }, "admin@acme.test")).errors).toBeUndefined();
    expect(refusalOf(await ask(CONNECT, { loginToken }))).toEqual(["SIGN_IN_REFUSED", undefined]);
    expect(refusalOf(await ask(CONNECT, { loginToken: await tokenOf() }))[0]).toBe("CONFLICT");
    expect(refusalOf(await anonymously(CONNECT, { loginToken: await tokenOf() }))[0]).toBe("LOGIN_REQUIRED");
  });

  it("cannot be done by whom a workspace's own provider has let in: he is himself there alone (LOGIN_REQUIRED)", async () => {
    const id = await createOidc("Boundary");
    const { id: domainId, token } = (
      await ask<{ addIdentityProviderDomain: Domain }>(ADD, { input: { identityProviderId: id, domain: "boundary.test" } })
    ).data!.addIdentityProviderDomain;
    dns.records.set("boundary.test", [token]);
    await ask(VERIFY, { id: domainId });
    peer.claims = { sub: "b-1", email: "victim@boundary.test" };
    const step = await new Browser().follow(`${sso.url}/auth/oidc/login/${id}`, isHome);
    const { body } = await trade(sso, step.location!);
    peer.claims = { sub: "g-attacker", email: "attacker@gmail.com", email_verified: true };
    const { errors } = await post(sso.url, "/metadata", body.accessToken, CONNECT, { loginToken: await tokenOf() });
    expect(errors![0]!.extensions.code).toBe("LOGIN_REQUIRED");
  });
});
