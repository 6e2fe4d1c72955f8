/**
 * Changes of a large table, each beside clients that write to it one
 * record after the other: how long the longest of these writes took.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createWorkspace, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { type Cases, type Change, casesOn } from "./metadataCases.ts";
import { Writers } from "./metadataWriters.ts";
import { cpuMs, machineBusyMs } from "./processes.ts";
import { addRecords } from "./records.ts";
import { atMost, type Options, progress, type Report, type Row } from "./report.ts";
import { startRelata, startRelataWorker, startWorld, type World } from "./world.ts";

/** `--count=1000000` asks for the size, which takes half an hour. */
const ROWS = 100_000;
const CHUNK = 50_000;
const QUIET_MS = 2000;
const AFTER_MS = 500;
const GIVE_UP_MS = 600_000;
const BAR_MS = 200;

async function connect(world: World, { schemaName, workspaceId }: Workspace): Promise<pg.Client> {
  const db = new pg.Client({ connectionString: world.adminUrl });
  // What ends early takes the database away from under it.
  await db.on("error", () => {}).connect();
  await db.query("select set_config('search_path', $1, false), set_config('relata.workspace_id', $2, false)", [schemaName, workspaceId]);
  return db;
}

async function fill(world: World, workspace: Workspace, rows: number): Promise<void> {
  await withAdmin(world, async (db) => {
    await addRecords(db, workspace, 100, 100);
    await db.query("select set_config('search_path', $1, false), set_config('relata.workspace_id', $2, false)", [
      workspace.schemaName,
      workspace.workspaceId,
    ]);
    for (let from = 1; from <= rows; from += CHUNK) {
      await db.query(
        `insert into company (name, industry, employees, domain_name)
         select 'Company ' || i, 'Industry ' || i % 20, i % 5000, 'large-' || i || '.example' from generate_series($1::int, $2::int) i`,
        [from, Math.min(rows, from + CHUNK - 1)],
      );
    }
    await db.query("vacuum analyze company");
    await db.query("checkpoint");
  });
}

/** Waits until nothing is left to a job; answers what failed. */
async function untilBuilt(db: pg.Client): Promise<string | undefined> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const { rows } = await db.query<{ status: string; reason: string | null }>(
      `select status, status_reason as reason from core.fields where status <> 'READY' union all
       select status, status_reason from core.rules where status <> 'READY' union all
       select status, status_reason from core.indexes where status <> 'READY'`,
    );
    const failed = rows.find(({ status }) => status === "FAILED");
    if (failed) return failed.reason ?? "without a reason";
    if (rows.length === 0) return undefined;
    if (performance.now() > deadline) throw new Error("A job has not come to its end.");
    await sleep(50);
  }
}

async function measure(cases: Cases, change: Change, writers: Writers, db: pg.Client, oursMs: () => number): Promise<Row> {
  await sleep(QUIET_MS);
  const busyBefore = cases.busy;
  const before = { api: writers.api, sql: writers.sql };
  writers.forget();
  const [startedAt, busy, ours] = [performance.now(), machineBusyMs(), oursMs()];
  await change.make(cases);
  const answered = performance.now() - startedAt;
  const failed = await untilBuilt(db);
  if (failed) throw new Error(`${change.name} failed: ${failed}`);
  const ready = performance.now() - startedAt;
  await sleep(AFTER_MS);
  const others = ((machineBusyMs() - busy - (oursMs() - ours)) / (performance.now() - startedAt)) * 100;
  const row = {
    others,
    busy: cases.busy - busyBefore,
    what: change.name,
    answered,
    ready: ready / 1000,
    api: writers.api,
    sql: writers.sql,
    apiBefore: before.api,
    sqlBefore: before.sql,
  };
  progress(
    `${change.name}: answered after ${answered.toFixed(0)} ms, ready after ${(ready / 1000).toFixed(1)} s, longest write ${writers.api.toFixed(0)} / ${writers.sql.toFixed(0)} ms`,
  );
  writers.forget();
  return row;
}

export async function measureStalls({ count = ROWS }: Options): Promise<Omit<Report, "scenario">> {
  const world = await startWorld();
  const tokens = await makeTokens(world);
  const workspace = await withAdmin(world, (db) => createWorkspace(db, tokens, "large"));
  await fill(world, workspace, count);
  progress(`${count} companies`);
  const [server, worker] = [await startRelata(world), await startRelataWorker(world)];
  const db = await connect(world, workspace);
  const writers = new Writers(server, workspace, await connect(world, workspace));
  const { cases, changes } = await casesOn(server, workspace);
  const oursMs = () => cpuMs(process.pid);
  const rows: Row[] = [];
  try {
    for (const change of changes) rows.push(await measure(cases, change, writers, db, oursMs));
  } finally {
    await writers.stop();
  }
  await db.end();
  await worker.stop();
  await server.stop();
  return {
    tables: [
      {
        title: `Changes of a table of ${count.toLocaleString("en")} rows, and the longest write to it meanwhile`,
        columns:
          "what|what; answered|answered after ms|0; ready|ready after s|1; api|longest write, API ms|0; sql|longest write, SQL ms|0; apiBefore|API before ms|0; sqlBefore|SQL before ms|0; busy|BUSY, asked again|0; others|others' CPU %|0",
        rows,
        note: `A client that creates a company through the API, and one that inserts one by SQL, each after the other, until ${AFTER_MS} ms after the change is ready; before: in the ${QUIET_MS} ms before it.`,
      },
    ],
    bars: [
      ...rows.map((row) => atMost(`longest write: ${row["what"]}`, Math.max(row["api"] as number, row["sql"] as number), BAR_MS, "ms")),
      atMost("failed writes", writers.errors, 1, ""),
    ],
  };
}
