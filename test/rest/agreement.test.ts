/**
 * REST and GraphQL agree: random reads and writes in both dialects give the same records and the same errors, whoever asks;
 * and what GraphQL keeps from a caller, REST does. RELATA_ALL_CASES=1 asks 2,000 times, REST_SEED another series.
 */
import { adminQuery, useApi } from "../helpers/server.ts";
import { ask, problemOf } from "./rest.ts";

const api = useApi();
const TIMES = process.env["RELATA_ALL_CASES"] ? 2000 : 80;
const MEMBER = "member@acme.test";
type Json = Record<string, unknown>;

let state = Number(process.env["REST_SEED"] ?? 20261123);
/** mulberry32: from 0 up to 1. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const chance = (share: number): boolean => random() < share;

beforeAll(async () => {
  // The member's role holds fields back, so that the two schemas differ.
  await adminQuery(
    api.adminUrl,
    `insert into core.field_permissions (workspace_id, role_id, field_id, can_read)
     select w.id, r.id, f.id, f.name = 'employees'
     from core.workspaces w join core.roles r on r.workspace_id = w.id and r.name = 'MEMBER'
     join core.objects o on o.workspace_id = w.id and o.name_singular = 'company'
     join core.fields f on f.object_id = o.id and f.name in ('annualRecurringRevenue', 'employees')
     where w.subdomain = 'acme'`,
  );
});

/** A condition: its path, its operator and its operand, which may be wrong. */
type Condition = [path: string[], operator: string, operand: unknown];
const CONDITIONS: (() => Condition)[] = [
  () => [
    ["name"],
    pick(["ilike", "like", "startsWith", "endsWith", "eq", "neq", "gt"]),
    pick(["%a%", "A", "S%", 'a "quoted", (text)', "", "é"]),
  ],
  () => [["industry"], pick(["eq", "neq"]), pick(["Retail", "Technology", "Nothing"])],
  () => [["industry"], "in", pick([["Retail", "Energy"], ["Technology"], []])],
  () => [["employees"], pick(["gt", "gte", "lt", "lte", "eq"]), pick([5, 500, 2000, -1, "many", 1.5, 99999999999])],
  () => [["annualRecurringRevenue"], pick(["gt", "lt"]), pick(["1000", "2000000.5", "much"])],
  () => [["createdAt"], pick(["gt", "lt"]), pick(["2024-01-01", "2025-06-30T12:00:00Z", "2026-13-01", "yesterday"])],
  () => [["idealCustomerProfile"], "eq", pick([true, false, "perhaps"])],
  () => [["id"], "is", pick(["NULL", "NOT_NULL", "MAYBE"])],
  () => [["id"], "eq", pick(["01a20a12-d41b-7373-b288-6dfa2a151565", "no id"])],
  () => [["deletedAt"], "is", pick(["NULL", "NOT_NULL"])],
  () => [["createdBy", "source"], "eq", pick(["API", "IMPORT", "NOBODY"])],
  () => [["accountOwner", "firstName"], "startsWith", "O"],
  () => [["nothing"], "eq", "x"],
  () => [["name"], "nothing", "x"],
];

const nest = (path: readonly string[], inner: unknown): Json =>
  path.reduceRight<unknown>((within, name) => ({ [name]: within }), inner) as Json;

/** A filter as GraphQL has it, as brackets and as functions. */
type Filter = { graphql: Json; brackets: [path: string, value: string][]; functions: string };

function conditionOf([path, operator, operand]: Condition): Filter {
  const quoted = (value: unknown) => (typeof value === "string" ? JSON.stringify(value) : String(value));
  const text = Array.isArray(operand) ? `[${operand.map(quoted).join(",")}]` : quoted(operand);
  const at = [...path, operator].map((name) => `[${name}]`).join("");
  return {
    graphql: nest([...path, operator], operand),
    brackets: [[at, Array.isArray(operand) ? JSON.stringify(operand) : String(operand)]],
    functions: `${path.join(".")}[${operator}]:${text}`,
  };
}

function randomFilter(depth = 2): Filter {
  if (depth === 0 || chance(0.5)) return conditionOf(pick(CONDITIONS)());
  const parts = [randomFilter(depth - 1), randomFilter(depth - 1)];
  const kind = pick(["and", "or", "not"]);
  if (kind === "not") {
    const [{ graphql, brackets, functions }] = parts as [Filter];
    return { graphql: { not: graphql }, brackets: brackets.map(([at, value]) => [`[not]${at}`, value]), functions: `not(${functions})` };
  }
  return {
    graphql: { [kind]: parts.map(({ graphql }) => graphql) },
    brackets: parts.flatMap(({ brackets }, index) => brackets.map(([at, value]): [string, string] => [`[${kind}][${index}]${at}`, value])),
    functions: `${kind}(${parts.map(({ functions }) => functions).join(",")})`,
  };
}

const codesOf = (errors: { extensions: { code: string; field?: string } }[] | undefined) =>
  errors?.length ? { code: errors[0]!.extensions.code } : undefined;

const RECORD = "id name industry employees createdAt createdBy { source name }";
const FIELDS = "id,name,industry,employees,createdAt,createdBy.source,createdBy.name";
const LIST = `query ($filter: CompanyFilterInput, $orderBy: [CompanyOrderByInput!], $first: Int, $offset: Int) {
  companies(filter: $filter, orderBy: $orderBy, first: $first, offset: $offset) {
    nodes { ${RECORD} } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

async function compareReads(email: string): Promise<string> {
  const filter = randomFilter();
  const first = pick([1, 5, 20, 1001]);
  const offset = chance(0.3) ? pick([0, 3, 100000]) : undefined;
  const order = chance(0.6)
    ? pick([["name"], ["createdBy", "name"], ["accountOwner", "firstName"], ["employees"], ["nothing"]])
    : undefined;
  const direction = pick(["AscNullsFirst", "DescNullsLast"]);
  const variables = { filter: filter.graphql, first, offset, orderBy: order && [nest(order, direction)] };
  const { data, errors } = await api.graphql<{ companies: { nodes: Json[]; totalCount: number; pageInfo: Json } }>(LIST, variables, email);
  const expected = codesOf(errors) ?? {
    rows: data!.companies.nodes,
    totalCount: data!.companies.totalCount,
    pageInfo: data!.companies.pageInfo,
  };

  for (const dialect of ["brackets", "functions"] as const) {
    const parameters = new URLSearchParams({
      fields: FIELDS,
      limit: String(first),
      ...(offset !== undefined && { offset: String(offset) }),
    });
    if (order) parameters.set("order_by", `${order.join(".")}[${direction}]`);
    if (dialect === "functions") parameters.set("filter", filter.functions);
    else for (const [at, value] of filter.brackets) parameters.append(`filter${at}`, value);
    const answer = await ask(api, "GET", `/companies?${parameters}`, { email });
    const { json } = answer;
    const got =
      answer.status === 200
        ? { rows: json.data.companies, totalCount: json.totalCount, pageInfo: json.pageInfo }
        : { code: problemOf(answer)[1] };
    expect({ as: email, dialect, asked: decodeURIComponent(String(parameters)), ...got }).toEqual({
      as: email,
      dialect,
      asked: decodeURIComponent(String(parameters)),
      ...expected,
    });
  }
  return "code" in expected ? expected.code : "rows";
}

const VALUES: Record<string, readonly unknown[]> = {
  name: ["Agreed", "", null, 7],
  employees: [5, null, "many", 3_000_000_000],
  annualRecurringRevenue: ["12.5", 7, "much", null],
  idealCustomerProfile: [true, false, null, "yes"],
  accountOwnerId: [null, "no id", "01a20a12-0000-7000-8000-000000000000"],
  createdAt: ["2024-02-30", "2024-02-28T10:00:00Z"],
  nothing: ["x"],
};
const randomData = (): Json =>
  Object.fromEntries(
    Object.entries(VALUES)
      .filter(([name]) => chance(name === "nothing" ? 0.05 : 0.4))
      .map(([name, values]) => [name, pick(values)]),
  );

/** What is each record's own. */
const shared = (row: unknown) => ({ ...(row as Json), id: "…", createdAt: "…" });

const WRITES: Record<string, { query: string; key: string; method: string }> = {
  create: {
    query: `mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { ${RECORD} } }`,
    key: "createCompany",
    method: "POST",
  },
  update: {
    query: `mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) { ${RECORD} } }`,
    key: "updateCompany",
    method: "PATCH",
  },
};

async function compareWrites(email: string, twins: [string, string]): Promise<string> {
  const verb = pick(["create", "update"]);
  const { query, key, method } = WRITES[verb]!;
  const data = randomData();
  const graphql = await api.graphql<Record<string, Json>>(query, { ...(verb === "update" && { id: twins[0] }), data }, email);
  const path = verb === "update" ? `/companies/${twins[1]}` : "/companies";
  const rest = await ask(api, method, `${path}?fields=${FIELDS}`, { body: data, email });
  const code = codesOf(graphql.errors)?.code;
  const expected = code ? { code } : { row: shared(graphql.data![key]) };
  const got = rest.status >= 400 ? { code: problemOf(rest)[1] } : { row: shared(rest.json.data[key]) };
  expect({ as: email, verb, data, ...got }).toEqual({ as: email, verb, data, ...expected });
  return code ?? "rows";
}

it(`can read the same in both dialects, ${TIMES} times`, async () => {
  const seen = new Set<string>();
  for (let n = 0; n < TIMES; n++) seen.add(await compareReads(pick(["owner@acme.test", MEMBER, "guest@acme.test"])));
  expect([...seen]).toEqual(expect.arrayContaining(["rows", "BAD_INPUT"]));
}, 600_000);

it(`can write the same in both dialects, ${TIMES} times`, async () => {
  const made = await ask(api, "POST", "/batch/companies?fields=id", { body: [{ name: "Twin" }, { name: "Twin" }] });
  const twins = made.json.data.createCompanies.map(({ id }: { id: string }) => id) as [string, string];
  const seen = new Set<string>();
  for (let n = 0; n < TIMES; n++)
    seen.add(await compareWrites(pick(["owner@acme.test", "owner@acme.test", MEMBER, "guest@acme.test"]), twins));
  expect([...seen]).toEqual(expect.arrayContaining(["rows", "BAD_INPUT", "PERMISSION_DENIED"]));
}, 600_000);

const HELD_BACK = "annualRecurringRevenue";
it.each([
  ["filter", `/companies?filter[${HELD_BACK}][gt]=1`],
  ["filter", `/companies?filter=not(${HELD_BACK}[gt]:1)`],
  ["filter", `/people?filter[company][${HELD_BACK}][gt]=1`],
  ["order_by", `/companies?order_by=${HELD_BACK}`],
  ["order_by", `/people?order_by=company.${HELD_BACK}`],
  ["fields", `/companies?fields=${HELD_BACK}`],
  ["fields", `/people?fields=company.${HELD_BACK}`],
  ["group_by", `/companies/groupBy?group_by=${HELD_BACK}`],
  ["aggregate", `/companies/groupBy?group_by=industry&aggregate=sumAnnualRecurringRevenue`],
])("cannot ask by %s of a field that is held back: it is as if there were none (%s)", async (_where, path) => {
  const [refused, unknown] = [
    await ask(api, "GET", path, { email: MEMBER }),
    await ask(
      api,
      "GET",
      path.replaceAll(/annual(?=Rec)/gi, (found) => `x${found}`),
      { email: MEMBER },
    ),
  ];
  expect(problemOf(refused).slice(0, 2)).toEqual([400, "BAD_INPUT"]);
  expect(refused.text.replaceAll(/annual/gi, (found) => `x${found}`)).toBe(unknown.text);
  expect((await ask(api, "GET", path)).status).toBe(200);
});

it("cannot find a field that is held back in any answer, nor write one", async () => {
  for (const path of ["/companies?limit=2&depth=1", "/people?limit=2&depth=2"]) {
    expect((await ask(api, "GET", path, { email: MEMBER })).text).not.toContain(HELD_BACK);
    expect((await ask(api, "GET", path)).text).toContain(HELD_BACK);
  }
  expect(problemOf(await ask(api, "POST", "/companies", { body: { [HELD_BACK]: "1" }, email: MEMBER })).slice(0, 2)).toEqual([
    400,
    "BAD_INPUT",
  ]);
});

it.each<[method: string, path: string, body?: unknown]>([
  ["POST", "/companies", { name: "By a guest" }],
  ["POST", "/batch/companies", [{ name: "By a guest" }]],
  ["PATCH", "/companies/ID", { name: "By a guest" }],
  ["PATCH", "/companies?filter[name][eq]=Guarded", { name: "By a guest" }],
  ["DELETE", "/companies/ID"],
  ["DELETE", "/companies/ID?destroy=true"],
  ["DELETE", "/companies?filter[name][eq]=Guarded"],
  ["PATCH", "/restore/companies/ID"],
])("cannot %s %s as a guest (PERMISSION_DENIED)", async (...[method, path, body]) => {
  const { id } = (await ask(api, "POST", "/companies?fields=id", { body: { name: "Guarded" } })).json.data.createCompany;
  const send = (email: string) => ask(api, method, path.replace("ID", id), { email, ...(body !== undefined && { body }) });
  expect(problemOf(await send("guest@acme.test")).slice(0, 2)).toEqual([403, "PERMISSION_DENIED"]);
  expect(await api.sql("select name, deleted_at from company where id = $1", [id])).toEqual([{ name: "Guarded", deleted_at: null }]);
  expect((await send("owner@acme.test")).status).toBeLessThan(300);
});

it("cannot tell another workspace's record from none", async () => {
  const { id } = (await ask(api, "POST", "/companies?fields=id", { body: { name: "Ours" } })).json.data.createCompany;
  const missing = "01a20a12-0000-7000-8000-000000000000";
  const asStranger = async (method: string, path: string, body?: unknown) => {
    const [theirs, none] = await Promise.all(
      [id, missing].map((one) =>
        ask(api, method, path.replace("ID", one), { email: "owner@globex.test", ...(body !== undefined && { body }) }),
      ),
    );
    expect([theirs!.status, theirs!.text.replaceAll(id, "ID")]).toEqual([none!.status, none!.text.replaceAll(missing, "ID")]);
    return theirs!.status;
  };
  expect(await asStranger("GET", "/companies/ID")).toBe(404);
  expect(await asStranger("PATCH", "/companies/ID", { name: "Theirs" })).toBe(404);
  expect(await asStranger("DELETE", "/companies/ID?destroy=true")).toBe(404);
  expect(await asStranger("PATCH", "/restore/companies/ID")).toBe(404);
  expect(await asStranger("GET", "/companies?filter[id][eq]=ID")).toBe(200);
  expect(await asStranger("POST", "/companies/duplicates", { ids: [id] })).toBeGreaterThan(199);
  expect(await asStranger("GET", "/search?q=Ours")).toBe(200);
  // An object that only acme has is nowhere.
  expect((await ask(api, "GET", "/projects", { email: "owner@globex.test" })).status).toBe(404);
  expect((await ask(api, "GET", "/projects")).status).toBe(200);
});
