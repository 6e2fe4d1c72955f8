/** Starts that do not come to their end leave nothing behind, and harm nobody. */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import pg from "pg";
import { runMain, spawnMain, until } from "../helpers/server.ts";
import { TIMEOUT, useFolder } from "./folder.ts";

const folder = useFolder();
const OTHER_SECRET = "another secret of 32 characters!";
const WRONG_SECRET = "Relata did not start: APP_SECRET is not the one that this database's signing keys were made with.\n";

async function refusesATakenPort(): Promise<void> {
  await folder.start();
  await folder.create("Kept");
  await folder.stopBy("SIGTERM");
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  try {
    const { code, output } = await runMain("all", { ...folder.env, NODE_PORT: String(port) });
    const sentence = `Port ${port} is taken: set NODE_PORT to another one, or end the program that holds it.`;
    expect([code, output]).toEqual([1, `Relata did not start: ${sentence}\n`]);
    expect(existsSync(folder.postmasterFile)).toBe(false);
  } finally {
    other.close();
  }
}

async function refusesAnotherSecret(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const { code, output } = await runMain("all", { ...folder.env, APP_SECRET: OTHER_SECRET });
    expect([code, output]).toEqual([1, WRONG_SECRET]);
    expect(existsSync(folder.postmasterFile)).toBe(false);
  }
  await folder.start();
  expect(await folder.count("Kept")).toBe(1);
}

async function stopsHalfway(): Promise<void> {
  await folder.ensureRunning();
  await folder.stopBy("SIGTERM");
  for (const delay of [300, 600, 900, 1200, 1500, 1800]) {
    const child = spawnMain("all", folder.env);
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (output += chunk));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await new Promise((resolve) => setTimeout(resolve, delay));
    const since = performance.now();
    child.kill("SIGTERM");
    const code = await ended;
    expect(performance.now() - since).toBeLessThan(5500);
    expect([delay, output]).toEqual([delay, expect.not.stringMatching(/error|too long/i)]);
    // Before the program listens to signals, it ends by the signal itself.
    expect([delay, code ?? child.signalCode]).toEqual([delay, output ? 0 : expect.anything()]);
    expect([delay, existsSync(folder.postmasterFile)]).toEqual([delay, false]);
  }
  await folder.start();
  expect(await folder.count("Kept")).toBe(1);
}

async function harmsNobody(): Promise<void> {
  await folder.ensureRunning();
  const { code, output } = await runMain("server", { PG_DATABASE_URL: folder.psqlUrl, APP_SECRET: OTHER_SECRET });
  expect([code, output]).toEqual([1, WRONG_SECRET]);
  // The one that runs must still be able to open connections.
  const admin = new pg.Client({ connectionString: folder.psqlUrl });
  await admin.connect();
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_server'");
  await admin.end();
  const status = async () => (await fetch(`${folder.running!.url}/healthz`)).status;
  await until(status, (answer) => answer === 200);
  await until(
    () => folder.count("Kept").catch(() => undefined),
    (kept) => kept === 1,
  );
}

it("cannot start on a port that is taken, and takes its PostgreSQL down again", refusesATakenPort, TIMEOUT);
it("cannot start with another APP_SECRET than the folder's, and takes its PostgreSQL down again", refusesAnotherSecret, TIMEOUT);
it("can stop before it has wholly started, and leave nothing behind", stopsHalfway, TIMEOUT);
it("cannot start beside a server with another APP_SECRET, nor harm it by trying", harmsNobody, TIMEOUT);
