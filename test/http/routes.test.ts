import { once } from "node:events";
import { connect } from "node:net";
import pg from "pg";
import { adminQuery, post, signIn, useTestServer } from "../helpers/server.ts";

const server = useTestServer({ PG_STATEMENT_TIMEOUT_MS: "400" });
let token = "";
beforeAll(async () => {
  token = await signIn(server.url, "owner@acme.test");
});

/** What a server answers to bytes that no client library would send. */
async function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("error", () => {}); // a server may hang up on such bytes
  socket.on("data", (chunk) => (answer += chunk));
  socket.write(request);
  await new Promise((resolve) => socket.once("close", resolve));
  return answer;
}

it.each(["/", "/nope", "/graphql/nope", "/auth", "/rests/companies", "/..%2f..%2fetc/passwd", "/graphiql/static/../../package.json"])(
  "cannot find anything at %s (NOT_FOUND)",
  async (path) => {
    for (const method of ["GET", "POST"]) {
      const response = await fetch(server.url + path, { method });
      expect([response.status, response.headers.get("content-type")]).toEqual([404, expect.stringContaining("application/json")]);
      expect(await response.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code: "NOT_FOUND" } }] });
    }
  },
);

it.each(["GET", "PUT", "DELETE", "PATCH"])("cannot %s where one signs in", async (method) => {
  const response = await fetch(`${server.url}/auth/login`, { method });
  expect([404, 405]).toContain(response.status);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
});

it("cannot learn from the headers what the server is made of", async () => {
  for (const path of ["/nope", "/healthz"]) {
    const { headers } = await fetch(server.url + path);
    expect([headers.get("x-powered-by"), headers.get("server"), headers.get("x-content-type-options")]).toEqual([null, null, "nosniff"]);
  }
});

it.each([
  "{",
  "[]",
  "null",
  '"query"',
  '{"query":7}',
  '{"query":"{__typename}","variables":[]}',
  '{"query":"{__typename}","variables":"x"}',
  "{}",
])("cannot ask with the body %s (400)", async (body) => {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body,
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
});

it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
  "cannot ask with a body of the type %j (4xx)",
  async (type) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": type, authorization: `Bearer ${token}` },
      body: '{"query":"{__typename}"}',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  },
);

it("can ask by GET, as the seed shows, but not write by it (405)", async () => {
  const get = (query: string) =>
    fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${token}` } });
  const read = await get("{ companies { totalCount } }");
  expect([read.status, await read.json()]).toEqual([200, { data: { companies: { totalCount: 2000 } } }]);
  expect((await get('mutation { createCompany(data: { name: "By GET" }) { id } }')).status).toBe(405);
  expect((await post(server.url, "/graphql", token, '{ companies(filter: { name: { eq: "By GET" } }) { totalCount } }')).data).toEqual({
    companies: { totalCount: 0 },
  });
});

it("can choose between operations by name, and must when there are several (4xx or errors)", async () => {
  const query = "query A { companies { totalCount } } query B { people { totalCount } }";
  const ask = async (operationName?: string) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    return (await fetch(`${server.url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, operationName }) })).json();
  };
  expect(await ask("B")).toEqual({ data: { people: { totalCount: 8000 } } });
  for (const name of [undefined, "C"])
    expect(await ask(name)).toMatchObject({
      errors: [{ message: expect.any(String), extensions: { code: expect.not.stringMatching("INTERNAL_ERROR") } }],
    });
});

it("cannot upset the server with bytes that are no HTTP", async () => {
  expect(await raw("hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(70_000)}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(
    await raw("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"),
  ).toMatch(/^HTTP\/1\.1 400 /);
  expect((await post(server.url, "/graphql", token, "{ __typename }")).status).toBe(200);
});

it("can lose a client in the middle of its request, and of its answer", async () => {
  const { hostname, port } = new URL(server.url);
  const body = JSON.stringify({ query: "{ people(first: 1000) { nodes { name company { name } } } }" });
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  for (const bytes of [head, head + body.slice(0, 20), head + body]) {
    for (let n = 0; n < 10; n++) {
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      await new Promise((resolve) => socket.write(bytes, resolve));
      socket.destroy();
    }
  }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(server.url, "/graphql", token, "{ companies(first: 1) { totalCount } }")),
  );
  expect(answers.map(({ status, errors }) => [status, errors])).toEqual(answers.map(() => [200, undefined]));
});

it("cannot wait for a lock longer than a statement may run (QUERY_TIMEOUT)", async () => {
  const QUERY = "{ companies(first: 1) { totalCount } }";
  expect((await post(server.url, "/graphql", token, QUERY)).errors).toBeUndefined();
  const [row] = await adminQuery<{ name: string }>(
    server.adminUrl,
    "select schema_name as name from core.workspaces where subdomain = 'acme'",
  );
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  try {
    await admin.query("begin");
    await admin.query(`lock table ${pg.escapeIdentifier(row!.name)}.company in access exclusive mode`);
    const { data, errors } = await post(server.url, "/graphql", token, QUERY);
    expect([data ?? { companies: null }, errors]).toMatchObject([
      { companies: null },
      [{ message: "The query took too long and was stopped.", extensions: { code: "QUERY_TIMEOUT" } }],
    ]);
  } finally {
    await admin.end();
  }
  expect((await post(server.url, "/graphql", token, QUERY)).errors).toBeUndefined();
});
