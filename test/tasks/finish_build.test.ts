/** What a change leaves to a job on a large table: it comes to be, or fails with a reason and leaves nothing, whoever is killed. */
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { LargeTables, type Row } from "./largeTables.ts";

const FOLDER = new URL("../db/lints/", import.meta.url);
const LINTS = readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER), "utf8")] as const);

const large = new LargeTables();
type Thing = Awaited<ReturnType<typeof large.object>>;

const field = (name: string) => ({ field: name });
const op = (name: string, ...args: unknown[]) => ({ op: name, args });
const TWICE = { type: "NUMBER", settings: { formula: op("multiply", field("n"), 2) } };

type Good = {
  steps: string[];
  /** What the change waits for, and the change. */
  change: (thing: Thing) => Promise<{ id: string; jobs: { steps: string[] }[] }>;
  /** In SQL, of the table t: true while it is being built, and when it is ready. */
  meanwhile: string;
  after: string;
};

const create = (data: Row) => (thing: Thing) => large.apply("createField", { objectId: thing.id, ...data });
const update = (name: string, data: Row) => (thing: Thing) => large.apply("updateField", { id: thing.field[name]!, ...data });
const relate = (type: string) => async (thing: Thing) =>
  create({ name: "other", type: "RELATION", relation: { type, targetObjectId: thing.id, targetFieldName: "others" } })(thing);

const notNull = (column: string) => `(select attnotnull from pg_attribute where attrelid = 't'::regclass and attname = '${column}')`;
const hidden = (column: string) =>
  `(select col_description('t'::regclass, attnum) like '%@hidden%' from pg_attribute where attrelid = 't'::regclass and attname = '${column}')`;
const index = (like: string) => `exists (select from pg_indexes where tablename = 't' and indexdef like '${like}')`;
const checks = (like: string, isValid: boolean) =>
  `exists (select from pg_constraint where conrelid = 't'::regclass and conname like '${like}' and convalidated = ${isValid})`;

const GOOD: Record<string, Good> = {
  "a formula": {
    steps: ["FILL"],
    change: create({ name: "twice", ...TWICE }),
    meanwhile: `${hidden("twice")} and (select bool_and(twice is null) from t)`,
    after: `not ${hidden("twice")} and (select bool_and(twice = n * 2 and updated_at = created_at) from t)`,
  },
  "a unique formula": {
    steps: ["FILL", "UNIQUE"],
    change: create({ name: "twice", isUnique: true, ...TWICE }),
    meanwhile: `not ${index("%twice%")}`,
    after: index("CREATE UNIQUE%(twice) WHERE (deleted_at IS NULL)"),
  },
  "a required UUID of its own": {
    steps: ["FILL", "CHECKS", "REQUIRED", "UNIQUE"],
    change: create({ name: "key", type: "UUID", defaultValue: "uuid", isNullable: false, isUnique: true }),
    meanwhile: `not ${notNull("key")} and ${checks("key_given", false)} and (select bool_and(key is null) from t)`,
    after: `${notNull("key")} and not ${checks("key_given", true)} and (select count(distinct key) = count(*) from t)`,
  },
  "what is required": {
    steps: ["CHECKS", "REQUIRED"],
    change: update("note", { isNullable: false }),
    meanwhile: `not ${notNull("note")} and ${checks("note_given", false)}`,
    after: `${notNull("note")} and not ${checks("note_given", true)}`,
  },
  "what is required of a composite": {
    steps: ["CHECKS", "REQUIRED"],
    change: update("who", { isNullable: false }),
    meanwhile: checks("who.%_given", false),
    after: `${checks("who.%_given", true)} and not ${checks("who.%_given", false)}`,
  },
  "what is unique": {
    steps: ["UNIQUE"],
    change: update("n", { isUnique: true }),
    meanwhile: `not ${index("%n_key_%")}`,
    after: index("CREATE UNIQUE INDEX n_key_%(n) WHERE (deleted_at IS NULL)"),
  },
  "a relation": {
    steps: ["INDEXES"],
    change: relate("MANY_TO_ONE"),
    meanwhile: `not ${index("%(other_id%")}`,
    after: index("%(other_id, id) WHERE (other_id IS NOT NULL)"),
  },
  "a ONE_TO_ONE": {
    steps: ["INDEXES"],
    change: relate("ONE_TO_ONE"),
    meanwhile: `not ${index("%(other_id%")}`,
    after: `${index("CREATE UNIQUE%(other_id)%")} and ${index("%(other_id, id)%")}`,
  },
  "a rule": {
    steps: ["CHECKS"],
    change: (thing) => large.apply("createRule", { objectId: thing.id, name: "positive", expression: op("greater", field("n"), 0) }),
    meanwhile: checks("positive_rule", false),
    after: checks("positive_rule", true),
  },
  "another formula": {
    steps: ["FILL"],
    change: update("thrice", { settings: { formula: op("multiply", field("n"), 30) } }),
    meanwhile: `${hidden("thrice")} and (select bool_and(thrice = n * 3) from t)`,
    after: `not ${hidden("thrice")} and (select bool_and(thrice = n * 30) from t)`,
  },
};

/** FULL_NAME's parts may be empty; EMAILS' first may not when the field is required. */
const FIELDS = [
  { name: "who", type: "EMAILS", defaultValue: { primaryEmail: "a@b.test" } },
  { name: "thrice", type: "NUMBER", settings: { formula: op("multiply", field("n"), 3) } },
];
const holds = async ({ table }: Thing, id: string, condition: string) => {
  const text = condition.replaceAll("'t'", `'${table}'`).replaceAll(" from t)", ` from ${table})`).replaceAll("$1", `'${id}'`);
  return (await large.sql<{ yes: boolean }>(`select ${text} as yes`))[0]!.yes;
};

type Bad = { spoil: string; change: Good["change"]; reason: RegExp; after: string };
const BAD: Record<string, Bad> = {
  "required, when a record has no value": {
    spoil: "update t set note = null where n < 4",
    change: update("note", { isNullable: false }),
    reason: /^It cannot be required: 3 records have no value\./,
    after: `not ${notNull("note")} and not ${checks("note_given", false)} and (select is_nullable from core.fields where id = $1)`,
  },
  "unique, when two records are the same": {
    spoil: "update t set n = 7 where n in (8, 9)",
    change: update("n", { isUnique: true }),
    reason: /^It cannot be unique: 3 records have the same value as another\.$/,
    after: `not ${index("%n_key_%")} and (select not is_unique from core.fields where id = $1)`,
  },
  "a rule that records break": {
    spoil: "update t set n = -1 where n < 3",
    change: GOOD["a rule"]!.change,
    reason: /^2 of the records there are break this rule/,
    after: `not ${checks("positive_rule", false)} and not ${checks("positive_rule", true)}`,
  },
  "a formula that cannot be computed": {
    spoil: "update t set n = 1e12 where n = 5",
    change: create({ name: "twice", ...TWICE, settings: { ...TWICE.settings, dataType: "int" } }),
    reason: /^The formula cannot be computed for every record: integer out of range\.$/,
    after: `${hidden("twice")} and not exists (select from pg_trigger where tgrelid = 't'::regclass and tgname = '_500_formulas')`,
  },
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
  }, 30_000);
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
  for (const deadline = Date.now() + 20_000; (await left()).length !== 1 && Date.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await left()).toEqual([{ n: 9 }]);
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
}, 60_000);
