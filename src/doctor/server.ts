/** Checks of the PostgreSQL that Relata runs on, as it is set against the environment: its version, doors, clock, migrations. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { DEMO } from "../demo.ts";
import { MIGRATIONS_FOLDER, rolePassword, urlFor } from "../migrate.ts";
import { WORKER_CONNECTIONS } from "../pools.ts";
import { type Check, type Fault, isHere, type Patient, type ServerFacts } from "./check.ts";
import { isPublic } from "./settings.ts";

const [OLDEST, NEWEST] = [15, 18];
const MOST_DIFFERENCE_MS = 1000;
/** The sign-in of migrations, the worker's listener, and somebody's psql. */
const OTHER_CONNECTIONS = 5;

export async function readServer(db: pg.Client): Promise<ServerFacts> {
  const { rows } = await db.query<ServerFacts>(`
    select current_setting('server_version_num')::int / 10000 as version,
           (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as "seesAll",
           coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as "isEncrypted",
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "maxConnections"`);
  return rows[0]!;
}

/** What stands between this clock and the database's: the least of some looks, as each is late by the way there. */
async function clockDifference({ db, now }: Patient): Promise<Fault[]> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 3; look++) {
    const before = now();
    const { rows } = await db.query<{ ms: string }>("select extract(epoch from clock_timestamp()) * 1000 as ms");
    const difference = Number(rows[0]!.ms) - (before + now()) / 2;
    if (Math.abs(difference) < Math.abs(least)) least = difference;
  }
  if (Math.abs(least) < MOST_DIFFERENCE_MS) return [];
  return [{ fault: `PostgreSQL's clock is ${Math.round(Math.abs(least))} ms ${least > 0 ? "ahead of" : "behind"} this one` }];
}

/** What migrations/committed/ has and the database has not, and the other way round. */
async function migrations({ db }: Patient): Promise<Fault[]> {
  const folder = join(MIGRATIONS_FOLDER, "committed");
  const hashOf = (file: string) => /^--! Hash: (\S+)/m.exec(readFileSync(join(folder, file), "utf8"))![1]!;
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const wanted = new Map(files.map((file) => [hashOf(file), file]));
  const { rows } = await db.query<{ hash: string; filename: string }>("select hash, filename from graphile_migrate.migrations");
  const done = new Set(rows.map(({ hash }) => hash));
  return [
    ...[...wanted].filter(([hash]) => !done.has(hash)).map(([, file]) => ({ fault: `${file} has not run` })),
    ...rows
      .filter(({ hash }) => !wanted.has(hash))
      .map(({ filename }) => ({ fault: `${filename} has run, and is not in this version of Relata` })),
  ];
}

/** Tries the server's own way in. */
async function serverLogin({ adminUrl, appSecret }: Patient): Promise<Fault[]> {
  const url = urlFor(adminUrl, "relata_server", rolePassword(appSecret, "relata_server"));
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    await client.end();
    return [];
  } catch (error) {
    return [{ fault: `relata_server cannot sign in: ${(error as Error).message}` }];
  }
}

async function demoUsers({ db, config }: Patient): Promise<Fault[]> {
  if (!isPublic(config)) return [];
  const addresses = DEMO.members.map(({ email }) => email);
  const { rows } = await db.query<{ email: string }>("select email from core.users where email = any ($1) order by email", [addresses]);
  return rows.map(({ email }) => ({ fault: `${email} is there, whose password stands in README.md` }));
}

export const serverChecks: Check[] = [
  {
    name: "postgres_version",
    level: "warning",
    why: `Relata is tested on PostgreSQL ${OLDEST} to ${NEWEST}.`,
    mend: "an upgrade of PostgreSQL, or of Relata",
    find: ({ server: { version } }) => (version < OLDEST || version > NEWEST ? [{ fault: `this is PostgreSQL ${version}` }] : []),
  },
  {
    name: "administrator",
    level: "note",
    why: "The checks of records, metadata and jobs see nothing where policies bind the user of PG_DATABASE_URL: no finding of theirs says nothing.",
    mend: "run doctor as a superuser, or as a role with bypassrls",
    find: ({ server }) => (server.seesAll ? [] : [{ fault: "the user of PG_DATABASE_URL is bound by row security" }]),
  },
  {
    name: "postgres_tls",
    level: "error",
    why: "Records and the administrator's password travel in the clear.",
    mend: "add ?sslmode=verify-full to PG_DATABASE_URL (and PG_DATABASE_REPLICA_URL), and ssl = on in postgresql.conf",
    find: ({ adminUrl, server }) =>
      isHere(new URL(adminUrl).hostname) || server.isEncrypted ? [] : [{ fault: `${new URL(adminUrl).hostname} is asked without TLS` }],
  },
  {
    name: "connections",
    level: "error",
    why: "A server that takes more connections than PostgreSQL has fails under load, and keeps the next one from starting.",
    mend: "a smaller PG_POOL_MAX_CONNECTIONS (twice the processors is plenty), or a larger max_connections; with many servers PgBouncer",
    find({ config, server }) {
      const wanted = config.PG_POOL_MAX_CONNECTIONS + WORKER_CONNECTIONS + OTHER_CONNECTIONS;
      if (wanted <= server.maxConnections) return [];
      return [{ fault: `one server and worker take up to ${wanted} connections, and PostgreSQL has ${server.maxConnections}` }];
    },
  },
  {
    name: "clocks",
    level: "error",
    why: "Tokens are signed by this clock and judged by PostgreSQL's as well: people are signed out early, or codes come too late.",
    mend: "chrony or systemd-timesyncd on both machines",
    find: clockDifference,
  },
  {
    name: "migrations",
    level: "error",
    why: "The program and the database are of two versions.",
    mend: "start Relata of the newest version once: it brings the database up to date",
    find: migrations,
  },
  {
    name: "server_login",
    level: "error",
    why: "The server signs in with a password that comes from APP_SECRET, which must be the same everywhere.",
    mend: "the APP_SECRET that the servers run with",
    find: serverLogin,
  },
  {
    name: "demo_users",
    level: "error",
    why: "Everybody knows their password, and one of them owns a workspace.",
    mend: "npm run relata -- workspace delete acme; npm run relata -- workspace delete globex",
    find: demoUsers,
  },
];
