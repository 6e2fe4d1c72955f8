import pg from "pg";
import { useApi } from "../helpers/server.ts";
import { apiValue, FIELDS, makeSamples } from "./samples.ts";
import "../helpers/slow.ts";

const api = useApi();
beforeAll(() => makeSamples(api, 150));

/** What each operator means, in SQL, of a column and an operand. */
const OPERATORS: Record<string, (column: string, operand: string) => string> = {
  eq: (column, operand) => `${column} = ${operand}`,
  neq: (column, operand) => `${column} <> ${operand}`,
  gt: (column, operand) => `${column} > ${operand}`,
  gte: (column, operand) => `${column} >= ${operand}`,
  lt: (column, operand) => `${column} < ${operand}`,
  lte: (column, operand) => `${column} <= ${operand}`,
  like: (column, operand) => `${column} like ${operand}`,
  ilike: (column, operand) => `${column} ilike ${operand}`,
  startsWith: (column, operand) => `left(${column}, length(${operand})) = ${operand}`,
  endsWith: (column, operand) => `starts_with(reverse(${column}), reverse(${operand}))`,
  regex: (column, operand) => `regexp_like(${column}, ${operand})`,
  iregex: (column, operand) => `regexp_like(${column}, ${operand}, 'i')`,
};

/** Of each field: its operators, as the schema tells them. */
async function operatorsOf(field: string): Promise<string[]> {
  type Type = { __type: { inputFields: { name: string; type: { inputFields: { name: string }[] | null } }[] } };
  const { data } = await api.graphql<Type>('{ __type(name: "SampleFilterInput") { inputFields { name type { inputFields { name } } } } }');
  return data!.__type.inputFields.find(({ name }) => name === field)!.type.inputFields!.map(({ name }) => name);
}

type Case = { filter: object; sql: string };
const label = ({ filter }: Case) => JSON.stringify(filter);

function casesOf(field: string, operators: string[]): Case[] {
  const { sqlType, values, options } = FIELDS[field]!;
  // Choices are compared by their place among the options.
  const places = options && `array[${options.map(({ value }) => pg.escapeLiteral(value)).join(", ")}]`;
  const literal = (value: string) => `${pg.escapeLiteral(value)}::${sqlType}`;
  const regexes = ["", "^a", "b$", "a.b", "[ä-ü]", "^.{2,4}$", "z(e|x)b", "\\\\", "\\s"];
  const patterns = ["%", "a%", "%b", "a_b", "a\\%b", "a\\_b", "a\\\\b", "A%", "Ä", "%漢%"];
  // A text without letters is as good as none.
  const emptyAsNull = sqlType === "text" && !options ? `nullif(${field}, '')` : field;
  return operators.flatMap((operator) => {
    if (operator === "is")
      return ["NULL", "NOT_NULL"].map((is) => ({ filter: { [field]: { is } }, sql: `${emptyAsNull} is ${is.replace("_", " ")}` }));
    if (operator === "in") {
      return [[], values.slice(0, 1), values].map((list) => ({
        filter: { [field]: { in: list.map((value) => apiValue(field, value)) } },
        sql: `${field} = any (array[${list.map(literal).join(", ")}]::${sqlType}[])`,
      }));
    }
    const operands = operator.endsWith("like") ? patterns : operator.endsWith("regex") ? regexes : values;
    const place = (one: string) => (places ? `array_position(${places}, ${one})` : one);
    return operands.map((value) => ({
      filter: { [field]: { [operator]: apiValue(field, value) } },
      sql: OPERATORS[operator]!(place(field), place(literal(value))),
    }));
  });
}

type Found = Record<string, { totalCount: number; nodes: { id: string }[] }>;

/** The ids each filter finds, in one request. */
async function idsByApi(cases: Case[]): Promise<string[][]> {
  const parameters = cases.map((_case, n) => `$f${n}: SampleFilterInput`).join(", ");
  const fields = cases.map((_case, n) => `a${n}: samples(filter: $f${n}, first: 1000) { totalCount nodes { id } }`).join("\n");
  const { data, errors } = await api.graphql<Found>(
    `query (${parameters}) { ${fields} }`,
    Object.fromEntries(cases.map(({ filter }, n) => [`f${n}`, filter])),
  );
  expect(errors).toBeUndefined();
  return cases.map((_case, n) => {
    const { totalCount, nodes } = data![`a${n}`]!;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ id }) => id).sort();
  });
}

async function idsBySql(cases: Case[]): Promise<string[][]> {
  const columns = cases.map(({ sql }, n) => `array(select id::text from sample where ${sql}) as a${n}`);
  const [row] = await api.sql<Record<string, string[]>>(`select ${columns.join(", ")}`);
  return cases.map((_case, n) => row![`a${n}`]!.sort());
}

async function expectSame(cases: Case[]): Promise<void> {
  let hits = 0;
  for (let at = 0; at < cases.length; at += 20) {
    const some = cases.slice(at, at + 20);
    const [found, wanted] = [await idsByApi(some), await idsBySql(some)];
    expect(some.map((one, n) => [label(one), found[n]])).toEqual(some.map((one, n) => [label(one), wanted[n]]));
    hits += found.filter((ids) => ids.length > 0 && ids.length < 150).length;
  }
  // The comparison would hold as well if nothing were ever found, or everything.
  expect(hits).toBeGreaterThan(cases.length / 3);
}

it.each(Object.keys(FIELDS))("can filter by %s with each of its operators", async (field) => {
  const operators = await operatorsOf(field);
  expect(operators.filter((operator) => !(operator in OPERATORS) && !["is", "in"].includes(operator))).toEqual([]);
  expect(operators).toEqual(expect.arrayContaining(["eq", "neq", "is"]));
  await expectSame(casesOf(field, operators));
});

it.each([
  ["TEXT", "name", ["endsWith", "eq", "gt", "gte", "ilike", "in", "iregex", "is", "like", "lt", "lte", "neq", "regex", "startsWith"]],
  ["NUMBER", "ratio", ["eq", "gt", "gte", "in", "is", "lt", "lte", "neq"]],
  ["NUMERIC", "price", ["eq", "gt", "gte", "in", "is", "lt", "lte", "neq"]],
  ["DATE", "day", ["eq", "gt", "gte", "in", "is", "lt", "lte", "neq"]],
  ["DATE_TIME", "moment", ["eq", "gt", "gte", "in", "is", "lt", "lte", "neq"]],
  ["UUID", "code", ["eq", "gt", "gte", "in", "is", "lt", "lte", "neq"]],
  ["BOOLEAN", "flag", ["eq", "is"]],
  ["SELECT", "choice", ["eq", "gt", "gte", "in", "is", "lt", "lte", "neq"]],
])("can ask a %s all that is promised", async (_type, field, operators) => {
  expect(await operatorsOf(field)).toEqual(expect.arrayContaining(operators));
});

it("can filter by the id of a related record as by any UUID", async () => {
  const [company] = await api.sql<{ id: string }>("select company_id as id from sample where company_id is not null limit 1");
  const literal = `'${company!.id}'::uuid`;
  await expectSame([
    { filter: { companyId: { eq: company!.id } }, sql: `company_id = ${literal}` },
    { filter: { companyId: { neq: company!.id } }, sql: `company_id <> ${literal}` },
    { filter: { companyId: { in: [company!.id] } }, sql: `company_id = ${literal}` },
    { filter: { companyId: { is: "NULL" } }, sql: "company_id is null" },
  ]);
});

it("can filter by the fields that every object has", async () => {
  const [row] = await api.sql<{ at: string; position: number }>(
    "select created_at::text as at, position from sample order by position offset 75 limit 1",
  );
  await expectSame([
    { filter: { position: { lt: row!.position } }, sql: `position < ${row!.position}` },
    { filter: { position: { in: [row!.position] } }, sql: `position = ${row!.position}` },
    { filter: { id: { gt: "80000000-0000-0000-0000-000000000000" } }, sql: "id > '80000000-0000-0000-0000-000000000000'" },
    { filter: { createdAt: { lte: row!.at }, name: { eq: "a" } }, sql: `created_at <= '${row!.at}' and name = 'a'` },
    { filter: { updatedAt: { is: "NOT_NULL" }, flag: { eq: true } }, sql: "flag" },
  ]);
});

it.each([
  ["one that cannot be read", "(", "INVALID_VALUE"],
  ["a reference back to a group", "(a*)*\\1", "BAD_INPUT"],
  ["options of its own", "(?x)a", "BAD_INPUT"],
  ["counts within counts", "((a{1,50}){1,50}){1,50}", "LIMIT_EXCEEDED"],
  ["one of 201 characters", "a".repeat(201), "LIMIT_EXCEEDED"],
])("cannot filter by %s as a regular expression", async (_what, regex, code) => {
  const ASK = "query ($filter: SampleFilterInput) { samples(filter: $filter) { totalCount } }";
  for (const filter of [{ name: { regex } }, { not: { name: { iregex: regex } } }]) {
    expect((await api.graphql(ASK, { filter })).errors).toMatchObject([{ extensions: { code } }]);
  }
});
