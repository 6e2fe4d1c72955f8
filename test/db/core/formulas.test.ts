/** Formula fields: generated columns that are read like any other and written by nobody. */
import { type ErrorCode, toRelataError } from "../../../src/errors.ts";
import { asAdministrator, become, type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { change, createField, createObject, DISAGREEMENTS, expectRefusal, GUEST, idOf, MEMBER, OWNER, rows, value } from "../support.ts";
import { asOwnerOfTables, createFormula, createThings, field, op, useMade } from "../things.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();
const asOwner = (work: (db: Db) => Promise<void>) => withMemberDb(database.adminUrl, OWNER, work);
const withThings = useMade(database, createThings);

/** For the administrator. */
const setFormula = (db: Db, id: string, formula: unknown) => value(db, "select private.set_formula($1, $2)", [id, JSON.stringify(formula)]);
/** PostgreSQL says that it makes the column before it asks for the right. */
const GENERATED = /^(428C9|42501)$/;
const agrees = async (db: Db) => expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);

it("can be computed from the record's other fields, at once and as they change", () =>
  asOwner(async (db) => {
    const objectId = await idOf(db, "opportunity");
    const won = op("if", op("equals", field("stage"), "CUSTOMER"), op("multiply", field("amount"), 0.9), 0);
    await createFormula(db, objectId, "expected", "NUMERIC", won);
    const [{ wrong, right }] = (await rows<{ wrong: string; right: string }>(
      db,
      `select count(*) filter (where expected is distinct from case when stage = 'CUSTOMER' then amount * 0.9 else 0 end) as wrong,
              count(*) filter (where expected > 0) as right from opportunity`,
    )) as [{ wrong: string; right: string }];
    expect([Number(wrong), Number(right) > 10]).toEqual([0, true]);
    await become(db, MEMBER);
    const id = await value(db, "insert into opportunity (amount, stage) values (100, 'NEW') returning id");
    expect(await value(db, "update opportunity set stage = 'CUSTOMER' where id = $1 returning expected", [id])).toBe("90.0");
    await agrees(db);
  }));

it("can be read by guests, and written by nobody", () =>
  withThings(async (db, objectId) => {
    await createFormula(db, objectId, "twice", "NUMBER", op("multiply", field("n"), 2));
    await become(db, MEMBER);
    await db.query("insert into thing (n) values (21)");
    for (const statement of ["insert into thing (n, twice) values (1, 2)", "update thing set twice = 1"]) {
      expect((await errorOf(db, () => db.query(statement)))?.code).toMatch(GENERATED);
    }
    const grants = "select count(*) from pg_attribute where attrelid = 'thing'::regclass and attname = 'twice' and attacl is not null";
    expect(await asOwnerOfTables(db, grants)).toBe("0");
    await become(db, GUEST);
    expect(await value(db, "select twice from thing")).toBe(42);
  }));

it.each<[string, unknown, string, unknown]>([
  ["NUMBER", op("divide", 1, field("n")), "n = 0", null],
  ["NUMBER", op("modulo", 1, field("n")), "n = 0", null],
  ["NUMBER", op("add", 1, field("n")), "n = null", null],
  ["TEXT", op("concat", field("t"), "-", field("u")), "t = null, u = 'x'", "-x"],
  ["BOOLEAN", op("isNull", field("t")), "t = null", true],
  ["DATE", op("addMonths", field("d"), 1), "d = '2026-01-31'", "2026-02-28"],
])("can be a %s made by %j: with %s it is %j", (type, formula, given, wanted) =>
  withThings(async (db, objectId) => {
    await createFormula(db, objectId, "made", type, formula);
    await db.query("insert into thing default values");
    expect(await value(db, `update thing set ${given} returning to_jsonb(made)`)).toEqual(wanted);
  }),
);

it.each<[string, object, unknown, string, ErrorCode]>([
  ["NUMBER", { settings: { dataType: "int" } }, op("multiply", field("n"), 1e9), "n = 1e9", "VALUE_OUT_OF_RANGE"],
  ["NUMBER", {}, op("multiply", field("m"), field("m")), "m = 1e200", "VALUE_OUT_OF_RANGE"],
  ["DATE", {}, op("addDays", field("d"), field("i")), "d = '2026-01-01', i = 2147483647", "DATE_OUT_OF_RANGE"],
  ["NUMBER", {}, op("abs", op("round", field("n"), field("m"))), "n = 1, m = 1e40", "VALUE_OUT_OF_RANGE"],
  ["TEXT", {}, op("concat", field("t"), field("t")), "t = repeat('x', 600000)", "CHECK_FAILED"],
])("cannot hold a %s that is too large, which is the writer's error: %j %j", (type, more, formula, given, code) =>
  withThings(async (db, objectId) => {
    await createFormula(db, objectId, "made", type, formula, more);
    await db.query("insert into thing default values");
    expect(toRelataError(await errorOf(db, () => db.query(`update thing set ${given}`)))?.code).toBe(code);
    await db.query("update thing set n = 0, m = 0, d = null, t = 't'");
  }),
);

it.each<[string, string, object, ErrorCode, string]>([
  ["a text in a number", "NUMBER", { settings: { formula: field("t") } }, "EXPRESSION_INVALID", "data.settings.formula"],
  ["a number in a text", "TEXT", { settings: { formula: field("n") } }, "EXPRESSION_INVALID", "data.settings.formula"],
  ["an instant in a day", "DATE", { settings: { formula: field("at") } }, "EXPRESSION_INVALID", "data.settings.formula"],
  ["nothing", "TEXT", { settings: { formula: null } }, "EXPRESSION_INVALID", "data.settings.formula"],
  ["itself", "NUMBER", { settings: { formula: op("add", field("made"), 1) } }, "EXPRESSION_INVALID", "data.settings.formula.args[0]"],
  ["a UUID", "UUID", { settings: { formula: field("link") } }, "SETTINGS_INVALID", "data.settings"],
  ["a default value beside it", "NUMBER", { defaultValue: 1, settings: { formula: field("n") } }, "SETTINGS_INVALID", "data.settings"],
  ["a formula and a rollup", "NUMBER", { settings: { formula: field("n"), rollup: {} } }, "SETTINGS_INVALID", "data.settings"],
])("cannot be made of %s", (_title, type, spec, code, path) =>
  withThings(async (db, objectId) => {
    await expectRefusal(db, () => createField(db, { objectId, name: "made", type, ...spec }), code, path);
    expect(await createFormula(db, objectId, "made", "NUMBER", field("n"))).toBeTruthy();
  }),
);

it("can use other formulas, which need not be there as columns", () =>
  withThings(async (db, objectId) => {
    await createFormula(db, objectId, "net", "NUMBER", op("multiply", field("n"), 0.5), { settings: { dataType: "int" } });
    await createFormula(db, objectId, "gross", "NUMBER", op("multiply", field("net"), 10));
    // Of the whole number that is kept, not of what it was rounded from.
    expect(await value(db, "insert into thing (n) values (5) returning gross")).toBe(30);
    await agrees(db);
  }));

describe("another formula", () => {
  it("can be given, with all that is made of it, and keeps indexes, rules and comments", () =>
    withThings(async (db, objectId) => {
      const net = await createFormula(db, objectId, "net", "NUMBER", op("multiply", field("n"), 2), {
        isUnique: true,
        description: "After all.",
      });
      await createFormula(db, objectId, "gross", "NUMBER", op("add", field("net"), 1));
      await change(db, "createIndex", { objectId, fields: [{ fieldId: net }] });
      await change(db, "createRule", { objectId, name: "below", message: "Too much.", expression: op("less", field("net"), 1000) });
      await db.query("insert into thing (n) values (1), (2)");
      const kept = () =>
        asAdministrator(db, () =>
          rows(
            db,
            `select col_description(attrelid, attnum) as comment,
                    (select array_agg(d order by d) from pg_index, pg_get_indexdef(indexrelid) d where indrelid = attrelid) as indexes,
                    (select array_agg(conname || replace(pg_get_constraintdef(oid), ' NOT VALID', '') order by conname) from pg_constraint where conrelid = attrelid and contype = 'c') as checks
             from pg_attribute where attrelid = 'thing'::regclass and attname = 'net'`,
          ),
        );
      const before = await kept();
      expect(JSON.stringify(before)).toMatch(/After all\..*net, id.*break_rule/);
      expect(await asAdministrator(db, () => setFormula(db, net, op("multiply", field("n"), 100)))).toEqual(op("multiply", field("n"), 2));
      expect(await rows(db, "select net, gross from thing order by n")).toEqual([
        { net: 100, gross: 101 },
        { net: 200, gross: 201 },
      ]);
      expect(await kept()).toEqual(before);
      expect(toRelataError(await errorOf(db, () => db.query("insert into thing (n) values (11)")))?.message).toBe("Too much.");
      await become(db, MEMBER);
      expect((await errorOf(db, () => db.query("update thing set net = 1")))?.code).toMatch(GENERATED);
      await agrees(db);
    }));

  it("can be looked for, where the search vector is made of it", () =>
    asOwner(async (db) => {
      const objectId = await createObject(db, { nameSingular: "song", namePlural: "songs" });
      const id = await createFormula(db, objectId, "shout", "TEXT", op("concat", field("name"), " loudly"));
      await asAdministrator(db, async () => {
        await db.query("update core.objects set search_fields = '{name,shout}' where id = $1", [objectId]);
        await db.query("alter table song drop column search_vector");
        await db.query("select private.build_search_vector(o) from core.objects o where id = $1", [objectId]);
        await db.query("select private.comment_field(f) from core.fields f where object_id = $1 and type = 'TS_VECTOR'", [objectId]);
      });
      await db.query("insert into song (name) values ('Aria')");
      const finds = (word: string) => value<boolean>(db, "select search_vector @@ to_tsquery('simple', $1) from song", [word]);
      expect([await finds("loudly"), await finds("softly")]).toEqual([true, false]);
      await asAdministrator(db, () => setFormula(db, id, op("concat", field("name"), " softly")));
      expect([await finds("loudly"), await finds("softly")]).toEqual([false, true]);
      await agrees(db);
    }));

  it("cannot lead back to itself (EXPRESSION_INVALID)", () =>
    withThings(async (db, objectId) => {
      const a = await createFormula(db, objectId, "a1", "NUMBER", field("n"));
      await createFormula(db, objectId, "a2", "NUMBER", op("add", field("a1"), 1));
      await createFormula(db, objectId, "a3", "NUMBER", op("add", field("a2"), 1));
      await asAdministrator(db, () => expectRefusal(db, () => setFormula(db, a, op("add", field("a3"), 1)), "EXPRESSION_INVALID"));
      await asAdministrator(db, () => setFormula(db, a, op("add", field("n"), 5)));
      expect(await value(db, "insert into thing (n) values (1) returning a3")).toBe(8);
    }));
});

it("tells what a field is used by", () =>
  withThings(async (db, objectId) => {
    await createFormula(db, objectId, "twice", "NUMBER", op("multiply", field("n"), 2));
    await change(db, "createRule", { objectId, name: "positive", expression: op("greater", field("n"), 0) });
    const n = await value(db, "select id from core.fields where object_id = $1 and name = 'n'", [objectId]);
    await change(db, "createIndex", { objectId, fields: [{ fieldId: n }] });
    const uses = (name: string) =>
      asAdministrator(db, async () =>
        (
          await rows(
            db,
            "select u.kind, u.name from core.fields f, private.uses_of_field(f.id) u where f.object_id = $1 and f.name = $2 order by 1",
            [objectId, name],
          )
        ).map(({ kind, name: user }) => (kind === "index" ? kind : `${kind} ${user}`)),
      );
    expect(await uses("n")).toEqual(["formula twice", "index", "rule positive"]);
    expect(await uses("m")).toEqual([]);
  }));

it("follows a field's new name", () =>
  withThings(async (db, objectId) => {
    await createFormula(db, objectId, "twice", "NUMBER", op("multiply", op("abs", field("n")), op("length", "n")));
    await change(db, "createRule", { objectId, name: "positive", expression: op("greater", field("n"), 0) });
    const [n, t] = await Promise.all(
      ["n", "t"].map((name) => value(db, "select id from core.fields where object_id = $1 and name = $2", [objectId, name])),
    );
    await change(db, "createIndex", { objectId, isUnique: true, fields: [{ fieldId: n }, { fieldId: t }] });
    await change(db, "updateField", { id: n, name: "number" });
    const [kept] = await asAdministrator(db, () =>
      rows(
        db,
        "select f.settings -> 'formula' as formula, r.expression from core.fields f, core.rules r where f.object_id = $1 and f.name = 'twice' and r.object_id = $1",
        [objectId],
      ),
    );
    expect(kept).toEqual({
      formula: op("multiply", op("abs", field("number")), op("length", "n")),
      expression: op("greater", field("number"), 0),
    });
    await db.query("insert into thing (number, t) values (1, 'x')");
    const error = await errorOf(db, () => db.query("insert into thing (number, t) values (1, 'x')"));
    expect(toRelataError(error)?.extensions).toEqual({ code: "CONFLICT", field: "number, t" });
    await agrees(db);
  }));
