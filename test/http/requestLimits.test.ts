/** Requests of a workspace and of an API key: how many may come in a minute, and what is told of it. */
import "../helpers/slow.ts";
import { adminQuery, post, signIn, startTestServer, type TestServer, useTestServer } from "../helpers/server.ts";

const LIMIT = 100;
const LIMITS = { RATE_LIMIT_WORKSPACE: String(LIMIT), RATE_LIMIT_API_KEY: "20" };
const server = useTestServer(LIMITS);
/** On the same database. */
let other: TestServer | undefined;
beforeAll(async () => {
  other = await startTestServer({ PG_DATABASE_URL: server.adminUrl, ...LIMITS });
});
afterAll(() => other?.stop());

const tokens = new Map<string, string>();
beforeAll(async () => {
  for (const email of ["owner@acme.test", "owner@globex.test"]) tokens.set(email, await signIn(server.url, email));
});

type Told = { status: number; headers: Headers; errors?: { extensions: { code: string; retryAfter?: number } }[] };
const ask = (email: string, path = "/graphql", url = server.url): Promise<Told> =>
  post(url, path, tokens.get(email) ?? email, "{ __typename }") as Promise<Told>;

async function flood(count: number, one: (index: number) => Promise<Told>): Promise<Told[]> {
  const told: Told[] = [];
  let next = 0;
  const work = async () => {
    while (next < count) told.push(await one(next++));
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return told;
}

const passed = (told: Told[]) => told.filter(({ status }) => status === 200).length;
/** What came back to the bucket while it was flooded. */
const refilled = (since: number, limit = LIMIT) => Math.ceil(((Date.now() - since) / 60_000) * limit);

it.each(["/graphql", "/metadata"])("can read on %s how much is left", async (path) => {
  const { status, headers } = await ask("owner@globex.test", path);
  expect([status, headers.get("ratelimit-policy")]).toEqual([200, `"workspace";q=${LIMIT};w=60`]);
  expect(headers.get("ratelimit")).toMatch(/^"workspace";r=\d+;t=\d+$/);
  expect(headers.get("retry-after")).toBeNull();
});

it("can be told by SQL, too, that it was too often: with status and Retry-After (RATE_LIMITED)", async () => {
  await adminQuery(
    server.adminUrl,
    `create function public.refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = 'RATED', message = 'Too many companies.'; end $$;
     create trigger _999_refuse before insert on company for each row execute function public.refuse()`,
  );
  const { status, headers, errors } = await post(
    other!.url,
    "/graphql",
    tokens.get("owner@acme.test"),
    'mutation { createCompany(data: { name: "x" }) { id } }',
  );
  await adminQuery(server.adminUrl, "drop trigger _999_refuse on company; drop function public.refuse()");
  expect([status, headers.get("retry-after"), errors![0]!.extensions]).toEqual([429, "60", { code: "RATE_LIMITED", retryAfter: 60 }]);
});

it("cannot send more requests by one API key than it may (RATE_LIMITED); its workspace is not harmed", async () => {
  const [role] = await adminQuery<{ id: string }>(
    server.adminUrl,
    "select id from core.roles where workspace_id = authz.workspace_id() and name = 'MEMBER'",
  );
  const metadata = (query: string, variables: Record<string, unknown>) =>
    post<Record<string, { id: string; token: string }>>(other!.url, "/metadata", tokens.get("owner@acme.test"), query, variables);
  const made = await metadata(`mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }`, {
    input: { name: "flood", expiresAt: "2099-01-01T00:00:00Z", roleId: role!.id },
  });
  const key = await metadata("mutation ($id: UUID!) { generateApiKeyToken(apiKeyId: $id) { token } }", {
    id: made.data!["createApiKey"]!.id,
  });
  const since = Date.now();
  const told = await flood(60, () => ask(key.data!["generateApiKeyToken"]!.token, "/graphql", other!.url));
  expect(passed(told)).toBeGreaterThanOrEqual(19);
  expect(passed(told)).toBeLessThanOrEqual(20 + refilled(since, 20));
  const well = told.find(({ status }) => status === 200)!;
  expect(well.headers.get("ratelimit-policy")).toBe(`"apiKey";q=20;w=60, "workspace";q=${LIMIT};w=60`);
  expect(well.headers.get("ratelimit")).toMatch(/^"apiKey";r=\d+;t=\d+, "workspace";r=\d+;t=\d+$/);
  expect((await ask("owner@acme.test", "/graphql", other!.url)).status).toBe(200);
});

it("cannot send more requests than a workspace may, on one server or two (RATE_LIMITED); others are not harmed", async () => {
  const since = Date.now();
  const told = await flood(400, (index) =>
    ask("owner@acme.test", index % 3 ? "/graphql" : "/metadata", index % 2 ? other!.url : server.url),
  );
  expect(passed(told)).toBeLessThanOrEqual(LIMIT + refilled(since));
  expect(passed(told)).toBeGreaterThanOrEqual(LIMIT / 2);
  const refused = told.filter(({ status }) => status !== 200);
  expect(new Set(refused.map(({ status, errors }) => `${status} ${errors![0]!.extensions.code}`))).toEqual(new Set(["429 RATE_LIMITED"]));
  const { headers, errors } = refused.at(-1)!;
  expect(headers.get("retry-after")).toBe(String(errors![0]!.extensions.retryAfter));
  expect(headers.get("ratelimit")).toMatch(/^"workspace";r=0;t=\d+$/);
  expect((await ask("owner@globex.test")).status).toBe(200);
});

it("can have a limit of its own (core.workspaces.limits)", async () => {
  await adminQuery(server.adminUrl, `update core.workspaces set limits = '{"requestsPerMinute": 10}' where subdomain = 'globex'`);
  const since = Date.now();
  const told = await flood(40, () => ask("owner@globex.test", "/graphql", other!.url));
  expect(passed(told)).toBeGreaterThanOrEqual(9);
  expect(passed(told)).toBeLessThanOrEqual(10 + refilled(since, 10));
  expect(told.find(({ status }) => status === 200)!.headers.get("ratelimit-policy")).toBe('"workspace";q=10;w=60');
});
