/** Whatever is done to an answer of SAML, it signs in nobody (RELIABILITY, matrix D, row 69). */
import { Browser } from "./browser.ts";
import { assertionOf, type Exchange, ISSUER, idp, responseOf, rightResponse, sign } from "./samlDocuments.ts";
import { comeBack, SSO_URL, setOut } from "./samlExchange.ts";
import { TAMPERINGS } from "./samlTamperings.ts";
import { addProvider, codeOf, useSso } from "./useSso.ts";

let provider: string;
let others: string;
const sso = useSso(async () => ({ stop: async () => {} }));

beforeAll(async () => {
  const data = { type: "SAML" as const, issuer: ISSUER, ssoUrl: SSO_URL, certificates: [idp.certificate] };
  provider = await addProvider(sso, data);
  others = await addProvider(sso, { ...data, workspace: "globex", domains: ["globex.test"] });
});

const begin = (browser: Browser, id = provider) => setOut(sso, browser, id);
const bring = (browser: Browser, exchange: Exchange, xml: string) => comeBack(sso, browser, exchange, xml);

async function attempt(make: (exchange: Exchange) => string, id = provider): Promise<string> {
  const browser = new Browser();
  const exchange = await begin(browser, id);
  return bring(browser, exchange, make(exchange));
}

it("can sign in by a right answer, so that what follows is refused for what is wrong with it", async () => {
  expect(await attempt((exchange) => rightResponse(exchange))).toBe("acme owner@acme.test");
  expect(await attempt((exchange) => rightResponse(exchange, { nameId: "s-attacker", email: "guest@acme.test" }))).toBe(
    "acme guest@acme.test",
  );
  expect(await attempt((exchange) => sign(responseOf(exchange, sign(assertionOf(exchange))), { element: "Response" }))).toBe(
    "acme owner@acme.test",
  );
  expect(await attempt((exchange) => responseOf(exchange, sign(assertionOf(exchange)), { destination: undefined as never }))).toBe(
    "acme owner@acme.test",
  );
});

describe.each(Object.entries(TAMPERINGS))("%s", (_kind, tamperings) => {
  it.each(Object.keys(tamperings))("cannot sign in by %s (SIGN_IN_REFUSED)", async (name) => {
    expect(await attempt(tamperings[name]!)).toBe("SIGN_IN_REFUSED");
  });
});

it("has tried 60 documents at least", () => {
  expect(Object.values(TAMPERINGS).flatMap((kind) => Object.keys(kind)).length).toBeGreaterThanOrEqual(60);
});

it("cannot bring an assertion again in the answer to another request (SIGN_IN_REFUSED)", async () => {
  const browser = new Browser();
  const first = await begin(browser);
  const signed = sign(assertionOf(first));
  expect(await bring(browser, first, responseOf(first, signed))).toBe("acme owner@acme.test");
  const second = await begin(browser);
  expect(await bring(browser, second, responseOf(second, signed))).toBe("SIGN_IN_REFUSED");
  expect(await bring(browser, first, responseOf(first, signed))).toBe("SIGN_IN_REFUSED");
});

it("cannot bring an assertion of the same id twice, even as two answers (SIGN_IN_REFUSED)", async () => {
  const id = "_same";
  expect(await attempt((exchange) => rightResponse(exchange, { id }))).toBe("acme owner@acme.test");
  expect(await attempt((exchange) => rightResponse(exchange, { id }))).toBe("SIGN_IN_REFUSED");
});

it("cannot bring the answer to one provider to another that trusts the same key (SIGN_IN_REFUSED)", async () => {
  const browser = new Browser();
  const [mine, theirs] = [await begin(browser), await begin(browser, others)];
  const answer = rightResponse(mine, { email: "owner@globex.test" });
  expect(await bring(browser, theirs, answer)).toBe("SIGN_IN_REFUSED");
  expect(
    await bring(
      browser,
      { ...theirs, callback: theirs.callback },
      rightResponse({ ...theirs, request: mine.request }, { email: "owner@globex.test" }),
    ),
  ).toBe("SIGN_IN_REFUSED");
});

it("cannot say who somebody of another workspace is (SIGN_IN_REFUSED)", async () => {
  expect(await attempt((exchange) => rightResponse(exchange, { email: "owner@globex.test" }), others)).toBe("globex owner@globex.test");
  // The same issuer, the same name, in the same words: it is another provider.
  expect(await attempt((exchange) => rightResponse(exchange, { email: "owner@globex.test" }))).toBe("SIGN_IN_REFUSED");
  expect(await attempt((exchange) => rightResponse(exchange, { nameId: "s-1", email: "admin@acme.test" }))).toBe("acme owner@acme.test");
});

it.each<[string, Record<string, string>]>([
  ["nothing", {}],
  ["no base64", { SAMLResponse: "<x>" }],
  ["base64 of nothing", { SAMLResponse: "=" }],
  ["no UTF-8", { SAMLResponse: Buffer.from([0xff, 0xfe, 0x3c, 0]).toString("base64") }],
  ["a request to sign out", { SAMLRequest: Buffer.from("<x/>").toString("base64") }],
])("cannot bring %s (SIGN_IN_REFUSED)", async (_what, post) => {
  const { status, text } = await new Browser().go(`${sso.url}/auth/saml/callback/${provider}`, { post });
  expect([status, codeOf(text)]).toEqual([401, "SIGN_IN_REFUSED"]);
});

it("cannot bring a megabyte (BODY_TOO_LARGE)", async () => {
  const { status, text } = await new Browser().go(`${sso.url}/auth/saml/callback/${provider}`, {
    post: { SAMLResponse: "A".repeat(1_000_000) },
  });
  expect([status, codeOf(text)]).toEqual([413, "BODY_TOO_LARGE"]);
});
