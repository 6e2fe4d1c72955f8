/** What grows with records and with clients: one workspace with `--count` companies (1,000,000), asked in the usual ways, by 1 to 500 at once. */
import { Client } from "./client.ts";
import { createWorkspace, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { LoadGenerator, toWire } from "./load.ts";
import { privateMb, rssMb } from "./processes.ts";
import { addFilterIndex, addRecords } from "./records.ts";
import { median, type Options, progress, type Report, type Row } from "./report.ts";
import { type RunningServer, startRelata, startWorld, type World } from "./world.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const CLIENTS = [1, 4, 16, 64, 250, 500];
const TIMES = 9;
const LOAD = { warmupMs: 1000, ms: 4000 };

/** What is asked; `#` is another number each time. */
const QUESTIONS: Record<string, string> = {
  "list, newest first": "{ companies(first: 60, orderBy: [{ createdAt: DescNullsLast }]) { edges { node { id name employees } } } }",
  "list of an industry, indexed":
    '{ companies(first: 60, filter: { industry: { eq: "Industry #" } }, orderBy: [{ createdAt: DescNullsLast }]) { edges { node { id name } } } }',
  "list by a field without an index, few match":
    "{ companies(first: 60, filter: { employees: { eq: # } }, orderBy: [{ annualRecurringRevenue: DescNullsLast }]) { edges { node { id name } } } }",
  "one, by its id, with its people":
    '{ company(filter: { id: { eq: "ID" } }) { id name contacts(first: 5) { edges { node { id name } } } } }',
  "count of all": "{ companies { totalCount } }",
  "count of an industry": '{ companies(filter: { industry: { eq: "Industry #" } }) { totalCount } }',
  "search, a rare word": '{ search(searchInput: "company-1#7", limit: 10) { edges { node { recordId label } } } }',
  "groups by industry, with sums": "{ companiesGroupBy(groupBy: [{ industry: true }]) { groupByDimensionValues totalCount sumEmployees } }",
};

async function askFor(server: RunningServer, workspace: Workspace, question: string, ids: readonly string[]): Promise<Row> {
  const client = new Client(server, workspace.token);
  const took: number[] = [];
  for (let n = 0; n <= TIMES; n++) {
    const query = question.replaceAll("#", String(n + 1)).replace("ID", ids[n % ids.length]!);
    const { ms } = await client.get(query);
    if (n > 0) took.push(ms); // the first one is planned
  }
  client.close();
  return { p50: median(took), max: Math.max(...took) };
}

async function load(server: RunningServer, world: World, workspace: Workspace, clients: number): Promise<Row> {
  const generator = new LoadGenerator();
  const query = QUESTIONS["list of an industry, indexed"]!;
  const requests = Array.from({ length: 20 }, (_, n) =>
    toWire({
      method: "POST",
      path: "/graphql",
      token: workspace.token,
      body: JSON.stringify({ query: query.replace("#", String(n)).replace("60", "20") }),
    }),
  );
  const { perSecond, p50, p99, errors } = await generator.run(
    { port: server.port, requests, connections: clients, ...LOAD },
    server.pid,
    world.postgresPid,
  );
  await generator.stop();
  return { clients, perSecond, p50, p99, errors, serverMb: rssMb(server.pid), postgresMb: privateMb(world.postgresPid) };
}

export async function runRows({ isQuick, count = isQuick ? 10_000 : 1_000_000 }: Options): Promise<Report> {
  const world = await startWorld();
  const sizes = [...SIZES.filter((size) => size < count), count];
  const found = new Map<string, Row>(Object.keys(QUESTIONS).map((what) => [what, { what }]));
  const tokens = await makeTokens(world);
  const workspace = await withAdmin(world, (db) => createWorkspace(db, tokens, "rows"));
  const server = await startRelata(world);
  const facts: Row[] = [];
  let there = 0;
  for (const size of sizes) {
    const startedAt = performance.now();
    await withAdmin(world, (db) => addRecords(db, workspace, size - there, Math.round((size - there) / 5), `rows${size}`));
    const insertS = (performance.now() - startedAt) / 1000;
    if (there === 0) await withAdmin(world, (db) => addFilterIndex(db, workspace));
    await withAdmin(world, (db) => db.query("vacuum (analyze)"));
    const { rows: ids } = await withAdmin(world, (db) =>
      db.query<{ id: string }>(`select id from ${workspace.schemaName}.company limit 20`),
    );
    const { rows: sizeOf } = await withAdmin(world, (db) =>
      db.query<{ table: string; indexes: string }>(
        `select pg_table_size('${workspace.schemaName}.company') / 1e6 as table, pg_indexes_size('${workspace.schemaName}.company') / 1e6 as indexes`,
      ),
    );
    facts.push({
      size,
      insertS,
      rowsPerS: ((size - there) * 1.2) / insertS,
      tableMb: Number(sizeOf[0]!.table),
      indexesMb: Number(sizeOf[0]!.indexes),
    });
    for (const [what, question] of Object.entries(QUESTIONS)) {
      const { p50, max } = await askFor(
        server,
        workspace,
        question,
        ids.map(({ id }) => id),
      );
      Object.assign(found.get(what)!, { [`p${size}`]: p50, [`m${size}`]: max });
    }
    there = size;
    progress(`${size} rows`);
  }
  const loads: Row[] = [];
  for (const clients of CLIENTS) loads.push(await load(server, world, workspace, clients));
  const columns = sizes.map((size) => `p${size}|${size} rows, p50 ms|1; m${size}|max ms|1`).join("; ");
  return {
    scenario: "rows",
    tables: [
      { title: "One question after the other", columns: `what|what; ${columns}`, rows: [...found.values()], note: `${TIMES} times each.` },
      {
        title: "The table",
        columns:
          "size|companies|0; insertS|to add them and a fifth as many people, s|1; rowsPerS|rows/s|0; tableMb|table MB|0; indexesMb|indexes MB|0",
        rows: facts,
      },
      {
        title: "Clients at once: a list of 20 by an indexed field",
        columns:
          "clients|clients|0; perSecond|requests/s|0; p50|p50 ms|1; p99|p99 ms|1; errors|errors|0; serverMb|server RSS MB|0; postgresMb|Postgres, private MB|0",
        rows: loads,
        note: "One server, a pool of 8 connections.",
      },
    ],
    bars: [],
  };
}
