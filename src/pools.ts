/** The two ways into the database: as the server, who may only become others, and as the worker. */
import pg from "pg";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { rolePassword, urlFor, withAdmin } from "./migrate.ts";
import { neverPrepare, SILENCE_MS } from "./pgTransaction.ts";

// A connection's caches grow by some 24 kB for each table it has touched.
const MAX_LIFETIME_SECONDS = 1800;
// An operation that is one transaction holds locks while Node works; a Node that hangs must not hold them for good.
const IDLE_MS = 30_000;
// PostgreSQL learns that a server has vanished without a word after a minute and a half, not after two hours.
const KEEP_ALIVE = { tcp_keepalives_idle: 60, tcp_keepalives_interval: 10, tcp_keepalives_count: 3 };
// Four jobs at once, each of which may hold one while it waits for others (as send_email), and the queue's own.
export const WORKER_CONNECTIONS = 10;

function makePool(
  connectionString: string,
  max: number,
  settings: Record<string, string | number>,
  log: Log,
  own: pg.PoolConfig = {},
): pg.Pool {
  const options = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
  const pool = new pg.Pool({
    connectionString,
    max,
    options,
    connectionTimeoutMillis: 5000,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    keepAlive: true,
    ...own,
  });
  const onError = (error: Error) => log.debug("A connection was lost", { error: error.message });
  pool.on("error", onError);
  pool.on("connect", (client) => void client.on("error", onError)); // also while it is in use
  return pool;
}

/** The settings of a request's connection. */
export const serverSettings = ({ PG_STATEMENT_TIMEOUT_MS }: Config): Record<string, string | number> => ({
  TimeZone: "UTC",
  DateStyle: "ISO",
  IntervalStyle: "iso_8601",
  jit: "off",
  statement_timeout: PG_STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_MS,
});

/**
 * For requests: the login role relata_server, which owns nothing and sees nothing of its own. By way of a pooler, if
 * there is one; it takes no settings, so there they are the role's own (`setForPooler`).
 */
export function makeServerPool(adminUrl: string, appSecret: string, config: Config, log: Log): pg.Pool {
  const { PG_POOLER_URL, PG_POOLER_KEEPS_PREPARED, PG_POOL_MAX_CONNECTIONS, PG_STATEMENT_TIMEOUT_MS } = config;
  const url = urlFor(PG_POOLER_URL || adminUrl, "relata_server", rolePassword(appSecret, "relata_server"));
  // PostgreSQL ends what takes long by itself; this is for one that no longer answers.
  const own: pg.PoolConfig = { query_timeout: PG_STATEMENT_TIMEOUT_MS + SILENCE_MS };
  if (!PG_POOLER_URL) return makePool(url, PG_POOL_MAX_CONNECTIONS, { ...serverSettings(config), ...KEEP_ALIVE }, log, own);
  const pool = makePool(url, PG_POOL_MAX_CONNECTIONS, {}, log, { ...own, options: undefined });
  if (!PG_POOLER_KEEPS_PREPARED) pool.on("connect", (client) => neverPrepare((client as unknown as { connection: unknown }).connection));
  return pool;
}

/** Makes the settings of requests those of the role, for connections that a pooler makes. */
export const setForPooler = (adminUrl: string, config: Config): Promise<void> =>
  withAdmin(adminUrl, async (admin) => {
    await admin.query("select pg_advisory_lock(hashtextextended('relata.roles', 0))"); // of servers that start together, one after the other
    for (const [name, value] of Object.entries(serverSettings(config)))
      await admin.query(`alter role relata_server set ${name} = ${pg.escapeLiteral(String(value))}`);
  });

/** For jobs: the login role relata_worker, which owns the queue. */
export const makeWorkerPool = (adminUrl: string, appSecret: string, log: Log): pg.Pool =>
  makePool(
    urlFor(adminUrl, "relata_worker", rolePassword(appSecret, "relata_worker")),
    WORKER_CONNECTIONS,
    { TimeZone: "UTC", jit: "off", ...KEEP_ALIVE },
    log,
  );
