import { microsecondsOf } from "../helpers/moments.ts";
import { useApi } from "../helpers/server.ts";

const api = useApi();

type Actor = { source: string; name: string; workspaceMemberId: string };
type Company = { id: string; name: string | null; createdAt: string; updatedAt: string; createdBy: Actor; updatedBy: Actor };
const CREATE =
  "mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id name createdAt updatedAt createdBy { source name workspaceMemberId } updatedBy { source name workspaceMemberId } } }";
const UPDATE =
  "mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) { id name createdAt updatedAt createdBy { source name workspaceMemberId } updatedBy { source name workspaceMemberId } } }";
const update = (id: string, data: object, email?: string) => api.graphql<{ updateCompany: Company | null }>(UPDATE, { id, data }, email);

async function create(data: object, email?: string): Promise<Company> {
  const { data: made, errors } = await api.graphql<{ createCompany: Company }>(CREATE, { data }, email);
  expect(errors).toBeUndefined();
  return made!.createCompany;
}

const rowOf = async (id: string) => (await api.sql("select * from company where id = $1", [id]))[0];

it("can create a record with every field, and read each back", async () => {
  const [owner] = await api.sql<{ id: string }>("select id from workspace_member where first_name = 'Mia'");
  const data = {
    id: "11111111-1111-4111-8111-111111111111",
    name: "Ünïcode & <b>Söhne</b> 🙂",
    industry: "Technology",
    employees: 2147483647,
    address: "line one\nline two",
    domainName: "",
    annualRecurringRevenue: "123456789012345678901234567890.123456789",
    linkedinLink: "https://x.example/?a=1&b='2'",
    idealCustomerProfile: true,
    accountOwnerId: owner!.id,
    createdAt: "2020-02-29T12:00:00.123456Z",
    position: -1.5,
  };
  const fields = Object.keys(data).join(" ");
  const made = await api.graphql(
    `mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { ${fields} accountOwner { name } } }`,
    { data },
  );
  expect(made.errors).toBeUndefined();
  expect(made.data).toEqual({ createCompany: { ...data, accountOwner: { name: "Mia Member" } } });
  const read = await api.graphql(`{ company(filter: { id: { eq: "${data.id}" } }) { ${fields} } }`);
  expect(read.data).toEqual({ company: data });
});

it("can create a record of nothing but defaults", async () => {
  const made = await create({}, "member@acme.test");
  const [member] = await api.sql<{ id: string }>("select id from workspace_member where first_name = 'Mia'");
  const actor = { source: "API", name: "Mia Member", workspaceMemberId: member!.id };
  expect(made).toEqual({
    id: expect.any(String),
    name: null,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
    createdBy: actor,
    updatedBy: actor,
  });
  expect(await rowOf(made.id)).toMatchObject({
    ideal_customer_profile: false,
    deleted_at: null,
    employees: null,
    position: expect.any(Number),
  });
});

it("can create several records in one operation, in their order", async () => {
  const names = ["One", "Two", "Three"];
  const fields = names.map((name) => `${name.toLowerCase()}: createCompany(data: { name: "${name}" }) { id name position }`);
  const { data } = await api.graphql<Record<string, { id: string; name: string; position: number }>>(`mutation { ${fields.join(" ")} }`);
  const made = Object.values(data!);
  expect(made.map(({ name }) => name)).toEqual(names);
  // Ids grow and positions fall: the newest comes first where people sort by hand.
  expect([...made].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(made);
  expect([...made].sort((a, b) => b.position - a.position)).toEqual(made);
});

it("can keep what one field of an operation did when the next fails", async () => {
  const QUERY =
    'mutation { a: createCompany(data: { name: "Kept" }) { id } b: updateCompany(id: "00000000-0000-0000-0000-000000000000", data: { name: "x" }) { id } }';
  const { data, errors } = await api.graphql<{ a: { id: string }; b: null }>(QUERY);
  expect([data!.b, errors]).toMatchObject([null, [{ path: ["b"], extensions: { code: "NOT_FOUND" } }]]);
  expect(await rowOf(data!.a.id)).toMatchObject({ name: "Kept" });
});

it("can change the given fields and no others", async () => {
  const made = await create({ name: "Before", industry: "Energy", employees: 5 });
  const { data, errors } = await update(made.id, { name: "After", employees: null }, "admin@acme.test");
  expect(errors).toBeUndefined();
  const changed = data!.updateCompany!;
  expect(changed).toMatchObject({
    id: made.id,
    name: "After",
    createdAt: made.createdAt,
    createdBy: { name: "Olivia Owner" },
    updatedBy: { name: "Adam Admin" },
  });
  expect(microsecondsOf(changed.updatedAt)).toBeGreaterThan(microsecondsOf(made.updatedAt));
  expect(await rowOf(made.id)).toMatchObject({ name: "After", industry: "Energy", employees: null });
});

it("can change a record to what it is already", async () => {
  const made = await create({ name: "Same" });
  const { data, errors } = await update(made.id, { name: "Same" });
  expect([errors, data!.updateCompany!.name]).toEqual([undefined, "Same"]);
});

it("can change a record's parent, and take it away", async () => {
  const [one, two] = [await create({ name: "One" }), await create({ name: "Two" })];
  type Person = { id: string; companyId: string | null; company: { name: string } | null };
  const made = await api.graphql<{ createPerson: Person }>(
    `mutation { createPerson(data: { firstName: "Eve", companyId: "${one.id}" }) { id companyId company { name } } }`,
  );
  expect(made.data!.createPerson).toMatchObject({ companyId: one.id, company: { name: "One" } });
  const MOVE = "mutation ($id: UUID!, $to: UUID) { updatePerson(id: $id, data: { companyId: $to }) { companyId company { name } } }";
  const moved = await api.graphql(MOVE, { id: made.data!.createPerson.id, to: two.id });
  expect(moved.data).toEqual({ updatePerson: { companyId: two.id, company: { name: "Two" } } });
  const freed = await api.graphql(MOVE, { id: made.data!.createPerson.id, to: null });
  expect(freed.data).toEqual({ updatePerson: { companyId: null, company: null } });
});

it("can read a name made of first and last, and find it by search", async () => {
  type Made = { createPerson: { id: string; name: string } };
  const { data } = await api.graphql<Made>('mutation { createPerson(data: { firstName: "Zoë", lastName: "Quixotic" }) { id name } }');
  expect(data!.createPerson.name).toBe("Zoë Quixotic");
  const found = await api.graphql('{ people(filter: { searchVector: { search: "quixo" } }) { nodes { id name } } }');
  expect(found.data).toEqual({ people: { nodes: [data!.createPerson] } });
});

it("can write 20 records at once and lose none", async () => {
  const made = await Promise.all(Array.from({ length: 20 }, (_, n) => create({ name: `Parallel ${n}` })));
  expect(new Set(made.map(({ id }) => id)).size).toBe(20);
  const [row] = await api.sql("select count(*)::int as count from company where name like 'Parallel %'");
  expect(row).toEqual({ count: 20 });
});

it("cannot change nothing (BAD_INPUT)", async () => {
  const made = await create({ name: "Unchanged" });
  const { data, errors } = await update(made.id, {});
  expect([data, errors]).toMatchObject([{ updateCompany: null }, [{ extensions: { code: "BAD_INPUT", field: "data" } }]]);
  // The same of an id that is not there: what is wrong with the request comes first.
  expect((await update("00000000-0000-0000-0000-000000000000", {})).errors).toMatchObject([
    { extensions: { code: "BAD_INPUT", field: "data" } },
  ]);
  expect(await rowOf(made.id)).toMatchObject({ name: "Unchanged" });
});

it("cannot tell a record of another workspace from one that is not there (NOT_FOUND)", async () => {
  const theirs = await create({ name: "Theirs" }, "owner@globex.test");
  const deletion = (id: string) => api.graphql("mutation ($id: UUID!) { deleteCompany(id: $id) { id name } }", { id });
  const reading = (id: string) => api.graphql("query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id name } }", { id });
  for (const attempt of [(id: string) => update(id, { name: "Mine" }), deletion, reading]) {
    const [{ headers: _a, ...foreign }, { headers: _b, ...unknown }] = [
      await attempt(theirs.id),
      await attempt("00000000-0000-0000-0000-000000000000"),
    ];
    expect(foreign).toEqual(unknown);
    expect(foreign.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  }
  const still = await api.graphql(
    "query ($id: UUID!) { company(filter: { id: { eq: $id } }) { name deletedAt } }",
    { id: theirs.id },
    "owner@globex.test",
  );
  expect(still.data).toEqual({ company: { name: "Theirs", deletedAt: null } });
});

it.each<[string, string]>([
  ["id", "11111111-1111-4111-8111-111111111112"],
  ["createdAt", "2020-01-01T00:00:00Z"],
  ["updatedAt", "2020-01-01T00:00:00Z"],
  ["searchVector", "x"],
  ["createdBySource", "IMPORT"],
])("cannot change %s, which is not for members to write (BAD_INPUT)", async (field, value) => {
  const made = await create({ name: "Kept" });
  const before = await rowOf(made.id);
  const { data, errors } = await update(made.id, { name: "Changed", [field]: value });
  expect([data ?? null, errors]).toMatchObject([null, [{ message: expect.stringContaining(field), extensions: { code: "BAD_INPUT" } }]]);
  expect(await rowOf(made.id)).toEqual(before);
});

it("cannot write a generated field (BAD_INPUT)", async () => {
  const { errors } = await api.graphql("mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id } }", {
    data: { name: "Zoë" },
  });
  expect(errors).toMatchObject([{ message: expect.stringContaining("name"), extensions: { code: "BAD_INPUT" } }]);
});
