/** What a scenario runs in: a PostgreSQL of its own (fsync on) with Relata's schema, and servers beside it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbeddedPostgres } from "../../src/embeddedPostgres.ts";
import { migrateDatabase } from "../../src/migrate.ts";
import { onCleanup } from "./cleanup.ts";
import { progress } from "./report.ts";

export const APP_SECRET = "only for benchmarks: 0123456789abcdef";
const START_MS = 60_000;
const STOP_MS = 10_000;
const LAST_WORDS = 2000;

export type World = { adminUrl: string; postgresPid: number };
export type RunningServer = { name: string; url: string; port: number; pid: number; process: ChildProcess; stop: () => Promise<void> };
type ServerOptions = {
  name: string;
  file: string;
  args?: string[];
  nodeArgs?: string[];
  env?: Record<string, string>;
  ready: RegExp;
};

/** A new, empty folder that is gone after the run. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "relata-bench-"));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A database with Relata's schema and nothing in it. */
export async function startWorld(): Promise<World> {
  const folder = await temporaryFolder();
  const postgres = await startEmbeddedPostgres(folder);
  onCleanup(() => postgres.stop());
  const postgresPid = Number(readFileSync(join(folder, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
  await migrateDatabase(postgres.url, APP_SECRET);
  return { adminUrl: postgres.url, postgresPid };
}

/** Ends a process that we started: asks, then insists. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(insist);
}

function untilReady(child: ChildProcess, ready: RegExp): Promise<number> {
  let said = "";
  return new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`not ready after ${START_MS} ms: ${said}`)), START_MS);
    const read = (chunk: Buffer) => {
      if (said.length < 100_000) said += chunk;
      const match = ready.exec(said);
      if (!match) return;
      clearTimeout(tooLate);
      resolve(Number(match[1]));
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
}

/** Starts a Node program that says its port once it listens, as the first group of `ready`. */
export async function startNode({ name, file, args = [], nodeArgs = [], env = {}, ready }: ServerOptions): Promise<RunningServer> {
  const child = spawn(process.execPath, [...nodeArgs, fileURLToPath(new URL(file, import.meta.url)), ...args], {
    env: { PATH: process.env["PATH"]!, NODE_ENV: "production", GRAPHILE_ENV: "production", RATE_LIMIT_WORKSPACE: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let isStopping = false;
  const stop = onCleanup(() => {
    isStopping = true;
    return stopProcess(child);
  });
  const port = await untilReady(child, ready).catch((error: Error) => Promise.reject(new Error(`${name} did not start: ${error.message}`)));
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    said = (said + chunk).slice(-LAST_WORDS);
  });
  child.once("exit", (code, signal) => {
    if (!isStopping) progress(`${name} ended by itself (${signal ?? code}): ${said}`);
  });
  return { name, url: `http://127.0.0.1:${port}`, port, pid: child.pid!, process: child, stop };
}

/** A Relata server as in production: `main.ts server`. */
export const startRelata = (world: World, nodeArgs: string[] = [], env: Record<string, string> = {}): Promise<RunningServer> =>
  startNode({
    name: "relata",
    file: "../../src/main.ts",
    args: ["server"],
    nodeArgs,
    env: { PG_DATABASE_URL: world.adminUrl, APP_SECRET, NODE_PORT: "0", ACCESS_TOKEN_EXPIRES_IN: "12h", LOG_LEVEL: "warn", ...env },
    ready: /GraphQL\s+http:\/\/localhost:(\d+)\/graphql[\s\S]*\n\n/,
  });

/** A worker as in production: `main.ts worker`. It listens to nobody. */
export const startRelataWorker = (world: World): Promise<RunningServer> =>
  startNode({
    name: "the worker",
    file: "../../src/main.ts",
    args: ["worker"],
    env: { PG_DATABASE_URL: world.adminUrl, APP_SECRET, LOG_LEVEL: "info" },
    ready: /(Working on jobs)/,
  });
