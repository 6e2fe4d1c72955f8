/** One workspace asks as fast as it can, or holds what it can; another, which asks now and then, must hardly notice. */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type LoadOrder, type LoadResult, toWire } from "../../bench/load.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, percentile, Tally, wordOf } from "./asking.ts";
import { DATABASE, type FaultsWorld } from "./world.ts";

const QUIET = "owner@globex.test";
const NOISE = "{ companies(first: 20) { totalCount edges { node { id name industry employees } } } }";
const READ = "{ companies(first: 20) { edges { node { id name employees } } } }";
const CREATE = "mutation ($name: String) { createCompany(data: { name: $name }) { id } }";
const NOISY_CONNECTIONS = 48;
const PAUSE_MS = 8;
const WARM_UP_MS = 500;
const BAR = 2;
/** Of few samples, on a machine that others use too; without turns it was 12. */
const BAR_IN_SHORT = 4;
/** Far below what a lock's waiters wait, far above what a busy machine adds. */
const HELD_UP_MS = 1500;

/** Asks as fast as it is answered, from a process of its own; answers how much that was. */
function makeNoise(order: LoadOrder): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL("../../bench/loadProcess.ts", import.meta.url)), { serialization: "advanced" });
  return new Promise((resolve, reject) => {
    child.on("message", (message: "begin" | "end" | LoadResult) => {
      if (typeof message === "string") return;
      child.kill("SIGTERM");
      resolve(message);
    });
    child.once("error", reject);
    child.send(order);
  });
}

/** How long the quiet one waits for each of his answers. */
async function times(url: string, token: string, count: number, tally: Tally): Promise<number[]> {
  const [agent, all] = [keptConnections(1), [] as number[]];
  for (let number = 0; number < count; number++) {
    const since = performance.now();
    await tally.note(ask(agent, url, token, READ));
    all.push(performance.now() - since);
    await sleep(PAUSE_MS);
  }
  agent.destroy();
  return all;
}

/** A server, and two tokens; the quiet one has some records too. */
async function start(world: FaultsWorld, env: Record<string, string> = {}) {
  const server = await world.serve({ RATE_LIMIT_WORKSPACE: "0", ...env });
  const [noisy, quiet] = [await world.tokenOf(server), await world.tokenOf(server, QUIET)];
  const agent = keptConnections();
  await Promise.all(Array.from({ length: 30 }, (_, n) => ask(agent, server.url, quiet, CREATE, { name: `quiet ${n}` })));
  agent.destroy();
  return { server, noisy, quiet };
}

const median = (values: readonly number[]) => percentile(values, 0.5);

async function atFullSpeed(world: FaultsWorld): Promise<void> {
  const { server, noisy, quiet } = await start(world);
  const tally = new Tally(world.scanner);
  const [rounds, count] = world.isFull ? [7, 400] : [3, 120];
  const request = toWire({ method: "POST", path: "/graphql", token: noisy, body: JSON.stringify({ query: NOISE }) });
  const order = { port: Number(new URL(server.url).port), requests: [request], connections: NOISY_CONNECTIONS, warmupMs: WARM_UP_MS };
  const [alone, beside, rates] = [[] as number[], [] as number[], [] as number[]];
  await times(server.url, quiet, 100, tally);
  for (let round = 0; round < rounds; round++) {
    alone.push(percentile(await times(server.url, quiet, count, tally), 0.95));
    const noise = makeNoise({ ...order, ms: count * (PAUSE_MS + 8) });
    await sleep(WARM_UP_MS + 300);
    beside.push(percentile(await times(server.url, quiet, count, tally), 0.95));
    const { requests, seconds, errors, sample } = await noise;
    assert(errors === 0, `the noise was refused: ${sample}`);
    rates.push(requests / seconds);
  }
  await server.stop();
  const ratio = median(beside) / median(alone);
  world.note(
    `p95 ${median(alone).toFixed(1)} ms alone, ${median(beside).toFixed(1)} ms beside ${Math.round(median(rates))} requests/s of another on ${NOISY_CONNECTIONS} connections: ${ratio.toFixed(2)} ×`,
  );
  assertNone(tally.beside(/^ok$/), "answers to the quiet one failed");
  assert(
    ratio < (world.isFull ? BAR : BAR_IN_SHORT),
    `the quiet one waits ${ratio.toFixed(2)} times as long (${alone.map((ms) => ms.toFixed(1))}; ${beside.map((ms) => ms.toFixed(1))})`,
  );
}

/** The noisy one's table is locked, and all that he asks for waits: he must not take every connection with him. */
async function behindALock(world: FaultsWorld): Promise<void> {
  const { server, noisy, quiet } = await start(world, { PG_STATEMENT_TIMEOUT_MS: "2500" });
  const holder = new pg.Client({ connectionString: world.adminUrl });
  await holder.connect();
  const [agent, tally, told] = [keptConnections(NOISY_CONNECTIONS), new Tally(world.scanner), new Tally(world.scanner)];
  try {
    const [row] = await world.cluster.query<{ schema_name: string }>(
      DATABASE,
      "select schema_name from core.workspaces where subdomain = 'acme'",
    );
    await ask(agent, server.url, noisy, NOISE).then(wordOf);
    const alone = Math.max(...(await times(server.url, quiet, 100, tally)));
    await holder.query("begin");
    await holder.query(`lock table ${row!.schema_name}.company in access exclusive mode`);
    const waiting = Array.from({ length: NOISY_CONNECTIONS }, () => told.note(ask(agent, server.url, noisy, NOISE)));
    await sleep(100);
    const beside = Math.max(...(await times(server.url, quiet, 100, tally)));
    await holder.query("rollback");
    await Promise.all(waiting);
    world.note(
      `the longest wait ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms while another's ${NOISY_CONNECTIONS} requests wait for a lock`,
    );
    assertNone(tally.beside(/^ok$/), "answers to the quiet one failed");
    assertNone(told.beside(/^(ok|503 UNAVAILABLE|503 QUERY_TIMEOUT|200 QUERY_TIMEOUT)$/), "answers that nobody should get");
    assert(beside < HELD_UP_MS, `the quiet one waited ${beside.toFixed(1)} ms, and ${alone.toFixed(1)} ms alone`);
  } finally {
    await holder.end();
    agent.destroy();
    await server.stop();
  }
}

export const noise: Check<FaultsWorld>[] = [
  { id: "G47", title: "one workspace asks at full speed: another's p95 is less than twice what it is alone", run: atFullSpeed },
  { id: "G48", title: "one workspace's requests wait for a lock: another does not wait with them", run: behindALock },
];
