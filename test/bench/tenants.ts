/** What many workspaces cost one server: memory, first queries, new objects, and lists across ten of them. */
import { Client } from "./client.ts";
import { claimed, createWorkspace, type Db, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { LoadGenerator, toWire } from "./load.ts";
import { addRecords } from "./records.ts";
import { atMost, type Bar, type Options, percentile, progress, type Report, type Row, type Table, TIMES, times } from "./report.ts";
import { type Memory, readMemory } from "./tenantsMemory.ts";
import { type RunningServer, startRelata, startWorld, type World } from "./world.ts";

const INTERLEAVED = 10;
const LOAD = { connections: 16, warmupMs: 2000, ms: 5000 };
const QUERY =
  "{ companies(first: 20) { edges { node { id name industry employees contacts(first: 5) { edges { node { id name email } } } } } } }";
const CREATE_OBJECT = `mutation CreateObject($data: CreateObjectInput!) { createOneObject(data: $data) { id } }`;
const toSeconds = (ms: number) => ms / 1000;

/** Workspaces alike are to have one shape, and so one compiled schema. */
const countShapes = async (db: Db): Promise<number> =>
  Number((await db.query<{ shapes: string }>("select count(distinct shape) as shapes from core.workspaces")).rows[0]!.shapes);

type Listed = { companies: { edges: { node: { id: string; contacts: { edges: { node: { email: string } }[] } } }[] } };

async function makeWorkspaces(db: Db, world: World, count: number): Promise<{ workspaces: Workspace[]; times: number[] }> {
  const tokens = await makeTokens(world);
  const workspaces: Workspace[] = [];
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now();
    const workspace = await createWorkspace(db, tokens, `bench-${index}`);
    times.push(performance.now() - startedAt);
    await addRecords(db, workspace, 3, 6, workspace.subdomain);
    workspaces.push(workspace);
    if ((index + 1) % 100 === 0) progress(`${index + 1} workspaces`);
  }
  await db.query("vacuum analyze");
  return { workspaces, times };
}

/** Asks one workspace for its list, and answers how long that took. */
async function ask(server: RunningServer, { token, subdomain }: Workspace): Promise<number> {
  const client = new Client(server, token);
  const { data, ms } = await client.get<Listed>(QUERY);
  client.close();
  const contacts = data.companies.edges.flatMap(({ node }) => node.contacts.edges);
  const isOwn = contacts.every(({ node }) => node.email.endsWith(`@${subdomain}.example`));
  if (data.companies.edges.length !== 3 || contacts.length !== 6 || !isOwn)
    throw new Error("A workspace answered with other rows than its own.");
  return ms;
}

async function askAll(server: RunningServer, workspaces: Workspace[]): Promise<number[]> {
  const times: number[] = [];
  for (const workspace of workspaces) times.push(await ask(server, workspace));
  return times;
}

/** A new object through the API, and one beside it, so that the compile can be told from the tables. */
async function changeOne(db: Db, server: RunningServer, [first, second]: Workspace[]): Promise<{ createMs: number; compileMs: number }> {
  const data = { nameSingular: "property", namePlural: "properties" };
  const admin = new Client(server, first!.token);
  const { ms: createMs } = await admin.get(CREATE_OBJECT, { data }, "/metadata");
  await admin.get("{ properties { edges { node { id } } } }");
  admin.close();
  const change = { kind: "createObject", data: { nameSingular: "parcel", namePlural: "parcels" } };
  await claimed(db, second!, () => db.query("select core.apply_changes($1)", [JSON.stringify([change])]));
  const other = new Client(server, second!.token);
  const { ms: compileMs } = await other.get("{ parcels { edges { node { id } } } }");
  other.close();
  return { createMs, compileMs };
}

async function compareInterleaved(server: RunningServer, workspaces: Workspace[], postgresPid: number): Promise<Row[]> {
  const generator = new LoadGenerator();
  const rows: Row[] = [];
  for (const count of [1, Math.min(INTERLEAVED, workspaces.length)]) {
    const requests = workspaces
      .slice(0, count)
      .map(({ token }) => toWire({ method: "POST", path: "/graphql", token, body: JSON.stringify({ query: QUERY }) }));
    const { perSecond, p50, p99, errors } = await generator.run({ port: server.port, requests, ...LOAD }, server.pid, postgresPid);
    rows.push({ what: `${count} workspace${count > 1 ? "s interleaved" : ""}`, perSecond, p50, p99, errors });
  }
  await generator.stop();
  return rows;
}

type Found = {
  shapes: number;
  created: number[];
  cold: number[];
  memory: Memory[];
  changed: { createMs: number; compileMs: number };
  lists: Row[];
};

const toTables = (count: number, { created, cold, memory, changed, lists }: Found): Table[] => [
  {
    title: `Times, ${count} workspaces`,
    columns: TIMES,
    rows: [
      times("a new workspace (SQL)", created),
      times("first query of a cold workspace", cold),
      times("createOneObject, to its answer", [changed.createMs]),
      times("first query after a new object by SQL: the compile", [changed.compileMs]),
    ],
  },
  {
    title: "Memory",
    columns: "what|after; rssMb|server RSS MB|0; collectedMb|after a garbage collection|0; postgresMb|Postgres, private MB|0",
    rows: memory,
    note: "Measured once settled. The server has a pool of 8 connections, whose caches Postgres keeps.",
  },
  {
    title: "Lists of 3 companies with contacts, 16 clients",
    columns: "what|what; perSecond|requests/s|0; p50|p50 ms|1; p99|p99 ms|1; errors|errors|0",
    rows: lists,
  },
];

const toBars = (count: number, { shapes, created, cold, memory, changed }: Found): Bar[] => [
  atMost("shapes of workspaces alike", shapes, 2, ""),
  atMost(`RSS(${count}) − RSS(1)`, memory.at(-1)!.rssMb - memory[0]!.rssMb, 100, "MB"),
  atMost("first query of a cold workspace, p95", percentile(cold, 0.95), 50, "ms"),
  atMost("compile of a new shape", toSeconds(changed.compileMs), 1.5, "s"),
  atMost("a new workspace, max", toSeconds(Math.max(...created)), 1, "s"),
];

async function measure(server: RunningServer, world: World, workspaces: Workspace[]): Promise<Omit<Found, "shapes" | "created">> {
  const memory: Memory[] = [];
  const note = async (what: string) => memory.push(await readMemory(what, server, world));
  await ask(server, workspaces[0]!);
  await note("1 workspace, queried once");
  const always = Array.from(workspaces, () => workspaces[0]!);
  await askAll(server, always);
  await note(`1 workspace, queried ${workspaces.length} times`);
  const cold = await askAll(server, workspaces.slice(1));
  await note(`${workspaces.length} workspaces, queried once each`);
  const changed = await withAdmin(world, (db) => changeOne(db, server, workspaces.slice(-2)));
  const lists = await compareInterleaved(server, workspaces, world.postgresPid);
  return { cold, memory, changed, lists };
}

export async function runTenants({ isQuick, count = isQuick ? 30 : 200 }: Options): Promise<Report> {
  const world = await startWorld();
  // A connection of its own: one that has made them all keeps half a gigabyte of caches.
  const { workspaces, created, shapes } = await withAdmin(world, async (db) => {
    const { workspaces: made, times: took } = await makeWorkspaces(db, world, count);
    return { workspaces: made, created: took, shapes: await countShapes(db) };
  });
  const server = await startRelata(world, ["--expose-gc", "--import", new URL("garbage.ts", import.meta.url).href]);
  const found: Found = { shapes, created, ...(await measure(server, world, workspaces)) };
  return { scenario: "tenants", tables: toTables(count, found), bars: toBars(count, found) };
}
