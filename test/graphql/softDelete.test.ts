import { type Answer, useApi } from "../helpers/server.ts";

const api = useApi();

type Id = { id: string };
const make = async (noun: "Company" | "Person", data: object): Promise<string> => {
  const made = await api.graphql<{ made: Id }>(`mutation ($data: ${noun}CreateInput!) { made: create${noun}(data: $data) { id } }`, {
    data,
  });
  expect(made.errors).toBeUndefined();
  return made.data!.made.id;
};
const remove = (noun: "Company" | "Person", id: string) =>
  api.graphql<{ gone: { id: string; deletedAt: string } }>(`mutation ($id: UUID!) { gone: delete${noun}(id: $id) { id deletedAt } }`, {
    id,
  });
const find = async (filter: object): Promise<string[]> => {
  const { data, errors } = await api.graphql<{ companies: { totalCount: number; nodes: Id[] } }>(
    "query ($filter: CompanyFilterInput) { companies(filter: $filter, first: 1000) { totalCount nodes { id } } }",
    { filter },
  );
  expect(errors).toBeUndefined();
  expect(data!.companies.totalCount).toBe(data!.companies.nodes.length);
  return data!.companies.nodes.map(({ id }) => id);
};

it("can delete a record, which is only marked", async () => {
  const id = await make("Company", { name: "Deleted" });
  const { data, errors } = await remove("Company", id);
  expect(errors).toBeUndefined();
  expect(data!.gone).toEqual({ id, deletedAt: expect.stringMatching(/^2\d{3}-.*Z$/) });
  const [row] = await api.sql<{ name: string; age: number }>(
    "select name, extract(epoch from now() - deleted_at)::float8 as age from company where id = $1",
    [id],
  );
  expect(row!.name).toBe("Deleted");
  expect(Math.abs(row!.age)).toBeLessThan(60);
});

it("cannot see a deleted record any more (NOT_FOUND)", async () => {
  const id = await make("Company", { name: "Hidden" });
  expect(await find({ name: { eq: "Hidden" } })).toEqual([id]);
  await remove("Company", id);
  expect(await find({ name: { eq: "Hidden" } })).toEqual([]);
  expect(await find({ id: { in: [id] } })).toEqual([]);
  const single = await api.graphql("query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id } }", { id });
  expect([single.data, single.errors]).toMatchObject([{ company: null }, [{ extensions: { code: "NOT_FOUND" } }]]);
});

it("can see deleted records when the filter speaks of deletedAt, wherever it does", async () => {
  const [living, deleted] = [await make("Company", { name: "Both" }), await make("Company", { name: "Both" })];
  await remove("Company", deleted);
  const name = { name: { eq: "Both" } };
  const gone = { deletedAt: { is: "NOT_NULL" } };
  expect(await find({ ...name, ...gone })).toEqual([deleted]);
  expect(await find({ ...name, deletedAt: { is: "NULL" } })).toEqual([living]);
  expect((await find({ ...name, or: [gone, { deletedAt: { is: "NULL" } }] })).sort()).toEqual([living, deleted].sort());
  expect(await find({ and: [name, { not: { deletedAt: { is: "NULL" } } }] })).toEqual([deleted]);
  expect(await find({ ...name, deletedAt: { gt: "2020-01-01T00:00:00Z" } })).toEqual([deleted]);

  const single = await api.graphql("query ($filter: CompanyFilterInput!) { company(filter: $filter) { id deletedAt } }", {
    filter: { id: { eq: deleted }, ...gone },
  });
  expect(single.data).toEqual({ company: { id: deleted, deletedAt: expect.any(String) } });
});

it("can see deleted records by a filter written into the query", async () => {
  const id = await make("Company", { name: "Literal" });
  await remove("Company", id);
  const { data } = await api.graphql<{ hidden: { nodes: Id[] }; shown: { nodes: Id[] } }>(`{
    hidden: companies(filter: { name: { eq: "Literal" } }) { nodes { id } }
    shown: companies(filter: { name: { eq: "Literal" }, deletedAt: { is: NOT_NULL } }) { nodes { id } }
  }`);
  expect(data).toEqual({ hidden: { nodes: [] }, shown: { nodes: [{ id }] } });
});

it("cannot see a deleted parent behind a relation, nor be found by it", async () => {
  const companyId = await make("Company", { name: "Gone parent" });
  const personId = await make("Person", { firstName: "Orphan", companyId });
  const PERSON = "query ($id: UUID!) { person(filter: { id: { eq: $id } }) { companyId company { name } } }";
  const BY_PARENT = '{ people(filter: { company: { name: { eq: "Gone parent" } } }) { nodes { id } } }';
  expect((await api.graphql(PERSON, { id: personId })).data).toEqual({ person: { companyId, company: { name: "Gone parent" } } });
  expect((await api.graphql(BY_PARENT)).data).toEqual({ people: { nodes: [{ id: personId }] } });

  await remove("Company", companyId);
  const { data, errors } = await api.graphql(PERSON, { id: personId });
  expect([errors, data]).toEqual([undefined, { person: { companyId, company: null } }]);
  expect((await api.graphql(BY_PARENT)).data).toEqual({ people: { nodes: [] } });
});

it("cannot see deleted children in a parent's list unless they are asked for", async () => {
  const companyId = await make("Company", { name: "Parent" });
  const [living, deleted] = [
    await make("Person", { firstName: "Living", companyId }),
    await make("Person", { firstName: "Gone", companyId }),
  ];
  await remove("Person", deleted);
  const QUERY = `query ($id: UUID!) { company(filter: { id: { eq: $id } }) {
    contacts { totalCount nodes { id } } gone: contacts(filter: { deletedAt: { is: NOT_NULL } }) { totalCount nodes { id } } } }`;
  const { data } = await api.graphql(QUERY, { id: companyId });
  expect(data).toEqual({
    company: { contacts: { totalCount: 1, nodes: [{ id: living }] }, gone: { totalCount: 1, nodes: [{ id: deleted }] } },
  });
});

it("can restore a record by clearing deletedAt", async () => {
  const id = await make("Company", { name: "Restored" });
  await remove("Company", id);
  expect(await find({ name: { eq: "Restored" } })).toEqual([]);
  const { errors } = await api.graphql("mutation ($id: UUID!) { updateCompany(id: $id, data: { deletedAt: null }) { id } }", { id });
  expect(errors).toBeUndefined();
  expect(await find({ name: { eq: "Restored" } })).toEqual([id]);
});

it("can give a deleted record's unique value to another, and not restore it then (CONFLICT)", async () => {
  const email = "unique@mail.example";
  const first = await make("Person", { email });
  await remove("Person", first);
  const second = await make("Person", { email });
  const restored = await api.graphql("mutation ($id: UUID!) { updatePerson(id: $id, data: { deletedAt: null }) { id } }", { id: first });
  expect(restored.errors).toMatchObject([{ extensions: { code: "CONFLICT", field: "email" } }]);
  const { data } = await api.graphql<{ people: { nodes: Id[] } }>(`{ people(filter: { email: { eq: "${email}" } }) { nodes { id } } }`);
  expect(data).toEqual({ people: { nodes: [{ id: second }] } });
});

it("cannot delete a record that is not there (NOT_FOUND)", async () => {
  const { data, errors } = await remove("Company", "00000000-0000-0000-0000-000000000000");
  expect([data, errors]).toMatchObject([{ gone: null }, [{ extensions: { code: "NOT_FOUND" } }]]);
});

it("cannot meet a deleted record while walking a list", async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, (_, n) => make("Company", { name: `Walk ${n}`, industry: "Walking" })));
  await remove("Company", ids[2]!);
  await remove("Company", ids[4]!);
  const met: string[] = [];
  let after: string | null = null;
  do {
    type Page = { companies: { nodes: Id[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
    const QUERY =
      'query ($after: String) { companies(first: 1, after: $after, filter: { industry: { eq: "Walking" } }, orderBy: [{ name: AscNullsLast }]) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    const { data }: Answer<Page> = await api.graphql<Page>(QUERY, { after });
    met.push(...data!.companies.nodes.map(({ id }) => id));
    after = data!.companies.pageInfo.hasNextPage ? data!.companies.pageInfo.endCursor : null;
  } while (after);
  expect(met).toEqual([ids[0], ids[1], ids[3], ids[5]]);
});
