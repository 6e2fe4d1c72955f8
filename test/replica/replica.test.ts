/**
 * Reads on a standby: nobody sees that there is one. A real primary and a real standby,
 * which is told to be late, so that a read that should not have gone there tells.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { withAdmin } from "../../src/migrate.ts";
import { adminQuery, post, signIn, startTestServer, type TestServer, until } from "../helpers/server.ts";
import { Pair } from "../helpers/standby.ts";
import "../helpers/slow.ts";

const DELAY_MS = 100;
const PAIRS = process.env["RELATA_ALL_CASES"] ? 500 : 100;
const pair = new Pair();
let server: TestServer;
let [owner, member] = ["", ""];

const ask = <T>(token: string, query: string, variables = {}) => post<T>(server.url, "/graphql", token, query, variables);
const LIST = "{ companies(first: 3) { edges { node { id name } } } }";
const CREATE = "mutation ($name: String) { createCompany(data: { name: $name }) { id } }";
const GET = "query ($id: UUID!) { company(filter: { id: { eq: $id } }) { name } }";
type Created = { createCompany: { id: string } };
type Got = { company: { name: string } | null };

async function transactionsOn(url: string): Promise<number> {
  return withAdmin(url, async (db) => {
    const { rows } = await db.query<{ n: string }>("select xact_commit as n from pg_stat_database where datname = 'relata'");
    return Number(rows[0]!.n);
  });
}

const untilReadsGo = (where: "standby" | "primary") =>
  until(
    async () =>
      server
        .output()
        .match(/Reads go to the (standby|primary)/g)
        ?.at(-1),
    (last) => last === `Reads go to the ${where}`,
  );

/** Creates a company as the owner; answers its id. */
async function create(name: string): Promise<string> {
  const { data, errors } = await ask<Created>(owner, CREATE, { name });
  expect(errors).toBeUndefined();
  return data!.createCompany.id;
}

beforeAll(async () => {
  await pair.start(DELAY_MS);
  server = await startTestServer({ PG_DATABASE_URL: pair.primary.url, PG_DATABASE_REPLICA_URL: pair.standby.url, LOG_LEVEL: "info" });
  owner = await signIn(server.url, "owner@acme.test");
  member = await signIn(server.url, "member@acme.test");
  await untilReadsGo("standby");
});
afterAll(async () => {
  await server?.stop();
  await pair.stop();
});

it("can read from the standby", async () => {
  await sleep(1000); // what signing in wrote is there
  const before = await transactionsOn(pair.standby.url);
  let asked = 0;
  await until(
    async () => {
      for (let n = 0; n < 40; n++, asked++) expect((await ask(owner, LIST)).errors).toBeUndefined();
      return (await transactionsOn(pair.standby.url)) - before;
    },
    (grown) => grown >= 100 && asked >= 100,
  );
});

it(`can read what one has just written, ${PAIRS} times, while others see it later`, async () => {
  let late = 0;
  for (let n = 0; n < PAIRS; n++) {
    const id = await create(`Pair ${n}`);
    const [his, others] = await Promise.all([ask<Got>(owner, GET, { id }), ask<Got>(member, GET, { id })]);
    expect(his.data).toEqual({ company: { name: `Pair ${n}` } });
    if (!others.data?.company) late++;
  }
  expect(late).toBeGreaterThan(0); // reads did go to the standby, and it was late
});

it("can read through another server what was written through this one, by the header that it is told", async () => {
  const other = await startTestServer({ PG_DATABASE_URL: pair.primary.url, PG_DATABASE_REPLICA_URL: pair.standby.url, LOG_LEVEL: "info" });
  try {
    await until(
      async () => other.output(),
      (said) => said.includes("Reads go to the standby"),
    );
    const read = async (id: string, headers: Record<string, string>) => {
      const response = await fetch(`${other.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${owner}`, ...headers },
        body: JSON.stringify({ query: GET, variables: { id } }),
      });
      return ((await response.json()) as { data: Got }).data.company?.name;
    };
    const without: (string | undefined)[] = [];
    for (let n = 0; n < 10; n++) {
      const { data, headers } = await ask<Created>(owner, CREATE, { name: "Elsewhere" });
      const { id } = data!.createCompany;
      const readAfter = headers.get("x-read-after")!;
      const [plain, told] = await Promise.all([read(id, {}), read(id, { "x-read-after": readAfter })]);
      without.push(plain);
      expect(told).toBe("Elsewhere");
    }
    expect(without).toContain(undefined);
  } finally {
    await other.stop();
  }
});

it("can read at once after signing in, and of fields made a moment ago", async () => {
  for (let n = 0; n < 5; n++) {
    const token = await signIn(server.url, "admin@acme.test");
    expect((await ask(token, LIST)).errors).toBeUndefined();
    const { data } = await post<{ objects: { edges: { node: { id: string } }[] } }>(
      server.url,
      "/metadata",
      token,
      '{ objects(filter: { nameSingular: { eq: "company" } }) { edges { node { id } } } }',
    );
    const field = { objectId: data!.objects.edges[0]!.node.id, name: `late${n}`, type: "TEXT" };
    const made = await post(
      server.url,
      "/metadata",
      token,
      "mutation ($field: CreateFieldInput!) { createOneField(data: $field) { id } }",
      { field },
    );
    expect(made.errors).toBeUndefined();
    const all = await Promise.all([owner, member, token].map((who) => ask(who, `{ companies(first: 1) { edges { node { late${n} } } } }`)));
    expect(all.map(({ errors }) => errors)).toEqual([undefined, undefined, undefined]);
  }
});

it("cannot read a second after being removed, however late the standby is (LOGIN_REQUIRED)", async () => {
  await untilReadsGo("standby");
  await withAdmin(pair.standby.url, (db) => db.query("select pg_wal_replay_pause()"));
  try {
    const guest = await signIn(server.url, "guest@acme.test");
    expect((await ask(guest, LIST)).status).toBe(200);
    await adminQuery(
      pair.primary.url,
      "delete from private.sessions s using core.users u where u.id = s.user_id and u.email = 'guest@acme.test'",
    );
    await sleep(1000);
    expect((await ask(guest, LIST)).status).toBe(401);
    expect((await ask(owner, LIST)).errors).toBeUndefined();
    await untilReadsGo("primary");
  } finally {
    await withAdmin(pair.standby.url, (db) => db.query("select pg_wal_replay_resume()"));
  }
  await untilReadsGo("standby");
});

it("can lose the standby under load, and have it back, without an error", async () => {
  await untilReadsGo("standby");
  let isOver = false;
  const [answers, faults] = [{ reads: 0, writes: 0 }, [] as unknown[]];
  const loop = async (what: keyof typeof answers, one: () => Promise<{ status: number; errors?: unknown }>) => {
    while (!isOver) {
      const { status, errors } = await one();
      if (status !== 200 || errors) faults.push(errors ?? status);
      answers[what]++;
    }
  };
  const readers = Array.from({ length: 6 }, (_, n) => loop("reads", () => ask(n % 2 ? owner : member, LIST)));
  const all = [...readers, loop("writes", () => ask(owner, CREATE, { name: "Under load" }))];
  for (let round = 0; round < 2; round++) {
    await sleep(500);
    await pair.killStandby();
    await untilReadsGo("primary");
    await sleep(300);
    await pair.startStandby();
    await untilReadsGo("standby");
  }
  const before = await transactionsOn(pair.standby.url);
  await sleep(1500);
  isOver = true;
  await Promise.all(all);
  expect(faults).toEqual([]);
  expect([answers.reads > 100, answers.writes > 5]).toEqual([true, true]);
  await until(
    async () => (await transactionsOn(pair.standby.url)) - before,
    (grown) => grown > 20,
  );
});
