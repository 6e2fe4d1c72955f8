/** `extensions: { explain: true }`: what an operation's statements cost, and which index would help. */

import { type Sent, send } from "../helpers/send.ts";
import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();
type Explained = {
  sql: string;
  planningMs: number;
  executionMs: number;
  rows: number;
  plan: { Plan: { "Node Type": string } };
  advice: { reason: string; change: Change }[];
};
type Change = { kind: string; data: { objectId: string; type: string; fields: { fieldId: string; part?: string }[] } };

type Node = { [key: string]: unknown; Plans?: Node[] };
const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

const explain = (query: string, variables: object = {}, options = {}) =>
  send(api, { query, variables, extensions: { explain: true } }, {}, options);
const told = ({ extensions }: Sent<unknown>) => extensions!["explain"] as Explained[];
const columnsOf = async ({ data }: Change) => {
  const rows = await api.sql<{ id: string; name: string }>("select id, name from core.fields where id = any ($1)", [
    data.fields.map(({ fieldId }) => fieldId),
  ]);
  return data.fields.map(({ fieldId, part }) => [rows.find(({ id }) => id === fieldId)?.name, part].filter(Boolean).join("."));
};

beforeAll(async () => {
  await api.sql(
    "insert into company (name, industry, employees) select 'Many ' || n, 'Sector ' || n % 500, n from generate_series(1, 8000) n",
  );
  await api.sql("analyze company");
});

it("can tell each statement of a query, beside its answer, with times and rows", async () => {
  const query = '{ companies(filter: { name: { eq: "Many 7" } }) { nodes { name } totalCount } people(first: 2) { nodes { firstName } } }';
  const answer = await explain(query);
  expect(answer.data).toEqual((await api.graphql(query)).data);
  const statements = told(answer);
  expect(statements.length).toBeGreaterThanOrEqual(2);
  for (const { sql, planningMs, executionMs, rows, plan } of statements) {
    expect(sql).toMatch(/select/i);
    expect([planningMs > 0, executionMs > 0, rows >= 0, typeof plan.Plan["Node Type"]]).toEqual([true, true, true, "string"]);
  }
  expect(JSON.stringify(statements)).toContain("Shared Hit Blocks");
});

it("can run a mutation once only, and explain it", async () => {
  const answer = await explain(
    'mutation { a: createCompany(data: { name: "Explained" }) { id name } b: createCompany(data: { name: "Explained" }) { name } }',
  );
  expect(answer.errors).toBeUndefined();
  expect(told(answer).map(({ plan }) => plan.Plan["Node Type"])).toContain("ModifyTable");
  expect(await api.sql("select count(*)::int as n from company where name = 'Explained'")).toEqual([{ n: 2 }]);
});

it("can explain what fails, up to there, and nothing of it stays", async () => {
  const answer = await explain(
    'mutation @transaction { a: createCompany(data: { name: "Undone" }) { id } b: createPerson(data: { companyId: "00000000-0000-0000-0000-000000000000" }) { id } }',
  );
  expect(answer.errors).toMatchObject([
    { path: ["b"], extensions: { code: "RELATED_NOT_FOUND" } },
    { path: ["a"], extensions: { code: "ROLLED_BACK" } },
  ]);
  expect(told(answer)).toHaveLength(1);
  expect(await api.sql("select 1 from company where name = 'Undone'")).toEqual([]);
});

it.each<[string, string, string, string[]]>([
  ["a filter", '{ companies(filter: { industry: { eq: "Sector 3" } }) { nodes { id } } }', "BTREE", ["industry"]],
  ["a range", "{ companies(filter: { employees: { gt: 7990 } }) { nodes { id } } }", "BTREE", ["employees"]],
  ["a sort", "{ companies(orderBy: [{ employees: DescNullsLast }], first: 3) { nodes { id } } }", "BTREE", ["employees"]],
  [
    "a filter and a sort",
    '{ companies(filter: { industry: { eq: "Sector 3" } }, orderBy: [{ employees: AscNullsLast }], first: 3) { nodes { id } } }',
    "BTREE",
    ["industry", "employees"],
  ],
])("can advise an index for %s, as the change that makes it", async (_what, query, type, fields) => {
  const advice = told(await explain(query)).flatMap((one) => one.advice);
  expect(advice.length).toBeGreaterThan(0);
  const { reason, change } = advice[0]!;
  expect([change.kind, change.data.type, await columnsOf(change)]).toEqual(["createIndex", type, fields]);
  expect(reason).toMatch(/^\d+ records of company were read to find \d+, by /);
  const made = await api.metadata<{ applyChanges: object }>(
    "mutation ($changes: [ChangeInput!]!) { planChanges(changes: $changes) { __typename } }",
    { changes: [change] },
  );
  expect(made.errors).toBeUndefined();
});

it("can advise an index for a look into a text", async () => {
  const query = '{ companies(filter: { address: { ilike: "%street%" } }) { nodes { id } } }';
  const advice = told(await explain(query)).flatMap((one) => one.advice);
  expect(advice).toMatchObject([{ change: { data: { type: "GIN" } } }]);
  expect(await columnsOf(advice[0]!.change)).toEqual(["address"]);
});

it("can be followed: with the index there is no more to advise", async () => {
  const query = '{ companies(filter: { domainName: { eq: "x.example" } }) { nodes { id } } }';
  const [advice] = told(await explain(query)).flatMap((one) => one.advice);
  expect(await columnsOf(advice!.change)).toEqual(["domainName"]);
  const made = await api.metadata("mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { __typename } }", {
    changes: [advice!.change],
  });
  expect(made.errors).toBeUndefined();
  expect(told(await explain(query)).flatMap((one) => one.advice)).toEqual([]);
});

it("can say nothing of what an index serves, and of small tables", async () => {
  for (const query of ["{ companies(first: 5) { nodes { id } } }", '{ notes(filter: { title: { eq: "x" } }) { nodes { id } } }']) {
    expect(told(await explain(query)).flatMap((one) => one.advice)).toEqual([]);
  }
});

it.each(["member@acme.test", "guest@acme.test"])("cannot be asked for by %s (PERMISSION_DENIED), and nothing runs", async (email) => {
  const answer = await explain('mutation { createCompany(data: { name: "Peeked" }) { id } }', {}, { email });
  expect([answer.data, answer.errors, answer.extensions]).toMatchObject([
    undefined,
    [{ extensions: { code: "PERMISSION_DENIED" } }],
    undefined,
  ]);
  expect(await api.sql("select 1 from company where name = 'Peeked'")).toEqual([]);
});

it("can be asked for by admins", async () => {
  expect(told(await explain("{ companies { totalCount } }", {}, { email: "admin@acme.test" })).length).toBeGreaterThan(0);
});

it("cannot explain the data model, whose tables are everybody's (BAD_INPUT)", async () => {
  expect(await explain("{ objects { nodes { id } } }", {}, { path: "/metadata" })).toMatchObject({
    errors: [{ extensions: { code: "BAD_INPUT", field: "extensions.explain" } }],
  });
});

/** Each needs one statement over what all workspaces share. */
const OVER_CORE: [string, () => Promise<string>][] = [
  ["a search", async () => '{ search(searchInput: "Explained", limit: 5) { edges { node { objectLabelSingular } } } }'],
  ["duplicates", async () => '{ companyDuplicates(data: [{ name: "Explained" }]) { totalCount } }'],
  ["groups of a view", async () => `{ companiesGroupBy(viewId: "${await makeView()}", groupBy: [{ industry: true }]) { totalCount } }`],
  ["defaults", async () => 'mutation { createCompanies(data: [{ name: "Mixed" }, { position: 1 }]) { name } }'],
];
async function makeView(): Promise<string> {
  const [made] = await api.sql<{ id: string }>(
    `insert into core.views (object_id, name) select o.id, 'Explained' from core.objects o
     where o.name_singular = 'company' and o.workspace_id = authz.workspace_id() returning id`,
  );
  return made!.id;
}

it.each(OVER_CORE)("cannot tell what %s costs in tables that are everybody's", async (_what, make) => {
  const answer = await explain(await make());
  expect([answer.status, answer.errors, Object.values(answer.data ?? {})]).toEqual([200, undefined, [expect.anything()]]);
  const statements = told(answer);
  expect(JSON.stringify(statements)).not.toMatch(/"(?:objects|fields|views|view_filters|workspaces|pg_attrdef|pg_attribute)"/);
  for (const { sql } of statements) expect(sql).not.toMatch(/core"?\.|pg_/);
});

it("can explain what else an operation asks, beside such a statement", async () => {
  const answer = await explain(`{ companies(first: 1) { nodes { name } } ${(await OVER_CORE[0]![1]()).slice(1)}`);
  expect(answer.errors).toBeUndefined();
  expect(told(answer).filter(({ sql }) => sql.includes("company"))).toHaveLength(1);
});

it.each(["yes", 1, {}])("cannot ask by %j (BAD_INPUT)", async (value) => {
  const answer = await send(api, { query: "{ companies { totalCount } }", extensions: { explain: value } });
  expect(answer).toMatchObject({ errors: [{ extensions: { code: "BAD_INPUT", field: "extensions.explain" } }] });
});

it("can be left out, and then nothing is told", async () => {
  for (const extensions of [undefined, null, {}, { explain: false }, { other: 1 }]) {
    const answer = await send(api, { query: "{ companies { totalCount } }", extensions });
    expect([answer.errors, answer.extensions]).toEqual([undefined, undefined]);
  }
});

it("cannot tell more of another workspace's rows than the operation does", async () => {
  const text = "insert into company (name, industry) select 'Theirs', 'Sector 3' from generate_series(1, 70)";
  await adminQuery(api.adminUrl, text, [], "globex");
  const QUERY = '{ companies(filter: { industry: { eq: "Sector 3" } }) { totalCount nodes { name } } }';
  const statements = told(await explain(QUERY));
  // Each scan of companies has looked at those of this workspace, and at no other.
  const scans = statements.flatMap(({ plan }) => nodesOf(plan.Plan as Node)).filter((node) => node["Relation Name"] === "company");
  const [all] = await api.sql<{ companies: number; found: number }>(
    "select count(*)::int as companies, count(*) filter (where industry = 'Sector 3')::int as found from company",
  );
  expect(scans.length).toBeGreaterThan(0);
  for (const scan of scans) {
    expect(scan["Actual Rows"]).toBe(all!.found);
    expect(Number(scan["Actual Rows"]) + Number(scan["Rows Removed by Filter"])).toBe(all!.companies);
  }
  expect(JSON.stringify(statements)).not.toContain("Theirs");
});
