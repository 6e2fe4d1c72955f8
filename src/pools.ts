/** The two ways into the database: as the server, who may only become others, and as the worker. */
import pg from "pg";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { rolePassword, urlFor } from "./migrate.ts";
import { SILENCE_MS } from "./pgTransaction.ts";

// A connection's caches grow by some 24 kB for each table it has touched.
const MAX_LIFETIME_SECONDS = 1800;
// An operation that is one transaction holds locks while Node works; a Node that hangs must not hold them for good.
const IDLE_MS = 30_000;
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
    ...own,
    connectionString,
    max,
    options,
    connectionTimeoutMillis: 5000,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    keepAlive: true,
  });
  const onError = (error: Error) => log.debug("A connection was lost", { error: error.message });
  pool.on("error", onError);
  pool.on("connect", (client) => void client.on("error", onError)); // also while it is in use
  return pool;
}

/** For requests: the login role relata_server, which owns nothing and sees nothing of its own. */
export const makeServerPool = (adminUrl: string, appSecret: string, config: Config, log: Log): pg.Pool =>
  makePool(
    urlFor(adminUrl, "relata_server", rolePassword(appSecret, "relata_server")),
    config.PG_POOL_MAX_CONNECTIONS,
    {
      TimeZone: "UTC",
      DateStyle: "ISO",
      IntervalStyle: "iso_8601",
      jit: "off",
      statement_timeout: config.PG_STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_MS,
    },
    log,
    // PostgreSQL ends what takes long by itself; this is for one that no longer answers.
    { query_timeout: config.PG_STATEMENT_TIMEOUT_MS + SILENCE_MS },
  );

/** For jobs: the login role relata_worker, which owns the queue. */
export const makeWorkerPool = (adminUrl: string, appSecret: string, log: Log): pg.Pool =>
  makePool(
    urlFor(adminUrl, "relata_worker", rolePassword(appSecret, "relata_worker")),
    WORKER_CONNECTIONS,
    { TimeZone: "UTC", jit: "off" },
    log,
  );
