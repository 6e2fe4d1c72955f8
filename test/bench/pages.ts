/**
 * Pages of a list of 1,000,000 records, the first and the five-thousandth by cursor, sorted
 * by each kind of field that has an index, in every direction: how long PostgreSQL takes,
 * as it says itself (pg_stat_statements), and whether each page is the one that `offset` finds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startEmbeddedPostgres } from "../../src/embeddedPostgres.ts";
import { migrateDatabase } from "../../src/migrate.ts";
import { onCleanup } from "./cleanup.ts";
import { Client } from "./client.ts";
import { createWorkspace, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { atMost, type Options, progress, type Report } from "./report.ts";
import { APP_SECRET, startRelata, temporaryFolder, type World } from "./world.ts";

const PAGE = 60;
const SETTLE_MS = 3000;
const DIRECTIONS = ["AscNullsFirst", "AscNullsLast", "DescNullsFirst", "DescNullsLast"];
const OPTIONS = ["NEW", "SCREENING", "MEETING", "PROPOSAL", "WON", "LOST"];
const EMPTY = "random() < 0.2 then null else";
/** Fields by type, and random values of each. */
const FIELDS: Record<string, { type: string; settings?: object; options?: object[]; sql: string }> = {
  title: { type: "TEXT", sql: "md5(random()::text)" },
  count: { type: "NUMBER", settings: { dataType: "int" }, sql: "(random() * 1000)::int" },
  ratio: { type: "NUMBER", sql: "random()" },
  price: { type: "NUMERIC", sql: "(random() * 1e6)::numeric(12, 2)" },
  day: { type: "DATE", sql: "date '2020-01-01' + (random() * 2000)::int" },
  moment: { type: "DATE_TIME", sql: "timestamptz '2020-01-01' + random() * interval '5 years'" },
  flag: { type: "BOOLEAN", sql: "random() < 0.5" },
  code: { type: "UUID", sql: "gen_random_uuid()" },
  stage: {
    type: "SELECT",
    options: OPTIONS.map((value) => ({ value })),
    sql: `(array['${OPTIONS.join("','")}'])[1 + floor(random() * 6)]`,
  },
};

/** A PostgreSQL that remembers how long each statement took, to be planned and to run. */
async function startTimedWorld(): Promise<{ world: World; takeTime: () => Promise<number> }> {
  const settings = { shared_preload_libraries: "pg_stat_statements", autovacuum: "off", shared_buffers: "512MB" };
  const postgres = await startEmbeddedPostgres(
    await temporaryFolder(),
    Object.entries({ ...settings, "pg_stat_statements.track_planning": "on" }).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  );
  onCleanup(() => postgres.stop());
  await migrateDatabase(postgres.url, APP_SECRET);
  const world = { adminUrl: postgres.url, postgresPid: 0 };
  const db = new pg.Client({ connectionString: postgres.url });
  await db.connect();
  onCleanup(() => db.end());
  await db.query("create extension pg_stat_statements");
  const takeTime = async () => {
    const { rows } = await db.query<{ ms: number }>(
      `select sum(total_plan_time + total_exec_time) as ms from pg_stat_statements where query ~ '^select\\s+__thing__'`,
    );
    await db.query("select pg_stat_statements_reset()");
    return rows[0]!.ms;
  };
  return { world, takeTime };
}

async function makeTable(world: World, workspace: Workspace, client: Client, rows: number): Promise<void> {
  type Created = { createOneObject: { id: string } };
  const { createOneObject: made } = (
    await client.ask<Created>('mutation { createOneObject(data: { nameSingular: "thing", namePlural: "things" }) { id } }', {}, "/metadata")
  ).data!;
  const ids: string[] = [];
  for (const [name, { type, settings, options }] of Object.entries(FIELDS)) {
    const data = { objectId: made.id, name, type, settings, options };
    const { data: field, text } = await client.ask<{ createOneField: { id: string } | null }>(
      "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }",
      { data },
      "/metadata",
    );
    if (!field?.createOneField) throw new Error(text);
    ids.push(field.createOneField.id);
  }
  progress(`${rows} rows`);
  const values = Object.values(FIELDS).map(({ sql }) => `case when ${EMPTY} ${sql} end`);
  await withAdmin(world, async (db) => {
    await db.query(`set search_path = ${workspace.schemaName}`);
    await db.query("select set_config('relata.workspace_id', $1, false)", [workspace.workspaceId]);
    await db.query(
      `insert into thing (name, ${Object.keys(FIELDS).join(", ")}) select 'Thing ' || n, ${values.join(", ")} from generate_series(1, $1) n`,
      [rows],
    );
    progress("indexes");
    for (const id of ids) {
      const data = { objectId: made.id, fields: [{ fieldId: id }] };
      const { text } = await client.ask(
        "mutation ($data: CreateIndexInput!) { createOneIndex(data: $data) { id } }",
        { data },
        "/metadata",
      );
      if (text.includes("errors")) throw new Error(text);
    }
    // What the job does (tasks/build_index.ts), for which no worker is here.
    const { rows: building } = await db.query<{ id: string; statement: string }>(
      "select id, private.index_statement(id, false) as statement from core.indexes where status = 'BUILDING'",
    );
    for (const { id, statement } of building) {
      await db.query(statement);
      await db.query("select private.set_index_status($1, 'READY')", [id]);
    }
    await db.query("vacuum analyze thing");
  });
}

type List = { things: { nodes: { id: string }[]; pageInfo: { endCursor: string } } };
const LIST = `query ($orderBy: [ThingOrderByInput!], $first: Int, $after: String, $offset: Int) {
  things(orderBy: $orderBy, first: $first, after: $after, offset: $offset) { nodes { id name } pageInfo { hasNextPage endCursor } }
}`;

export async function runPages({ count = 1_000_000, isQuick }: Options): Promise<Report> {
  const rows = isQuick ? Math.min(count, 100_000) : count;
  const { world, takeTime } = await startTimedWorld();
  const workspace = await withAdmin(world, async (db) => createWorkspace(db, await makeTokens(world), "pages"));
  const server = await startRelata(world, [], { PG_STATEMENT_TIMEOUT_MS: "120000", PG_POOL_MAX_CONNECTIONS: "1" });
  const client = new Client(server, workspace.token);
  await makeTable(world, workspace, client, rows);
  const far = Math.min(4999 * PAGE, rows - 2 * PAGE);

  const ask = async (variables: object) => {
    const { data, text } = await client.ask<List>(LIST, variables);
    if (!data?.things) throw new Error(text);
    return data.things;
  };
  const timed = async (variables: object) => {
    const ms: number[] = [];
    let page: List["things"] | undefined;
    for (let n = 0; n < 3; n++) {
      await takeTime();
      page = await ask(variables);
      ms.push(await takeTime());
    }
    return { ids: page!.nodes.map(({ id }) => id), ms: ms.sort((a, b) => a - b)[Math.floor(ms.length / 2)] ?? Number.NaN };
  };

  // The schema is compiled anew for the indexes, and the old one answers meanwhile.
  await ask({ first: 1 });
  await sleep(SETTLE_MS);

  const found: { field: string; direction: string; first: number; later: number; isRight: string }[] = [];
  for (const field of [...Object.keys(FIELDS), "createdAt", "position", "id"]) {
    for (const direction of DIRECTIONS) {
      const orderBy = [{ [field]: direction }];
      const first = await timed({ orderBy, first: PAGE });
      const { pageInfo } = await ask({ orderBy, first: 1, offset: far - 1 });
      const later = await timed({ orderBy, first: PAGE, after: pageInfo.endCursor });
      const wanted = await ask({ orderBy, first: PAGE, offset: far });
      const isRight = wanted.nodes.map(({ id }) => id).join() === later.ids.join() ? "yes" : "NO";
      progress(`${field} ${direction}: ${first.ms} ${later.ms} ${isRight}`);
      found.push({ field, direction, first: first.ms, later: later.ms, isRight });
    }
  }
  client.close();
  const slowest = (key: "first" | "later") => Math.max(...found.map((one) => one[key]));
  return {
    scenario: "pages",
    tables: [
      {
        title: `Pages of ${PAGE} of ${rows} records, a fifth of each field empty (ms in PostgreSQL, planning and running; median of 3)`,
        columns: `field|field; direction|direction; first|page 1|2; later|page ${Math.round(far / PAGE) + 1} by cursor|2; isRight|as by offset`,
        rows: found,
      },
    ],
    bars: [atMost("page 1, slowest", slowest("first"), 20, "ms"), atMost("page by cursor, slowest", slowest("later"), 20, "ms")],
  };
}
