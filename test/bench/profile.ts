/** Where a server's time goes: a CPU profile under each operation's load, by module and by function. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeApiWorld, requestsFor } from "./api.ts";
import { type HotSpot, hotSpots, type Profile } from "./hotSpots.ts";
import { LoadGenerator } from "./load.ts";
import type { OperationName } from "./operations.ts";
import type { Options, Report, Table } from "./report.ts";
import { startRelata, temporaryFolder } from "./world.ts";

const OPERATIONS: OperationName[] = ["list", "get", "create"];
const CONNECTIONS = 16;
const WRITTEN_WITHIN_MS = 20_000;
const SHOWN = { modules: 20, functions: 40 };

/** The profile, once it is written: its end is its last brace. */
async function readProfile(file: string): Promise<Profile> {
  for (let waited = 0; waited < WRITTEN_WITHIN_MS; waited += 100) {
    await sleep(100);
    const text = await readFile(file, "utf8").catch(() => "");
    try {
      return JSON.parse(text) as Profile;
    } catch {}
  }
  throw new Error("The profile was not written.");
}

const toTable = (title: string, spots: HotSpot[], note: string): Table => ({
  title,
  columns: "share|self %|1; microseconds|µs/request|1; name|where",
  rows: spots.map(({ name, share, microseconds }) => ({ name, share: share * 100, microseconds })),
  note,
});

export async function runProfile({ isQuick, seconds = isQuick ? 2 : 6 }: Options): Promise<Report> {
  const api = await makeApiWorld();
  const folder = await temporaryFolder();
  const nodeArgs = ["--import", new URL("profiler.ts", import.meta.url).href];
  const generator = new LoadGenerator();
  const tables: Table[] = [];
  for (const operation of OPERATIONS) {
    const file = join(folder, `${operation}.cpuprofile`);
    const server = await startRelata(api.world, nodeArgs, { BENCH_PROFILE: file });
    const order = { port: server.port, requests: requestsFor("relata", operation, api), connections: CONNECTIONS };
    const run = (ms: number) => generator.run({ ...order, warmupMs: 1000, ms }, server.pid, api.world.postgresPid);
    await run(3000);
    server.process.kill("SIGUSR2");
    const { requests, serverMs, postgresMs } = await run(seconds * 1000);
    server.process.kill("SIGUSR2");
    const { modules, functions } = hotSpots(await readProfile(file), serverMs * 1000);
    const note = `${requests} requests, ${serverMs.toFixed(3)} ms of the server's and ${postgresMs.toFixed(3)} ms of Postgres' CPU each, the profiler's own included.`;
    tables.push(
      toTable(`${operation}, by module`, modules.slice(0, SHOWN.modules), note),
      toTable(`${operation}, by function`, functions.slice(0, SHOWN.functions), note),
    );
    await server.stop();
  }
  return { scenario: "profile", tables, bars: [] };
}
