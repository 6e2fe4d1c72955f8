/** Relations in what is written: connected by whatever is unique, let go, or created in the same breath. */
import { useApi } from "../helpers/server.ts";

const api = useApi({ MAX_BATCH_SIZE: "50" });
const NOBODY = "00000000-0000-0000-0000-000000000000";

async function ask<T>(query: string, variables: object = {}, email?: string) {
  const { data, errors } = await api.graphql<{ made: T | null }>(query, variables as Record<string, unknown>, email);
  return { made: data?.made ?? null, error: errors?.[0]?.extensions };
}
type Id = { id: string };
const PERSON = "mutation ($data: PersonCreateInput!) { made: createPerson(data: $data) { id company { id name } } }";
const OPPORTUNITIES =
  "mutation ($data: [OpportunityCreateInput!]!, $upsert: Boolean) { made: createOpportunities(data: $data, upsert: $upsert) { name company { name } pointOfContact { email } } }";
const UPDATE = "mutation ($id: UUID!, $data: PersonUpdateInput!) { made: updatePerson(id: $id, data: $data) { id company { name } } }";
const counts = async () =>
  (await api.sql("select (select count(*) from company)::int as companies, (select count(*) from person)::int as people"))[0];
const newCompany = async (name: string, email?: string): Promise<string> =>
  (await ask<Id>("mutation ($data: CompanyCreateInput!) { made: createCompany(data: $data) { id } }", { data: { name } }, email)).made!.id;
const newPerson = async (data: object): Promise<string> => (await ask<Id>(PERSON, { data })).made!.id;

describe("connected", () => {
  it("can be by id or whatever is unique, in one record and in many", async () => {
    const id = await newCompany("Base");
    await newPerson({ email: "point@rel.example" });
    expect((await ask(PERSON, { data: { company: { connect: { where: { id } } } } })).made).toMatchObject({
      company: { id, name: "Base" },
    });
    const data = [
      { name: "a", pointOfContact: { connect: { where: { email: "POINT@rel.example" } } } },
      { name: "b", company: { connect: { where: { id } } }, pointOfContact: { connect: { where: { email: "point@rel.example" } } } },
      { name: "c" },
    ];
    expect((await ask(OPPORTUNITIES, { data })).made).toEqual([
      { name: "a", company: null, pointOfContact: { email: "point@rel.example" } },
      { name: "b", company: { name: "Base" }, pointOfContact: { email: "point@rel.example" } },
      { name: "c", company: null, pointOfContact: null },
    ]);
  });

  it("can be changed and let go, in one record and in many", async () => {
    const [one, two] = [await newCompany("One"), await newCompany("Two")];
    const id = await newPerson({ firstName: "Moves", company: { connect: { where: { id: one } } } });
    const to = (company: object | null) => ask(UPDATE, { id, data: { company } });
    expect((await to({ connect: { where: { id: two } } })).made).toEqual({ id, company: { name: "Two" } });
    expect((await to({ disconnect: true })).made).toEqual({ id, company: null });
    const all = (company: object) =>
      ask(
        'mutation ($company: CompanyRelationInput!) { made: updatePeople(data: { company: $company }, filter: { firstName: { eq: "Moves" } }) { company { name } } }',
        { company },
      );
    expect((await all({ connect: { where: { id: one } } })).made).toEqual([{ company: { name: "One" } }]);
    expect((await all({ disconnect: true })).made).toEqual([{ company: null }]);
    expect((await to({ connect: { where: { id: one } } })).made).toEqual({ id, company: { name: "One" } });
    expect((await to(null)).made).toEqual({ id, company: null });
  });

  it.each<[string, object, object]>([
    ["RELATED_NOT_FOUND", { id: NOBODY }, { field: "data.1.company.connect.where" }],
    ["BAD_INPUT", {}, { field: "data.1.company.connect.where" }],
    ["BAD_INPUT", { id: null }, { field: "data.1.company.connect.where" }],
  ])("cannot be to what is not there, or not said (%s)", async (code, where, rest) => {
    const data = [{ name: "x" }, { name: "y", company: { connect: { where } } }];
    expect((await ask(OPPORTUNITIES, { data })).error).toEqual({ code, ...rest });
    const [row] = await api.sql("select count(*)::int as count from opportunity where name = 'y'");
    expect(row).toEqual({ count: 0 });
  });

  it("cannot be to a deleted record, or to another workspace's (RELATED_NOT_FOUND)", async () => {
    const [deleted, theirs] = [await newCompany("Deleted"), await newCompany("Theirs", "owner@globex.test")];
    await ask("mutation ($id: UUID!) { made: deleteCompany(id: $id) { id } }", { id: deleted });
    for (const id of [deleted, theirs, NOBODY]) {
      const { error } = await ask(PERSON, { data: { company: { connect: { where: { id } } } } });
      expect(error).toEqual({ code: "RELATED_NOT_FOUND", field: "company.connect.where" });
    }
  });

  it("cannot be said twice (ARGS_CONFLICT)", async () => {
    const id = await newCompany("Twice");
    const connect = { where: { id } };
    for (const data of [
      { companyId: id, company: { connect } },
      { company: { connect, disconnect: true } },
      { company: { connect, create: { name: "x" } } },
    ]) {
      expect((await ask(PERSON, { data })).error).toEqual({ code: "ARGS_CONFLICT", field: "company" });
    }
  });
});

describe("created with it", () => {
  it("can be the one that it belongs to", async () => {
    const made = await ask<{ id: string; company: { id: string } }>(PERSON, {
      data: { company: { create: { name: "Parent", employees: 5 } } },
    });
    expect(made.made!.company).toEqual({ id: expect.any(String), name: "Parent" });
    expect((await api.sql("select employees, created_by_name from company where id = $1", [made.made!.company.id]))[0]).toEqual({
      employees: 5,
      created_by_name: "Olivia Owner",
    });
  });

  it("can be the many that belong to it, and theirs", async () => {
    const query = `mutation ($data: CompanyCreateInput!) { made: createCompany(data: $data) {
      name contacts(orderBy: [{ firstName: AscNullsLast }]) { nodes { name email pointOfContactForOpportunities { nodes { name } } } } } }`;
    const opportunity = { name: "Deal", company: { create: { name: "Another" } } };
    const people = [
      { firstName: "A", email: "kid@rel.example" },
      { firstName: "B", pointOfContactForOpportunities: { create: [opportunity] } },
    ];
    const { made } = await ask(query, { data: { name: "Mother", contacts: { create: people } } });
    expect(made).toEqual({
      name: "Mother",
      contacts: {
        nodes: [
          { name: "A", email: "kid@rel.example", pointOfContactForOpportunities: { nodes: [] } },
          { name: "B", email: null, pointOfContactForOpportunities: { nodes: [{ name: "Deal" }] } },
        ],
      },
    });
  });

  it("can be so in many, and on update", async () => {
    const data = [{ name: "m", company: { create: { name: "M" } } }, { name: "n" }];
    expect((await ask(OPPORTUNITIES, { data })).made).toMatchObject([{ company: { name: "M" } }, { company: null }]);
    const id = await newPerson({ firstName: "Gets" });
    expect((await ask(UPDATE, { id, data: { company: { create: { name: "Got" } } } })).made).toEqual({ id, company: { name: "Got" } });
  });

  it("cannot be when the whole cannot", async () => {
    await newPerson({ email: "taken@rel.example" });
    const before = await counts();
    const mother = (people: object[]) =>
      ask("mutation ($data: CompanyCreateInput!) { made: createCompany(data: $data) { id } }", {
        data: { name: "M", contacts: { create: people } },
      });
    expect((await mother([{ email: "taken@rel.example" }])).error).toEqual({ code: "CONFLICT", field: "contacts.create.0.email" });
    expect((await mother([{}, { email: "not\0stored" }])).error).toEqual({ code: "INVALID_TEXT", field: "contacts.create.1.email" });
    expect((await mother([{ companyId: null }])).error).toEqual({ code: "ARGS_CONFLICT", field: "contacts.create.0" });
    expect((await ask(UPDATE, { id: NOBODY, data: { company: { create: { name: "Orphan" } } } })).error).toEqual({ code: "NOT_FOUND" });
    const none =
      'mutation { made: updatePeople(data: { company: { create: { name: "Orphan" } } }, filter: { id: { eq: "00000000-0000-0000-0000-000000000000" } }) { id } }';
    expect((await ask(none)).error).toEqual({ code: "NOT_FOUND" });
    const upsert = { upsert: true, data: [{ name: "u", company: { create: { name: "Orphan" } } }] };
    expect((await ask(OPPORTUNITIES, upsert)).error).toEqual({ code: "ARGS_CONFLICT", field: "upsert" });
    expect(await counts()).toEqual(before);
  });

  it("cannot be by who may not create them (PERMISSION_DENIED)", async () => {
    const before = await counts();
    await api.sql(
      "update core.roles set permissions = '{*.read,people.create}' where name = 'MEMBER' and workspace_id = authz.workspace_id()",
    );
    const data = { firstName: "Alone" };
    const nested = await ask(PERSON, { data: { ...data, company: { create: { name: "Mine" } } } }, "member@acme.test");
    expect(nested.error).toEqual({ code: "PERMISSION_DENIED" });
    expect(await counts()).toEqual(before);
    expect((await ask(PERSON, { data }, "member@acme.test")).error).toBeUndefined();
  });

  it("cannot nest deeper than 5 levels, or be more than are written at once (LIMIT_EXCEEDED)", async () => {
    const deep = (rounds: number): object =>
      rounds ? { pointOfContactForOpportunities: { create: [{ company: { create: { contacts: { create: [deep(rounds - 1)] } } } }] } } : {};
    expect((await ask(PERSON, { data: deep(1) })).error).toBeUndefined();
    expect((await ask(PERSON, { data: deep(2) })).error).toMatchObject({ code: "LIMIT_EXCEEDED", field: expect.stringMatching(/create/) });
    const many = { contacts: { create: Array.from({ length: 51 }, () => ({})) } };
    const query = "mutation ($data: CompanyCreateInput!) { made: createCompany(data: $data) { id } }";
    expect((await ask(query, { data: many })).error).toMatchObject({ code: "LIMIT_EXCEEDED", field: "contacts.create.50" });
  });
});
