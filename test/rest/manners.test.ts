/** How /rest behaves as HTTP: versions, keys, forms, methods, and what every answer says of itself. */

import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { useApi } from "../helpers/server.ts";
import { ask, problemOf } from "./rest.ts";

const api = useApi({ FRONTEND_URL: "http://localhost:3001" });

type Company = { id: string; name: string; updatedAt: string };
const create = async (body: object = { name: "Mannered" }) => {
  const made = await ask(api, "POST", "/companies?depth=0", { body });
  return { company: made.json.data.createCompany as Company, etag: made.headers.get("etag")!, made };
};
const patch = (id: string, body: object, headers: Record<string, string> = {}) =>
  ask(api, "PATCH", `/companies/${id}?depth=0`, { body, headers });

/** The bytes as they come: fetch would unpack them. */
async function raw(
  path: string,
  headers: Record<string, string>,
  method = "GET",
): Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer; status: number }> {
  const token = await api.tokenOf("owner@acme.test");
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}/rest${path}`, { method, headers: { authorization: `Bearer ${token}`, ...headers } }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("end", () => resolve({ headers: res.headers, body: Buffer.concat(chunks), status: res.statusCode! }));
    });
    sent.on("error", reject).end();
  });
}

it("can tell where a new record is, and its version", async () => {
  const { company, etag, made } = await create();
  expect([made.status, made.headers.get("location")]).toEqual([201, `/rest/companies/${company.id}`]);
  expect(etag).toMatch(/^"[^"]+"$/);
  expect(etag).toContain(company.updatedAt);
});

it("can change a record that is still as it was read, whatever was read of it", async () => {
  const { company } = await create();
  for (const query of ["", "?depth=0", "?fields=name", "?depth=2"]) {
    const read = await ask(api, "GET", `/companies/${company.id}${query}`);
    const changed = await patch(company.id, { employees: query.length }, { "if-match": read.headers.get("etag")! });
    expect([changed.status, changed.json.data?.updateCompany.employees]).toEqual([200, query.length]);
  }
  expect((await patch(company.id, { employees: 1 }, { "if-match": "*" })).status).toBe(200);
});

it.each(["PATCH", "PUT", "DELETE"])("cannot %s a record that has changed since (412), and is told both states", async (method) => {
  const { company, etag } = await create();
  await patch(company.id, { name: "Theirs" });
  const answer = await ask(api, method, `/companies/${company.id}`, {
    headers: { "if-match": etag },
    ...(method !== "DELETE" && { body: { name: "Mine" } }),
  });
  expect(problemOf(answer)).toEqual([412, "CONFLICT", "If-Match"]);
  expect(answer.json).toMatchObject({ current: { name: "Theirs" }, given: { id: company.id } });
  expect(await api.sql("select name, deleted_at from company where id = $1", [company.id])).toEqual([{ name: "Theirs", deleted_at: null }]);
});

it.each(['W/"x"', '"of somebody else"', "nothing at all"])("cannot match If-Match: %s (412)", async (tag) => {
  const { company } = await create();
  expect(problemOf(await patch(company.id, { name: "Mine" }, { "if-match": tag }))).toEqual([412, "CONFLICT", "If-Match"]);
});

it("cannot take a weak tag of ours for the record (412)", async () => {
  const { company, etag } = await create();
  expect((await patch(company.id, { name: "Mine" }, { "if-match": `W/${etag}` })).status).toBe(412);
  expect((await patch(company.id, { name: "Mine" }, { "if-match": etag })).status).toBe(200);
});

it("cannot ask for the version of several records (BAD_INPUT)", async () => {
  const answer = await ask(api, "PATCH", "/companies?filter[name][eq]=Mannered", { body: { name: "x" }, headers: { "if-match": "*" } });
  expect(problemOf(answer)).toEqual([400, "BAD_INPUT", "If-Match"]);
});

it("can be told that nothing has changed (304), until it has, and that of what came along", async () => {
  const { company } = await create();
  const path = `/companies/${company.id}?fields=name,contacts.firstName`;
  const first = await ask(api, "GET", path);
  const etag = first.headers.get("etag")!;
  for (const known of [etag, `"other", ${etag}`, `W/${etag}`, "*"]) {
    const again = await ask(api, "GET", path, { headers: { "if-none-match": known } });
    expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", etag]);
  }
  await ask(api, "POST", "/people?fields=id", { body: { firstName: "Nina", companyId: company.id } });
  const changed = await ask(api, "GET", path, { headers: { "if-none-match": etag } });
  expect([changed.status, changed.json.data.company.contacts.length]).toEqual([200, 1]);
});

it("can send a write again with its Idempotency-Key, and writes once", async () => {
  const send = (name: string, key = "rest-1") => ask(api, "POST", "/companies", { body: { name }, headers: { "idempotency-key": key } });
  const first = await send("Once");
  const again = await send("Once");
  expect([first.status, first.headers.get("idempotency-replayed")]).toEqual([201, null]);
  expect([again.status, again.text, again.headers.get("idempotency-replayed")]).toEqual([201, first.text, "true"]);
  for (const name of ["location", "etag"]) expect(again.headers.get(name)).toBe(first.headers.get(name));
  expect(problemOf(await send("Another"))).toEqual([422, "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key"]);
  expect(problemOf(await send("Once", "two words"))).toEqual([400, "BAD_INPUT", "Idempotency-Key"]);
  expect(await api.sql("select count(*)::int as count from company where name in ('Once', 'Another')")).toEqual([{ count: 1 }]);
  // GraphQL keeps its keys in the same table: there it is another request.
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "idempotency-key": "rest-1",
      authorization: `Bearer ${await api.tokenOf("owner@acme.test")}`,
    },
    body: JSON.stringify({ query: 'mutation { createCompany(data: { name: "Once" }) { id } }' }),
  });
  expect(response.status).toBe(422);
});

it("cannot send a write of one version again as a write of another (IDEMPOTENCY_KEY_REUSED)", async () => {
  const { company, etag } = await create();
  const send = (tag: string) => patch(company.id, { name: "Kept" }, { "if-match": tag, "idempotency-key": "rest-3" });
  const first = await send(etag);
  const again = await send(etag);
  expect([first.status, again.status, again.text]).toEqual([200, 200, first.text]);
  expect(problemOf(await send("*"))).toEqual([422, "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key"]);
});

it("can send a refused write again with its key", async () => {
  const send = (employees: unknown) =>
    ask(api, "POST", "/companies", { body: { name: "Tried", employees }, headers: { "idempotency-key": "rest-2" } });
  expect((await send("many")).status).toBe(400);
  expect((await send(5)).status).toBe(201);
});

it.each([
  ["/companies?limit=20", "GET, HEAD, POST, PATCH, DELETE, OPTIONS"],
  ["/companies/x", "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"],
  ["/batch/companies", "POST, OPTIONS"],
  ["/restore/companies/x", "PATCH, OPTIONS"],
  ["/companies/groupBy", "GET, HEAD, OPTIONS"],
])("can tell what can be done at %s", async (path, allow) => {
  const options = await fetch(`${api.url}/rest${path}`, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([204, allow]);
  const refused = await ask(api, "PROPFIND", path);
  expect([problemOf(refused)[0], refused.headers.get("allow")]).toEqual([405, allow]);
});

it("can ask for the head of an answer", async () => {
  for (const path of ["/companies?limit=2&order_by=id", `/companies/${(await create()).company.id}`]) {
    const [get, head] = [await raw(path, {}), await raw(path, {}, "HEAD")];
    expect([head.status, head.body.length]).toEqual([200, 0]);
    for (const name of ["content-type", "content-length", "etag", "link"]) expect(head.headers[name]).toBe(get.headers[name]);
  }
});

it.each([
  ["text/html", 406],
  ["application/xml, text/plain", 406],
  ["application/json", 200],
  ["text/html, application/*;q=0.5", 200],
  ["*/*", 200],
])("answers Accept: %s by %i", async (accept, status) => {
  const answer = await ask(api, "GET", `/companies/${(await create()).company.id}`, { headers: { accept } });
  expect(answer.status).toBe(status);
  if (status === 406) expect(problemOf(answer)[1]).toBe("NOT_ACCEPTABLE");
});

it.each([
  ["text/plain", 415],
  ["application/x-www-form-urlencoded", 415],
  ["application/json; charset=latin1", 415],
  ["application/json", 201],
  ["application/json; charset=UTF-8", 201],
  ["application/merge-patch+json", 201],
])("answers Content-Type: %s by %i", async (type, status) => {
  const answer = await ask(api, "POST", "/companies", { body: { name: "Typed" }, headers: { "content-type": type } });
  expect(answer.status).toBe(status);
  if (status === 415) expect(problemOf(answer)[1]).toBe("UNSUPPORTED_MEDIA_TYPE");
});

it("cannot send a body that is compressed (415) or too large (413)", async () => {
  const packed = await ask(api, "POST", "/companies", { body: { name: "x" }, headers: { "content-encoding": "gzip" } });
  expect(problemOf(packed)[0]).toBe(415);
  const large = await ask(api, "POST", "/companies", { body: `{"name":"${"x".repeat(8_000_001)}"}` });
  expect(problemOf(large).slice(0, 2)).toEqual([413, "BODY_TOO_LARGE"]);
});

it.each([
  ["gzip", "gzip", gunzipSync],
  ["gzip, deflate, br", "br", brotliDecompressSync],
  ["br;q=0, gzip;q=0.5", "gzip", gunzipSync],
])("can send what is long as %s", async (accepted, encoding, unpack) => {
  const path = "/companies?limit=20&order_by=id";
  const [plain, packed] = [await raw(path, {}), await raw(path, { "accept-encoding": accepted })];
  expect([plain.headers["content-encoding"], packed.headers["content-encoding"]]).toEqual([undefined, encoding]);
  expect(packed.body.length).toBeLessThan(plain.body.length / 2);
  expect(unpack(packed.body).equals(plain.body)).toBe(true);
  expect(packed.headers["vary"]).toContain("accept-encoding");
});

it("does not compress what is short, nor for who does not want it", async () => {
  expect((await raw("/companies?limit=1&fields=id", { "accept-encoding": "br, gzip" })).headers["content-encoding"]).toBeUndefined();
  expect(
    (await raw("/companies?limit=20", { "accept-encoding": "br;q=0, gzip;q=0.0, identity" })).headers["content-encoding"],
  ).toBeUndefined();
});

it("cannot ask without a token, or with one in the address", async () => {
  const response = await fetch(`${api.url}/rest/companies`);
  expect([response.status, response.headers.get("www-authenticate"), response.headers.get("content-type")]).toEqual([
    401,
    "Bearer",
    "application/problem+json",
  ]);
  expect(await response.json()).toMatchObject({ code: "LOGIN_REQUIRED", status: 401 });
  const token = await api.tokenOf("owner@acme.test");
  expect((await fetch(`${api.url}/rest/companies?token=${token}`)).status).toBe(401);
  expect(problemOf(await ask(api, "GET", `/companies?token=${token}`))).toEqual([400, "BAD_INPUT", "token"]);
});

it("can tell how much may still be asked", async () => {
  const { headers } = await ask(api, "GET", "/companies?limit=1");
  expect(headers.get("ratelimit")).toMatch(/^"workspace";r=\d+/);
  expect(headers.get("ratelimit-policy")).toMatch(/^"workspace";q=\d+/);
});

it("can be read by a page of the frontend, headers included", async () => {
  const origin = "http://localhost:3001";
  const preflight = await fetch(`${api.url}/rest/companies`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "PATCH" },
  });
  expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "GET, POST, PUT, PATCH, DELETE"]);
  const { headers } = await ask(api, "GET", "/companies?limit=1", { headers: { origin } });
  for (const name of ["etag", "link", "location"]) expect(headers.get("access-control-expose-headers")).toContain(name);
});
