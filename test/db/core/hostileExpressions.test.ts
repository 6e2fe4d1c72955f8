/** Expressions that mean harm, or nothing: each is refused with its place, and nothing of it runs. */
import { toRelataError } from "../../../src/errors.ts";
import { asAdministrator, type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createObject, OWNER, rows, value } from "../support.ts";
import { createFormula, createThings, field, op } from "../things.ts";

const database = useTestDatabase();

/** The same numbers each time. */
let seed = 20_261_123;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

const SQL = [
  "'); drop table core.users; --",
  "n); create table public.pwned (); --",
  '"; select pg_sleep(9); --',
  "%1$s %I %L %s",
  "$1",
  "\\'; commit; --",
  "(select password_hash from private.user_secrets)",
  "pg_read_file('/etc/passwd')",
  "\u0001\u202e\ufeff",
  "constructor",
  "__proto__",
  "x".repeat(5000),
];

const wide = op("add", ...Array.from({ length: 250 }, () => 1));
const deep = (depth: number): unknown => (depth === 0 ? field("n") : op("abs", deep(depth - 1)));
const list = (depth: number): unknown => (depth === 0 ? 1 : [list(depth - 1)]);

/** None of these makes a number. */
const HOSTILE: (() => unknown)[] = [
  () => op(pick(SQL), 1, 2),
  () => field(pick(SQL)),
  () => ({ field: "n", part: pick(SQL) }),
  () => ({ date: pick([...SQL, "2026-02-30", "2026-13-01", "tomorrow", "infinity", "0000-00-00"]) }),
  () => ({ dateTime: pick([...SQL, "2026-02-30T00:00:00Z", "2026-01-01", "now", "2026-01-01T25:00:00Z"]) }),
  () => op("add", pick(SQL), 1),
  () => op("add", op("concat", pick(SQL), pick(SQL)), 1),
  () => ({ op: "add", args: pick<unknown>([SQL[0], {}, 5, null, { 0: 1 }]) }),
  () => ({ op: pick<unknown>([5, null, {}, ["add"], true]), args: [1, 2] }),
  () => ({ ...op("add", 1, 2), [pick(["sql", "raw", "field", "__proto__x", "template"])]: pick(SQL) }),
  () => ({ [pick(["sql", "raw", "Op", "$op", ""])]: pick(SQL) }),
  () => deep(29 + random(60)),
  () => list(1 + random(60)),
  () => wide,
  () => op("add", 1),
  () => op("abs"),
  () => op(pick(["upper", "concat", "not", "isNull", "equals"]), field(pick(["n", "t", "b"])), pick<unknown>([1, "a", true])),
  () => op("add", field(pick(["t", "b", "d", "at", "link", "searchVector", "things", "createdBy"])), 1),
  () => field(pick(["t", "b", "d", "at", "link", "createdBy", "updatedBy", "searchVector", "id"])),
  () => op("if", field("b"), 1, "one"),
  () => op("coalesce", field("n"), field("t")),
  () => op("round", 1, pick<unknown>(["2", true, { date: "2026-01-01" }])),
  () => pick<unknown>([null, "5", true, [], {}, pick(SQL)]),
  () => op("abs", { $literal: 1 }),
  () => Number(`1e${60 + random(200)}`),
];

const state = (db: Db) =>
  asAdministrator(db, () =>
    rows(
      db,
      `select (select count(*) from pg_class) as classes, (select count(*) from pg_attribute) as columns, (select count(*) from core.fields) as fields,
              (select count(*) from core.users) as users, (select sum(metadata_version) from core.workspaces) as version`,
    ),
  );

it(
  "cannot make a formula of 200 hostile trees (EXPRESSION_INVALID)",
  () =>
    withMemberDb(database.adminUrl, OWNER, async (db) => {
      const objectId = await createThings(db);
      const before = await state(db);
      const told = new Map<string, number>();
      for (let n = 0; n < 200; n++) {
        const tree = HOSTILE[n % HOSTILE.length]!();
        const error = await errorOf(db, () => createFormula(db, objectId, "made", "NUMBER", tree));
        const shown = toRelataError(error);
        expect([tree, shown?.faults?.[0]?.code, shown?.field]).toEqual([
          tree,
          "EXPRESSION_INVALID",
          expect.stringMatching(/^data\.settings\.formula/),
        ]);
        told.set(shown!.message.slice(0, 20), (told.get(shown!.message.slice(0, 20)) ?? 0) + 1);
      }
      expect(told.size).toBeGreaterThan(10);
      expect(await state(db)).toEqual(before);
      // It could have been made.
      expect(await createFormula(db, objectId, "made", "NUMBER", deep(28))).toBeTruthy();
    }),
  60_000,
);

it.each(SQL.filter((text) => text.length <= 1000))("can hold the text %j as a value, which does nothing", (text) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await createObject(db, { nameSingular: "quote", namePlural: "quotes" });
    await createFormula(db, objectId, "said", "TEXT", op("concat", text, field("name")));
    expect(await value(db, "insert into quote (name) values ('!') returning said")).toBe(`${text}!`);
  }),
);

it("cannot grow without end by formulas of formulas (EXPRESSION_INVALID)", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await createThings(db);
    let error: Awaited<ReturnType<typeof errorOf>>;
    let made = 0;
    for (; made < 12 && !error; made++) {
      const before = field(made === 0 ? "t" : `twice${made - 1}`);
      error = await errorOf(db, () => createFormula(db, objectId, `twice${made}`, "TEXT", op("concat", before, before, before, before)));
    }
    expect([toRelataError(error)?.faults?.[0]?.code, made > 2]).toEqual(["EXPRESSION_INVALID", true]);
  }));

it("tells the place of a fault within the tree", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await createThings(db);
    const tree = op("add", 1, op("abs", op("multiply", field("n"), op("sqrt", 2))));
    const error = await errorOf(db, () => createFormula(db, objectId, "made", "NUMBER", tree));
    expect(toRelataError(error)).toMatchObject({
      message: "There is no operator sqrt.",
      field: "data.settings.formula.args[1].args[0].args[1].op",
    });
  }));
