/** Many records at once: created from a list, and changed, deleted, restored and destroyed by a filter. */
import { useApi } from "../helpers/server.ts";

const api = useApi({ MAX_BATCH_SIZE: "200", MAX_AFFECTED_RECORDS: "100" });

type Company = { id: string; name: string | null; industry: string; employees: number | null; deletedAt: string | null };
const FIELDS = "id name industry employees deletedAt";
const CREATE = `mutation ($data: [CompanyCreateInput!]!) { made: createCompanies(data: $data) { ${FIELDS} } }`;
const ask = async (query: string, variables: object, email?: string) => {
  const { data, errors } = await api.graphql<{ made: Company[] | null }>(query, variables as Record<string, unknown>, email);
  return { made: data?.made ?? null, error: errors?.[0]?.extensions, errors };
};
async function create(data: object[], email?: string): Promise<Company[]> {
  const { made, errors } = await ask(CREATE, { data }, email);
  expect(errors).toBeUndefined();
  return made!;
}
const byFilter = (mutation: string, filter: object, email?: string) => {
  const [verb, data] = mutation.split(" ") as [string, string?];
  const args = data ? `data: { ${data} }, filter: $filter` : "filter: $filter";
  return ask(`mutation ($filter: CompanyFilterInput!) { made: ${verb}Companies(${args}) { ${FIELDS} } }`, { filter }, email);
};
const count = async (industry: string) =>
  (await api.sql<{ count: number }>("select count(*)::int as count from company where industry = $1", [industry]))[0]!.count;
const stateOf = (industry: string) => api.sql("select * from company where industry = $1 order by id", [industry]);

describe("created from a list", () => {
  it("can come back in the order of the input, with defaults where nothing is given", async () => {
    const data = [
      { name: "C", industry: "Order", employees: 3 },
      { industry: "Order", idealCustomerProfile: true, position: 5, createdAt: "2020-01-01T00:00:00Z" },
      { name: "A", industry: "Order", employees: null, id: "33333333-3333-4333-8333-333333333333" },
    ];
    const made = await create(data, "member@acme.test");
    expect(made.map(({ name, employees }) => [name, employees])).toEqual([
      ["C", 3],
      [null, null],
      ["A", null],
    ]);
    const rows = await api.sql(
      `select id, ideal_customer_profile, position < 0 as is_first, created_at::date::text = '2020-01-01' as is_old, created_by_name
       from company where industry = 'Order' order by array_position($1::uuid[], id)`,
      [made.map(({ id }) => id)],
    );
    expect(rows).toEqual([
      { id: made[0]!.id, ideal_customer_profile: false, is_first: true, is_old: false, created_by_name: "Mia Member" },
      { id: made[1]!.id, ideal_customer_profile: true, is_first: false, is_old: true, created_by_name: "Mia Member" },
      { id: data[2]!.id, ideal_customer_profile: false, is_first: true, is_old: false, created_by_name: "Mia Member" },
    ]);
  });

  it("can be selected with their relations, in their order", async () => {
    const [member] = await api.sql<{ id: string }>("select id from workspace_member where first_name = 'Mia'");
    const data = Array.from({ length: 30 }, (_, n) => ({ name: `R${n}`, ...(n % 2 && { accountOwnerId: member!.id }) }));
    const { data: answer, errors } = await api.graphql(
      "mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { name accountOwner { name } contacts { totalCount } } }",
      { data },
    );
    expect(errors).toBeUndefined();
    expect(answer).toEqual({
      createCompanies: data.map(({ name }, n) => ({
        name,
        accountOwner: n % 2 ? { name: "Mia Member" } : null,
        contacts: { totalCount: 0 },
      })),
    });
  });

  it("can be none, and as many as the limit", async () => {
    expect(await create([])).toEqual([]);
    expect(await create(Array.from({ length: 200 }, (_, n) => ({ name: `${n}`, industry: "Limit" })))).toHaveLength(200);
    const { error, errors } = await ask(CREATE, { data: Array.from({ length: 201 }, () => ({ industry: "Limit" })) });
    expect(error).toEqual({ code: "LIMIT_EXCEEDED", field: "data" });
    expect(errors![0]!.message).toMatch(/201.*200/);
    expect(await count("Limit")).toBe(200);
  });

  it("can be records of every kind of value", async () => {
    const data = [
      { name: 'Ünïcode "quoted" \\ 🙂\n', industry: "Kinds", annualRecurringRevenue: "123456789012345678901234567890.123456789" },
      { name: "", industry: "Kinds", employees: -2147483648, idealCustomerProfile: true },
    ];
    const query =
      "mutation ($data: [CompanyCreateInput!]!) { made: createCompanies(data: $data) { name industry annualRecurringRevenue employees idealCustomerProfile } }";
    expect((await ask(query, { data })).made).toEqual([
      { ...data[0], employees: null, idealCustomerProfile: false },
      { ...data[1], annualRecurringRevenue: null },
    ]);
  });

  it.each<[string, object, object]>([
    ["VALUE_REQUIRED", { idealCustomerProfile: null }, { field: "data.17.idealCustomerProfile" }],
    ["RELATED_NOT_FOUND", { accountOwnerId: "00000000-0000-0000-0000-000000000000" }, { field: "data.17.accountOwnerId" }],
    ["INVALID_TEXT", { address: "\0" }, { field: "data.17.address" }],
    ["CHECK_FAILED", { name: "x".repeat(1_048_577) }, { field: "data.17.name" }],
    ["DATE_OUT_OF_RANGE", { createdAt: "2023-02-30T00:00:00Z" }, { field: "data.17.createdAt" }],
    ["ARGS_CONFLICT", { accountOwnerId: null, accountOwner: { disconnect: true } }, { field: "data.17.accountOwner" }],
  ])("cannot hold one bad row, and then are none (%s)", async (code, bad, rest) => {
    const data = Array.from({ length: 40 }, (_, n) => ({ name: `${n}`, industry: "Bad", ...(n === 17 && bad) }));
    expect(await ask(CREATE, { data })).toMatchObject({ made: null, error: { code, ...rest } });
    expect(await count("Bad")).toBe(0);
    await create(data.filter((_, n) => n !== 17).slice(0, 1));
    await api.sql("delete from company where industry = 'Bad'");
  });

  it("cannot have a value that must be unique twice (CONFLICT)", async () => {
    const people = (emails: string[]) =>
      ask("mutation ($data: [PersonCreateInput!]!) { made: createPeople(data: $data) { id } }", {
        data: emails.map((email) => ({ email })),
      });
    expect((await people(["a@many.example", "b@many.example"])).made).toHaveLength(2);
    expect((await people(["c@many.example", "d@many.example", "C@many.example"])).error).toEqual({
      code: "CONFLICT",
      field: "data.2.email",
    });
    const taken = await people(["e@many.example", "f@many.example", "B@many.example", "g@many.example"]);
    expect(taken.error).toEqual({ code: "CONFLICT", field: "data.2.email" });
    expect(JSON.stringify(taken.errors)).not.toContain("many.example");
    const [left] = await api.sql("select count(*)::int as count from person where email like '%@many.example'");
    expect(left).toEqual({ count: 2 });
  });

  it("cannot be created by a guest (PERMISSION_DENIED)", async () => {
    const data = [{ industry: "Guest" }, { industry: "Guest" }];
    expect((await ask(CREATE, { data }, "guest@acme.test")).error).toEqual({ code: "PERMISSION_DENIED" });
    expect(await count("Guest")).toBe(0);
    expect(await create(data, "member@acme.test")).toHaveLength(2);
  });
});

describe("by a filter", () => {
  it("can be changed, deleted, restored and destroyed", async () => {
    const made = await create(Array.from({ length: 5 }, (_, n) => ({ name: `N${n}`, industry: "Life", employees: n })));
    await create([{ industry: "Death", employees: 1 }]);
    const filter = { industry: { eq: "Life" } };
    const some = await byFilter("update employees:77", { ...filter, employees: { gte: 2 } }, "member@acme.test");
    expect(some.made!.map(({ id, employees }) => [id, employees])).toEqual(made.slice(2).map(({ id }) => [id, 77]));
    const gone = await byFilter("delete", { ...filter, employees: { eq: 77 } });
    expect(gone.made!.map(({ deletedAt }) => deletedAt)).toEqual(Array(3).fill(expect.stringMatching(/Z$/)));
    expect((await byFilter("delete", filter)).made).toHaveLength(2);
    expect((await byFilter("delete", filter)).made).toEqual([]);
    expect((await byFilter("restore", { ...filter, name: { in: ["N0", "N4"] } })).made!.map(({ name }) => name)).toEqual(["N0", "N4"]);
    expect((await byFilter("destroy", filter)).made!.map(({ name }) => name)).toEqual(["N0", "N4"]);
    expect(await count("Life")).toBe(3);
    expect((await byFilter("destroy", { ...filter, deletedAt: { is: "NOT_NULL" } })).made).toHaveLength(3);
    expect([await count("Life"), await count("Death")]).toEqual([0, 1]);
  });

  it("cannot be changed when they are deleted, unless the filter speaks of that", async () => {
    const [one] = await create([{ industry: "Trash" }]);
    await api.graphql("mutation ($id: UUID!) { deleteCompany(id: $id) { id } }", { id: one!.id });
    expect((await byFilter("update employees:1", { industry: { eq: "Trash" } })).made).toEqual([]);
    const update = 'mutation ($id: UUID!) { made: updateCompany(id: $id, data: { name: "x" }) { id } }';
    expect((await ask(update, { id: one!.id })).error).toEqual({ code: "NOT_FOUND" });
    expect((await byFilter("update employees:1", { industry: { eq: "Trash" }, deletedAt: { is: "NOT_NULL" } })).made).toHaveLength(1);
  });

  it.each<[string, object]>([
    ["nothing", {}],
    ["nothing in a field", { name: {} }],
    ["nothing in a relation", { accountOwner: {} }],
    ["and of nothing", { and: [{}, { and: [] }] }],
    ["or with nothing", { or: [{ name: { eq: "x" } }, {}] }],
    ["not of what never holds", { not: { or: [] } }],
    ["nothing but a forgotten variable", { name: undefined }],
  ])("cannot be written by a filter that says %s (BAD_INPUT)", async (_what, filter) => {
    const all = async () => (await api.sql("select count(*)::int, max(updated_at)::text, count(deleted_at)::int as gone from company"))[0];
    const before = await all();
    for (const mutation of ["update employees:1", "delete", "restore", "destroy"]) {
      expect((await byFilter(mutation, filter)).error).toEqual({ code: "BAD_INPUT", field: "filter" });
    }
    expect(await all()).toEqual(before);
  });

  it("cannot be more than the limit (LIMIT_EXCEEDED)", async () => {
    await create(Array.from({ length: 101 }, () => ({ industry: "Most", employees: 1 })));
    const filter = { industry: { eq: "Most" } };
    const before = await stateOf("Most");
    for (const mutation of ["update employees:2", "delete", "destroy"]) {
      const { error, errors } = await byFilter(mutation, filter);
      expect([error, errors![0]!.message]).toEqual([{ code: "LIMIT_EXCEEDED", field: "filter" }, expect.stringMatching(/101.*100/)]);
    }
    expect(await stateOf("Most")).toEqual(before);
    await api.sql("delete from company where id in (select id from company where industry = 'Most' limit 1)");
    expect((await byFilter("update employees:2", filter)).made).toHaveLength(100);
  });

  it("cannot be changed to nothing (BAD_INPUT), or to what is wrong", async () => {
    await create([{ industry: "Wrong" }]);
    const filter = { industry: { eq: "Wrong" } };
    const update = (data: object) =>
      ask(
        "mutation ($data: CompanyUpdateInput!, $filter: CompanyFilterInput!) { made: updateCompanies(data: $data, filter: $filter) { id } }",
        {
          data,
          filter,
        },
      );
    expect((await update({})).error).toEqual({ code: "BAD_INPUT", field: "data" });
    expect((await update({ address: "\0" })).error).toEqual({ code: "INVALID_TEXT", field: "address" });
    expect((await update({ accountOwnerId: "00000000-0000-0000-0000-000000000000" })).error).toEqual({
      code: "RELATED_NOT_FOUND",
      field: "accountOwnerId",
    });
    expect((await byFilter("update employees:1", { ...filter, deletedAt: null })).error).toEqual({ code: "BAD_INPUT", field: "deletedAt" });
    expect((await update({ name: "Right" })).made).toHaveLength(1);
  });
});

describe("who may not", () => {
  const filter = { industry: { eq: "Rights" } };
  beforeAll(() => create([{ industry: "Rights" }, { industry: "Rights" }]));

  it.each(["update employees:1", "delete", "restore", "destroy"])("cannot %s as a guest (PERMISSION_DENIED)", async (mutation) => {
    const before = await stateOf("Rights");
    expect(await byFilter(mutation, filter, "guest@acme.test")).toMatchObject({ made: null, error: { code: "PERMISSION_DENIED" } });
    expect(await stateOf("Rights")).toEqual(before);
  });

  it("cannot destroy as a member, one or many (PERMISSION_DENIED)", async () => {
    const before = await stateOf("Rights");
    const one = "mutation ($id: UUID!) { made: destroyCompany(id: $id) { id } }";
    const id = String(before[0]!["id"]);
    expect((await byFilter("destroy", filter, "member@acme.test")).error).toEqual({ code: "PERMISSION_DENIED" });
    expect((await ask(one, { id }, "member@acme.test")).error).toEqual({ code: "PERMISSION_DENIED" });
    expect((await ask(one, { id: "00000000-0000-0000-0000-000000000000" }, "member@acme.test")).error).toEqual({ code: "NOT_FOUND" });
    expect(await stateOf("Rights")).toEqual(before);
    expect((await ask(one, { id }, "admin@acme.test")).made).toEqual({ id });
  });

  it("cannot reach another workspace's records", async () => {
    const before = await stateOf("Rights");
    const [{ id }] = before as [{ id: string }];
    for (const mutation of ["update employees:1", "delete", "destroy"]) {
      expect((await byFilter(mutation, filter, "owner@globex.test")).made).toEqual([]);
      expect((await byFilter(mutation, { id: { eq: id } }, "owner@globex.test")).made).toEqual([]);
    }
    const one = "mutation ($id: UUID!) { made: destroyCompany(id: $id) { id } }";
    expect((await ask(one, { id }, "owner@globex.test")).error).toEqual({ code: "NOT_FOUND" });
    expect(await stateOf("Rights")).toEqual(before);
  });

  it("can change only what a colleague's own record allows, and then none of several (PERMISSION_DENIED)", async () => {
    const update =
      'mutation ($filter: WorkspaceMemberFilterInput!) { made: updateWorkspaceMembers(data: { locale: "fr" }, filter: $filter) { id } }';
    const everybody = { filter: { id: { neq: "00000000-0000-0000-0000-000000000000" } } };
    expect((await ask(update, everybody, "member@acme.test")).error).toEqual({ code: "PERMISSION_DENIED" });
    expect((await ask(update, { filter: { firstName: { eq: "Mia" } } }, "member@acme.test")).made).toHaveLength(1);
  });
});

it("can tell of a destroyed record what it was, and whom it belonged to", async () => {
  const [member] = await api.sql<{ id: string }>("select id from workspace_member where first_name = 'Mia'");
  const [made] = await create([{ name: "Gone", accountOwnerId: member!.id }]);
  const query =
    "mutation ($id: UUID!) { destroyCompany(id: $id) { id name createdAt idealCustomerProfile createdBy { name } accountOwner { name } contacts { totalCount } } }";
  const { data, errors } = await api.graphql(query, { id: made!.id });
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    destroyCompany: {
      id: made!.id,
      name: "Gone",
      createdAt: expect.stringMatching(/Z$/),
      idealCustomerProfile: false,
      createdBy: { name: "Olivia Owner" },
      accountOwner: { name: "Mia Member" },
      contacts: { totalCount: 0 },
    },
  });
});

it("can delete a record again, and restore it, by id", async () => {
  const [made] = await create([{ name: "Twice" }]);
  const one = (verb: string) => ask(`mutation ($id: UUID!) { made: ${verb}Company(id: $id) { deletedAt } }`, { id: made!.id });
  const first = await one("delete");
  expect(first.made).toEqual({ deletedAt: expect.any(String) });
  expect((await one("delete")).made).toEqual(first.made);
  expect((await one("restore")).made).toEqual({ deletedAt: null });
  expect((await one("restore")).made).toEqual({ deletedAt: null });
});
