/**
 * Changes of one workspace's data model in a loop, beside queries as fast as they are
 * answered on that workspace and on another; in turn with the same queries alone.
 */
import { createWorkspace, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { LoadGenerator, type Measured, toWire } from "./load.ts";
import { Changes } from "./metadataChanges.ts";
import { addRecords } from "./records.ts";
import { atMost, median, type Options, progress, type Report, type Row } from "./report.ts";
import { type RunningServer, startRelata, startWorld, type World } from "./world.ts";

const CONNECTIONS = 4;
const WARMUP_MS = 1500;
const QUERY =
  "{ companies(first: 20) { edges { node { id name industry employees contacts(first: 5) { edges { node { id name email } } } } } } }";

type Name = "same" | "other";
type Round = Record<Name, Measured> & { changes: number; refused: number };
type Setting = { world: World; server: RunningServer; workspaces: Record<Name, Workspace>; generators: Record<Name, LoadGenerator> };

async function measureRound({ world, server, workspaces, generators }: Setting, ms: number, pauseMs?: number): Promise<Round> {
  const changes = new Changes(server, workspaces.same, pauseMs ?? 0);
  const running = pauseMs === undefined ? undefined : changes.run();
  const load = (name: Name) =>
    generators[name].run(
      {
        port: server.port,
        requests: [toWire({ method: "POST", path: "/graphql", token: workspaces[name].token, body: JSON.stringify({ query: QUERY }) })],
        connections: CONNECTIONS,
        warmupMs: WARMUP_MS,
        ms,
      },
      server.pid,
      world.postgresPid,
    );
  const [same, other] = await Promise.all([load("same"), load("other")]);
  changes.stop();
  await running;
  for (const { errors, sample } of [same, other]) if (errors) progress(`${errors} errors, such as ${sample}`);
  return { same, other, changes: changes.made, refused: changes.refused };
}

async function prepare(): Promise<Setting> {
  const world = await startWorld();
  const tokens = await makeTokens(world);
  const workspaces = await withAdmin(world, async (db) => {
    const made = { same: await createWorkspace(db, tokens, "same"), other: await createWorkspace(db, tokens, "other") };
    for (const workspace of Object.values(made)) await addRecords(db, workspace, 1000, 5000, workspace.subdomain);
    await db.query("vacuum analyze");
    return made;
  });
  return { world, workspaces, server: await startRelata(world), generators: { same: new LoadGenerator(), other: new LoadGenerator() } };
}

const KINDS = { alone: undefined, steady: 1000, ceaseless: 0 } as const;
type Kind = keyof typeof KINDS;
const WORDS: Record<Kind, string> = { alone: "without changes", steady: "a change each second", ceaseless: "change upon change" };

function toRows(rounds: Record<Kind, Round[]>, seconds: number): Row[] {
  return (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
    (["other", "same"] as const).map((name) => {
      const of = (pick: (round: Round, index: number) => number) => median(rounds[kind].map(pick));
      return {
        what: `${name === "other" ? "another workspace" : "the same workspace"}, ${WORDS[kind]}`,
        perSecond: of((round) => round[name].perSecond),
        p50: of((round) => round[name].p50),
        p95: of((round) => round[name].p95),
        p99: of((round) => round[name].p99),
        max: of((round) => round[name].max),
        ratio: of((round, index) => round[name].p95 / rounds.alone[index]![name].p95),
        errors: rounds[kind].reduce((sum, round) => sum + round[name].errors + (name === "same" ? round.refused : 0), 0),
        changes: of((round) => round.changes / (seconds + WARMUP_MS / 1000)),
        others: of((round) => round[name].othersShare * 100),
      };
    }),
  );
}

export async function measureBeside({
  isQuick,
  rounds = isQuick ? 2 : 3,
  seconds = isQuick ? 3 : 4,
}: Options): Promise<Omit<Report, "scenario">> {
  const setting = await prepare();
  const found: Record<Kind, Round[]> = { alone: [], steady: [], ceaseless: [] };
  for (let round = 0; round < rounds; round++) {
    const kinds = Object.keys(KINDS) as Kind[];
    for (const kind of kinds.map((_, index) => kinds[(index + round) % kinds.length]!)) {
      found[kind].push(await measureRound(setting, seconds * 1000, KINDS[kind]));
      const { same, other, changes } = found[kind].at(-1)!;
      progress(`round ${round + 1}/${rounds} ${kind}: p95 ${other.p95.toFixed(1)} / ${same.p95.toFixed(1)} ms, ${changes} changes`);
    }
  }
  for (const generator of Object.values(setting.generators)) await generator.stop();
  await setting.server.stop();
  const rows = toRows(found, seconds);
  const of = (what: RegExp) => rows.find((row) => what.test(row["what"] as string))!;
  return {
    tables: [
      {
        title: "Queries beside changes of the data model (add, rename, drop a field)",
        columns:
          "what|what; perSecond|requests/s|0; p50|p50 ms|1; p95|p95 ms|1; p99|p99 ms|1; max|max ms|0; ratio|p95, × without|2; errors|errors|0; changes|changes/s|1; others|others' CPU %|0",
        rows,
        note: `A list of 20 companies with 5 contacts each, as fast as it is answered, over ${CONNECTIONS} connections to each workspace; medians of ${rounds} rounds of ${seconds} s each, in turn; ratios are medians of each round's.`,
      },
    ],
    bars: [
      atMost(
        "errors beside changes",
        rows.reduce((sum, { errors }) => sum + (errors as number), 0),
        1,
        "",
      ),
      atMost("another workspace's p95 beside a change each second", of(/^another.*each second/)["ratio"] as number, 1.2, "×"),
      atMost("another workspace's p95 beside change upon change", of(/^another.*upon/)["ratio"] as number, 1.2, "×"),
    ],
  };
}
