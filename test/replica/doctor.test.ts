/** What `relata doctor` says of a standby, by a real one. */
import { readConfig } from "../../src/config.ts";
import { patientOf } from "../../src/doctor/examine.ts";
import { replicaChecks } from "../../src/doctor/replica.ts";
import { withAdmin } from "../../src/migrate.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { Pair } from "../helpers/standby.ts";
import "../helpers/slow.ts";

const pair = new Pair();
beforeAll(() => pair.start());
afterAll(() => pair.stop());

const onStandby = (...statements: string[]) =>
  withAdmin(pair.standby.url, async (db) => {
    for (const statement of statements) await db.query(statement);
  });

/** What the checks find, by name; something has just been written. */
const said = (replicaUrl = pair.standby.url) =>
  withAdmin(pair.primary.url, async (db) => {
    await db.query("create table if not exists public.written (); drop table public.written");
    const config = readConfig({ PG_DATABASE_REPLICA_URL: replicaUrl });
    const patient = await patientOf(config, TEST_SECRET, pair.primary.url, db);
    const found = await Promise.all(replicaChecks.map(async ({ name, find }) => ((await find(patient)).length ? [name] : [])));
    return found.flat();
  });

it("can say that queries may be ended, and nothing of a standby that tells its primary of them", async () => {
  expect(await said()).toEqual(["replica_feedback"]);
  await onStandby("alter system set hot_standby_feedback = on", "select pg_reload_conf(), pg_sleep(0.2)");
  expect(await said()).toEqual([]);
});

it("can say that it is late", async () => {
  await onStandby("select pg_wal_replay_pause()");
  expect(await said()).toEqual(["replica_lag"]);
  await onStandby("select pg_wal_replay_resume()");
  expect(await said()).toEqual([]);
});

it("can say that it is asked in the clear", async () => {
  // Not the loopback's name, yet on Linux and macOS it leads there.
  expect(await said(pair.standby.url.replace("127.0.0.1", "0.0.0.0"))).toEqual(["replica_tls"]);
});

it("can say that it is none, or not there", async () => {
  expect(await said(pair.primary.url)).toEqual(["replica"]);
  expect(await said("postgres://postgres@127.0.0.1:1/relata")).toEqual(["replica"]);
});
