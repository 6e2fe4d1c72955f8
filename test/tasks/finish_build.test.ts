/** What a change leaves to a job on a large table: it comes to be, or fails with a reason and leaves nothing, whoever is killed. */
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { until } from "../helpers/server.ts";
import { BAD, create, FIELDS, field, GOOD, type Good, op, relate, type Thing, TWICE, update } from "./largeCases.ts";
import { LargeTables } from "./largeTables.ts";
import "../helpers/slow.ts";

const FOLDER = new URL("../../db/lints/", import.meta.url);
const LINTS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".sql"))
  .map((name) => [name, readFileSync(new URL(name, FOLDER), "utf8")] as const);

const large = new LargeTables();

const holds = async ({ table }: Thing, id: string, condition: string) => {
  const text = condition.replaceAll("'t'", `'${table}'`).replaceAll(" from t)", ` from ${table})`).replaceAll("$1", `'${id}'`);
  return (await large.sql<{ yes: boolean }>(`select ${text} as yes`))[0]!.yes;
};

describe("what is left to a job", () => {
  type Begun = { thing: Thing; id: string; jobs: { steps: string[] }[]; meanwhile: unknown[] };
  const begun = new Map<string, Begun>();

  async function begin(name: string, change: Good["change"], { spoil, look = [] }: { spoil?: string; look?: string[] }): Promise<void> {
    const thing = await large.object(FIELDS);
    if (spoil) await large.sql(spoil.replace("update t ", `update ${thing.table} `));
    const { id, jobs } = await change(thing);
    const seen = await Promise.all(look.map((condition) => holds(thing, id, condition)));
    begun.set(name, { thing, id, jobs, meanwhile: [(await large.stateOf(id)).status, ...seen] });
  }

  beforeAll(async () => {
    for (const [name, { change, meanwhile, after }] of Object.entries(GOOD)) await begin(name, change, { look: [meanwhile, after] });
    for (const [name, { change, spoil }] of Object.entries(BAD)) await begin(name, change, { spoil });
    expect(await large.disagreements()).toEqual([]);
    large.startWorker();
  });
  afterAll(() => large.killWorkers());

  it.each(Object.entries(GOOD))("can come to be beside those who write: %s", async (name, { steps, after }) => {
    const { thing, id, jobs, meanwhile } = begun.get(name)!;
    expect(jobs.map((job) => job.steps)).toEqual([steps]);
    expect(meanwhile).toEqual(["BUILDING", true, false]);
    expect(await large.untilDone(id)).toEqual({ status: "READY", reason: null, building: [] });
    expect(await holds(thing, id, after)).toBe(true);
  });

  it.each(Object.entries(BAD))(
    "cannot be, for the records there are, and then nothing of it is (FAILED): %s",
    async (name, { reason, after }) => {
      const { thing, id, meanwhile } = begun.get(name)!;
      expect(meanwhile).toEqual(["BUILDING"]);
      expect(await large.untilDone(id)).toMatchObject({ status: "FAILED", reason: expect.stringMatching(reason) });
      expect(await holds(thing, id, after)).toBe(true);
      // Nobody is kept from writing what could be written before.
      await large.sql(`insert into ${thing.table} (n, note) values (7, null), (-1, null), (1e12, null)`);
    },
  );

  it("leaves metadata and catalog that agree, and nothing that a lint finds", async () => {
    expect(await large.disagreementsInTheEnd()).toEqual([]);
    // And would find it, if the trigger were another.
    await large.sql("begin");
    await large.sql(`drop trigger _500_formulas on ${begun.get("a formula")!.thing.table}`);
    expect(JSON.stringify(await large.disagreements())).toMatch(/in the metadata only: formulas /);
    await large.sql("rollback");
    for (const [name, text] of LINTS) expect({ name, faults: await large.sql(text) }).toEqual({ name, faults: [] });
  });
});

describe("what is not there yet", () => {
  afterEach(() => large.killWorkers());

  it("binds whoever writes already: rules, required fields and formulas", async () => {
    const thing = await large.object(FIELDS);
    await update("note", { isNullable: false })(thing);
    await GOOD["a rule"]!.change(thing);
    await create({ name: "twice", ...TWICE })(thing);
    const errorOf = (statement: string) =>
      large.sql(statement).catch((error: { code: string; constraint: string }) => [error.code, error.constraint]);
    expect(await errorOf(`insert into ${thing.table} (n) values (1)`)).toEqual(["23514", "note_given"]);
    expect(await errorOf(`insert into ${thing.table} (n, note) values (-1, 'x')`)).toEqual(["RULED", "positive"]);
    expect(await large.sql(`insert into ${thing.table} (n, note, twice) values (21, 'x', 1) returning twice`)).toEqual([{ twice: 42 }]);
  });

  it("can be undone, and renamed, before the job comes to it", async () => {
    const thing = await large.object(FIELDS);
    const wanted = await update("note", { isNullable: false })(thing);
    const made = await create({ name: "twice", ...TWICE })(thing);
    await large.apply("updateField", { id: thing.field["n"], name: "number" });
    await large.apply("updateField", { id: made.id, name: "doubled" });
    await large.undo((wanted as unknown as { changeId: string }).changeId);
    expect(await large.stateOf(thing.field["note"]!)).toMatchObject({ building: expect.not.arrayContaining(["REQUIRED"]) });
    expect(await large.disagreements()).toEqual([]);
    large.startWorker();
    expect((await large.untilDone(made.id)).status).toBe("READY");
    expect((await large.untilDone(thing.field["note"]!)).status).toBe("READY");
    expect(await large.sql(`insert into ${thing.table} (number) values (4) returning doubled`)).toEqual([{ doubled: 8 }]);
    expect(await large.disagreementsInTheEnd()).toEqual([]);
  });

  it("can go to the trash and come back, with what its records have become meanwhile", async () => {
    const thing = await large.object(FIELDS);
    const made = await create({ name: "twice", ...TWICE })(thing);
    const related = await relate("MANY_TO_ONE")(thing);
    await large.sql(`update ${thing.table} set other_id = id`);
    await large.enlarge(thing.table);
    const gone = [await large.apply("deleteField", { id: made.id }), await large.apply("deleteField", { id: related.id, force: true })];
    expect(await large.disagreements()).toEqual([]);
    await large.sql(`update ${thing.table} set n = n + 1`);
    await large.sql(`delete from ${thing.table} where n < 10`);
    await large.sql(`update ${thing.table} set "${await trashed(thing.table)}" = gen_random_uuid() where n = 50`);
    for (const { changeId } of gone) await large.undo(changeId);
    expect((await large.stateOf(related.id)).building).toEqual(["KEYS", "INDEXES"]);
    expect(await large.disagreements()).toEqual([]);
    large.startWorker();
    for (const { id } of [made, related]) expect((await large.untilDone(id)).status).toBe("READY");
    expect(
      await large.sql(
        `select bool_and(twice = n * 2) as right, count(*) filter (where other_id is null)::int as let_go from ${thing.table}`,
      ),
    ).toEqual([{ right: true, let_go: 1 }]);
    expect(await large.disagreementsInTheEnd()).toEqual([]);
  });
});

it("can find an index that somebody's death has left half made, and another formula than the one it began with", async () => {
  const thing = await large.object(FIELDS);
  const { id } = await create({ name: "twice", ...TWICE })(thing);
  const unique = await update("n", { isUnique: true })(thing);
  await large.sql(`update ${thing.table} set n = 1 where n = 2`);
  const [index] = await large.sql<{ name: string }>("select u.name from core.fields f, private.unique_index(f) u where f.id = $1", [
    unique.id,
  ]);
  const half = `create unique index concurrently "${index!.name}" on ${thing.table} (n)`;
  await expect(large.sql(half)).rejects.toThrow(/could not create unique index/);
  await large.sql(`update ${thing.table} set n = 2 where id = (select max(id::text)::uuid from ${thing.table} where n = 1)`);
  await large.sql("select private.fill_batch($1, null)", [id]);
  const begun = await large.sql<{ token: string }>("select token from private.next_build('FIELD', $1)", [id]);
  await large.apply("updateField", { id, settings: { formula: op("multiply", field("n"), 20) } });
  await large.sql("select private.end_build_step('FIELD', $1, 'FILL', $2)", [id, begun[0]!.token]);
  expect(await large.stateOf(id)).toMatchObject({ status: "BUILDING", building: ["FILL"] });
  large.startWorker();
  for (const it of [id, unique.id]) expect((await large.untilDone(it)).status).toBe("READY");
  expect(await large.sql(`select bool_and(twice = n * 20) as right from ${thing.table}`)).toEqual([{ right: true }]);
  expect(await large.disagreementsInTheEnd()).toEqual([]);
  await large.killWorkers();
});

const trashed = async (table: string) =>
  (
    await large.sql<{ name: string }>(
      "select attname as name from pg_attribute where attrelid = $1::regclass and attname like 'trash:%' and atttypid = 'uuid'::regtype",
      [table],
    )
  )[0]!.name;

it("can be killed while it fills, and goes on", async () => {
  const thing = await large.object(FIELDS);
  const { id } = await create({ name: "twice", ...TWICE })(thing);
  // Whoever has a record locked is waited for, and in nobody's way.
  const writer = new pg.Client({ connectionString: large.adminUrl });
  await writer.connect();
  const [{ schema }] = (await large.sql<{ schema: string }>("select current_setting('search_path') as schema")) as [{ schema: string }];
  await writer.query("begin");
  await writer.query(`select from ${schema}.${thing.table} where n = 9 for update`);
  const worker = large.startWorker();
  const left = () => large.sql<{ n: number }>(`select n from ${thing.table} where twice is null`);
  expect(await until(left, (found) => found.length === 1)).toEqual([{ n: 9 }]);
  await large.kill(worker);
  await writer.query("rollback");
  await writer.end();
  expect((await large.stateOf(id)).status).toBe("BUILDING");
  expect(await left()).toEqual([{ n: 9 }]);

  large.startWorker();
  // The dead worker's job would wait for four hours; the clock finds it, a minute after.
  await large.sql("update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_at is not null");
  await large.sql("select graphile_worker.add_job('resume_indexes')");
  expect((await large.untilDone(id)).status).toBe("READY");
  expect(await left()).toEqual([]);
  expect(await large.disagreementsInTheEnd()).toEqual([]);
});
