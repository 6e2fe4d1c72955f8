import { request } from "node:http";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { post, startTestServer, type TestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ PG_DATABASE_URL: database.adminUrl });
});
afterAll(() => server?.stop());

type Page = { status: number; body: string; headers: NodeJS.Dict<string | string[]> };

/** fetch does not let one choose the Host. */
function get(url: string, host?: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: host ? { host } : {} }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, body, headers: response.headers }));
    });
    sent.on("error", reject).end();
  });
}

/** What a page loads: the addresses in its tags, and its imports. */
const sourcesOf = (html: string): string[] =>
  [
    ...[...html.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*?\s(?:src|href)\s*=\s*["']?([^"'\s>]+)/gi)].map((match) => match[1]!),
    ...[...html.matchAll(/\b(?:import|from)\s*\(?\s*["']([^"']+)["']/g)].map((match) => match[1]!),
    ...[...html.matchAll(/url\(\s*["']?([^"')]+)/g)].map((match) => match[1]!),
  ].filter((source) => !source.startsWith("data:"));

const tokenIn = (html: string): string | undefined => /Bearer ([\w-]+\.[\w-]+\.[\w-]+)/.exec(html)?.[1];

it("can open GraphiQL signed in as the demo owner", async () => {
  const { status, headers, body } = await get(`${server.url}/graphiql`);
  expect([status, headers["content-type"], headers["cache-control"], headers["x-frame-options"]]).toEqual([
    200,
    expect.stringContaining("text/html"),
    "no-store",
    "DENY",
  ]);
  const answer = await post(
    server.url,
    "/graphql",
    tokenIn(body),
    '{ companies { totalCount } workspaceMembers(filter: { firstName: { eq: "Olivia" } }) { totalCount } }',
  );
  expect(answer).toMatchObject({ status: 200, data: { companies: { totalCount: 2000 }, workspaceMembers: { totalCount: 1 } } });
});

it("can load everything the page needs from this server", async () => {
  const { body } = await get(`${server.url}/graphiql`);
  const sources = sourcesOf(body);
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) {
    expect(source).toMatch(/^\/graphiql\/static\//);
    const asset = await get(new URL(source, server.url).href);
    expect([source, asset.status, asset.headers["content-type"]]).toEqual([
      source,
      200,
      expect.stringMatching(/javascript|css|image|font|json/),
    ]);
    expect(asset.body.length).toBeGreaterThan(0);
  }
  expect(sources.filter((source) => source.includes(".js")).length).toBeGreaterThan(0);
});

it("cannot make the browser fetch from anywhere else", async () => {
  const { body } = await get(`${server.url}/graphiql`);
  const foreign = [...body.matchAll(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}[^\s"'<>]*/gi)].map((match) => match[0]);
  const loaded = sourcesOf(body);
  expect(foreign.filter((url) => loaded.includes(url))).toEqual([]);
  expect(body).not.toMatch(/unpkg|jsdelivr|cdnjs|esm\.sh|googleapis/);
});

it("can open GraphiQL for the metadata API", async () => {
  const { status, body } = await get(`${server.url}/graphiql?api=metadata`);
  expect(status).toBe(200);
  expect(body).toContain('"/metadata"');
  expect((await get(`${server.url}/graphiql?api=https://evil.example`)).body).not.toContain("evil.example");
});

it.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:3000", "[::2]", ""])(
  "cannot get the page signed in under the name %j",
  async (host) => {
    const { status, body } = await get(`${server.url}/graphiql`, host || "x");
    expect(status).toBe(200);
    expect(tokenIn(body)).toBeUndefined();
  },
);

it.each(["localhost", "localhost:1", "127.0.0.1:3000", "[::1]:3000"])("can get the page signed in under the name %s", async (host) => {
  expect(tokenIn((await get(`${server.url}/graphiql`, host)).body)).toBeDefined();
});

it("cannot get the page signed in by a header that claims another host", async () => {
  const sent = await fetch(`${server.url}/graphiql`, { headers: { "x-forwarded-host": "evil.example" } });
  expect(tokenIn(await sent.text())).toBeDefined(); // the header is not believed, either way
});

it.each([
  ["in production", { NODE_ENV: "production", APP_SECRET: TEST_SECRET }],
  ["when it is turned off", { GRAPHIQL_ENABLED: "false" }],
])("cannot open GraphiQL %s (NOT_FOUND)", async (_when, env) => {
  const other = await startTestServer({ PG_DATABASE_URL: database.adminUrl, ...env });
  try {
    for (const path of ["/graphiql", "/graphiql/static/ruru.js", "/graphiql?api=metadata"]) {
      const { status, body } = await get(other.url + path);
      expect([status, JSON.parse(body)]).toMatchObject([404, { errors: [{ extensions: { code: "NOT_FOUND" } }] }]);
    }
    expect(other.output()).not.toContain("GraphiQL");
    expect((await get(`${other.url}/healthz`)).status).toBe(200);
  } finally {
    await other.stop();
  }
});
