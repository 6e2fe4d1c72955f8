/** A workspace's own SAML service, end to end against a real one. */
import { Browser, formOf } from "./browser.ts";
import { makeIdentity } from "./certificate.ts";
import { ISSUER, idp } from "./samlDocuments.ts";
import { type SamlPeer, startSamlIdp } from "./samlIdp.ts";
import { addProvider, codeOf, outcomeOf, signInBy, useSso } from "./useSso.ts";

let peer: SamlPeer;
let provider: string;
const sso = useSso(async () => {
  peer = await startSamlIdp(ISSUER, idp);
  return { stop: () => peer.stop() };
});
const callbackOf = (id: string) => `${sso.url}/auth/saml/callback/${id}`;
const add = (data: object = {}) =>
  addProvider(sso, { type: "SAML", issuer: ISSUER, ssoUrl: peer.ssoUrl, certificates: [idp.certificate], ...data });

beforeAll(async () => {
  provider = await add();
});
beforeEach(() => {
  peer.options = { recipient: callbackOf(provider), destination: callbackOf(provider) };
  peer.person = { id: "s-1", emails: [{ value: "owner@acme.test" }], name: { givenName: "Olive", familyName: "Owner" } };
});

it("can sign in by a signed assertion", async () => {
  expect(await signInBy(sso, `/auth/saml/login/${provider}`)).toBe("acme owner@acme.test");
});

it("can sign in where the response is signed as well", async () => {
  peer.options["signResponse"] = true;
  expect(await signInBy(sso, `/auth/saml/login/${provider}`)).toBe("acme owner@acme.test");
});

it("can sign in while the provider changes its key", async () => {
  const changing = await add({ certificates: [makeIdentity().certificate, idp.certificate] });
  peer.options = { recipient: callbackOf(changing), destination: callbackOf(changing) };
  expect(await signInBy(sso, `/auth/saml/login/${changing}`)).toBe("acme owner@acme.test");
});

it("can let in somebody new, for whom the workspace's own provider vouches", async () => {
  peer.person = { id: "s-new", emails: [{ value: "New@acme.test" }], name: { givenName: "Nora", familyName: "New" } };
  expect(await signInBy(sso, `/auth/saml/login/${provider}`)).toBe("acme new@acme.test");
  expect(await sso.sql("select first_name, last_name from core.users where email = 'new@acme.test'")).toEqual([
    { first_name: "Nora", last_name: "New" },
  ]);
});

it("can know a person whose address has changed there by the provider's own name for him", async () => {
  peer.person = { id: "s-changing", emails: [{ value: "member@acme.test" }], name: { givenName: "M", familyName: "M" } };
  expect(await signInBy(sso, `/auth/saml/login/${provider}`)).toBe("acme member@acme.test");
  peer.person.emails = [{ value: "owner@acme.test" }];
  expect(await signInBy(sso, `/auth/saml/login/${provider}`)).toBe("acme member@acme.test");
});

it("can go back to where the person was, within the application only", async () => {
  const isHome = (location: string) => location.includes("loginToken");
  const ways = [
    "/companies?tab=1",
    "//evil.test",
    "https://evil.test",
    "/\\evil.test",
    "javascript:alert(1)",
    "/..//evil.test",
    "/%0d%0aSet-Cookie:a=b",
  ];
  const targets = [];
  for (const way of ways) {
    const step = await new Browser().follow(
      `${sso.url}/auth/saml/login/${provider}?returnTo=${encodeURIComponent(way)}&RelayState=${encodeURIComponent(way)}`,
      isHome,
    );
    const url = new URL(step.location!);
    targets.push([url.host === new URL(sso.url).host, url.searchParams.get("returnTo")]);
  }
  expect(targets.slice(0, 6)).toEqual([[true, "/companies?tab=1"], ...Array.from({ length: 5 }, () => [true, null])]);
  expect(targets[6]![1]).toBe("/%0d%0aSet-Cookie:a=b"); // as it was written: nothing of it is decoded
});

it("can be told what a provider needs to know of us", async () => {
  const { status, headers, text } = await new Browser().go(`${sso.url}/auth/saml/metadata/${provider}`);
  expect([status, headers.get("content-type")]).toEqual([200, "application/samlmetadata+xml; charset=utf-8"]);
  expect(text).toContain(`entityID="${sso.url}/auth/saml/metadata/${provider}"`);
  expect(text).toContain(`Location="${callbackOf(provider)}"`);
  expect(text).toContain('WantAssertionsSigned="true"');
});

const find = (body: object) =>
  fetch(`${sso.url}/auth/saml/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

it("can find the provider of an address, whether anybody has it or not", async () => {
  const provided = await add({ domains: ["finding.test"] });
  const answers = await Promise.all(
    ["owner@finding.test", "Nobody-At-All@FINDING.test"].map((email) => find({ email }).then((found) => found.json())),
  );
  expect(answers[0]).toEqual({
    authorizationUrl: `${sso.url}/auth/saml/login/${provided}`,
    identityProvider: { id: provided, name: provided, type: "SAML" },
  });
  expect(answers[1]).toEqual(answers[0]);
  expect(await (await find({ identityProviderId: provided })).json()).toEqual(answers[0]);
});

it.each<[string, object]>([
  ["an address of another domain", { email: "owner@nowhere.test" }],
  ["another workspace", { email: "owner@acme.test", workspace: "globex" }],
  ["an id that is none", { identityProviderId: "x" }],
])("cannot find a provider for %s (NOT_FOUND)", async (_what, body) => {
  const response = await find(body);
  expect([response.status, codeOf(await response.text())]).toEqual([404, "NOT_FOUND"]);
});

it("cannot finish in another browser than the one that set out (SIGN_IN_REFUSED)", async () => {
  const [mine, others] = [new Browser(), new Browser()];
  const step = await mine.follow(`${sso.url}/auth/saml/login/${provider}`, (location) => location.includes("/auth/saml/finish"));
  expect(await outcomeOf(sso, await others.go(step.location!))).toBe("SIGN_IN_REFUSED");
  expect(await outcomeOf(sso, await mine.go(step.location!))).toBe("SIGN_IN_REFUSED"); // it has been used up
});

it("cannot bring the same answer twice, from one browser or at once (SIGN_IN_REFUSED)", async () => {
  const browser = new Browser();
  const page = await browser.follow(`${sso.url}/auth/saml/login/${provider}`, (location) => location === callbackOf(provider));
  const { action, fields } = formOf(page.text)!;
  const answers = await Promise.all(Array.from({ length: 5 }, () => browser.go(action, { post: fields, from: page.url })));
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  expect(await outcomeOf(sso, await browser.go(action, { post: fields, from: page.url }))).toBe("SIGN_IN_REFUSED");
});

it("cannot sign in to a provider that is switched off, nor after it is gone", async () => {
  const fleeting = await add();
  peer.options = { recipient: callbackOf(fleeting), destination: callbackOf(fleeting) };
  const browser = new Browser();
  const page = await browser.follow(`${sso.url}/auth/saml/login/${fleeting}`, (location) => location === callbackOf(fleeting));
  await sso.sql("update core.identity_providers set status = 'INACTIVE' where id = $1", [fleeting]);
  const { action, fields } = formOf(page.text)!;
  expect(codeOf((await browser.go(action, { post: fields, from: page.url })).text)).toBe("NOT_FOUND");
  expect(await signInBy(sso, `/auth/saml/login/${fleeting}`)).toBe("NOT_FOUND");
});
