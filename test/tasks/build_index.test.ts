/** The job that builds an index on a large table, beside those who write, and whoever kills it. */
import type { ChildProcess } from "node:child_process";
import pg from "pg";
import { useTestDatabase } from "../helpers/db.ts";
import { adminQuery, spawnMain, until } from "../helpers/server.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();
const sql = <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => adminQuery<Row>(database.adminUrl, text, values);

const workers: ChildProcess[] = [];
async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.kill("SIGKILL");
  await ended;
}
afterEach(async () => {
  for (const worker of workers.splice(0)) await kill(worker);
});

function startWorker(): ChildProcess {
  const worker = spawnMain("worker", { PG_DATABASE_URL: database.adminUrl });
  worker.stdout!.resume();
  worker.stderr!.resume();
  workers.push(worker);
  return worker;
}

/** A table that PostgreSQL takes for a large one, and an index on it that waits for a worker. */
async function createIndex(fields: string[], isUnique = false): Promise<string> {
  await sql("update pg_class set reltuples = 60000 where oid = 'company'::regclass");
  const [made] = await sql<{ id: string }>(
    `with claim as materialized (select set_config('relata.permissions', '*', false))
     select core.apply_changes(jsonb_build_array(jsonb_build_object('kind', 'createIndex', 'data', jsonb_build_object('objectId', o.id, 'isUnique', $2::boolean, 'fields', (
       select jsonb_agg(jsonb_build_object('fieldId', f.id) order by array_position($1, f.name)) from core.fields f
       where f.object_id = o.id and f.name = any ($1)))))) #>> '{changes,0,id}' as id
     from claim, core.objects o where o.name_singular = 'company' and o.workspace_id = authz.workspace_id()`,
    [fields, isUnique],
  );
  return made!.id;
}

const stateOf = async (id: string) =>
  (
    await sql<{ status: string; is_valid: boolean | null }>(
      "select i.status, j.is_valid from core.indexes i, private.index_job(i.id) j where i.id = $1",
      [id],
    )
  )[0];
const untilReady = (id: string) =>
  until(
    () => stateOf(id),
    (state) => state?.status === "READY",
  );

it("can build what waits, and says that it is ready", async () => {
  const id = await createIndex(["industry"]);
  expect(await stateOf(id)).toEqual({ status: "BUILDING", is_valid: null });
  startWorker();
  expect(await untilReady(id)).toEqual({ status: "READY", is_valid: true });
});

it("can be killed while it builds, and builds anew", async () => {
  const id = await createIndex(["employees"]);
  // Who writes and does not end holds up an index that is built beside him.
  const writer = new pg.Client({ connectionString: database.adminUrl });
  await writer.connect();
  const [{ table }] = (await sql<{ table: string }>("select 'company'::regclass::oid::text as table")) as [{ table: string }];
  await writer.query("begin");
  await writer.query(
    `lock table ${(await sql<{ name: string }>("select current_setting('search_path') as name"))[0]!.name}.company in row exclusive mode`,
  );
  const first = startWorker();
  const builders = () =>
    sql<{ pid: number; phase: string }>(
      "select pid, phase from pg_stat_progress_create_index where datname = current_database() and relid = $1::oid",
      [table],
    );
  // Once it waits, what it has begun is in the catalog.
  const [builder] = await until(builders, ([found]) => found?.phase === "waiting for writers before build");
  await kill(first);
  await sql("select pg_terminate_backend($1)", [builder!.pid]);
  await until(builders, (found) => found.length === 0);
  await writer.query("rollback");
  await writer.end();
  expect(await stateOf(id)).toEqual({ status: "BUILDING", is_valid: false });

  startWorker();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  // The dead worker's job would wait for four hours; the clock finds it, a minute after.
  expect((await stateOf(id))!.status).toBe("BUILDING");
  await sql("update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_at is not null");
  await sql("select graphile_worker.add_job('resume_indexes')");
  expect(await untilReady(id)).toEqual({ status: "READY", is_valid: true });
});

it("cannot be unique over what came twice meanwhile: it has failed, and leaves nothing", async () => {
  const id = await createIndex(["name", "domainName"], true);
  await sql("insert into company (name, domain_name) values ('Twice', 'twice.test'), ('Twice', 'twice.test')");
  startWorker();
  expect(
    await until(
      () => stateOf(id),
      (state) => state?.status === "FAILED",
    ),
  ).toEqual({ status: "FAILED", is_valid: null });
});

it("can find that its index is not wanted any more, and leaves nothing", async () => {
  const id = await createIndex(["address"]);
  const [{ name }] = (await sql<{ name: string }>("select name from core.indexes where id = $1", [id])) as [{ name: string }];
  // As one that was killed would have left it.
  await sql(`create index "${name}" on company (address, id)`);
  await sql("delete from core.indexes where id = $1", [id]);
  startWorker();
  await until(
    () => sql("select from pg_class where relname = $1", [name]),
    (found) => found.length === 0,
  );
});

it("can build what came out of the trash before it was there", async () => {
  const claim = "with claim as materialized (select set_config('relata.permissions', '*', false))";
  const apply = async (kind: string, data: object) =>
    (
      await sql<{ done: { id: string; changeId: string } }>(`${claim} select core.apply_changes($1) #> '{changes,0}' as done from claim`, [
        JSON.stringify([{ kind, data }]),
      ])
    )[0]!.done;
  const { id: objectId } = await apply("createObject", { nameSingular: "rocket", namePlural: "rockets" });
  await sql("update pg_class set reltuples = 60000 where oid = 'rocket'::regclass");
  const { id } = await apply("createIndex", { objectId, fields: [{ fieldId: "rocket.name" }] });
  const { changeId } = await apply("deleteObject", { id: objectId });
  startWorker();
  const jobs = () => sql("select from graphile_worker.jobs where key like $1", [`build_index.%.${id}.%`]);
  await until(jobs, (found) => found.length === 0);
  expect(await stateOf(id)).toBeUndefined();
  await sql(`${claim} select core.undo_change($1) from claim`, [changeId]);
  expect(await untilReady(id)).toEqual({ status: "READY", is_valid: true });
});
