/** The server is killed, PostgreSQL restarts, under writes: what was acknowledged stays, and nobody is told more than to try again. */
import { setTimeout as sleep } from "node:timers/promises";
import { assert, assertNone, type Check } from "../group.ts";
import type { Ending } from "./cluster.ts";
import { type FaultsWorld, killServer, ownPort } from "./world.ts";
import { Writers } from "./writers.ts";

const UNDER_LOAD_MS = 300;
const BAR_MS = 5000;
/** A load balancer tells of a server that is not there by itself. */
const NOBODY_THERE = /^(ok|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up)$/;
const AWAY = /^(ok|503 UNAVAILABLE)$/;

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

async function killsTheServer(world: FaultsWorld): Promise<void> {
  const env = await ownPort();
  let server = await world.serve(env);
  const writers = new Writers(() => server.url, await world.tokenOf(server), { scanner: world.scanner });
  const took: number[] = [];
  for (let round = 0; round < (world.isFull ? 20 : 2); round++) {
    await sleep(UNDER_LOAD_MS + world.random(UNDER_LOAD_MS));
    await killServer(server);
    const since = performance.now();
    server = await world.serve(env);
    await writers.untilNext();
    took.push(performance.now() - since);
  }
  await writers.stop();
  await server.stop();
  const { acknowledged, tally } = writers;
  world.note(`${took.length} kills, ${acknowledged.size} writes, serving again after ${seconds(Math.max(...took))} at most`);
  writers.assertKept(await world.companyNames());
  assertNone(tally.beside(NOBODY_THERE), "answers that nobody should get");
  assert(acknowledged.size > 100, "too few writes to tell");
  assert(Math.max(...took) < BAR_MS, () => `serving again only after ${took.map(seconds).join(", ")}`);
}

/** The first writes after PostgreSQL takes connections again; in one server without end. */
async function restartsPostgres(world: FaultsWorld): Promise<void> {
  const server = await world.serve();
  const writers = new Writers(() => server.url, await world.tokenOf(server), { scanner: world.scanner });
  const endings: Ending[] = world.isFull
    ? ["fast", "immediate", "crash"].flatMap((how) => Array(4).fill(how) as Ending[])
    : ["fast", "immediate", "crash"];
  const took: number[] = [];
  for (const how of endings) {
    await sleep(UNDER_LOAD_MS + world.random(UNDER_LOAD_MS));
    await world.cluster.end(how);
    await sleep(200 + world.random(400)); // and is away for a while
    await world.cluster.start();
    took.push(await writers.untilNext());
  }
  await writers.stop();
  const { acknowledged, tally } = writers;
  world.note(
    `${took.length} restarts, ${acknowledged.size} writes, ${tally.total - acknowledged.size} told to try again, serving after ${seconds(Math.max(...took))} at most`,
  );
  writers.assertKept(await world.companyNames());
  assertNone(tally.beside(AWAY), "answers that nobody should get");
  assert(acknowledged.size > 100, "too few writes to tell");
  assert(server.process.exitCode === null, "the server has ended");
  assert(Math.max(...took) < BAR_MS, () => `serving again only after ${took.map(seconds).join(", ")}`);
  await server.stop();
}

export const restarts: Check<FaultsWorld>[] = [
  { id: "G129", title: "the server is killed under writes: all that was acknowledged is there, once", run: killsTheServer },
  { id: "G115", title: "PostgreSQL restarts, fast, immediate and killed, under writes", run: restartsPostgres },
];
