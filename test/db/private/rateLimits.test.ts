/** Buckets: how much they give in any hour, however one asks, and to many at once. */
import pg from "pg";
import { useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { rows, value } from "../support.ts";

const database = useTestDatabase();
type Taken = { granted: number; points_left: number; wait_ms: number };
const take = (db: pg.Client, name: string, wanted = 1, quota = 10, seconds = 3600) =>
  rows<Taken>(db, "select * from authz.take_points($1, $2, $3, $4)", [name, wanted, quota, seconds]).then(([taken]) => taken!);

/** As if so many seconds went by. */
const wait = (db: pg.Client, seconds: number) =>
  db.query("update private.rate_limits set seen_at = seen_at - make_interval(secs => $1)", [seconds]);

/** The same numbers each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) yield (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

it.each([1, 2, 3])("cannot give more than twenty of ten an hour in any hour, however one asks (%d)", (seed) =>
  withAdminDb(database.adminUrl, async (db) => {
    const random = numbers(seed);
    const given: { at: number; granted: number }[] = [];
    for (let at = 0; at < 6 * 3600; ) {
      const { granted } = await take(db, `guess:${seed}`, 1 + Math.floor(random.next().value * 30));
      given.push({ at, granted });
      const pause = Math.floor(random.next().value ** 3 * 1500);
      await wait(db, pause);
      at += pause;
    }
    const sums = given.map(({ at }) =>
      given.filter((one) => one.at >= at && one.at < at + 3600).reduce((sum, { granted }) => sum + granted, 0),
    );
    expect(Math.max(...sums)).toBeLessThanOrEqual(20);
    // It was asked for more than that, and gave what it could.
    expect(given.reduce((sum, { granted }) => sum + granted, 0)).toBeGreaterThan(50);
  }),
);

it("can tell how long until there is a point again, and is right", () =>
  withAdminDb(database.adminUrl, async (db) => {
    expect(await take(db, "wait", 10)).toMatchObject({ granted: 10, wait_ms: 360_000 });
    await wait(db, 359);
    expect((await take(db, "wait")).granted).toBe(0);
    await wait(db, 1);
    expect((await take(db, "wait")).granted).toBe(1);
  }));

it("cannot hold more than its quota, however long one waits or however much is given back", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await take(db, "full", 3);
    await wait(db, 100 * 3600);
    expect((await take(db, "full", -50)).points_left).toBe(10);
    expect((await take(db, "full", 50)).granted).toBe(10);
    // A quota that is lowered holds at once.
    await wait(db, 3600);
    expect((await take(db, "full", 50, 4)).granted).toBe(4);
  }));

it("cannot be another bucket by the size of letters", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await take(db, "signInAccount:Mia@Acme.test", 10);
    expect((await take(db, "signInAccount:mia@acme.TEST")).granted).toBe(0);
    expect((await take(db, "signInAccount:mía@acme.test")).granted).toBe(1);
  }));

it("cannot give the same point twice to many who come at once", async () => {
  const clients = Array.from({ length: 8 }, () => new pg.Client({ connectionString: database.adminUrl }));
  await Promise.all(clients.map((client) => client.connect()));
  const taken: Taken[] = [];
  const takeMany = async (client: pg.Client) => {
    for (let n = 0; n < 25; n++) taken.push(await take(client, "race"));
  };
  await Promise.all(clients.map(takeMany));
  await Promise.all(clients.map((client) => client.end()));
  expect(taken.reduce((sum, { granted }) => sum + granted, 0)).toBe(10);
});

it("can know where somebody signed in before, for ninety days", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const knows = (account: string, address: string) => value<boolean>(db, "select authz.knows_address($1, $2)", [account, address]);
    await db.query("select authz.note_address('Mia@acme.test', '192.0.2.1')");
    expect([
      await knows("mia@ACME.test", "192.0.2.1"),
      await knows("mia@acme.test", "192.0.2.2"),
      await knows("adam@acme.test", "192.0.2.1"),
    ]).toEqual([true, false, false]);
    await db.query("update private.known_addresses set expires_at = expires_at - interval '91 days'");
    expect(await knows("mia@acme.test", "192.0.2.1")).toBe(false);
    expect(Number(await value(db, "select authz.purge_limits()"))).toBeGreaterThan(0);
    expect(await value(db, "select count(*) from private.known_addresses")).toBe("0");
  }));
