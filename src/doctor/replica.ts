/** Checks of the standby that queries are read from, asked as the server asks it. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { rolePassword, urlFor } from "../migrate.ts";
import { lsnOf } from "../replicaMarks.ts";
import { type Check, type Fault, isHere, type Patient } from "./check.ts";

const LOOK_EVERY_MS = 20;
type Told = { replayed: string | null; system: string; feedback: string };
const ASK = `select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() end as replayed,
  (select system_identifier from pg_control_system())::text as system, current_setting('hot_standby_feedback') as feedback`;

/** Runs `work` on the standby; without one, or where none answers, there is nothing to find but by `replica`. */
async function onStandby(patient: Patient, work: (ask: () => Promise<Told>) => Promise<Fault[]>, orElse = (_: Error): Fault[] => []) {
  const { PG_DATABASE_REPLICA_URL: url } = patient.config;
  if (!url) return [];
  const connectionString = urlFor(url, "relata_server", rolePassword(patient.appSecret, "relata_server"));
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  client.on("error", () => {}); // told by the next query
  try {
    await client.connect();
    return await work(async () => (await client.query<Told>(ASK)).rows[0]!);
  } catch (error) {
    return orElse(error as Error);
  } finally {
    await client.end().catch(() => {});
  }
}

const isThere = (patient: Patient) =>
  onStandby(
    patient,
    async (ask) => {
      const { replayed, system } = await ask();
      const { rows } = await patient.db.query<{ system: string }>("select system_identifier::text as system from pg_control_system()");
      if (system !== rows[0]!.system) return [{ fault: "it is a copy of another database" }];
      return replayed ? [] : [{ fault: "it is no standby: it writes by itself" }];
    },
    (error) => [{ fault: `it cannot be asked: ${error.message}` }],
  );

/** How long the standby needs for what the primary has written by now. */
const isLate = (patient: Patient) =>
  onStandby(patient, async (ask) => {
    const { rows } = await patient.db.query<{ lsn: string }>("select pg_current_wal_insert_lsn()::text as lsn");
    const [wanted, allowed] = [lsnOf(rows[0]!.lsn), patient.config.PG_REPLICA_MAX_LAG_MS];
    for (const since = performance.now(); performance.now() - since < allowed; await sleep(LOOK_EVERY_MS)) {
      const { replayed } = await ask();
      if (!replayed || lsnOf(replayed) >= wanted) return [];
    }
    return [{ fault: `it is more than ${allowed} ms behind` }];
  });

const isDisturbed = (patient: Patient) =>
  onStandby(patient, async (ask) => {
    const { replayed, feedback } = await ask();
    return replayed && feedback === "off" ? [{ fault: "hot_standby_feedback is off" }] : [];
  });

const isOpen = ({ config: { PG_DATABASE_REPLICA_URL: url } }: Patient): Fault[] => {
  const { hostname = "", searchParams } = url ? new URL(url) : {};
  return isHere(hostname) || searchParams?.has("sslmode") || searchParams?.has("ssl")
    ? []
    : [{ fault: `${hostname} is asked without TLS` }];
};

export const replicaChecks: Check[] = [
  {
    name: "replica",
    level: "error",
    why: "PG_DATABASE_REPLICA_URL names what cannot be read from: all reads go to the primary.",
    mend: "PG_DATABASE_REPLICA_URL of a hot standby of PG_DATABASE_URL, made by pg_basebackup -R",
    find: isThere,
  },
  {
    name: "replica_lag",
    level: "warning",
    why: "A standby that is later than PG_REPLICA_MAX_LAG_MS is not read from.",
    mend: "a look at pg_stat_replication on the primary; pg_wal_replay_resume() where somebody has paused it",
    find: isLate,
  },
  {
    name: "replica_feedback",
    level: "note",
    why: "What a vacuum takes away on the primary ends queries on the standby, which then run a second time on the primary.",
    mend: "alter system set hot_standby_feedback = on, on the standby",
    find: isDisturbed,
  },
  {
    name: "replica_tls",
    level: "error",
    why: "Records and the server's password travel in the clear.",
    mend: "add ?sslmode=verify-full to PG_DATABASE_REPLICA_URL",
    find: isOpen,
  },
];
