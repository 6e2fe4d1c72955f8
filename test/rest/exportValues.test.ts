/** Every value of every type stands in a file as in any other answer, byte for byte. */
import { CASES } from "../graphql/fieldTypes/cases.ts";
import { useApi } from "../helpers/server.ts";
import { cellsOf, linesOf, textOf, unguarded } from "./exportFiles.ts";
import "../helpers/slow.ts";

const api = useApi();
const names = CASES.map(({ type }, n) => `${type.toLowerCase().replaceAll("_", "")}x${String.fromCharCode(97 + n)}`);
const column = (n: number) => names[n]!;
type Row = Record<string, unknown>;

const TEXTS = [
  "",
  " ",
  "a,b",
  'a "b"',
  "a\r\nb",
  "\u0001\u001f\t\b\f\u007f\u2028",
  "\\",
  "漢字 😀",
  "'",
  "x".repeat(70_000),
  '"\n'.repeat(3000),
];
const FORMULAS = [
  "=1+1",
  "+cmd|' /C calc'!A0",
  "-2+3+A1",
  "@SUM(1)",
  "\t=1",
  "\r=1",
  "'=1",
  "''=1",
  "＝1",
  "+49 30 1234",
  "-5",
  "+",
  "'quoted'",
];
const NUMBERS = [
  "0",
  "-0",
  "0.1",
  "1e300",
  "1e-7",
  "1e21",
  "1e15",
  "123456789012345680",
  "5e-324",
  "-1.5e-5",
  "1e-5",
  "1.7976931348623157e308",
];
const INSTANTS = ["2026-11-23 07:00:00.5+00", "0044-03-15 00:00:00+00 BC", "12026-01-01 00:00:00+00", "1970-01-01 00:00:00.000001+00"];

beforeAll(async () => {
  const { data } = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "thing", namePlural: "things" }) { id } }',
  );
  const objectId = data!.createOneObject.id;
  const fields = CASES.map(({ type, spec }, n) => ({ name: column(n), type, ...spec }));
  const [company] = await api.sql<{ id: string }>(
    "select id from core.objects where workspace_id = authz.workspace_id() and name_singular = 'company'",
  );
  const relation = { name: "company", type: "RELATION", relation: { targetObjectId: company!.id, targetFieldName: "things" } };
  for (const field of [...fields, relation]) {
    const { errors } = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
      data: { objectId, ...field },
    });
    expect([field.name, errors]).toEqual([field.name, undefined]);
  }
  const given = CASES.flatMap(({ writes }, n) => writes.map(([value]) => ({ name: column(n), [column(n)]: value })));
  const records = [{}, ...given, ...[...TEXTS, ...FORMULAS].map((name) => ({ name }))];
  for (const one of records) {
    const { errors } = await api.graphql("mutation ($data: ThingCreateInput!) { createThing(data: $data) { id } }", { data: one });
    expect([one, errors]).toEqual([one, undefined]);
  }
  const put = (type: string, values: string[], cast: string) => {
    const n = CASES.findIndex((one) => one.type === type);
    return api.sql(`insert into thing (name, "${column(n)}") select $1, v::${cast} from unnest($2::text[]) v`, [type, values]);
  };
  await put("NUMBER", NUMBERS, "float8");
  await put("DATE_TIME", INSTANTS, "timestamptz");
  await api.sql("update thing set company_id = (select id from company order by id limit 1) where name like 'x%' or name = 'NUMBER'");
});

const ALL = "things?depth=0&limit=1000";

it("can tell every value as the list tells it, byte for byte", async () => {
  const lines = linesOf(await textOf(api, "things", "ndjson"));
  const json = await textOf(api, ALL, "json");
  expect(lines.length).toBeGreaterThan(80);
  expect(json.startsWith(`{"data":{"things":[${lines.join(",")}]}`)).toBe(true);
});

it("can tell the same by way of the plan, with records inside", async () => {
  const { things } = (JSON.parse(await textOf(api, ALL, "json")) as { data: { things: Row[] } }).data;
  const fields = Object.keys(things[0]!).join();
  const rows = linesOf(await textOf(api, `things?fields=${fields},company.name`, "ndjson")).map((line) => JSON.parse(line) as Row);
  expect(rows.map(({ company: _company, ...row }) => JSON.stringify(row))).toEqual(things.map((row) => JSON.stringify(row)));
  expect(new Set(rows.map(({ company }) => company === null)).size).toBe(2);
});

const isObject = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);
const valueAt = (row: Row, path: string) => path.split(".").reduce<unknown>((value, name) => (isObject(value) ? value[name] : null), row);
const isPlain = (type: string | undefined) => type !== undefined && !["RAW_JSON", "FILES", "ARRAY", "MULTI_SELECT"].includes(type);

/** What a cell is to say of a value. */
const told = (value: unknown, isJson: boolean): string | null =>
  value == null ? null : isJson || typeof value === "object" ? JSON.stringify(value) : String(value);

it.each([
  ["its own values", ""],
  ["values of a record inside, by way of the plan", "company.name"],
])("can tell every value as CSV: %s", async (_what, more) => {
  const { things } = (JSON.parse(await textOf(api, `${ALL.replace("0", more ? "1" : "0")}`, "json")) as { data: { things: Row[] } }).data;
  const plain = Object.keys(JSON.parse(linesOf(await textOf(api, "things?limit=1", "ndjson"))[0]!) as Row);
  const query = more ? `things?fields=${[...plain, more].join()}` : "things";
  const [head, ...rows] = cellsOf(await textOf(api, query, "csv"));
  expect(rows).toHaveLength(things.length);
  expect(head).toContain("createdBy.source");
  const typeOf = (name: string) => (names.includes(name) ? CASES[names.indexOf(name)]!.type : "TEXT");
  for (const [n, row] of rows.entries()) {
    for (const [at, name] of head!.entries()) {
      const [field = ""] = name!.split(".");
      const isJson = !isPlain(typeOf(field)) || /[a-z](Emails|Phones|Links)$|\.context$/.test(name!);
      expect([name, unguarded(row[at]!)]).toEqual([name, told(valueAt(things[n]!, name!), isJson)]);
    }
  }
});

it("can tell an empty text from none", async () => {
  const rows = cellsOf(await textOf(api, "things?fields=name&filter=id[is]:NOT_NULL", "csv"));
  expect(rows.filter(([, name]) => name === "")).toHaveLength(1);
  expect(rows.filter(([, name]) => name === null).length).toBeGreaterThan(0);
});

it("cannot begin a cell like a formula, unless that is asked for", async () => {
  const namesIn = async (query: string) => cellsOf(await textOf(api, `things?fields=name${query}`, "csv")).map(([, name]) => name!);
  const [guarded, verbatim] = [await namesIn(""), await namesIn("&formulas=verbatim")];
  const isFormula = (name: string | null) => /^[=@\t\r＝]|^[+-].*[A-Za-z|]/.test(name ?? "");
  expect(verbatim.filter(isFormula).length).toBeGreaterThan(5);
  expect(guarded.filter(isFormula)).toEqual([]);
  expect(guarded.map(unguarded)).toEqual(verbatim);
  expect(guarded).toEqual(expect.arrayContaining(["'=1+1", "''=1", "'''=1", "+49 30 1234", "-5", "+", "'quoted'"]));
});
