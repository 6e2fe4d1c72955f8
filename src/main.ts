/**
 * Starts Relata: `main.ts [all|server|worker]`. The only file that knows every other.
 *
 * Without PG_DATABASE_URL it starts a PostgreSQL of its own and puts in demo data.
 */
import "./graphileEnv.ts";
import { fallbacksOf, readAppSecret } from "./appSecret.ts";
import { type Config, readConfig } from "./config.ts";
import { DEMO } from "./demo.ts";
import { startEmbeddedPostgres } from "./embeddedPostgres.ts";
import { makeLog } from "./log.ts";
import { hasMailbox, makeTaskMail } from "./mail/taskMail.ts";
import { migrateDatabase } from "./migrate.ts";
import { makeServerPool, makeWorkerPool, setForPooler } from "./pools.ts";
import { makeReplica } from "./replica.ts";
import { makeRecordsApi, startServer } from "./server.ts";
import { Shutdown } from "./shutdown.ts";
import { startWorker, type Worker } from "./worker.ts";

function printTable(config: Config, port: number, adminUrl: string): void {
  const base = config.SERVER_URL || `http://localhost:${port}`;
  const rows: [string, string][] = [
    ["GraphQL", `${base}/graphql`],
    ...(config.GRAPHIQL_ENABLED && config.NODE_ENV !== "production" ? ([["GraphiQL", `${base}/graphiql`]] as [string, string][]) : []),
    ["Metadata API", `${base}/metadata`],
    ["Sign in", `POST ${base}/auth/login`],
    ...(hasMailbox(config) ? ([["Mailbox", `${base}/mailbox`]] as [string, string][]) : []),
    ["Health", `${base}/healthz`],
    // The address of a database of your own holds a password that is not ours to print.
    ["psql", config.PG_DATABASE_URL ? "psql $PG_DATABASE_URL" : `psql ${adminUrl}`],
    ...(config.PG_DATABASE_URL
      ? []
      : DEMO.members.map(({ email, role }) => [`Demo ${role}`, `${email}  ${DEMO.password}`] as [string, string])),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  process.stdout.write(`\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n")}\n\n`);
}

/** A sentence for whatever went wrong: connection errors carry theirs in their code. */
function explain(error: unknown, config: Config | undefined): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = config?.PG_DATABASE_URL ? new URL(config.PG_DATABASE_URL).host : "the embedded PostgreSQL";
  const isAway = ["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT"].includes(code ?? "") || /timeout expired/.test(message);
  if (isAway) return `The database at ${where} cannot be reached (${code ?? "no answer in time"}).`;
  if (code === "28P01" || code === "28000") return `The database at ${where} refuses the user or password of PG_DATABASE_URL.`;
  if (code === "42501") return `The user of PG_DATABASE_URL may not make roles and databases at ${where} (${message}).`;
  if (code?.startsWith("57P") || /Connection terminated/.test(message)) return `No PostgreSQL answers at ${where}: ${message}.`;
  if (code === "EEXIST" || code === "ENOTDIR" || code === "EACCES")
    return `RELATA_DATA_DIR ${config?.RELATA_DATA_DIR} cannot be used as a folder (${code}).`;
  return message || String(error);
}

async function main(): Promise<void> {
  const role = process.argv[2] ?? "all";
  if (!["all", "server", "worker"].includes(role)) throw new Error(`Start with all, server or worker, not ${role}.`);
  config = readConfig();
  const log = makeLog(config.LOG_LEVEL, config.NODE_ENV === "production");
  const shutdown = new Shutdown(log, config.SHUTDOWN_DRAIN * 1000);
  stopEverything = () => shutdown.run();
  isStopping = () => shutdown.hasBegun;
  shutdown.listen();

  const appSecret = await readAppSecret(config);
  let adminUrl = config.PG_DATABASE_URL;
  if (!adminUrl) {
    // Known as soon as it is a process, as a stop may come while it recovers.
    const postgres = await startEmbeddedPostgres(config.RELATA_DATA_DIR, [], ({ stop, kill }) => shutdown.add("PostgreSQL", stop, kill));
    postgres.exited.then(async () => {
      if (shutdown.hasBegun) return;
      log.error("The embedded PostgreSQL ended by itself.");
      await shutdown.run();
      process.exit(1);
    });
    adminUrl = postgres.url;
  }
  await migrateDatabase(adminUrl, appSecret, fallbacksOf(config));
  // Only a trial wants the names that it brings with it, which take a tenth of a second to read.
  if (!config.PG_DATABASE_URL && (await (await import("./seed.ts")).seed(adminUrl))) log.info("Put in the demo data");

  if (config.PG_POOLER_URL) await setForPooler(adminUrl, config);
  const pool = makeServerPool(adminUrl, appSecret, config, log);
  shutdown.add("the server's connections", () => pool.end());
  const replica = makeReplica(adminUrl, appSecret, config, log);
  if (replica) shutdown.add("the standby's connections", () => replica.stop());
  const api = makeRecordsApi(config, pool, log, replica);
  let worker: Worker | undefined;
  if (role !== "server") {
    const workerPool = makeWorkerPool(adminUrl, appSecret, log);
    shutdown.add("the worker's connections", () => workerPool.end());
    worker = await startWorker(workerPool, adminUrl, { workspaces: api.workspaces, mail: makeTaskMail(config, appSecret, log) }, log);
    shutdown.add("the worker", worker.stop);
  }
  if (role === "worker") return log.info("Working on jobs");
  const server = await startServer(config, appSecret, pool, log, () => worker?.isUp(), api);
  shutdown.add("the server", server.stop);
  printTable(config, server.port, adminUrl);
}

let config: Config | undefined;
let stopEverything = async (): Promise<void> => {};
let isStopping = (): boolean => false;

main().catch(async (error) => {
  // A start that was told to stop has not failed.
  const wasStopped = isStopping();
  if (!wasStopped) {
    process.stderr.write(`Relata did not start: ${explain(error, config)}\n`);
    if (config?.LOG_LEVEL === "debug") process.stderr.write(`${(error as Error).stack}\n`);
  }
  await stopEverything();
  process.exit(wasStopped ? 0 : 1);
});
