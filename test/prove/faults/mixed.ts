/** Reads and writes of two workspaces while the data model of one changes all the time: nobody gets a 5xx, no memory is lost, nobody waits for the event loop. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, percentile, Tally, wordOf } from "./asking.ts";
import type { Probed } from "./probe.ts";
import { ADD_FIELD, companyOf, type FaultsWorld } from "./world.ts";

const OWNERS = ["owner@acme.test", "owner@globex.test"];
const PROBE = fileURLToPath(new URL("probe.ts", import.meta.url));
const CLIENTS = 6;
const PAUSE_MS = 5;
const CHANGE_EVERY_MS = 250;
const HOUR_MS = 3_600_000;
const LATE_MS = 100;
/** In a few seconds on a machine that others use too. */
const LATE_IN_SHORT_MS = 400;
const MOST_GROWTH = 0.01;

const READS = [
  "{ companies(first: 20) { totalCount edges { node { id name employees contacts(first: 2) { edges { node { id } } } } } } }",
  '{ people(first: 10, filter: { city: { ilike: "%a%" } }) { edges { node { id company { id name } } } } }',
  "{ companiesGroupBy(groupBy: [{ industry: true }]) { groupByDimensionValues totalCount } }",
];
const WRITE = "mutation ($name: String) { createCompany(data: { name: $name }) { id name } }";
const READ_BACK = "query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id name } }";
const RENAME = "mutation ($id: UUID!, $name: String!) { updateOneField(id: $id, data: { name: $name }) { id } }";
const REMOVE = "mutation ($id: UUID!) { deleteOneField(id: $id) { id } }";

/** What a client may be told: that it worked, or to try again, because of the data model alone. */
const WELL = /^(ok|200 METADATA_CHANGED|200 BUSY)$/;

type Running = { isWarm: () => void; tally: Tally; changes: Tally; stop: () => Promise<void>; faults: string[] };

function run(world: FaultsWorld, url: string, tokens: string[], objectId: string): Running {
  const [tally, changes, faults, agent] = [new Tally(world.scanner), new Tally(world.scanner), [] as string[], keptConnections()];
  let [hasToStop, number] = [false, 0];
  // What compiling needs at most is taken early: a process grows to that, and no further.
  let changeEveryMs = 0;
  const client = async (index: number) => {
    const token = tokens[index % tokens.length]!;
    while (!hasToStop) {
      await tally.note(ask(agent, url, token, READS[number++ % READS.length]!));
      const name = `mixed ${index} ${number}`;
      const written = await ask(agent, url, token, WRITE, { name });
      const id = /"id":"([^"]+)"/.exec(written.text)?.[1];
      if (tally.add(wordOf(written), written) === "ok" && id) {
        const back = await ask(agent, url, token, READ_BACK, { id });
        if (tally.add(wordOf(back), back) === "ok" && !back.text.includes(name)) faults.push(`${name} reads as ${back.text}`);
      }
      await sleep(PAUSE_MS);
    }
  };
  const changing = async () => {
    const change = async (query: string, variables: object) => {
      const said = await ask(agent, url, tokens[0]!, query, variables, {}, "/metadata");
      changes.add(wordOf(said), said);
      await sleep(changeEveryMs);
      return /"id":"([^"]+)"/.exec(said.text)?.[1];
    };
    for (let round = 0; !hasToStop; round++) {
      const id = await change(ADD_FIELD, { objectId, name: `mixed${round}` });
      if (!id) continue;
      await change(RENAME, { id, name: `mixedAnew${round}` });
      await change(REMOVE, { id });
    }
  };
  const running = [changing(), ...Array.from({ length: CLIENTS }, (_, index) => client(index))];
  const stop = async () => {
    hasToStop = true;
    await Promise.all(running);
    agent.destroy();
  };
  const isWarm = () => {
    changeEveryMs = CHANGE_EVERY_MS;
  };
  return { isWarm, tally, changes, faults, stop };
}

/** The growth in an hour as a share, by the median slope of all pairs of samples (Theil and Sen), which no single one decides. */
export function growthAnHour(samples: readonly Pick<Probed, "at" | "rss">[]): number {
  const slopes = samples.flatMap((a, n) => samples.slice(n + 1).map((b) => (b.rss - a.rss) / (b.at - a.at)));
  return (
    (percentile(slopes, 0.5) * HOUR_MS) /
    percentile(
      samples.map(({ rss }) => rss),
      0.5,
    )
  );
}

async function mixes(world: FaultsWorld): Promise<void> {
  const [warmUpMs, ms] = world.isFull ? [90_000, 300_000] : [6000, 14_000];
  const file = join(world.cluster.folder, "probe");
  const server = await world.serve({ NODE_OPTIONS: `--import ${PROBE}`, RELATA_PROBE_FILE: file });
  const { isWarm, tally, changes, faults, stop } = run(
    world,
    server.url,
    await Promise.all(OWNERS.map((email) => world.tokenOf(server, email))),
    await companyOf(world.cluster),
  );
  await sleep(warmUpMs);
  isWarm();
  server.process.kill("SIGUSR2");
  const since = Date.now();
  await sleep(ms);
  await stop();
  const samples = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Probed)
    .filter(({ at }) => at > since);
  await server.stop();
  const { p99Ms, maxMs, rss } = samples.at(-1)!;
  const growth = growthAnHour(samples);
  const heapMb = (samples.at(-1)!.heap - samples[0]!.heap) / 2 ** 20;
  const growthInWords = world.isFull
    ? `, growing by ${(growth * 100).toFixed(2)} %/h over ${samples.length} samples behind a collection, the heap by ${heapMb.toFixed(1)} MB in all`
    : "";
  world.note(
    `${tally}; ${changes.counts.get("ok")} changes of the data model; event loop p99 ${p99Ms.toFixed(0)} ms, max ${maxMs.toFixed(0)} ms; ${Math.round(rss / 2 ** 20)} MB${growthInWords}`,
  );
  assertNone([...tally.beside(WELL), ...changes.beside(WELL)], "answers that nobody should get");
  assertNone(faults, "records read as others");
  assert(
    (tally.counts.get("ok") ?? 0) > tally.total * 0.99 && (changes.counts.get("ok") ?? 0) > 10,
    () => `too few succeeded: ${tally}; ${changes}`,
  );
  assert(p99Ms < (world.isFull ? LATE_MS : LATE_IN_SHORT_MS), `the event loop is late by ${p99Ms.toFixed(0)} ms (p99)`);
  if (world.isFull) assert(growth < MOST_GROWTH, `memory grows by ${(growth * 100).toFixed(2)} %/h`);
}

export const mixed: Check<FaultsWorld>[] = [
  {
    id: "H136",
    title: "mixed load of two workspaces while the data model of one changes: no 5xx, no growth, no late event loop",
    run: mixes,
  },
];
