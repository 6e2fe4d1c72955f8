/** What each operator of expressions answers, compared with what JavaScript says. */
import { asAdministrator, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { DISAGREEMENTS, idOf, OWNER, rows } from "../support.ts";
import { createFormula, createThings, evaluate, FIELDS, field, op } from "../things.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();
const withThings = (work: (db: Db, objectId: string) => Promise<void>) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => work(db, await createThings(db)));

/** Literals need no fields of their own. */
const withCompany = (work: (db: Db, objectId: string) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => work(db, await idOf(db, "company")));

type Value = string | number | boolean | null | { date: string };
type Js = (...args: never[]) => unknown;

const NUMBERS = [0, 1, -1, 2.5, -7, 1000000.01, 3e10, null];
const TEXTS = ["", "a", "Ärger", "  two words ", "100%_'\"\\", "wordword", null];
const BOOLEANS = [true, false, null];
const DAYS = ["2024-02-29", "2026-01-31", "1999-12-31", null].map((date) => (date === null ? null : { date }));
const WHOLE = [0, 1, 3, 100, null];

const time = (day: { date: string }) => Date.parse(`${day.date}T00:00:00Z`);
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const addMonths = (day: { date: string }, months: number) => {
  const [year, month, date] = day.date.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return iso(Date.UTC(year, month - 1 + months, Math.min(date, last)));
};
const inThree = (and: boolean) => (a: boolean | null, b: boolean | null) =>
  a === !and || b === !and ? !and : a === null || b === null ? null : and;

/** Operator, its arguments' values, what it is in JavaScript, and whether it has a word on null. */
const CASES: [name: string, args: readonly (readonly Value[])[], js: Js, knowsNull?: true][] = [
  ["add", [NUMBERS, NUMBERS], (a: number, b: number) => a + b],
  ["subtract", [NUMBERS, NUMBERS], (a: number, b: number) => a - b],
  ["multiply", [NUMBERS, NUMBERS], (a: number, b: number) => a * b],
  ["divide", [NUMBERS, NUMBERS], (a: number, b: number) => (b === 0 ? null : a / b)],
  ["modulo", [NUMBERS, NUMBERS], (a: number, b: number) => (b === 0 ? null : a % b)],
  ["negate", [NUMBERS], (a: number) => -a],
  ["round", [NUMBERS], (a: number) => Math.sign(a) * Math.round(Math.abs(a))],
  ["round", [NUMBERS, [0, 1, 2]], (a: number, n: number) => Number(a.toFixed(n)) || (n === 0 ? Math.sign(a) * Math.round(Math.abs(a)) : a)],
  ["floor", [NUMBERS], (a: number) => Math.floor(a)],
  ["ceil", [NUMBERS], (a: number) => Math.ceil(a)],
  ["abs", [NUMBERS], (a: number) => Math.abs(a)],
  [
    "min",
    [NUMBERS, NUMBERS],
    (...all: (number | null)[]) => all.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b))),
    true,
  ],
  [
    "max",
    [NUMBERS, NUMBERS],
    (...all: (number | null)[]) => all.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b))),
    true,
  ],
  ...[NUMBERS, TEXTS, BOOLEANS].flatMap((of): typeof CASES => [
    ["equals", [of, of], (a: Value, b: Value) => a === b],
    ["notEquals", [of, of], (a: Value, b: Value) => a !== b],
    ["coalesce", [of, of], (a: Value, b: Value) => a ?? b, true],
    ["nullIf", [of, of], (a: Value, b: Value) => (a === b ? null : a), true],
    ["isNull", [of], (a: Value) => a === null, true],
    ["isNotNull", [of], (a: Value) => a !== null, true],
    ["if", [BOOLEANS, of, of], (test: boolean, a: Value, b: Value) => (test ? a : b), true],
    ["if", [BOOLEANS, of], (test: boolean, a: Value) => (test ? a : null), true],
  ]),
  ...[NUMBERS, TEXTS].flatMap((of): typeof CASES => [
    ["less", [of, of], (a: number, b: number) => a < b],
    ["lessOrEqual", [of, of], (a: number, b: number) => a <= b],
    ["greater", [of, of], (a: number, b: number) => a > b],
    ["greaterOrEqual", [of, of], (a: number, b: number) => a >= b],
  ]),
  ["and", [BOOLEANS, BOOLEANS], inThree(true), true],
  ["or", [BOOLEANS, BOOLEANS], inThree(false), true],
  ["not", [BOOLEANS], (a: boolean) => !a],
  ["concat", [TEXTS, TEXTS], (a: string | null, b: string | null) => (a ?? "") + (b ?? ""), true],
  ["concat", [[...NUMBERS, ...BOOLEANS], [" "]], (a: Value, b: string) => (a === null ? "" : String(a)) + b, true],
  ["concat", [DAYS, ["!"]], (a: { date: string } | null, b: string) => (a?.date ?? "") + b, true],
  ["upper", [TEXTS.filter((text) => !text?.includes("Ä"))], (a: string) => a.toUpperCase()],
  ["lower", [TEXTS.filter((text) => !text?.includes("Ä"))], (a: string) => a.toLowerCase()],
  ["trim", [TEXTS], (a: string) => a.trim()],
  ["length", [TEXTS], (a: string) => a.length],
  ["left", [TEXTS, WHOLE], (a: string, n: number) => a.slice(0, n)],
  ["right", [TEXTS, WHOLE], (a: string, n: number) => (n === 0 ? "" : a.slice(-n))],
  ["contains", [TEXTS, TEXTS], (a: string, b: string) => a.includes(b)],
  ["startsWith", [TEXTS, TEXTS], (a: string, b: string) => a.startsWith(b)],
  ["endsWith", [TEXTS, TEXTS], (a: string, b: string) => a.endsWith(b)],
  ["replace", [TEXTS, ["word", " ", "%", null], ["", "$1\\1", null]], (a: string, b: string, c: string) => a.split(b).join(c)],
  ["daysBetween", [DAYS, DAYS], (a: { date: string }, b: { date: string }) => (time(b) - time(a)) / 86_400_000],
  ["addDays", [DAYS, [0, 1, -60, 1000]], (a: { date: string }, n: number) => iso(time(a) + n * 86_400_000)],
  ["addMonths", [DAYS, [0, 1, -1, 13, -120]], addMonths],
  ["year", [DAYS], (a: { date: string }) => Number(a.date.slice(0, 4))],
  ["month", [DAYS], (a: { date: string }) => Number(a.date.slice(5, 7))],
  ["day", [DAYS], (a: { date: string }) => Number(a.date.slice(8))],
];

const combinations = (lists: readonly (readonly Value[])[]): Value[][] =>
  lists.reduce<Value[][]>((all, list) => all.flatMap((some) => list.map((one) => [...some, one])), [[]]);

it.each(CASES.map((one, n) => [one[0], n] as const))("can compute %s as JavaScript does (case %i)", (name, n) =>
  withCompany(async (db, objectId) => {
    const [, lists, js, knowsNull] = CASES[n]!;
    const cases = combinations(lists);
    expect(cases.length).toBeGreaterThan(2);
    for (const args of cases) {
      const { value } = await evaluate(db, objectId, op(name, ...args));
      const wanted = !knowsNull && args.includes(null) ? null : (js as (...all: Value[]) => unknown)(...args);
      const size = Math.max(...[wanted, ...args].map((one) => (typeof one === "number" ? Math.abs(one) : 0)));
      const isNear = typeof wanted === "number" && value !== null && Math.abs(Number(value) - wanted) <= size * 1e-12;
      expect([args, isNear ? wanted : value]).toEqual([args, typeof wanted === "number" || wanted === null ? wanted : String(wanted)]);
    }
  }),
);

it.each([
  [op("equals", { date: "2026-01-01" }, { date: "2026-01-01" }), "true"],
  [op("less", { date: "2026-01-01" }, { dateTime: "2026-01-01T00:00:01Z" }), "true"],
  [op("daysBetween", { date: "2026-01-01" }, { dateTime: "2026-01-02T23:59:00+05:00" }), "1"],
  [op("addDays", { dateTime: "2026-03-28T12:00:00Z" }, 2), "2026-03-30T12:00:00Z"],
  [op("addMonths", { dateTime: "2026-01-31T12:00:00Z" }, 1), "2026-02-28T12:00:00Z"],
  [op("date", { dateTime: "2026-01-01T23:00:00-05:00" }), "2026-01-02"],
  [op("add", 1, 2, 3, 4), "10"],
  [op("and", true, true, false), "false"],
  [op("concat", "a", null, "b", 1.5, true), "ab1.5true"],
  [op("add", 0.1, 0.2), "0.3"],
  [op("if", true, null, null), null],
  [op("text", 1.5), "1.5"],
])("can compute %j", (expression, wanted) =>
  withCompany(async (db, objectId) => {
    expect((await evaluate(db, objectId, expression)).value).toBe(wanted);
  }),
);

const SAMPLES: Record<string, string> = {
  number: "n",
  whole: "i",
  text: "t",
  boolean: "b",
  date: "d",
  dateTime: "at",
  id: "link",
  shown: "m",
  any: "u",
  anything: "c",
};
const TYPES: Record<string, string> = {
  number: "NUMERIC",
  text: "TEXT",
  boolean: "BOOLEAN",
  date: "DATE",
  dateTime: "DATE_TIME",
  any: "TEXT",
};

it("can make a formula of each operator over fields, as all of it is immutable", () =>
  withThings(async (db, objectId) => {
    const operators = await asAdministrator(db, () =>
      rows<{ name: string; arguments: string[]; result: string }>(
        db,
        "select name, arguments, result from private.expression_operators order by 1, 2",
      ),
    );
    expect(operators.length).toBeGreaterThan(60);
    expect(Object.keys(FIELDS)).toEqual(expect.arrayContaining(Object.values(SAMPLES)));
    for (const [n, operator] of operators.entries()) {
      const formula = op(operator.name, ...operator.arguments.map((type) => field(SAMPLES[type]!)));
      await createFormula(db, objectId, `made${n}`, TYPES[operator.result]!, formula);
    }
    await db.query(
      "insert into thing (n, m, i, t, u, b, c, d, e, at) values (1.5, 2, 3, 't', 'u', true, false, '2026-01-01', '2026-02-01', now()), (null, 0, 0, null, null, null, null, null, null, null), (-1e300, 1e-300, -1, '', '', false, null, '0001-01-01', null, '0001-01-01')",
    );
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));
