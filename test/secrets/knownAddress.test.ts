/** Whether an address is known: nobody learns it from what he is answered, nor from what PostgreSQL is asked. */
import type { Server } from "node:net";
import { useTestDatabase } from "../helpers/db.ts";
import { adminQuery, signIn, startTestServer, type TestServer } from "../helpers/server.ts";
import { listen, urlThrough } from "../helpers/statements.ts";
import "../helpers/slow.ts";
import { kinds, makeKnown, type Way, ways } from "./addresses.ts";

const database = useTestDatabase();
const texts: string[] = [];
const bound: string[] = [];
let proxy: Server;
let server: TestServer;
let owner = "";

const knownOf = (index: number) => `known.${index}@people.test`;
const unknownOf = (index: number) => `nobody${index}@people.test`;
// Counted, and never too many: what a limit asks the database is the same, too.
const LIMITS = { SIGN_IN_ACCOUNT: "9999", SIGN_IN_ADDRESS: "9999", SSO_ADDRESS: "9999", MAIL_ADDRESS: "9999", MAIL_SENDER: "9999" };
/** What a server asks for by the clock. */
const OF_ITS_OWN = /signing_keys/;

beforeAll(async () => {
  proxy = await listen(
    new URL(database.adminUrl),
    (text) => texts.push(text),
    (name) => bound.push(name),
  );
  const limits = Object.fromEntries(Object.entries(LIMITS).map(([name, value]) => [`RATE_LIMIT_${name}`, value]));
  server = await startTestServer({ PG_DATABASE_URL: urlThrough(database.adminUrl, proxy), PG_POOL_MAX_CONNECTIONS: "1", ...limits });
  await makeKnown(
    (text, values, workspace) => adminQuery(database.adminUrl, text, values, workspace),
    (kind) => knownOf(kinds.indexOf(kind)),
  );
  await addProvider();
  owner = await signIn(server.url, "owner@acme.test");
  for (const way of ways) await ask(way, "warm@people.test");
});
afterAll(async () => {
  await server?.stop();
  proxy?.close();
});

/** A provider of acme's that speaks for the domain of all these addresses. */
const addProvider = () =>
  adminQuery(
    database.adminUrl,
    `with p as (insert into core.identity_providers (workspace_id, name, type, issuer, sso_url, certificates)
                values (authz.workspace_id(), 'ADFS', 'SAML', 'https://idp.test', 'https://idp.test/sso', '{certificate}') returning id, workspace_id),
          s as (insert into private.identity_provider_secrets select id, workspace_id from p),
          d as (insert into core.identity_provider_domains (workspace_id, provider_id, domain, verified_at)
                select workspace_id, id, 'people.test', now() from p returning id, domain, provider_id, workspace_id)
     insert into private.verified_domains select id, domain, provider_id, workspace_id from d`,
  );

/** All that an answer tells, but for the address itself, and what is another in each answer. */
async function ask({ path, body, isOwner }: Way, email: string) {
  texts.length = bound.length = 0;
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(isOwner && { authorization: `Bearer ${owner}` }) },
    body: JSON.stringify(body(email)),
  });
  const text = (await response.text())
    .replaceAll(email, "<address>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, "<moment>");
  const headers = Object.fromEntries(response.headers);
  for (const name of ["date", "etag", "ratelimit", "x-request-id"]) delete headers[name];
  return {
    answer: { status: response.status, headers: { ...headers, "content-length": text.length }, text },
    // What has no name was parsed for this once.
    asked: { texts: texts.filter((one) => !OF_ITS_OWN.test(one)), named: bound.filter((name) => name !== "") },
  };
}

describe.each(ways)("$what", (way) => {
  it.each(kinds)("cannot tell %s from nobody", async (kind) => {
    const index = kinds.indexOf(kind);
    const [known, unknown] = [await ask(way, knownOf(index)), await ask(way, unknownOf(index))];
    expect(known.answer).toEqual(unknown.answer);
    expect(known.asked).toEqual(unknown.asked);
  });
});

it("can tell: one who is a colleague, to who invites him; a right password", async () => {
  const [login, invite] = [ways[0]!, ways.at(-1)!];
  const different = await ask(invite, "admin@acme.test");
  expect(different.answer.text).not.toBe((await ask(invite, unknownOf(0))).answer.text);
  const right = await ask({ ...login, body: (email) => ({ email, password: "relata-demo" }) }, knownOf(0));
  const wrong = await ask(login, unknownOf(0));
  expect([right.answer.status, wrong.answer.status]).toEqual([200, 401]);
  expect(right.asked).not.toEqual(wrong.asked);
});
