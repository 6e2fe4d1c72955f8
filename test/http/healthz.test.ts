import pg from "pg";
import { databaseUrl } from "../../src/migrate.ts";
import { useTestDatabase } from "../helpers/db.ts";
import { post, signIn, startTestServer, type TestServer, until } from "../helpers/server.ts";
import { type PgProxy, startProxy } from "./proxy.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();
let proxy: PgProxy;
let all: TestServer;
let server: TestServer;
let token = "";
beforeAll(async () => {
  proxy = await startProxy(database.adminUrl);
  all = await startTestServer({ PG_DATABASE_URL: proxy.url }, "all");
  server = await startTestServer({ PG_DATABASE_URL: proxy.url, PG_STATEMENT_TIMEOUT_MS: "1000" });
  token = await signIn(server.url, "owner@acme.test");
});
afterAll(async () => {
  proxy?.restore();
  await Promise.all([all?.stop(), server?.stop()]);
  await proxy?.close();
});

const up = { status: "up" };
const down = { status: "down" };
const WELL = { status: 200, body: { status: "ok", info: { database: up, worker: up } } };
const AWAY = { status: 503, body: { status: "error", info: {}, error: { database: down, worker: down } } };

/** Within a second, says the issue; the rest is this machine's, which may be held up once or twice, but not each time. */
const TIMES = 4;
const MOST_MS = 1800;

async function healthOf({ url }: TestServer) {
  const took: number[] = [];
  for (;;) {
    const since = performance.now();
    const response = await fetch(`${url}/healthz`);
    const body = (await response.json()) as object;
    took.push(performance.now() - since);
    if (took.at(-1)! >= MOST_MS && took.length < TIMES) continue;
    expect(Math.min(...took)).toBeLessThan(MOST_MS);
    expect(response.headers.get("cache-control")).toBe("no-store");
    return { status: response.status, body };
  }
}
const isWell = ({ status }: { status: number }) => status === 200;

const QUERY = "{ companies(first: 1) { totalCount } }";
const ask = () => post(server.url, "/graphql", token, QUERY);

it("can tell that all is well, as the seed shows", async () => {
  expect(await until(() => healthOf(all), isWell)).toEqual(WELL);
});

it("can leave the worker out where there is none", async () => {
  expect(await healthOf(server)).toEqual({ status: 200, body: { status: "ok", info: { database: up } } });
});

it("can ask without signing in, and as often as one likes", async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => healthOf(server)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

it("can tell that the database is away, and that it is back", async () => {
  expect((await ask()).errors).toBeUndefined();
  proxy.cut();
  expect(await healthOf(all)).toEqual(AWAY);
  expect(await healthOf(server)).toEqual({ status: 503, body: { status: "error", info: {}, error: { database: down } } });
  const { status, headers, data, errors } = await ask();
  expect([status, data ?? { companies: null }, errors]).toMatchObject([
    503,
    { companies: null },
    [{ extensions: { code: "UNAVAILABLE" } }],
  ]);
  expect(headers.get("retry-after")).toBe("1");

  proxy.restore();
  expect(await until(() => healthOf(all), isWell)).toEqual(WELL);
  expect(await until(() => healthOf(server), isWell)).toMatchObject({ status: 200 });
  const answers = await Promise.all(Array.from({ length: 20 }, ask));
  expect(answers.map(({ status, errors }) => [status, errors])).toEqual(answers.map(() => [200, undefined]));
});

it("can tell that the database has fallen silent, and that it speaks again", async () => {
  proxy.silence();
  expect(await healthOf(server)).toMatchObject({ status: 503, body: { error: { database: down } } });
  expect(await healthOf(all)).toMatchObject({ status: 503, body: { error: { database: down } } });
  // Asking again and again does not use up what others need.
  await Promise.all(Array.from({ length: 20 }, () => healthOf(server)));
  proxy.restore();
  expect(await until(() => healthOf(server), isWell)).toMatchObject({ status: 200 });
  expect(await until(() => healthOf(all), isWell)).toEqual(WELL);
  expect((await ask()).errors).toBeUndefined();
});

it("cannot wait for ever for a database that has fallen silent (UNAVAILABLE)", async () => {
  await ask();
  proxy.silence();
  const { status, errors } = await ask();
  expect([status, errors]).toMatchObject([503, [{ extensions: { code: "UNAVAILABLE" } }]]);
  proxy.restore();
  expect(await until(ask, ({ status }) => status === 200)).toMatchObject({ data: { companies: { totalCount: 2000 } } });
});

it("can tell that the database takes no connections, and that it takes them again", async () => {
  const admin = new pg.Client({ connectionString: databaseUrl(database.adminUrl, "postgres") });
  await admin.connect();
  const name = new URL(database.adminUrl).pathname.slice(1);
  try {
    await admin.query(`alter database ${pg.escapeIdentifier(name)} allow_connections false`);
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
    expect(
      await until(
        () => healthOf(all),
        ({ status }) => status === 503,
      ),
    ).toEqual(AWAY);
    expect((await ask()).status).toBe(503);
  } finally {
    await admin.query(`alter database ${pg.escapeIdentifier(name)} allow_connections true`);
    await admin.end();
  }
  expect(await until(() => healthOf(all), isWell)).toEqual(WELL);
  expect(await until(ask, ({ status }) => status === 200)).toMatchObject({ data: { companies: { totalCount: 2000 } } });
  expect([all.process.exitCode, server.process.exitCode]).toEqual([null, null]);
});

it("can sign in again once the database is back, and cannot meanwhile (UNAVAILABLE)", async () => {
  proxy.cut();
  const response = await fetch(`${server.url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "owner@acme.test", password: "relata-demo" }),
  });
  const text = await response.text();
  expect([response.status, JSON.parse(text)]).toMatchObject([503, { errors: [{ extensions: { code: "UNAVAILABLE" } }] }]);
  expect(text).not.toMatch(/127\.0\.0\.1|ECONN|postgres/);
  proxy.restore();
  await until(() => healthOf(server), isWell);
  expect(await signIn(server.url, "owner@acme.test")).toMatch(/\./);
});
