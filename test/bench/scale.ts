/**
 * What grows with the number of workspaces, in one PostgreSQL: `--workspaces=1,10,100,1000`
 * makes them in stages and measures at each. docs/scale.md quotes it.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type pg from "pg";
import { readConfig } from "../../src/config.ts";
import { examineDatabase } from "../../src/doctor/examine.ts";
import { Client } from "./client.ts";
import { claimed, createWorkspace, type Db, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { privateMb, rssMb } from "./processes.ts";
import { addRecords } from "./records.ts";
import { median, type Options, percentile, progress, type Report, type Row, type Table } from "./report.ts";
import { APP_SECRET, type RunningServer, startRelata, startWorld, type World } from "./world.ts";

const STAGES = [1, 10, 100, 1000];
const SETTLE_MS = 2000;
/** Workspaces that one backend looks into, to see what it keeps of each. */
const TOUCHED = 100;
const LIST =
  "{ companies(first: 20) { edges { node { id name industry employees contacts(first: 5) { edges { node { id name email } } } } } } }";
const SQL =
  "select (select count(*) from company), (select count(*) from person), (select count(*) from opportunity), (select count(*) from task)";

/** What took how long; undefined when it cannot be done here. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function grow(db: Db, world: World, workspaces: Workspace[], count: number): Promise<number[]> {
  const tokens = await makeTokens(world);
  const took: number[] = [];
  while (workspaces.length < count) {
    const subdomain = `scale-${workspaces.length}`;
    let made: Workspace | undefined;
    took.push(
      await timed(async () => {
        made = await createWorkspace(db, tokens, subdomain);
      }),
    );
    await addRecords(db, made!, 3, 6, subdomain);
    workspaces.push(made!);
    if (workspaces.length % 100 === 0) progress(`${workspaces.length} workspaces`);
  }
  return took;
}

const CATALOG = `
  select pg_database_size(current_database()) / 1e6 as "databaseMb",
         (select sum(pg_total_relation_size(oid)) from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r') / 1e6 as "catalogMb",
         (select count(*) from pg_class)::int as classes,
         (select count(*) from pg_attribute)::int as attributes`;

/** What a backend keeps of the workspaces that it has looked into, in KB each. */
async function backendKb(world: World, workspaces: readonly Workspace[]): Promise<{ freshMb: number; eachKb: number }> {
  const touched = workspaces.slice(-TOUCHED);
  return withAdmin(world, async (db) => {
    const pid = (await db.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]!.pid;
    await claimed(db, touched[0]!, () => db.query(SQL));
    const freshMb = privateMb(pid);
    for (const workspace of touched.slice(1)) await claimed(db, workspace, () => db.query(SQL));
    return { freshMb, eachKb: touched.length > 1 ? ((privateMb(pid) - freshMb) * 1024) / (touched.length - 1) : Number.NaN };
  });
}

async function ask(server: RunningServer, { token }: Workspace, query = LIST): Promise<number> {
  const client = new Client(server, token);
  const { ms } = await client.get(query);
  client.close();
  return ms;
}

async function askAll(server: RunningServer, workspaces: readonly Workspace[]): Promise<number[]> {
  const took: number[] = [];
  for (const workspace of workspaces) took.push(await ask(server, workspace));
  return took;
}

/** A server that starts, and is asked by everybody once, and once more. */
async function measureServer(world: World, workspaces: readonly Workspace[]): Promise<Row> {
  const server = await startRelata(world, ["--expose-gc", "--import", new URL("garbage.ts", import.meta.url).href]);
  const settled = async () => {
    server.process.kill("SIGUSR2");
    await sleep(SETTLE_MS);
    return rssMb(server.pid);
  };
  const [first, ...others] = workspaces;
  const firstMs = await ask(server, first!);
  const oneMb = await settled();
  const cold = others.length ? await askAll(server, others) : [firstMs];
  const warm = await askAll(server, workspaces.slice(-TOUCHED));
  const data = { nameSingular: "property", namePlural: "properties" };
  const admin = new Client(server, workspaces.at(-1)!.token);
  const { ms: objectMs } = await admin.get(
    "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }",
    { data: { nameSingular: `${data.nameSingular}${workspaces.length}`, namePlural: `${data.namePlural}${workspaces.length}` } },
    "/metadata",
  );
  admin.close();
  const allMb = await settled();
  const backendsMb = privateMb(world.postgresPid);
  await server.stop();
  return {
    firstMs,
    coldMs: median(cold),
    coldP95: percentile(cold, 0.95),
    warmMs: median(warm),
    objectMs,
    serverMb: allMb,
    grownMb: allMb - oneMb,
    backendsMb,
  };
}

/** How long pg_dump takes, of PG_DUMP (a command of the server's version) or the machine's own. */
async function dumpMs(world: World, ...args: string[]): Promise<number> {
  const [command = "pg_dump", ...first] = (process.env["PG_DUMP"] ?? "pg_dump").split(" ");
  const run = () => promisify(execFile)(command, [...first, ...args, "--file=/dev/null", world.adminUrl]);
  return timed(run).catch((error: Error) => {
    progress(`pg_dump: ${error.message.split("\n").slice(0, 2).join(" ")}`);
    return Number.NaN;
  });
}

async function vacuumMs(db: Db): Promise<number> {
  const { rows } = await db.query<{ name: string }>(
    "select oid::regclass::text as name from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared",
  );
  return timed(() => db.query(`vacuum (analyze) ${rows.map(({ name }) => name).join(", ")}`));
}

async function measureStage(world: World, workspaces: Workspace[], count: number): Promise<Row> {
  const made = await withAdmin(world, (db) => grow(db, world, workspaces, count));
  const vacuum = await withAdmin(world, vacuumMs);
  await withAdmin(world, (db) => db.query("vacuum (analyze)"));
  const { rows } = await withAdmin(world, (db) => db.query<pg.QueryResultRow>(CATALOG));
  const sizes = Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)]));
  const server = await measureServer(world, workspaces);
  const backend = await backendKb(world, workspaces);
  const dump = { schemaS: (await dumpMs(world, "--schema-only")) / 1000, dumpS: (await dumpMs(world)) / 1000 };
  const doctor = await timed(() => examineDatabase(readConfig({}), APP_SECRET, world.adminUrl));
  const last = made.slice(-50);
  const row: Row = {
    count,
    makeMs: median(last),
    makeP95: percentile(last, 0.95),
    ...sizes,
    ...server,
    ...backend,
    vacuumMs: vacuum,
    ...dump,
    doctorS: doctor / 1000,
  };
  progress(JSON.stringify(row)); // a run of hours may be ended before it is over
  return row;
}

const toTables = (rows: Row[]): Table[] => [
  {
    title: "The database",
    columns:
      "count|workspaces|0; databaseMb|database MB|0; catalogMb|catalog MB|0; classes|pg_class rows|0; attributes|pg_attribute rows|0; makeMs|a new workspace ms|0; makeP95|p95 ms|0; vacuumMs|vacuum of the catalog ms|0; schemaS|pg_dump -s, s|1; dumpS|pg_dump, s|1; doctorS|relata doctor, s|1",
    rows,
    note: "Each workspace has three companies and six people; a new workspace: the last 50 of its stage.",
  },
  {
    title: "The servers",
    columns:
      "count|workspaces|0; firstMs|first query of a server ms|0; coldMs|of a workspace ms|1; coldP95|p95 ms|1; warmMs|again ms|1; objectMs|createOneObject ms|0; serverMb|server RSS MB|0; grownMb|more than after one MB|0; backendsMb|Postgres, private MB|0; freshMb|a backend, one workspace MB|1; eachKb|each more KB|0",
    rows,
    note: "RSS after a garbage collection, with everybody's schema asked for once. A pool of 8 connections. A backend: four tables of a workspace read by SQL.",
  },
];

export async function runScale({ isQuick, stages = isQuick ? [1, 10] : STAGES }: Options): Promise<Report> {
  const world = await startWorld();
  const workspaces: Workspace[] = [];
  const rows: Row[] = [];
  for (const count of [...stages].sort((a, b) => a - b)) rows.push(await measureStage(world, workspaces, count));
  return { scenario: "scale", tables: toTables(rows), bars: [] };
}
