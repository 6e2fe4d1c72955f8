/** The way to PostgreSQL is cut, slow, or loses all that is said; its connections are all taken. Nobody waits for ever, and all recovers. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type PgProxy, startProxy } from "../../http/proxy.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, percentile, Tally, wordOf } from "./asking.ts";
import { DATABASE, type FaultsWorld, untilSo } from "./world.ts";

const READ = "{ companies(first: 5) { edges { node { id name } } } }";
const AWAY = /^(ok|503 UNAVAILABLE)$/;
const POOL = 8;
const CLIENTS = 12;
const STATEMENT_TIMEOUT_MS = 1000;
/** The statement's timeout, the silence behind it, and what a busy machine adds. */
const LONGEST_MS = 8000;

const backends = async ({ cluster }: FaultsWorld): Promise<number> => {
  const [row] = await cluster.query<{ n: number }>(
    DATABASE,
    "select count(*)::int as n from pg_stat_activity where usename = 'relata_server'",
  );
  return row!.n;
};

type Load = { tally: Tally; times: number[]; stop: () => Promise<void> };

/** Clients who read, one after the other, until told to stop. */
function load(world: FaultsWorld, url: string, token: string, clients = CLIENTS): Load {
  const [agent, tally, times] = [keptConnections(clients), new Tally(world.scanner), [] as number[]];
  let hasToStop = false;
  const client = async () => {
    while (!hasToStop) {
      const since = performance.now();
      if ((await tally.note(ask(agent, url, token, READ))) !== "ok") await sleep(20);
      times.push(performance.now() - since);
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    tally,
    times,
    async stop() {
      hasToStop = true;
      await Promise.all(running);
      agent.destroy();
    },
  };
}

/** Load by way of a proxy, `fault` in the midst of it, and then all must be well again. */
async function through(world: FaultsWorld, fault: (proxy: PgProxy) => Promise<void>) {
  const proxy = await startProxy(world.adminUrl);
  const server = await world.serve({
    PG_DATABASE_URL: proxy.url,
    PG_POOL_MAX_CONNECTIONS: String(POOL),
    PG_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
  });
  try {
    const token = await world.tokenOf(server);
    const first = keptConnections(1);
    await ask(first, server.url, token, READ); // compiled, once
    first.destroy();
    const loaded = load(world, server.url, token);
    await sleep(500);
    await fault(proxy);
    proxy.restore();
    const agent = keptConnections(1);
    const wellMs = await untilSo(async () => (await ask(agent, server.url, token, READ).then(wordOf)) === "ok", "all is well again");
    await sleep(200);
    await loaded.stop();
    const after = await Promise.all(Array.from({ length: 40 }, () => ask(agent, server.url, token, READ).then(wordOf)));
    agent.destroy();
    assertNone(
      after.filter((word) => word !== "ok"),
      "answers were not well behind the fault",
    );
    await untilSo(async () => (await backends(world)) <= POOL, "no connections are left behind");
    assert(server.process.exitCode === null, "the server has ended");
    assertNone(loaded.tally.beside(AWAY), "answers that nobody should get");
    const longest = Math.max(...loaded.times);
    world.note(`${loaded.tally}; the longest wait ${(longest / 1000).toFixed(1)} s, well again within ${(wellMs / 1000).toFixed(1)} s`);
    assert(longest < LONGEST_MS, `somebody waited for ${Math.round(longest)} ms`);
    return loaded;
  } finally {
    proxy.restore();
    await server.stop();
    await proxy.close();
  }
}

async function cuts(world: FaultsWorld): Promise<void> {
  const { tally } = await through(world, async (proxy) => {
    for (let cut = 0; cut < (world.isFull ? 50 : 5); cut++) {
      proxy.cut();
      await sleep(world.random(100));
      proxy.restore();
      await sleep(100 + world.random(100));
    }
  });
  assert(tally.counts.get("503 UNAVAILABLE"), "nobody has noticed the cuts: this tells nothing");
}

async function slows(world: FaultsWorld): Promise<void> {
  const { times } = await through(world, async (proxy) => {
    proxy.slow(100);
    await sleep(world.isFull ? 20_000 : 2500);
  });
  assert(percentile(times, 0.99) > 180, "the way was not slow: this tells nothing");
}

async function loses(world: FaultsWorld): Promise<void> {
  const { tally } = await through(world, async (proxy) => {
    for (let lost = 0; lost < (world.isFull ? 5 : 1); lost++) {
      proxy.lose();
      await sleep(STATEMENT_TIMEOUT_MS + 6000);
    }
  });
  assert(tally.counts.get("503 UNAVAILABLE"), "nobody has noticed: this tells nothing");
}

/** Another program takes every connection that there is. */
async function exhausts(world: FaultsWorld): Promise<void> {
  const server = await world.serve();
  const token = await world.tokenOf(server);
  const agent = keptConnections();
  const held: pg.Client[] = [];
  const take = async () => {
    const client = new pg.Client({ connectionString: world.adminUrl });
    client.on("error", () => {});
    await client.connect();
    held.push(client);
  };
  const tally = new Tally(world.scanner);
  try {
    const isFull = async () =>
      take().then(
        () => false,
        (error: { code?: string }) => error.code === "53300",
      );
    while (!(await isFull()));
    await held[0]!.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_server'");
    await untilSo(isFull, "every connection is held");
    const since = performance.now();
    const words = await Promise.all(Array.from({ length: 100 }, () => tally.note(ask(agent, server.url, token, READ))));
    const toldMs = performance.now() - since;
    assertNone(tally.beside(AWAY), "answers that nobody should get");
    assert(words.includes("503 UNAVAILABLE"), "nobody was refused: this tells nothing");
    assert(toldMs < 2000, `told only after ${Math.round(toldMs)} ms`);
    await Promise.all(held.splice(0).map((client) => client.end()));
    const wellMs = await untilSo(async () => (await ask(agent, server.url, token, READ).then(wordOf)) === "ok", "all is well again");
    world.note(`100 told within ${Math.round(toldMs)} ms, well again after ${Math.round(wellMs)} ms`);
    assert(wellMs < 2000, `well only after ${Math.round(wellMs)} ms`);
  } finally {
    await Promise.all(held.map((client) => client.end()));
    agent.destroy();
    await server.stop();
  }
}

/** A table is locked, and more ask for it than the pool has connections. */
async function fillsThePool(world: FaultsWorld): Promise<void> {
  const server = await world.serve({ PG_POOL_MAX_CONNECTIONS: "4", PG_STATEMENT_TIMEOUT_MS: "3000" });
  const token = await world.tokenOf(server);
  const agent = keptConnections(200);
  const holder = new pg.Client({ connectionString: world.adminUrl });
  const tally = new Tally(world.scanner);
  await holder.connect();
  try {
    const { rows } = await holder.query<{ schema_name: string }>("select schema_name from core.workspaces where subdomain = 'acme'");
    await ask(agent, server.url, token, READ);
    await holder.query("begin");
    await holder.query(`lock table ${rows[0]!.schema_name}.company in access exclusive mode`);
    const since = performance.now();
    await Promise.all(Array.from({ length: 200 }, () => tally.note(ask(agent, server.url, token, READ))));
    const toldMs = performance.now() - since;
    await holder.query("rollback");
    assertNone(tally.beside(/^(503 UNAVAILABLE|200 QUERY_TIMEOUT|503 QUERY_TIMEOUT)$/), "answers that nobody should get");
    const wellMs = await untilSo(async () => (await ask(agent, server.url, token, READ).then(wordOf)) === "ok", "all is well again");
    world.note(`200 of 4 connections: ${tally}, within ${(toldMs / 1000).toFixed(1)} s; well after ${Math.round(wellMs)} ms`);
    assert(toldMs < LONGEST_MS && wellMs < 2000, `told after ${Math.round(toldMs)} ms, well after ${Math.round(wellMs)} ms`);
  } finally {
    await holder.end();
    agent.destroy();
    await server.stop();
  }
}

export const wire: Check<FaultsWorld>[] = [
  { id: "G117", title: "connections to PostgreSQL are cut, again and again", run: cuts },
  { id: "G119", title: "the way to PostgreSQL takes 100 ms in each direction", run: slows },
  { id: "G118", title: "half-open connections: all that is said on them is lost, without a word", run: loses },
  { id: "G121", title: "another program holds every connection of PostgreSQL", run: exhausts },
  { id: "G120", title: "200 wait for a pool of 4 connections, behind a lock", run: fillsThePool },
];
