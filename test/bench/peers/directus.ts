/**
 * Directus 11 as a contender, on the same PostgreSQL in a database of its own: the same
 * companies and people, as many custom collections, its schema frozen (three to five times
 * its default speed), asked by a member under a row rule.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { onCleanup } from "../cleanup.ts";
import { progress } from "../report.ts";
import { type RunningServer, stopProcess, type World } from "../world.ts";
import { createCollections, MEMBER_TOKEN } from "./directusModel.ts";
import { addDirectusRecords } from "./directusRecords.ts";

const VERSION = "11.17.4"; // the last line that runs row rules without a licence key
const ADMIN = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "Admin-password-1", ADMIN_TOKEN: "directus-admin-token-0123456789" };
const START_MS = 120_000;
const POLL_MS = 200;

/** Runs a program to its end; throws what it said when it fails. */
function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => void (said = (said + chunk).slice(-4000)));
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${said}`))));
  });
}

/** The folder that Directus is installed in, kept for the next run. */
async function install(): Promise<string> {
  const folder = join(tmpdir(), "relata-peers", `directus-${VERSION}`);
  if (existsSync(join(folder, "node_modules", "directus", "cli.js"))) return folder;
  progress(`installing Directus ${VERSION} into ${folder}`);
  await mkdir(folder, { recursive: true });
  // isolated-vm 5, which Directus names, wants to be compiled; 6.1.2 comes compiled.
  const manifest = {
    private: true,
    type: "module",
    dependencies: { directus: VERSION, pg: "8.16.3" },
    overrides: { "isolated-vm": "6.1.2" },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], folder, process.env);
  return folder;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function settingsFor(adminUrl: string, folder: string): Promise<NodeJS.ProcessEnv & { PORT: string }> {
  const { hostname, port, username, password } = new URL(adminUrl);
  return {
    ...ADMIN,
    PATH: process.env["PATH"],
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: String(await freePort()),
    DB_CLIENT: "pg",
    DB_HOST: hostname,
    DB_PORT: port,
    DB_DATABASE: "directus",
    DB_USER: decodeURIComponent(username),
    DB_PASSWORD: decodeURIComponent(password),
    SECRET: "only for benchmarks: 0123456789abcdef",
    KEY: "11111111-1111-4111-8111-111111111111",
    TELEMETRY: "false",
    LOG_LEVEL: "error",
    CACHE_ENABLED: "false",
    RATE_LIMITER_ENABLED: "false",
    PRESSURE_LIMITER_ENABLED: "false",
    WEBSOCKETS_ENABLED: "false",
    MAX_PAYLOAD_SIZE: "16mb", // it would cut off batches of 1,000
    SERVE_APP: "false",
    STORAGE_LOCATIONS: "local",
    STORAGE_LOCAL_ROOT: join(folder, "uploads"),
    EXTENSIONS_PATH: join(folder, "extensions"),
  };
}

async function start(folder: string, env: NodeJS.ProcessEnv & { PORT: string }): Promise<RunningServer> {
  const child = spawn(process.execPath, ["node_modules/directus/cli.js", "start"], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stop = onCleanup(() => stopProcess(child));
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => void (said = (said + chunk).slice(-2000)));
  const url = `http://127.0.0.1:${env.PORT}`;
  const deadline = performance.now() + START_MS;
  for (;;) {
    const answer = await fetch(`${url}/server/ping`).catch(() => undefined);
    if (answer?.ok) break;
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`Directus did not start: ${said}`);
    await sleep(POLL_MS);
  }
  return { name: "directus", url, port: Number(env.PORT), pid: child.pid!, process: child, stop };
}

/** Starts Directus with companies, people and `customCollections` more, and answers its server and the ids of some people. */
export async function startDirectus(
  { adminUrl }: World,
  size: { companies: number; people: number; customCollections: number; sample: number },
): Promise<{ server: RunningServer; people: string[]; token: string; databaseUrl: string }> {
  const folder = await install();
  const env = await settingsFor(adminUrl, folder);
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query("create database directus");
  await admin.end();
  await run(process.execPath, ["node_modules/directus/cli.js", "bootstrap"], folder, env);
  const first = await start(folder, env);
  await createCollections(first.url, ADMIN.ADMIN_TOKEN, size.customCollections);
  await first.stop();
  const databaseUrl = Object.assign(new URL(adminUrl), { pathname: "/directus" }).href;
  const people = await addDirectusRecords(databaseUrl, size);
  const server = await start(folder, { ...env, CACHE_SCHEMA_FREEZE_ENABLED: "true" });
  return { server, people, token: MEMBER_TOKEN, databaseUrl };
}
