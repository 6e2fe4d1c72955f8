/**
 * How many requests a second, and at what cost: Relata, the hand-written limit and
 * plain PostGraphile on the same tables, in turn, several rounds in one run; with --peers
 * Directus, too.
 */
import { assertAnswers, assertSameAnswers, assertSameRest } from "./apiAnswers.ts";
import { addCustomObjects, createWorkspace, type Db, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { LoadGenerator, type Measured } from "./load.ts";
import { asks, BATCHES, isAsked, isCreation, NEW_INDUSTRY, type OperationName, VARIANTS, variablesOf } from "./operations.ts";
import { startDirectus } from "./peers/directus.ts";
import { forgetDirectusRecords } from "./peers/directusRecords.ts";
import { addFilterIndex, addRecords, samplePeople } from "./records.ts";
import { atLeast, median, type Options, progress, type Report, type Row, type Table } from "./report.ts";
import { measureSearch, searchSqlOf } from "./searchLoad.ts";
import { APP_SECRET, type RunningServer, startNode, startRelata, startWorld, type World } from "./world.ts";

const CUSTOM_OBJECTS = 43;
const SIZE = { companies: 10_000, people: 50_000 };
const CONNECTIONS = 16;
const WARMUP_MS = 1000;
const OPERATIONS: OperationName[] = ["list", "get", "create", "create100", "create1000", "groupBy"];
const BARS: Record<OperationName, number> = { list: 0.5, get: 0.7, create: 0.65, create100: 0.6, create1000: 0.6, groupBy: 0.7 };
const DIRECTUS_BARS: Partial<Record<OperationName, number>> = { list: 3, get: 5, create: 8, create100: 20, create1000: 20 };
/** What REST is to be as fast at as GraphQL. */
const REST_OPERATIONS: OperationName[] = ["list", "get", "create"];
/** How much longer Directus is asked for the largest batches: sixteen of them take it a quarter of a minute. */
const DIRECTUS_PATIENCE = 15;
const LISTENING = /listening on (\d+)/;

export type ApiWorld = { world: World; workspace: Workspace; people: string[] };
type Name = keyof typeof asks;
type Rounds = Record<OperationName, Measured[]>;
type Contender = {
  name: Name;
  server: RunningServer;
  rounds: Rounds;
  requests: (operation: OperationName) => string[];
  /** Takes away what a round has created. */
  forget: () => Promise<void>;
};

/** A workspace of 52 objects with 10,000 companies and 50,000 people. */
export async function makeApiWorld(): Promise<ApiWorld> {
  const world = await startWorld();
  const tokens = await makeTokens(world);
  return withAdmin(world, async (db) => {
    const workspace = await createWorkspace(db, tokens, "bench");
    await addCustomObjects(db, workspace, CUSTOM_OBJECTS);
    await addRecords(db, workspace, SIZE.companies, SIZE.people);
    await addFilterIndex(db, workspace);
    return { world, workspace, people: await samplePeople(db, workspace, VARIANTS) };
  });
}

/** Starts the limit or plain PostGraphile on the same workspace. */
function startOther(
  name: "limit" | "postgraphile",
  { world, workspace }: ApiWorld,
  nodeArgs: string[] = [],
  env: Record<string, string> = {},
): Promise<RunningServer> {
  const { token, userId, workspaceId, schemaName } = workspace;
  const callers = JSON.stringify({ [token]: { userId, workspaceId, schemaName } });
  const file = name === "limit" ? "limit.ts" : "vanilla.ts";
  return startNode({
    name,
    file,
    nodeArgs,
    ready: LISTENING,
    env: { PG_DATABASE_URL: world.adminUrl, APP_SECRET, BENCH_CALLERS: callers, BENCH_SCHEMA: schemaName, ...env },
  });
}

export const requestsFor = (name: Name, operation: OperationName, { workspace, people }: ApiWorld): string[] =>
  variablesOf(operation, people).map((variables) => asks[name](operation, variables, workspace.token));

/** Takes away what a round has created, and its traces in the table and its indexes; nothing refers to it, so no trigger need look. */
async function forgetCreated(db: Db, { schemaName }: Workspace): Promise<void> {
  await db.query("begin");
  await db.query("set local session_replication_role = replica");
  await db.query(`delete from ${schemaName}.company where industry = $1`, [NEW_INDUSTRY]);
  await db.query("commit");
  await db.query(`vacuum (full, analyze) ${schemaName}.company`);
}

const noRounds = (): Rounds => ({ list: [], get: [], create: [], create100: [], create1000: [], groupBy: [] });

/** Directus with its own records, checked to answer as many of them. */
async function directusContender({ world }: ApiWorld): Promise<Contender> {
  const size = { ...SIZE, customCollections: CUSTOM_OBJECTS, sample: VARIANTS };
  const { server, people, token, databaseUrl } = await startDirectus(world, size);
  const requests = (operation: OperationName) =>
    variablesOf(operation, people).map((variables) => asks.directus(operation, variables, token));
  for (const operation of OPERATIONS) {
    if (isAsked("directus", operation))
      await assertAnswers(server, requests(operation)[0]!, operation === "list" ? 20 : (BATCHES[operation] ?? 1));
  }
  return { name: "directus", server, rounds: noRounds(), requests, forget: () => forgetDirectusRecords(databaseUrl, NEW_INDUSTRY) };
}

async function measure(postgresPid: number, contenders: Contender[], rounds: number, ms: number): Promise<void> {
  const generator = new LoadGenerator();
  for (let round = 0; round < rounds; round++) {
    for (const operation of OPERATIONS) {
      const all = contenders.filter(({ name }) => isAsked(name, operation));
      const order = all.map((_, index) => all[(index + round) % all.length]!);
      for (const { name, server, rounds: measured, requests, forget } of order) {
        const isSlow = name === "directus" && operation === "create1000";
        const load = {
          port: server.port,
          requests: requests(operation),
          connections: CONNECTIONS,
          warmupMs: WARMUP_MS,
          ms: isSlow ? ms * DIRECTUS_PATIENCE : ms,
        };
        const result = await generator.run(load, server.pid, postgresPid);
        if (result.errors) progress(`${name} ${operation}: ${result.errors} errors, such as ${result.sample}`);
        measured[operation].push(result);
        if (isCreation(operation)) await forget();
      }
      progress(
        `round ${round + 1}/${rounds} ${operation}: ${order.map((c) => `${c.name} ${c.rounds[operation].at(-1)!.perSecond.toFixed(0)}/s`).join(", ")}`,
      );
    }
  }
  await generator.stop();
}

const COLUMNS: Table["columns"] =
  "contender|contender; perSecond|requests/s|0; ratio|of the limit|2; p50|p50 ms|1; p99|p99 ms|1; serverMs|server CPU ms|3; postgresMs|Postgres CPU ms|3; cpuRatio|CPU, × the limit|2; clientMs|client CPU ms|3; rssMb|RSS MB|0; bytes|bytes|0; errors|errors|0; others|others' CPU %|0";
const LABELS: Record<Name, string> = {
  limit: "limit",
  relata: "Relata",
  rest: "Relata, by REST",
  asRest: "Relata, asked for what REST answers",
  postgraphile: "PostGraphile (no claims, no RLS)",
  directus: "Directus 11, schema frozen",
};

function toRow(contender: Contender, limit: Contender, operation: OperationName): Row {
  const mine = contender.rounds[operation];
  const theirs = limit.rounds[operation];
  const of = (pick: (result: Measured, round: number) => number) => median(mine.map(pick));
  const cpu = ({ serverMs, postgresMs }: Measured) => serverMs + postgresMs;
  return {
    contender: LABELS[contender.name],
    perSecond: of((m) => m.perSecond),
    ratio: of((m, round) => m.perSecond / theirs[round]!.perSecond),
    p50: of((m) => m.p50),
    p99: of((m) => m.p99),
    serverMs: of((m) => m.serverMs),
    postgresMs: of((m) => m.postgresMs),
    cpuRatio: of((m, round) => cpu(m) / cpu(theirs[round]!)),
    clientMs: of((m) => m.clientMs),
    rssMb: of((m) => m.rssMb),
    bytes: of((m) => m.bytes / m.requests),
    errors: mine.reduce((sum, m) => sum + m.errors, 0),
    others: of((m) => m.othersShare * 100),
  };
}

/** How many times as many requests a second as another: the median of each round's ratio. */
const timesOf = (one: Contender, other: Contender, operation: OperationName): number =>
  median(one.rounds[operation].map((m, round) => m.perSecond / other.rounds[operation][round]!.perSecond));

export async function runApi({ isQuick, withPeers, rounds = isQuick ? 2 : 3, seconds = isQuick ? 2 : 3 }: Options): Promise<Report> {
  const api = await makeApiWorld();
  const servers = [
    await startOther("limit", api, [], { BENCH_SEARCH: await searchSqlOf(api) }),
    await startRelata(api.world),
    await startOther("postgraphile", api),
  ];
  await assertSameAnswers(api, servers);
  const contenders = servers.map((server): Contender => {
    const name = server.name as Name;
    const forget = () => withAdmin(api.world, (db) => forgetCreated(db, api.workspace));
    return { name, server, rounds: noRounds(), requests: (operation) => requestsFor(name, operation, api), forget };
  });
  // The same server, asked in two more ways.
  const asked = (name: Name): Contender => ({
    ...contenders[1]!,
    name,
    rounds: noRounds(),
    requests: (operation) => requestsFor(name, operation, api),
  });
  contenders.splice(2, 0, asked("rest"), asked("asRest"));
  await assertSameRest(api, servers[1]!);
  if (withPeers) contenders.push(await directusContender(api));
  await measure(api.world.postgresPid, contenders, rounds, seconds * 1000);
  const [limit, relata, rest, asRest] = contenders as [Contender, Contender, Contender, Contender];
  const directus = contenders.find(({ name }) => name === "directus");
  const about = {
    list: "20 companies by industry, newest first, each with its first 5 contacts",
    get: "one person by id with its company",
    create: "one company",
    create100: "100 companies in one mutation",
    create1000: "1,000 companies in one mutation",
    groupBy: "10,000 companies by industry, with five aggregates",
  };
  const tables = OPERATIONS.map(
    (operation): Table => ({
      title: `${operation}: ${about[operation]}`,
      columns: COLUMNS,
      rows: contenders.filter(({ name }) => isAsked(name, operation)).map((contender) => toRow(contender, limit, operation)),
      note: `${CONNECTIONS} clients; medians of ${rounds} rounds of ${seconds} s each, in turn; CPU per request; ratios are medians of each round's.`,
    }),
  );
  const bars = OPERATIONS.map((operation, index) =>
    atLeast(`${operation}, requests/s of the limit`, tables[index]!.rows[1]!["ratio"] as number, BARS[operation], "×"),
  );
  for (const operation of REST_OPERATIONS) {
    bars.push(atLeast(`${operation} by REST, requests/s of GraphQL`, timesOf(rest, relata, operation), 1, "×"));
    bars.push(atLeast(`${operation} by REST, requests/s of GraphQL that answers the same`, timesOf(rest, asRest, operation), 1, "×"));
    const index = OPERATIONS.indexOf(operation);
    bars.push(atLeast(`${operation} by REST, requests/s of the limit`, tables[index]!.rows[2]!["ratio"] as number, BARS[operation], "×"));
  }
  if (directus) {
    for (const [operation, bar] of Object.entries(DIRECTUS_BARS) as [OperationName, number][]) {
      bars.push(atLeast(`${operation}, requests/s of Directus`, timesOf(relata, directus, operation), bar, "×"));
    }
  }
  const search = await measureSearch(api, servers, rounds, seconds);
  return { scenario: "api", tables: [...tables, search.table], bars: [...bars, search.bar] };
}
