/** Fields that a role holds back: nothing that a member may send tells anything of their values. */
import { adminQuery, useApi } from "../helpers/server.ts";
import { HELD_BACK, HOLD_BACK, STATEMENTS, VECTORS } from "./forbiddenVectors.ts";

const api = useApi();
const MEMBER = "member@acme.test";
const COLLEAGUE = "guest@acme.test";

/** Lets the role of acme hold back fields, named `object.field`: from readers, or from writers alone. */
const holdBack = (role: string, fields: Record<string, "hidden" | "frozen">) =>
  adminQuery(api.adminUrl, HOLD_BACK, [role, JSON.stringify(fields)]);

beforeAll(async () => {
  await holdBack("MEMBER", HELD_BACK);
});

const asMember = <T = Record<string, unknown>>(query: string, variables: Record<string, unknown> = {}) =>
  api.graphql<T>(query, variables, MEMBER);
const codes = (errors: { extensions?: { code?: unknown } }[] | undefined) => errors?.map(({ extensions }) => extensions?.code);

it("can read and write all that is not held back", async () => {
  const { data, errors } = await asMember<{ companies: { nodes: { id: string; name: string; employees: number }[] } }>(
    "{ companies(first: 2) { nodes { id name employees contacts(first: 1) { totalCount nodes { firstName } } } } people(first: 1) { nodes { city company { name } } } }",
  );
  expect(errors).toBeUndefined();
  expect(data!.companies.nodes).toHaveLength(2);
  const updated = await asMember('mutation ($id: UUID!) { updateCompany(id: $id, data: { name: "Renamed" }) { name employees } }', {
    id: data!.companies.nodes[0]!.id,
  });
  expect(updated.errors).toBeUndefined();
});

it("cannot find a held back field anywhere in the schema", async () => {
  const ask =
    "{ __schema { types { name description fields { name description } inputFields { name description } enumValues { name } } } }";
  const text = JSON.stringify((await asMember(ask)).data);
  const whole = JSON.stringify((await api.graphql(ask)).data);
  for (const name of ["annualRecurringRevenue", "AnnualRecurringRevenue", "ANNUAL_RECURRING"]) {
    expect(text).not.toContain(name);
  }
  expect(whole).toContain("annualRecurringRevenue");
});

it.each(VECTORS)("cannot be %s (GRAPHQL_VALIDATION_FAILED)", async (_vector, query) => {
  const { data, errors } = await asMember(query);
  expect([data ?? undefined, codes(errors)]).toEqual([undefined, ["GRAPHQL_VALIDATION_FAILED"]]);
  // The question itself is a good one.
  expect((await api.graphql(query)).errors?.filter(({ extensions }) => extensions?.["code"] === "GRAPHQL_VALIDATION_FAILED") ?? []).toEqual(
    [],
  );
});

it("cannot be told apart by a search over all objects", async () => {
  const [person] = await api.sql<{ last_name: string }>("select last_name from person where last_name ~ '^[A-Z][a-z]{6,}$' limit 1");
  const ask = `{ search(searchInput: "${person!.last_name}", limit: 5, includedObjectNameSingulars: ["person"]) { edges { node { recordId } } } }`;
  const found = await api.graphql<{ search: { edges: unknown[] } }>(ask);
  expect(found.errors).toBeUndefined();
  expect(found.data!.search.edges.length).toBeGreaterThan(0);
  const { data, errors } = await asMember<{ search: { edges: unknown[] } }>(ask);
  expect([errors, data?.search.edges]).toEqual([undefined, []]);
});

it("can be searched for in the objects where nothing is held back of what is searched", async () => {
  const { data, errors } = await asMember<{ search: { edges: unknown[] } }>(
    '{ search(searchInput: "a", limit: 5) { edges { node { recordId } } } }',
  );
  expect(errors).toBeUndefined();
  expect(data!.search.edges.length).toBeGreaterThan(0);
});

it("cannot be read or written in psql as the request's role (42501)", async () => {
  for (const statement of STATEMENTS) {
    await expect(api.sqlAs(MEMBER, statement)).rejects.toMatchObject({ code: "42501" });
  }
  expect(await api.sqlAs(MEMBER, "select name, employees from company limit 1")).toHaveLength(1);
});

it("can be given to a member by one more role, at his next request", async () => {
  const ask = "{ companies(first: 1) { nodes { annualRecurringRevenue } } }";
  expect(codes((await asMember(ask)).errors)).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
  const assign = (verb: string) =>
    adminQuery(
      api.adminUrl,
      verb === "grant"
        ? `insert into core.role_assignments (workspace_id, role_id, member_id)
           select m.workspace_id, r.id, m.id from core.workspace_members m join core.users u on u.id = m.user_id and u.email = $1
           join core.roles r on r.workspace_id = m.workspace_id and r.name = 'GUEST'`
        : `delete from core.role_assignments a using core.roles r, core.workspace_members m, core.users u
           where r.id = a.role_id and r.name = 'GUEST' and m.id = a.member_id and u.id = m.user_id and u.email = $1`,
      [MEMBER],
    );
  await assign("grant");
  expect((await asMember(ask)).errors).toBeUndefined();
  await assign("take");
  expect(codes((await asMember(ask)).errors)).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
});

it("can be held back from one role and not from another", async () => {
  expect((await api.graphql("{ companies(first: 1) { nodes { annualRecurringRevenue } } }", {}, COLLEAGUE)).errors).toBeUndefined();
});

it("can be read by who shapes the data model, whatever else he holds", async () => {
  await holdBack("ADMIN", { "company.annualRecurringRevenue": "hidden" });
  const { errors } = await api.graphql("{ companies(first: 1) { nodes { annualRecurringRevenue } } }", {}, "admin@acme.test");
  expect(errors).toBeUndefined();
});

it("cannot be told by duplicates, or written by a merge (PERMISSION_DENIED)", async () => {
  const idsOf = async (table: string) => (await api.sql<{ id: string }>(`select id from ${table} order by id limit 2`)).map(({ id }) => id);
  const duplicates = "query ($ids: [UUID!]) { personDuplicates(ids: $ids) { totalCount } }";
  const merge = "mutation ($ids: [UUID!]!) { mergeCompanies(ids: $ids, conflictPriorityIndex: 0, dryRun: true) { id } }";
  for (const [query, ids] of [
    [duplicates, await idsOf("person")],
    [merge, await idsOf("company")],
  ] as const) {
    expect(codes((await asMember(query, { ids })).errors)).toEqual(["PERMISSION_DENIED"]);
    expect((await api.graphql(query, { ids })).errors).toBeUndefined();
  }
});
