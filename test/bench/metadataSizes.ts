/** An object with 200 fields and a workspace with 200 objects: what their first queries take, and what planning one takes then. */
import { Client } from "./client.ts";
import { addCustomObjects, claimed, createWorkspace, type Db, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { cpuMs } from "./processes.ts";
import { atMost, median, type Report, type Row } from "./report.ts";
import { type RunningServer, startRelata, startWorld } from "./world.ts";

const FIELDS = 200;
const OBJECTS = 200;
const STANDARD_OBJECTS = 9;
const PLANS = 10;
const TYPES = ["TEXT", "NUMBER", "NUMERIC", "BOOLEAN", "DATE", "DATE_TIME"];

type Size = { name: string; workspace: Workspace; query: (n: number) => string };

async function makeWide(db: Db, workspace: Workspace): Promise<void> {
  const names = Array.from({ length: FIELDS - 20 }, (_, n) => ({ name: `field${n}`, type: TYPES[n % TYPES.length] }));
  const fields = [
    ...names,
    ...Array.from({ length: 20 }, (_, n) => ({ name: `choice${n}`, type: "SELECT", options: [{ value: "A" }, { value: "B" }] })),
  ];
  await db.query("begin");
  await db.query("select set_config('role', 'relata_owner', true), set_config('relata.workspace_id', $1, true)", [workspace.workspaceId]);
  await db.query("select private.create_object($1, $2)", [workspace.workspaceId, { nameSingular: "wide", namePlural: "wides", fields }]);
  await db.query("select private.touch_metadata($1)", [workspace.workspaceId]);
  await db.query("commit");
  await claimed(db, workspace, () => db.query("insert into wide (field0) select 'x' from generate_series(1, 100)"));
}

const selection = (n: number) => Array.from({ length: FIELDS - 20 }, (_, i) => `field${(i + n) % (FIELDS - 20)}`).join(" ");

/** The first query of a server that has answered others, its like that it has not seen, and one that it has. */
async function measure({ port, pid }: RunningServer, { name, workspace, query }: Size): Promise<Row> {
  const client = new Client({ port }, workspace.token);
  const cpuBefore = cpuMs(pid);
  const { ms: first } = await client.get(query(0));
  const cpu = cpuMs(pid) - cpuBefore;
  const unseen: number[] = [];
  const seen: number[] = [];
  for (let n = 1; n <= PLANS; n++) {
    unseen.push((await client.get(query(n))).ms);
    seen.push((await client.get(query(n))).ms);
  }
  client.close();
  return { what: name, first, cpu, unseen: median(unseen), seen: median(seen), plan: median(unseen) - median(seen) };
}

export async function measureSizes(): Promise<Omit<Report, "scenario">> {
  const world = await startWorld();
  const tokens = await makeTokens(world);
  const sizes = await withAdmin(world, async (db): Promise<Size[]> => {
    const [plain, wide, many] = [
      await createWorkspace(db, tokens, "plain"),
      await createWorkspace(db, tokens, "wide"),
      await createWorkspace(db, tokens, "many"),
    ];
    await makeWide(db, wide);
    await addCustomObjects(db, many, OBJECTS - STANDARD_OBJECTS);
    await db.query("vacuum analyze");
    const list = (n: number) =>
      `{ companies(first: ${20 + n}) { edges { node { id name contacts(first: 5) { edges { node { id name } } } } } } }`;
    return [
      { name: "the standard workspace", workspace: plain, query: list },
      {
        name: `an object with ${FIELDS} fields`,
        workspace: wide,
        query: (n) => `{ wides(first: 20) { edges { node { id ${selection(n)} } } } }`,
      },
      {
        name: `a workspace with ${OBJECTS} objects`,
        workspace: many,
        query: (n) =>
          `{ custom${n + 1}: customs${n + 1}(first: 20) { edges { node { id name company { id name customs${n + 2}(first: 5) { edges { node { id } } } } } } } }`,
      },
    ];
  });
  const server = await startRelata(world);
  const rows: Row[] = [];
  for (const size of sizes) rows.push(await measure(server, size));
  await server.stop();
  return {
    tables: [
      {
        title: "Large models",
        columns:
          "what|what; first|first query, with its compile ms|0; cpu|the server's CPU for it ms|0; unseen|a new document ms|1; seen|again ms|1; plan|so its plan ms|1",
        rows,
        note: `One server, one client, one query after the other; medians of ${PLANS} documents. Of the 200 fields, 180 are asked for; of the 200 objects, three.`,
      },
    ],
    bars: rows.slice(1).map((row) => atMost(`compile of ${row["what"]}`, row["first"] as number, 3000, "ms")),
  };
}
