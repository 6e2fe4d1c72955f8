/** Whatever is done to a sign-in by OpenID Connect, it lets in nobody else (RELIABILITY, matrix D, row 66). */
import type { JWTPayload } from "jose";
import { Browser } from "./browser.ts";
import { FAKE_CLIENT, type FakeOpenId, startFakeOpenId } from "./fakeOpenId.ts";
import { ID_TOKENS, RETURNS } from "./openIdTamperings.ts";
import { addProvider, codeOf, outcomeOf, type Sso, signInBy, useSso } from "./useSso.ts";

let [google, evil]: FakeOpenId[] = [];
let microsoft: FakeOpenId;
let [idp, evilIdp]: string[] = [];
const TENANT = "11111111-2222-4333-8444-555555555555";

const sso: Sso = useSso(async () => {
  google = await startFakeOpenId();
  evil = await startFakeOpenId();
  microsoft = await startFakeOpenId("/common/v2.0", (url) => `${url}/{tenantid}/v2.0`);
  const stop = async () => void (await Promise.all([google!, evil!, microsoft].map((peer) => peer.stop())));
  const client = (name: string, issuer: string) => ({
    [`AUTH_${name}_ENABLED`]: "true",
    [`AUTH_${name}_CLIENT_ID`]: FAKE_CLIENT.id,
    [`AUTH_${name}_CLIENT_SECRET`]: FAKE_CLIENT.secret,
    [`AUTH_${name}_ISSUER`]: issuer,
  });
  return {
    stop,
    env: { ...client("GOOGLE", google.url), ...client("MICROSOFT", `${microsoft.url}/common/v2.0`), FRONTEND_URL: "http://app.test:3001" },
  };
});
const OWNER = { email: "owner@acme.test", email_verified: true, hd: "acme.test" };

beforeAll(async () => {
  const data = { type: "OIDC" as const, clientId: FAKE_CLIENT.id, clientSecret: FAKE_CLIENT.secret };
  idp = await addProvider(sso, { ...data, issuer: google!.url });
  evilIdp = await addProvider(sso, { ...data, issuer: evil!.url, workspace: "globex", domains: ["globex.test"] });
});
beforeEach(() => {
  for (const peer of [google!, evil!, microsoft]) Object.assign(peer, { claims: {}, tamper: undefined, extra: {}, answerToken: undefined });
  google!.claims = { ...OWNER };
  microsoft.claims = { iss: `${microsoft.url}/${TENANT}/v2.0`, tid: TENANT, sub: "m-1", email: "owner@acme.test", xms_edov: true };
});

const isCallback = (location: string) => location.startsWith(sso.url);
/** Sets out, as far as back to our door. */
const goAndComeBack = async (browser: Browser, path = "/auth/google") => (await browser.follow(sso.url + path, isCallback)).location!;
const enter = async (browser: Browser, location: string) => outcomeOf(sso, await browser.go(location));

it("can sign in when nothing is done to it, with PKCE, state and nonce, and go to the frontend", async () => {
  const browser = new Browser();
  const { location } = await browser.go(`${sso.url}/auth/google?returnTo=/people`);
  const asked = new URL(location!).searchParams;
  expect(Object.fromEntries(asked)).toMatchObject({
    redirect_uri: `${sso.url}/auth/google/redirect`,
    response_type: "code",
    code_challenge_method: "S256",
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const home = await browser.go((await browser.go(location!)).location!);
  expect(home.location).toMatch(/^http:\/\/app\.test:3001\/verify\?loginToken=[\w-]{43}&returnTo=%2Fpeople$/);
  expect([home.headers.get("cache-control"), home.headers.get("referrer-policy")]).toEqual(["no-store", "no-referrer"]);
  expect(await outcomeOf(sso, home)).toBe("acme owner@acme.test");
});

it("can keep what is sealed in a cookie of this host alone, and forgets it on the way back", async () => {
  const browser = new Browser();
  const { headers } = await browser.go(`${sso.url}/auth/google`);
  expect(headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-relata-sso-[0-9a-f]{16}=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/),
  ]);
  await enter(browser, await goAndComeBack(browser));
  expect(browser.cookiesOf(sso.url)).toHaveLength(1); // of the one who did not come back
});

it("can set out twice at once, in two windows of one browser", async () => {
  const browser = new Browser();
  const [one, two] = [await goAndComeBack(browser), await goAndComeBack(browser)];
  expect([await enter(browser, one), await enter(browser, two)]).toEqual(["acme owner@acme.test", "acme owner@acme.test"]);
});

it.each(Object.keys(RETURNS))("cannot come back with %s (SIGN_IN_REFUSED)", async (name) => {
  const browser = new Browser();
  const url = new URL(await goAndComeBack(browser));
  RETURNS[name]!(url);
  expect(await enter(browser, url.href)).toBe("SIGN_IN_REFUSED");
});

it("cannot come back in another browser (SIGN_IN_REFUSED)", async () => {
  const [mine, others] = [new Browser(), new Browser()];
  const location = await goAndComeBack(mine);
  expect(await enter(others, location)).toBe("SIGN_IN_REFUSED");
  await goAndComeBack(others); // having set out itself does not help
  expect(await enter(others, location)).toBe("SIGN_IN_REFUSED");
});

it("cannot come back twice, even with the cookie kept and at once (SIGN_IN_REFUSED)", async () => {
  const browser = new Browser();
  const location = await goAndComeBack(browser);
  const cookie = browser.cookiesOf(sso.url).join("; ");
  const statuses = await Promise.all(
    Array.from({ length: 5 }, () => fetch(location, { redirect: "manual", headers: { cookie } }).then(({ status }) => status)),
  );
  expect(statuses.sort()).toEqual([303, 401, 401, 401, 401]);
});

it("cannot bring the code of one's own sign-in into another's (SIGN_IN_REFUSED)", async () => {
  const [attacker, victim] = [new Browser(), new Browser()];
  const [stolen, own] = [new URL(await goAndComeBack(victim)), new URL(await goAndComeBack(attacker))];
  own.searchParams.set("code", stolen.searchParams.get("code")!);
  expect(await enter(attacker, own.href)).toBe("SIGN_IN_REFUSED"); // its verifier is another one
});

it("cannot come back from one provider at the door of another (SIGN_IN_REFUSED)", async () => {
  const browser = new Browser();
  const location = await goAndComeBack(browser);
  for (const door of ["/auth/microsoft/redirect", "/auth/oidc/callback"]) {
    expect(await enter(browser, location.replace("/auth/google/redirect", door))).toBe("SIGN_IN_REFUSED");
  }
});

it("cannot be sent on by a hostile provider to another one, whose code is then brought here (SIGN_IN_REFUSED)", async () => {
  const browser = new Browser();
  const { location } = await browser.go(`${sso.url}/auth/oidc/login/${evilIdp}`);
  const { location: back } = await browser.go(location!.replace(evil!.url, google!.url));
  expect(await enter(browser, back!)).toBe("SIGN_IN_REFUSED");
  expect(evil!.redeemed.at(-1)?.get("code")).toBe(new URL(back!).searchParams.get("code")); // it has the code, and cannot redeem it:
  expect(google!.redeemed.some((one) => one.get("code") === new URL(back!).searchParams.get("code"))).toBe(false);
});

it.each(Object.keys(ID_TOKENS))("cannot sign in by an ID token %s (SIGN_IN_REFUSED)", async (name) => {
  google!.tamper = ID_TOKENS[name];
  expect(await signInBy(sso, "/auth/google")).toBe("SIGN_IN_REFUSED");
});

it("cannot open an account by an address whose domain Google does not own, nor learn whether there is one (IDENTITY_NOT_LINKED)", async () => {
  for (const email of ["guest@acme.test", "nobody@acme.test"]) {
    google!.claims = { email, email_verified: true, sub: "s-squatter" };
    expect(await signInBy(sso, "/auth/google")).toBe("IDENTITY_NOT_LINKED");
  }
  google!.claims = { ...google!.claims, hd: "other.test" };
  expect(await signInBy(sso, "/auth/google")).toBe("IDENTITY_NOT_LINKED");
});

it("cannot take over another account by changing the address of one's own", async () => {
  google!.claims = { ...OWNER, sub: "s-changing", email: "member@acme.test" };
  expect(await signInBy(sso, "/auth/google")).toBe("acme member@acme.test");
  google!.claims = { ...OWNER, sub: "s-changing", email: "owner@acme.test" };
  expect(await signInBy(sso, "/auth/google")).toBe("acme member@acme.test");
});

it("cannot come in where nobody has asked one to (BAD_CREDENTIALS)", async () => {
  google!.claims = { email: "somebody@gmail.com", email_verified: true, sub: "s-somebody" };
  expect(await signInBy(sso, "/auth/google")).toBe("nowhere, 0 to choose from");
  expect(await signInBy(sso, "/auth/google?workspace=globex")).toBe("BAD_CREDENTIALS");
});

it("cannot come in by Google where the workspace has switched it off (SIGN_IN_METHOD_DISABLED)", async () => {
  await sso.sql("update core.workspaces set is_google_auth_enabled = false where subdomain = 'acme'");
  expect(await signInBy(sso, "/auth/google")).toBe("SIGN_IN_METHOD_DISABLED");
  await sso.sql("update core.workspaces set is_google_auth_enabled = true where subdomain = 'acme'");
});

describe("a workspace's own provider", () => {
  it("cannot say who somebody is whose domain it does not own (SIGN_IN_REFUSED)", async () => {
    evil!.claims = { email: "owner@acme.test", email_verified: true };
    expect(await signInBy(sso, `/auth/oidc/login/${evilIdp}`)).toBe("SIGN_IN_REFUSED");
  });

  it("cannot sign in to another workspace than its own", async () => {
    await sso.sql(
      "select private.add_member(w.id, u.id, 'ADMIN') from core.workspaces w, core.users u where w.subdomain = 'globex' and u.email = 'admin@acme.test'",
      [],
      "globex",
    );
    google!.claims = { ...OWNER, sub: "o-admin", email: "admin@acme.test" };
    expect(await signInBy(sso, `/auth/oidc/login/${idp}?workspace=globex`)).toBe("acme admin@acme.test");
  });

  it("cannot pass for a person of another by the same issuer and name (SIGN_IN_REFUSED)", async () => {
    google!.claims = { ...OWNER, sub: "o-owner" };
    expect(await signInBy(sso, `/auth/oidc/login/${idp}`)).toBe("acme owner@acme.test");
    const copied = await addProvider(sso, {
      type: "OIDC",
      issuer: google!.url,
      clientId: FAKE_CLIENT.id,
      clientSecret: FAKE_CLIENT.secret,
      workspace: "globex",
      domains: ["globex.test"],
    });
    expect(await signInBy(sso, `/auth/oidc/login/${copied}`)).toBe("SIGN_IN_REFUSED");
    google!.claims = { ...OWNER, sub: "o-owner", email: "owner@globex.test" };
    expect(await signInBy(sso, `/auth/oidc/login/${copied}`)).toBe("globex owner@globex.test");
  });

  it("cannot say that an address is not proven (SIGN_IN_REFUSED)", async () => {
    google!.claims = { ...OWNER, sub: "o-unproven", email_verified: false };
    expect(await signInBy(sso, `/auth/oidc/login/${idp}`)).toBe("SIGN_IN_REFUSED");
  });

  it("cannot speak for its domain any more once that is taken away (SIGN_IN_REFUSED)", async () => {
    const data = { type: "OIDC" as const, issuer: google!.url, clientId: FAKE_CLIENT.id, clientSecret: FAKE_CLIENT.secret };
    const passing = await addProvider(sso, data);
    google!.claims = { ...OWNER, sub: "o-passing" };
    expect(await signInBy(sso, `/auth/oidc/login/${passing}`)).toBe("acme owner@acme.test");
    await sso.sql("delete from core.identity_provider_domains where provider_id = $1", [passing]);
    expect(await signInBy(sso, `/auth/oidc/login/${passing}`)).toBe("SIGN_IN_REFUSED");
  });

  it.each(["x", "00000000-0000-4000-8000-000000000000"])("cannot be one that there is not: %s (NOT_FOUND)", async (id) => {
    expect(await signInBy(sso, `/auth/oidc/login/${id}`)).toBe("NOT_FOUND");
  });
});

describe("a provider's own faults", () => {
  const add = (issuer: string) => addProvider(sso, { type: "OIDC", issuer, clientId: FAKE_CLIENT.id, clientSecret: FAKE_CLIENT.secret });

  it.each<[string, string, string]>([
    ["is in a private network", "http://10.0.0.1", "IDENTITY_PROVIDER_UNAVAILABLE"],
    ["is where clouds keep their credentials", "http://169.254.169.254", "IDENTITY_PROVIDER_UNAVAILABLE"],
    ["is this machine by another name", "http://[::1]:1", "IDENTITY_PROVIDER_UNAVAILABLE"],
    ["does not answer", "http://127.0.0.1:1", "IDENTITY_PROVIDER_UNAVAILABLE"],
  ])("cannot reach one that %s", async (_what, issuer, code) => {
    expect(await signInBy(sso, `/auth/oidc/login/${await add(issuer)}`)).toBe(code);
  });

  it("cannot be of another name than it says (SIGN_IN_REFUSED)", async () => {
    const right = evil!.metadata["issuer"];
    evil!.metadata["issuer"] = google!.url;
    expect(await signInBy(sso, `/auth/oidc/login/${await add(evil!.url)}`)).toBe("SIGN_IN_REFUSED");
    evil!.metadata["issuer"] = right;
  });

  it("cannot lead us into our own network by its token endpoint", async () => {
    const right = evil!.metadata["token_endpoint"];
    evil!.metadata["token_endpoint"] = "http://169.254.169.254/latest/meta-data";
    expect(await signInBy(sso, `/auth/oidc/login/${await add(evil!.url)}`)).toBe("IDENTITY_PROVIDER_UNAVAILABLE");
    evil!.metadata["token_endpoint"] = right;
  });

  it("cannot redirect us, nor answer with more than a megabyte", async () => {
    google!.answerToken = () => ({ status: 302, body: {}, headers: { location: "http://169.254.169.254/" } });
    expect(await signInBy(sso, "/auth/google")).toBe("SIGN_IN_REFUSED");
    google!.answerToken = (right) => ({ status: 200, body: { ...right, more: "x".repeat(2_000_000) } });
    expect(await signInBy(sso, "/auth/google")).toMatch(/SIGN_IN_REFUSED|IDENTITY_PROVIDER_UNAVAILABLE/);
  });
});

describe("Microsoft, whose issuers are as many as its tenants", () => {
  const signIn = () => signInBy(sso, "/auth/microsoft");
  it("can sign in by the tenant that owns the address's domain", async () => {
    expect(await signIn()).toBe("acme owner@acme.test");
  });

  it.each<[string, () => JWTPayload]>([
    ["whose address nobody vouches for", () => ({ sub: "m-unproven", xms_edov: undefined })],
    ["whose address is said not to be the tenant's", () => ({ sub: "m-unproven", xms_edov: false })],
    ["of a tenant whose token names another as its issuer", () => ({ tid: "99999999-2222-4333-8444-555555555555" })],
    ["without a tenant", () => ({ tid: undefined })],
    ["of a tenant that is none", () => ({ tid: "x", iss: `${microsoft.url}/x/v2.0` })],
    ["of the pattern itself", () => ({ tid: "{tenantid}", iss: microsoft.issuer })],
  ])("cannot sign in somebody %s (SIGN_IN_REFUSED)", async (_what, claims) => {
    microsoft.claims = { ...microsoft.claims, ...claims() };
    expect(await signIn()).toBe("SIGN_IN_REFUSED");
  });

  it("cannot pass for a person of another tenant by the same name", async () => {
    expect(await signIn()).toBe("acme owner@acme.test");
    const tid = "99999999-2222-4333-8444-555555555555";
    microsoft.claims = { ...microsoft.claims, tid, iss: `${microsoft.url}/${tid}/v2.0`, email: "owner@globex.test" };
    expect(await signIn()).toBe("globex owner@globex.test");
  });
});

it("can send a browser on to the frontend with what went wrong, and tell others themselves", async () => {
  const browser = new Browser();
  const step = await browser.go(`${sso.url}/auth/google/redirect?state=x`, { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
  expect([step.status, step.location]).toEqual([303, "http://app.test:3001/verify?error=SIGN_IN_REFUSED"]);
  const { status, text } = await browser.go(`${sso.url}/auth/google/redirect?state=x`);
  expect([status, codeOf(text)]).toEqual([401, "SIGN_IN_REFUSED"]);
});

it("has told nobody's secrets in its log", () => {
  const log = sso.output();
  expect(log).toContain("A sign-in by a provider was refused");
  for (const secret of [FAKE_CLIENT.secret, "owner@acme.test", "code_verifier"]) expect(log).not.toContain(secret);
});
