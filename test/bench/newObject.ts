/**
 * From createOneObject to the first correct query on the new object, and what
 * everybody else feels meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { makeApiWorld } from "./api.ts";
import { Client } from "./client.ts";
import { createWorkspace, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { addRecords } from "./records.ts";
import { atMost, type Bar, median, type Options, percentile, progress, type Report, type Table, TIMES, times } from "./report.ts";
import { type RunningServer, startRelata } from "./world.ts";

const REPEATS = 20;
const PROBE_PAUSE_MS = 15;
const SETTLE_MS = 300;
const GIVE_UP_MS = 30_000;
const PROBE = "{ companies(first: 20) { edges { node { id name industry } } } }";
const CREATE_OBJECT = "mutation CreateObject($data: CreateObjectInput!) { createOneObject(data: $data) { id nameSingular } }";

type Change = { requestMs: number; fromAnswerMs: number; fromRequestMs: number; polls: number };

/** Repeats a plain list query, with a pause after each answer, until it is stopped. */
class Probe {
  readonly #client: Client;
  readonly #loop: Promise<void>;
  #isOn = true;
  slowest = 0;
  asked = 0;
  failed = 0;

  constructor(server: RunningServer, { token }: Workspace) {
    this.#client = new Client(server, token);
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isOn) {
      try {
        const { ms } = await this.#client.get<{ companies: object }>(PROBE);
        this.slowest = Math.max(this.slowest, ms);
      } catch {
        this.failed++;
      }
      this.asked++;
      await sleep(PROBE_PAUSE_MS);
    }
  }

  forget(): void {
    Object.assign(this, { slowest: 0, asked: 0, failed: 0 });
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#loop;
    this.#client.close();
  }
}

/** Creates an object and asks for it, again and again, until it answers. */
async function change(client: Client, number: number): Promise<Change> {
  const [nameSingular, namePlural] = [`fresh${number}`, `freshes${number}`];
  const startedAt = performance.now();
  await client.get(CREATE_OBJECT, { data: { nameSingular, namePlural } }, "/metadata");
  const answeredAt = performance.now();
  for (let polls = 1; ; polls++) {
    const { data } = await client.ask<Record<string, { edges: object[] }>>(`{ ${namePlural} { edges { node { id name } } } }`);
    const now = performance.now();
    if (data?.[namePlural]?.edges.length === 0)
      return { requestMs: answeredAt - startedAt, fromAnswerMs: now - answeredAt, fromRequestMs: now - startedAt, polls };
    if (now - answeredAt > GIVE_UP_MS) throw new Error(`${namePlural} cannot be queried ${GIVE_UP_MS} ms after it was created.`);
  }
}

type Found = { changes: Change[]; probes: Record<"other" | "same", { slowest: number[]; asked: number; failed: number }> };

async function repeat(server: RunningServer, same: Workspace, other: Workspace, repeats: number): Promise<Found> {
  const client = new Client(server, same.token);
  const running = { other: new Probe(server, other), same: new Probe(server, same) };
  const found: Found = { changes: [], probes: { other: { slowest: [], asked: 0, failed: 0 }, same: { slowest: [], asked: 0, failed: 0 } } };
  await sleep(10 * SETTLE_MS);
  for (let number = 1; number <= repeats; number++) {
    for (const probe of Object.values(running)) probe.forget();
    found.changes.push(await change(client, number));
    await sleep(SETTLE_MS);
    for (const key of ["other", "same"] as const) {
      const { slowest, asked, failed } = running[key];
      found.probes[key].slowest.push(slowest);
      found.probes[key].asked += asked;
      found.probes[key].failed += failed;
    }
    const { fromAnswerMs, requestMs } = found.changes.at(-1)!;
    progress(`object ${number}/${repeats}: answered after ${requestMs.toFixed(0)} ms, queried ${fromAnswerMs.toFixed(0)} ms later`);
  }
  for (const probe of Object.values(running)) await probe.stop();
  client.close();
  return found;
}

const toTables = ({ changes, probes }: Found): Table[] => [
  {
    title: `createOneObject ${changes.length} times, 52 objects to begin with`,
    columns: TIMES,
    rows: [
      times(
        "createOneObject, to its answer",
        changes.map(({ requestMs }) => requestMs),
      ),
      times(
        "from the answer to the first correct query",
        changes.map(({ fromAnswerMs }) => fromAnswerMs),
      ),
      times(
        "from the request to the first correct query",
        changes.map(({ fromRequestMs }) => fromRequestMs),
      ),
    ],
  },
  {
    title: "Slowest answer that others got during a change",
    columns: `${TIMES}; asked|asked|0; failed|failed|0`,
    rows: (["other", "same"] as const).map((key) => {
      const { slowest, asked, failed } = probes[key];
      return { ...times(`a client in ${key === "other" ? "another" : "the same"} workspace`, slowest), asked, failed };
    }),
    note: `A plain list of 20 companies; the next one ${PROBE_PAUSE_MS} ms after each answer.`,
  },
];

function toBars({ changes, probes: { other, same } }: Found): Bar[] {
  const answers = changes.map(({ fromAnswerMs }) => fromAnswerMs);
  return [
    atMost("answer to first correct query, median", median(answers), 250, "ms"),
    atMost("answer to first correct query, p95", percentile(answers, 0.95), 500, "ms"),
    atMost("slowest answer to anybody else", Math.max(...other.slowest, ...same.slowest), 150, "ms"),
    atMost("failed requests", other.failed + same.failed, 1, ""),
  ];
}

export async function runNewObject({ isQuick, count = isQuick ? 5 : REPEATS }: Options): Promise<Report> {
  const { world, workspace } = await makeApiWorld();
  const tokens = await makeTokens(world);
  const other = await withAdmin(world, async (db) => {
    const made = await createWorkspace(db, tokens, "other");
    await addRecords(db, made, 100, 500, "other");
    return made;
  });
  const server = await startRelata(world);
  const found = await repeat(server, workspace, other, count);
  return { scenario: "new-object", tables: toTables(found), bars: toBars(found) };
}
