/**
 * Brings a database to the state of db/: makes the database and its roles, runs
 * the committed migrations as relata_owner, and tells the login roles their
 * passwords, which come from APP_SECRET.
 */
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Logger } from "@graphile/logger";
import { migrate } from "graphile-migrate";
import { Logger as QueueLogger, runMigrations as runQueueMigrations } from "graphile-worker";
import pg from "pg";
import { Sealed } from "./auth/sealed.ts";
import { assertSecretFits } from "./auth/signingKeys.ts";

/** graphile-migrate keeps its connection a while, and ends the process when that one is lost: we end it first. */
export const { clearAllPools: clearMigratePools } = createRequire(import.meta.url)("graphile-migrate/dist/pgReal.js") as {
  clearAllPools: () => void;
};

const ROOT = new URL("../", import.meta.url);
export const MIGRATIONS_FOLDER = fileURLToPath(new URL("migrations", ROOT));

const OLDEST_POSTGRES = 15;

/** The address of the same database for another role. */
export function urlFor(adminUrl: string, user: string, password: string): string {
  const url = new URL(adminUrl);
  // node-postgres takes these from the query before all else; a login of ours has neither name nor settings of another's.
  for (const name of ["user", "password", "options"]) url.searchParams.delete(name);
  url.username = user;
  url.password = password;
  return url.href;
}

/** The address of another database on the same server. */
export function databaseUrl(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/** The password of a login role: nobody types it, every server with the same secret knows it. */
export const rolePassword = (appSecret: string, role: string): string =>
  createHmac("sha256", appSecret).update(`relata.role.${role}`).digest("base64url");

/** The address by which migrations run: the administrator, as relata_owner. */
export function ownerUrl(adminUrl: string): string {
  const url = new URL(adminUrl);
  url.searchParams.set("options", "-c role=relata_owner");
  return url.href;
}

/** Runs `work` on the administrator's connection; losing that fails `work`, not the process. */
export async function withAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5000 });
  admin.on("error", () => {}); // an idle one that is lost says so here, and to the next query
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end(); // an open transaction goes with its connection
  }
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const url = new URL(adminUrl);
  const database = decodeURIComponent(url.pathname.slice(1));
  try {
    await withAdmin(adminUrl, async () => {});
  } catch (error) {
    if ((error as { code?: string }).code !== "3D000") throw error;
    await withAdmin(databaseUrl(adminUrl, "postgres"), (admin) => admin.query(`create database ${pg.escapeIdentifier(database)}`)).catch(
      (taken) => {
        if (!["42P04", "23505"].includes((taken as { code: string }).code)) throw taken; // another server was first
      },
    );
  }
}

/** Roles belong to the whole server, where a Relata on another database may be changing them in the same moment. */
async function untilAlone(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 30 || !/^tuple concurrently (updated|deleted)/.test((error as Error).message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
    }
  }
}

async function prepare(admin: pg.Client, appSecret: string, fallbacks: readonly string[] = []): Promise<void> {
  const { rows } = await admin.query<{ version: number; name: string }>(
    "select current_setting('server_version_num')::int / 10000 as version, current_database() as name",
  );
  const { version, name } = rows[0]!;
  if (version < OLDEST_POSTGRES) {
    throw new Error(`This is PostgreSQL ${version}; Relata needs ${OLDEST_POSTGRES} or newer.`);
  }
  await assertSecretFits(admin, new Sealed(appSecret, fallbacks)); // before it changes what other servers sign in with
  const roles = await readFile(new URL("db/roles.sql", ROOT), "utf8");
  await untilAlone(async () => {
    await admin.query(roles);
    for (const role of ["relata_server", "relata_worker"]) {
      await admin.query(`alter role ${role} password ${pg.escapeLiteral(rolePassword(appSecret, role))}`);
    }
  });
  const database = pg.escapeIdentifier(name);
  await admin.query(`grant connect, create, temporary on database ${database} to relata_owner`);
  await admin.query(await readFile(new URL("db/extensions.sql", ROOT), "utf8"));
  await admin.query(`revoke all on database ${database} from public`);
  await admin.query(`grant connect on database ${database} to relata_server, relata_worker`);
}

/** Makes the database, if need be, and the roles with their passwords; no schema yet. */
export async function ensureReady(adminUrl: string, appSecret: string): Promise<void> {
  await ensureDatabase(adminUrl);
  await withAdmin(adminUrl, (admin) => prepare(admin, appSecret));
}

/** The queue's own tables, owned by the worker, who may make a schema only for as long as this takes. */
async function migrateQueue(admin: pg.Client, adminUrl: string, appSecret: string): Promise<void> {
  const database = pg.escapeIdentifier(decodeURIComponent(new URL(adminUrl).pathname.slice(1)));
  const workerUrl = urlFor(adminUrl, "relata_worker", rolePassword(appSecret, "relata_worker"));
  await admin.query(`grant create on database ${database} to relata_worker`);
  try {
    await runQueueMigrations({
      connectionString: workerUrl,
      logger: new QueueLogger(() => () => {}),
    });
    await withAdmin(workerUrl, async (worker) => worker.query(await readFile(new URL("db/queue.sql", ROOT), "utf8")));
  } finally {
    await admin.query(`revoke create on database ${database} from relata_worker`).catch(() => {}); // lost: the error is that
  }
}

/**
 * Brings the database at `adminUrl` up to date; of servers that start together, one after the other does.
 * Throws an Error in one sentence when it cannot be reached or is too old.
 */
export async function migrateDatabase(adminUrl: string, appSecret: string, fallbacks: readonly string[] = []): Promise<void> {
  await ensureDatabase(adminUrl);
  await withAdmin(adminUrl, async (admin) => {
    await admin.query("select pg_advisory_lock(hashtext('relata.migrate'))"); // until this connection ends
    await prepare(admin, appSecret, fallbacks);
    await migrate({
      connectionString: ownerUrl(adminUrl),
      migrationsFolder: MIGRATIONS_FOLDER,
      logger: new Logger(() => () => {}),
    });
    clearMigratePools();
    for (const file of ["event_triggers", "leakproof"]) await admin.query(await readFile(new URL(`db/${file}.sql`, ROOT), "utf8"));
    await migrateQueue(admin, adminUrl, appSecret);
  });
}
