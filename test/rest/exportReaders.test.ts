/** Readers who leave, who are slow, and who are many: what becomes of the statement, the connection and everybody else. */
import pg from "pg";
import { until, useApi } from "../helpers/server.ts";
import { exportsUnderWay, get, linesOf, openFile } from "./exportFiles.ts";
import "../helpers/slow.ts";

const TIMEOUT_MS = 5000;
// Of four connections exports may have two, and each workspace two.
const api = useApi({ PG_POOL_MAX_CONNECTIONS: "4", EXPORT_TIMEOUT_MS: String(TIMEOUT_MS) });
const [ROWS, WIDTH] = [12_000, 4000];
const WIDE = "companies?fields=name,address&filter[name][startsWith]=Wide";
const WITH_OWNER = WIDE.replace("address", "address,accountOwner.name");

// More than lies in the buffers between PostgreSQL and a reader who reads nothing.
beforeAll(async () => {
  await api.sql("insert into company (name, address) select 'Wide ' || n, repeat('x', $2) from generate_series(1, $1::int) n", [
    ROWS,
    WIDTH,
  ]);
});

const none = () =>
  until(
    () => exportsUnderWay(api),
    (found) => found.length === 0,
  );
const waiting = (wait: string, count = 1) =>
  until(
    () => exportsUnderWay(api),
    (found) => found.filter(({ waits }) => waits === wait).length === count,
  );
const others = async () => (await api.graphql("{ companies(first: 1) { nodes { id } } }")).errors;

it("can wait for a slow reader: PostgreSQL waits with it, and all is there in the end", async () => {
  const file = await openFile(api, WIDE);
  expect(file.status).toBe(200);
  await waiting("ClientWrite");
  const text = await file.rest();
  expect(linesOf(text!)).toHaveLength(ROWS);
  await none();
});

it("can be read slowly by way of the plan, too", async () => {
  const file = await openFile(api, WITH_OWNER);
  expect(linesOf((await file.rest())!)).toHaveLength(ROWS);
  await none();
});

it("can answer everybody else while readers are slow, and gives one slot to one reader", async () => {
  const files = [await openFile(api, WIDE), await openFile(api, WIDE, "csv")];
  await waiting("ClientWrite", 2);
  for (let n = 0; n < 20; n++) expect(await others()).toBeUndefined();
  const third = await get(api, WIDE, "csv");
  expect([third.status, ((await third.json()) as { code: string }).code]).toEqual([429, "RATE_LIMITED"]);
  expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
  const elsewhere = await get(api, "companies", "csv", "owner@globex.test");
  expect(elsewhere.status).toBe(429); // the server keeps two connections for what is no export
  for (const file of files) file.leave();
  await none();
  const again = await get(api, "companies?limit=1", "csv");
  expect(again.status).toBe(200);
  await again.text();
});

it.each([
  ["its columns", WIDE],
  ["the plan", WITH_OWNER],
])("cannot go on when its reader has left: %s", async (_what, path) => {
  for (let n = 0; n < 5; n++) {
    const file = await openFile(api, path);
    expect(file.status).toBe(200);
    file.leave();
    await none();
  }
  // As many connections as there are, for as many at once.
  expect(await Promise.all(Array.from({ length: 8 }, others))).toEqual(Array.from({ length: 8 }, () => undefined));
});

describe("while the table is locked", () => {
  let locker: pg.Client;
  beforeAll(async () => {
    locker = new pg.Client({ connectionString: api.adminUrl });
    await locker.connect();
    const { rows } = await locker.query<{ schema_name: string }>("select schema_name from core.workspaces where subdomain = 'acme'");
    await locker.query("begin");
    await locker.query(`lock table ${rows[0]!.schema_name}.company in access exclusive mode`);
  });
  afterAll(async () => {
    await locker.end();
  });

  it("cannot wait any longer when its reader has left, before the first byte", async () => {
    const leaving = new AbortController();
    const answer = fetch(`${api.url}/rest/${WIDE}`, {
      headers: { authorization: `Bearer ${await api.tokenOf("owner@acme.test")}`, accept: "text/csv" },
      signal: leaving.signal,
    });
    answer.catch(() => {});
    await until(
      () => exportsUnderWay(api),
      (found) => found.length === 1,
    );
    const before = Date.now();
    leaving.abort();
    await none();
    expect(Date.now() - before).toBeLessThan(TIMEOUT_MS / 2); // it was not the timeout that ended it
    await expect(answer).rejects.toThrow();
  });

  it("cannot take longer than it may: a problem", async () => {
    const answer = await get(api, WIDE, "csv");
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, "QUERY_TIMEOUT"]);
    await none();
  });
});

it("cannot take longer than it may by reading slowly: it is broken off", async () => {
  const file = await openFile(api, WIDE);
  await waiting("ClientWrite");
  await none();
  expect(await file.rest()).toBeUndefined();
  expect(await others()).toBeUndefined();
});
