/** Rules: what must hold for each record, told in the rule's own words when it does not. */
import { type ErrorCode, toRelataError } from "../../../src/errors.ts";
import { asAdministrator, become, type Db, errorOf, useTestDatabase } from "../../helpers/db.ts";
import { ADMIN, change, DISAGREEMENTS, expectDenied, expectRefusal, GUEST, idOf, MEMBER, type Row, rows, value } from "../support.ts";
import { createThings, field, op, useMade } from "../things.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();
const withThings = useMade(database, createThings);

const positive = op("greater", field("n"), 0);
const rule = (objectId: string, more: Row = {}) => ({
  objectId,
  name: "worthIt",
  message: "It is worth something.",
  expression: positive,
  ...more,
});
const call = (db: Db, verb: string, data: Row) => change(db, `${verb}Rule`, data);
const create = (db: Db, data: Row) => call(db, "create", data);
const agrees = async (db: Db) => expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
const shown = async (db: Db, statement: string) => {
  const error = toRelataError(await errorOf(db, () => db.query(statement)));
  return error && { message: error.message, ...error.extensions };
};

const BROKEN = { message: "It is worth something.", code: "CHECK_FAILED", rule: "worthIt" };

it("cannot be broken, by whoever writes (CHECK_FAILED), and holds for what is empty", () =>
  withThings(async (db, objectId) => {
    await create(db, rule(objectId));
    await agrees(db);
    await become(db, MEMBER);
    await db.query("insert into thing (n) values (1), (null)");
    expect(await shown(db, "insert into thing (n) values (0)")).toEqual(BROKEN);
    expect(await shown(db, "update thing set n = -1")).toEqual(BROKEN);
    await asAdministrator(db, async () => {
      expect(await shown(db, "insert into thing (n) values (0)")).toEqual(BROKEN);
      expect(await shown(db, "copy thing (n) from program 'echo 0'")).toEqual(BROKEN);
    });
  }));

it("cannot be made while records break it, and tells how many (EXISTING_RECORDS)", () =>
  withThings(async (db, objectId) => {
    await db.query("insert into thing (n) values (1), (0), (-1), (null)");
    await db.query("insert into thing (n) values (-2)");
    await db.query("update thing set deleted_at = now() where n = -2");
    const error = toRelataError(await errorOf(db, () => create(db, rule(objectId))));
    expect([error?.faults?.[0]?.code, error?.field, error?.message]).toEqual([
      "EXISTING_RECORDS",
      "data.expression",
      expect.stringMatching(/^2 of the records/),
    ]);
    await db.query("update thing set n = 5 where n in (0, -1)");
    expect(await create(db, rule(objectId))).toBeTruthy();
    // What was deleted is nobody's concern until it is restored.
    expect(await shown(db, "update thing set deleted_at = null where n = -2")).toEqual(BROKEN);
  }));

it("can let the records there are be, until they are written", () =>
  withThings(async (db, objectId) => {
    await db.query("insert into thing (n) values (0)");
    await create(db, rule(objectId, { onlyNewRecords: true }));
    await agrees(db);
    expect(await shown(db, "insert into thing (n) values (0)")).toEqual(BROKEN);
    expect(await shown(db, "update thing set t = 'x'")).toEqual(BROKEN);
    await db.query("update thing set deleted_at = now()");
  }));

it("can ask for formulas, and for one thing only if there is another", () =>
  withThings(async (db, objectId) => {
    const needed = op("or", op("isNull", field("d")), op("isNotNull", field("e")));
    await create(db, rule(objectId, { expression: op("and", needed, op("greaterOrEqual", field("e"), field("d"))) }));
    await db.query("insert into thing (d, e) values (null, null), ('2026-01-01', '2026-01-01')");
    expect(await shown(db, "insert into thing (d, e) values ('2026-01-02', '2026-01-01')")).toEqual(BROKEN);
    expect(await shown(db, "insert into thing (d) values ('2026-01-02')")).toEqual(BROKEN);
  }));

it("can say its words in any language and with any sign", () =>
  withThings(async (db, objectId) => {
    const message = `'); drop table core.users; -- "%I" \\ größer als 0 🙂 $1`;
    await create(db, rule(objectId, { message }));
    expect(await shown(db, "insert into thing (n) values (0)")).toEqual({ ...BROKEN, message });
  }));

it("can be changed and deleted, and back", () =>
  withThings(async (db, objectId) => {
    const id = await create(db, rule(objectId));
    const make = (kind: string, data: Row) =>
      asAdministrator(db, () => value<{ inverse: { kind: string; data: Row } }>(db, `select private.change_${kind}_rule($1)`, [data]));
    const state = () => rows(db, "select id, name, message, expression, only_new_records from core.rules");
    const before = await state();

    const { inverse } = await make("update", { id, name: "big", message: "Bigger!", expression: op("greater", field("n"), 10) });
    expect(await shown(db, "insert into thing (n) values (5)")).toEqual({ message: "Bigger!", code: "CHECK_FAILED", rule: "big" });
    await agrees(db);
    expect(inverse.kind).toBe("updateRule");
    await make("update", inverse.data);
    expect(await state()).toEqual(before);
    await db.query("insert into thing (n) values (5)");

    const gone = await make("delete", { id });
    await db.query("insert into thing (n) values (0)");
    await agrees(db);
    expect(gone.inverse.kind).toBe("createRule");
    await db.query("delete from thing").catch(() => {});
  }));

it.each<[string, Row, ErrorCode, string]>([
  ["no name", { name: null }, "NAME_INVALID", "data.name"],
  ["a hostile name", { name: "x; drop table core.users" }, "NAME_INVALID", "data.name"],
  ["words of two lines", { message: "one\ntwo" }, "LABEL_INVALID", "data.message"],
  ["an object that is not there", { objectId: "00000000-0000-7000-8000-000000000000" }, "NOT_FOUND", "data.objectId"],
  ["no expression", { expression: null }, "EXPRESSION_INVALID", "data.expression"],
  ["an expression that is a number", { expression: field("n") }, "EXPRESSION_INVALID", "data.expression"],
  ["an expression of nothing there", { expression: op("not", field("gone")) }, "EXPRESSION_INVALID", "data.expression.args[0]"],
  ["another kind", { kind: "TRIGGER" }, "BAD_INPUT", "data.kind"],
])("cannot be made with %s", (_title, spoilt, code, path) =>
  withThings(async (db, objectId) => {
    await expectRefusal(db, () => create(db, { ...rule(objectId), ...spoilt }), code, path);
    expect(await create(db, rule(objectId))).toBeTruthy();
  }),
);

it("cannot have the name of another, or be one of too many", () =>
  withThings(async (db, objectId) => {
    await create(db, rule(objectId));
    await expectRefusal(db, () => create(db, rule(objectId, { name: "worthit" })), "NAME_TAKEN", "data.name");
    const name = (n: number) => `rule${String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))}`;
    for (let n = 1; n < 50; n++) await create(db, rule(objectId, { name: name(n) }));
    await expectRefusal(db, () => create(db, rule(objectId, { name: "last" })), "LIMIT_EXCEEDED", "data");
  }));

it.each([ADMIN, MEMBER, GUEST])("%s can or cannot make rules, as the data model is theirs or not", (email) =>
  withThings(async (db, objectId) => {
    const id = await create(db, rule(objectId));
    await become(db, email);
    const more = () => create(db, rule(objectId, { name: "another" }));
    if (email === ADMIN) return void expect([await more(), await call(db, "delete", { id })]).toEqual([expect.any(String), id]);
    await expectDenied(db, more);
    await expectDenied(db, () => call(db, "update", { id, name: "x" }));
    await expectDenied(db, () => call(db, "delete", { id }));
  }),
);

it("cannot be changed from another workspace (NOT_FOUND)", () =>
  withThings(async (db, objectId) => {
    const id = await create(db, rule(objectId));
    await become(db, "owner@globex.test");
    expect(await rows(db, "select id from core.rules")).toEqual([]);
    await expectRefusal(db, () => call(db, "delete", { id }), "NOT_FOUND", "data.id");
    await expectRefusal(db, () => call(db, "update", { id, name: "x" }), "NOT_FOUND", "data.id");
    const theirs = await asAdministrator(db, () => idOf(db, "company"));
    await expectRefusal(db, () => create(db, rule(theirs)), "NOT_FOUND", "data.objectId");
  }));
