/** Identity providers: whatever is done to what they answer, nobody gets in by it. */
import { Browser } from "../../auth/sso/browser.ts";
import { ID_TOKENS, RETURNS } from "../../auth/sso/openIdTamperings.ts";
import { type Exchange, rightResponse } from "../../auth/sso/samlDocuments.ts";
import { comeBack, setOut } from "../../auth/sso/samlExchange.ts";
import { TAMPERINGS } from "../../auth/sso/samlTamperings.ts";
import { outcomeOf, signInBy } from "../../auth/sso/useSso.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { type AuthWorld, OWNER } from "./world.ts";

const OUT = "SIGN_IN_REFUSED";

async function openId({ google, sso, note }: AuthWorld): Promise<void> {
  const reset = () =>
    Object.assign(google, { claims: { email: OWNER, email_verified: true, hd: "acme.test" }, tamper: undefined, extra: {} });
  const isBack = (location: string) => location.startsWith(sso.url);
  const goAndComeBack = async (browser: Browser) => (await browser.follow(`${sso.url}/auth/google`, isBack)).location!;
  reset();
  assert((await signInBy(sso, "/auth/google")) === `acme ${OWNER}`, "a right answer lets nobody in");
  const found: string[] = [];
  const expectOut = (what: string, told: string) => told === OUT || found.push(`${what}: ${told}`);
  for (const [name, change] of Object.entries(RETURNS)) {
    const browser = new Browser();
    const url = new URL(await goAndComeBack(browser));
    change(url);
    expectOut(name, await outcomeOf(sso, await browser.go(url.href)));
  }
  const [mine, others] = [new Browser(), new Browser()];
  const location = await goAndComeBack(mine);
  expectOut("another browser", await outcomeOf(sso, await others.go(location)));
  const cookie = mine.cookiesOf(sso.url).join("; ");
  assert(cookie.startsWith("__Host-"), `the cookie is not of this host alone: ${cookie.slice(0, 20)}`);
  const statuses = await Promise.all(
    Array.from({ length: 5 }, () => fetch(location, { redirect: "manual", headers: { cookie } }).then(({ status }) => status)),
  );
  if (statuses.filter((status) => status < 400).length !== 1) found.push(`one answer five times at once: ${statuses}`);
  for (const [name, tamper] of Object.entries(ID_TOKENS)) {
    reset();
    google.tamper = tamper;
    expectOut(`an ID token ${name}`, await signInBy(sso, "/auth/google"));
  }
  reset();
  note(`${Object.keys(RETURNS).length + Object.keys(ID_TOKENS).length + 2} answers`);
  assertNone(found, "answers that let somebody in");
}

async function saml({ saml: provider, sso, note, isFull }: AuthWorld): Promise<void> {
  const attempt = async (make: (exchange: Exchange) => string) => {
    const browser = new Browser();
    const exchange = await setOut(sso, browser, provider);
    return comeBack(sso, browser, exchange, make(exchange));
  };
  assert((await attempt((exchange) => rightResponse(exchange))) === `acme ${OWNER}`, "a right answer lets nobody in");
  const documents = Object.entries(TAMPERINGS).flatMap(([kind, all]) =>
    Object.entries(all).map(([name, make]) => [`${kind}: ${name}`, make] as const),
  );
  const found: string[] = [];
  for (const [name, make] of documents) {
    const told = await attempt(make);
    if (told !== OUT) found.push(`${name}: ${told}`);
  }
  for (let n = 0; n < (isFull ? 5 : 1); n++) {
    const id = `_same${n}`;
    assert((await attempt((exchange) => rightResponse(exchange, { id }))) === `acme ${OWNER}`, "a right answer lets nobody in");
    const again = await attempt((exchange) => rightResponse(exchange, { id }));
    if (again !== OUT) found.push(`an assertion of the same id: ${again}`);
  }
  note(`${documents.length} documents`);
  assertNone(found, "documents that let somebody in");
}

export const providers: Check<AuthWorld>[] = [
  { id: "D66", title: "OpenID Connect: what comes back otherwise, elsewhere or again lets nobody in", run: openId },
  { id: "D69", title: "SAML: wrapped, unsigned, forged, replayed or misdirected documents let nobody in", run: saml },
];
