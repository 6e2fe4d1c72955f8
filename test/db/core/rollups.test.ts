/** Rollups: what the records of a list add up to, kept right whoever writes and however many at once. */
import pg from "pg";
import type { ErrorCode } from "../../../src/errors.ts";
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { change, createField, DISAGREEMENTS, expectDenied, expectRefusal, idOf, MEMBER, OWNER, rows, schemaOf, value } from "../support.ts";
import { createThings, field, op, useMade } from "../things.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();

const ROLLUPS = {
  count: ["NUMBER", { dataType: "int" }, { function: "count" }],
  sum: ["NUMERIC", {}, { function: "sum", field: "m" }],
  low: ["NUMBER", {}, { function: "min", field: "n" }],
  last: ["DATE", {}, { function: "max", field: "d" }],
  mean: ["NUMERIC", {}, { function: "avg", field: "m" }],
  good: ["NUMBER", { dataType: "bigint" }, { function: "count", filter: op("and", field("b"), op("greater", field("m"), 10)) }],
  goodSum: ["NUMERIC", {}, { function: "sum", field: "twice", filter: field("b") }],
} as const;

/** What each is by a plain aggregate over the living children. */
const TRUTH = `
  select p.id, p.count, p.sum, p.low, p.last, p.mean, p.good, p.good_sum
  from company p
  where (p.count, p.sum, p.low, p.last, p.mean, p.good, p.good_sum) is distinct from (
    select (count(*)::int, sum(m), min(n), max(d), avg(m), count(*) filter (where b and m > 10), sum(m * 2) filter (where b))
    from thing c where c.maker_id = p.id and c.deleted_at is null)`;

/** things belong to companies, which add them up. */
async function createWorld(db: Db): Promise<{ thing: string; company: string }> {
  const [thing, company] = [await createThings(db), await idOf(db, "company")];
  await createField(db, {
    objectId: thing,
    name: "maker",
    type: "RELATION",
    relation: { targetObjectId: company, targetFieldName: "things" },
  });
  await createField(db, { objectId: thing, name: "twice", type: "NUMERIC", settings: { formula: op("multiply", field("m"), 2) } });
  await db.query(
    "insert into thing (m, n, d, b, maker_id) select g, -g, '2026-01-01', true, (select id from company order by id limit 1) from generate_series(1, 20) g",
  );
  for (const [name, [type, settings, rollup]] of Object.entries(ROLLUPS)) {
    await createField(db, { objectId: company, name, type, settings: { ...settings, rollup: { relation: "things", ...rollup } } });
  }
  return { thing, company };
}

const withWorld = useMade(database, createWorld);

it("starts with the records there are, and counts none as 0", () =>
  withWorld(async (db) => {
    expect(await rows(db, TRUTH)).toEqual([]);
    expect(await rows(db, "select count, sum, low, last::text, good from company order by count desc limit 2")).toEqual([
      { count: 20, sum: "210", low: -20, last: "2026-01-01", good: "10" },
      { count: 0, sum: null, low: null, last: null, good: "0" },
    ]);
    expect(await value(db, "insert into company (name) values ('New') returning count")).toBe(0);
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));

it("cannot be written by members (42501), who change it all the same, and not who changed the parent, or when", () =>
  withWorld(async (db) => {
    await become(db, MEMBER);
    const [parent] = await rows(db, "select id, updated_at, updated_by_name from company order by id limit 1");
    await expectDenied(db, () => db.query("update company set count = 5"));
    await db.query("insert into thing (m, maker_id) values (1000, $1)", [parent!["id"]]);
    const [after] = await rows(db, "select count, sum, updated_at, updated_by_name from company order by id limit 1");
    expect(after).toEqual({ count: 21, sum: "1210", updated_at: parent!["updated_at"], updated_by_name: parent!["updated_by_name"] });
    // It would show.
    await db.query("select pg_sleep(0.01)");
    await db.query("update company set name = 'Other' where id = $1", [parent!["id"]]);
    expect(await value(db, "select updated_at <> $2 from company where id = $1", [parent!["id"], parent!["updated_at"]])).toBe(true);
  }));

it.each<[string, string]>([
  ["deleted", "update thing set deleted_at = now() where m <= 5"],
  ["deleted and restored", "update thing set deleted_at = now() where m <= 5; update thing set deleted_at = null where m <= 3"],
  ["destroyed", "delete from thing where m > 7"],
  ["moved", "update thing set maker_id = (select id from company order by id desc limit 1) where m > 7"],
  ["let go", "update thing set maker_id = null where m > 7"],
  ["changed", "update thing set m = m * 2, b = not b, d = null where m < 9"],
  ["inserted for several parents", "insert into thing (m, maker_id) select 1, id from company order by id limit 50"],
  ["destroyed with their parent", "update company set name = name; delete from company where count > 0"],
  [
    "upserted",
    "insert into thing (id, m) select id, 0 from thing on conflict (id) do update set m = 77, maker_id = null where thing.m < 4",
  ],
])("is right when children are %s, in psql without a claim", (_how, statements) =>
  withWorld(async (db) => {
    await asAdministrator(db, async () => {
      await db.query("select set_config('relata.workspace_id', '', true)");
      const sums = () => rows(db, "select id, count, sum, good_sum from company where count > 0 order by id");
      const before = await sums();
      await db.query(statements);
      expect(await rows(db, TRUTH)).toEqual([]);
      expect(await sums()).not.toEqual(before);
      expect(await value(db, "select current_setting('relata.workspace_id')")).toBe("");
    });
  }),
);

it.each<[string, object, string, ErrorCode, string]>([
  ["along no field", { function: "count" }, "NUMBER", "SETTINGS_INVALID", ".relation"],
  ["along a field that is no list", { relation: "name", function: "count" }, "NUMBER", "SETTINGS_INVALID", ".relation"],
  ["along the side of the many", { relation: "accountOwner", function: "count" }, "NUMBER", "SETTINGS_INVALID", ".relation"],
  ["by no function", { relation: "things" }, "NUMBER", "SETTINGS_INVALID", ".function"],
  ["by a function of SQL", { relation: "things", function: "array_agg", field: "n" }, "NUMBER", "SETTINGS_INVALID", ".function"],
  ["of no field", { relation: "things", function: "sum" }, "NUMBER", "EXPRESSION_INVALID", ".field"],
  [
    "of a hostile field",
    { relation: "things", function: "sum", field: "n) from core.users; --" },
    "NUMBER",
    "EXPRESSION_INVALID",
    ".field",
  ],
  ["as the sum of texts", { relation: "things", function: "sum", field: "t" }, "NUMBER", "SETTINGS_INVALID", ".function"],
  ["of texts in a number", { relation: "things", function: "max", field: "t" }, "NUMBER", "SETTINGS_INVALID", ""],
  ["by a filter that is a number", { relation: "things", function: "count", filter: 5 }, "NUMBER", "EXPRESSION_INVALID", ".filter"],
  ["by a hostile filter", { relation: "things", function: "count", filter: { sql: "true" } }, "NUMBER", "EXPRESSION_INVALID", ".filter"],
  ["of more than there is", { relation: "things", function: "count", having: 1 }, "NUMBER", "SETTINGS_INVALID", ""],
])("cannot be made %s", (_title, rollup, type, code, path) =>
  withWorld(async (db, { company }) => {
    const make = (spec: object) => createField(db, { objectId: company, name: "made", type, settings: { rollup: spec } });
    await expectRefusal(db, () => make(rollup), code, `data.settings.rollup${path}`);
    expect(await make({ relation: "things", function: "count" })).toBeTruthy();
  }),
);

it("can add up rollups of records further down, and formulas of rollups", () =>
  withWorld(async (db, { company }) => {
    const member = await idOf(db, "workspaceMember");
    await createField(db, { objectId: company, name: "double", type: "NUMERIC", settings: { formula: op("multiply", field("sum"), 2) } });
    await createField(db, {
      objectId: member,
      name: "total",
      type: "NUMERIC",
      settings: { rollup: { relation: "accountOwnerForCompanies", function: "sum", field: "double" } },
    });
    await db.query("update company set account_owner_id = (select id from workspace_member order by id limit 1)");
    const total = () => value(db, "select total from workspace_member order by id limit 1");
    expect(await total()).toBe("420");
    await db.query("update thing set m = m + 1");
    expect(await total()).toBe("460");
  }));

it("cannot be made of itself, in a circle of objects (EXPRESSION_INVALID)", () =>
  withWorld(async (db, { company }) => {
    await createField(db, {
      objectId: company,
      name: "parent",
      type: "RELATION",
      relation: { targetObjectId: company, targetFieldName: "children" },
    });
    const ofChildren = (name: string, of: string) => ({
      objectId: company,
      name,
      type: "NUMERIC",
      settings: { rollup: { relation: "children", function: "sum", field: of } },
    });
    await expectRefusal(db, () => createField(db, ofChildren("total", "total")), "EXPRESSION_INVALID");
    await createField(db, { objectId: company, name: "own", type: "NUMERIC", settings: { formula: field("annualRecurringRevenue") } });
    const total = await createField(db, ofChildren("total", "own"));
    expect(total).toBeTruthy();
    const own = await value(db, "select id from core.fields where name = 'own'");
    await asAdministrator(db, () =>
      expectRefusal(db, () => db.query("select private.set_formula($1, $2)", [own, JSON.stringify(field("total"))]), "EXPRESSION_INVALID"),
    );
    // A family that goes in circles is added up all the same.
    await db.query("update company set parent_id = id, annual_recurring_revenue = 5 where name = (select min(name) from company)");
    expect(await value(db, "select total from company where parent_id = id limit 1")).toBeTruthy();
  }));

it("follows the children's table and fields to their new names", () =>
  withWorld(async (db, { thing }) => {
    await change(db, "updateObject", { id: thing, nameSingular: "gadget", namePlural: "gadgets" });
    const m = await value(db, "select id from core.fields where object_id = $1 and name = 'm'", [thing]);
    await change(db, "updateField", { id: m, name: "price" });
    await db.query("update gadget set price = price + 1");
    expect(await rows(db, TRUTH.replaceAll("thing", "gadget").replaceAll("(m", "(price").replaceAll(" m ", " price "))).toEqual([]);
    expect(await value(db, "select sum from company where count > 0")).toBe("230");
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));

it("can add up something else", () =>
  withWorld(async (db, { company }) => {
    const [made] = await rows<{ id: string; settings: { rollup: object } }>(
      db,
      "select id, settings from core.fields where object_id = $1 and name = 'count'",
      [company],
    );
    const set = (rollup: object) => asAdministrator(db, () => value(db, "select private.set_rollup($1, $2)", [made!.id, rollup]));
    const few = { relation: "things", function: "max", field: "i", filter: op("less", field("m"), 5) };
    expect(await set(few)).toEqual(made!.settings.rollup);
    await db.query("update thing set i = m");
    expect(await rows(db, "select count from company order by sum nulls last limit 2")).toEqual([{ count: 4 }, { count: null }]);
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
    await set(made!.settings.rollup);
    expect(await rows(db, TRUTH)).toEqual([]);
  }));

it("leaves no trigger when its relation is let go, and is right again when it is back", () =>
  withWorld(async (db, { thing }) => {
    await asAdministrator(db, async () => {
      const relation = await value(db, "select l.id from core.relations l where l.from_object_id = $1", [thing]);
      await db.query("select private.drop_rollups($1)", [relation]);
      await db.query("delete from thing where m > 5");
      expect((await rows(db, TRUTH)).length).toBe(1);
      await db.query("select private.build_rollups($1), private.fill_rollups($1)", [relation]);
      expect(await rows(db, TRUTH)).toEqual([]);
      expect(await rows(db, DISAGREEMENTS)).toEqual([]);
    });
  }));

describe("with many who write at once", () => {
  const seeds = [1, 2, 3];
  // They commit.
  const database = useTestDatabase();
  let schema = "";

  beforeAll(async () => {
    await withMemberDb(database.adminUrl, OWNER, async (db) => {
      await createWorld(db);
      await db.query("commit");
    });
    schema = await withAdminDb(database.adminUrl, (db) => schemaOf(db, "acme"));
  });

  /** Writes at random for a while; a transaction that is told to try again does. */
  async function write(seed: number): Promise<number> {
    const db = new pg.Client({ connectionString: database.adminUrl });
    await db.connect();
    let state = seed;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const parent = () => `(select id from company order by id offset ${random(6)} limit 1)`;
    const some = () => `id in (select id from thing order by md5(id::text || '${random(1000)}') limit ${1 + random(8)})`;
    const statements = [
      () =>
        `insert into thing (m, n, b, maker_id) select ${random(100)}, g, g % 2 = 0, ${parent()} from generate_series(1, ${1 + random(5)}) g`,
      () => `insert into thing (m, maker_id) select ${random(100)}, id from company order by id limit 6`,
      () => `update thing set maker_id = ${parent()} where ${some()}`,
      () => `update thing set maker_id = null where ${some()}`,
      () => `update thing set m = ${random(100)}, b = not b where ${some()}`,
      () => `update thing set deleted_at = case when deleted_at is null then now() end where ${some()}`,
      () => `delete from thing where ${some()}`,
    ];
    let done = 0;
    await db.query("select set_config('search_path', $1, false), set_config('deadlock_timeout', '10ms', false)", [schema]);
    for (let n = 0; n < 60; n++) {
      try {
        await db.query("begin");
        for (let m = 0; m <= random(3); m++) await db.query(statements[random(statements.length)]!());
        await db.query(random(5) === 0 ? "rollback" : "commit");
        done++;
      } catch (error) {
        await db.query("rollback");
        if ((error as { code?: string }).code !== "40P01") throw error; // two who go opposite ways
      }
    }
    await db.end();
    return done;
  }

  it.each(seeds)("is what a plain aggregate says (seed %i)", async (seed) => {
    const done = await Promise.all([write(seed * 11), write(seed * 22 + 1), write(seed * 33 + 2)]);
    expect(Math.min(...done)).toBeGreaterThan(20);
    await withAdminDb(database.adminUrl, async (db) => {
      await db.query("select set_config('search_path', $1, true)", [schema]);
      expect(await rows(db, TRUTH)).toEqual([]);
      expect(Number(await value(db, "select count(*) from company where count > 0"))).toBeGreaterThan(2);
    });
  });
});
