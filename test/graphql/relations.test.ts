import { type Answer, type Connection, useApi } from "../helpers/server.ts";

const api = useApi();

type Company = { id: string; name: string; contacts: Connection<{ id: string; name: string | null }> };

it("can read the records that belong to one, in pages of their own", async () => {
  type Found = { companies: { nodes: Company[] } };
  const { data, errors } = await api.graphql<Found>(`{
    companies(first: 25, orderBy: [{ name: AscNullsLast }]) {
      nodes { id contacts(first: 2, offset: 1, orderBy: [{ lastName: AscNullsLast }]) { totalCount pageInfo { hasNextPage } edges { cursor node { id name } } } }
    }
  }`);
  expect(errors).toBeUndefined();
  const rows = await api.sql<{
    id: string;
    ids: string[];
  }>(`select c.id, array(select p.id::text from person p where p.company_id = c.id order by p.last_name, p.id) as ids
    from company c order by c.name, c.id limit 25`);
  const nodes = data!.companies.nodes;
  expect(
    nodes.map(({ id, contacts }) => ({
      id,
      count: contacts.totalCount,
      page: contacts.edges.map(({ node }) => node.id),
      more: contacts.pageInfo.hasNextPage,
    })),
  ).toEqual(rows.map(({ id, ids }) => ({ id, count: ids.length, page: ids.slice(1, 3), more: ids.length > 3 })));
  expect(rows.some(({ ids }) => ids.length > 3)).toBe(true);
  expect(rows.some(({ ids }) => ids.length < 2)).toBe(true);
});

it("can walk the pages of one record's list while the others stay", async () => {
  const [row] = await api.sql<{
    id: string;
    ids: string[];
  }>(`select company_id as id, array_agg(id::text order by city nulls first, id) as ids
    from person where company_id is not null group by 1 order by count(*) desc limit 1`);
  const QUERY = `query ($id: UUID!, $after: String) { company(filter: { id: { eq: $id } }) {
    contacts(first: 2, after: $after, orderBy: [{ city: AscNullsFirst }]) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`;
  const met: string[] = [];
  let after: string | null = null;
  do {
    const answer: Answer<{ company: Company }> = await api.graphql<{ company: Company }>(QUERY, { id: row!.id, after });
    expect(answer.errors).toBeUndefined();
    const { edges, pageInfo }: Company["contacts"] = answer.data!.company.contacts;
    met.push(...edges.map(({ node }) => node.id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  expect(row!.ids.length).toBeGreaterThan(4);
  expect(met).toEqual(row!.ids);
});

it("can filter the lists behind a relation", async () => {
  type Found = { companies: { nodes: Company[] } };
  const { data } = await api.graphql<Found>(
    "{ companies(first: 50) { nodes { id contacts(filter: { city: { is: NULL } }) { totalCount edges { node { id } } } } } }",
  );
  const rows = await api.sql<{ id: string; count: number }>(
    "select c.id, count(p.id)::int as count from company c left join person p on p.company_id = c.id and p.city is null group by c.id order by c.id limit 50",
  );
  expect(data!.companies.nodes.map(({ id, contacts }) => [id, contacts.totalCount, contacts.edges.length])).toEqual(
    rows.map(({ id, count }) => [id, count, count]),
  );
  expect(rows.some(({ count }) => count > 0)).toBe(true);
});

it("can read the record that one belongs to, and null where it belongs to none", async () => {
  type Found = { people: { nodes: { id: string; companyId: string | null; company: { id: string; name: string } | null }[] } };
  const { data, errors } = await api.graphql<Found>("{ people(first: 200) { nodes { id companyId company { id name } } } }");
  expect(errors).toBeUndefined();
  const rows = await api.sql(
    "select p.id, p.company_id, c.name from person p left join company c on c.id = p.company_id order by p.id limit 200",
  );
  expect(data!.people.nodes.map(({ id, companyId, company }) => ({ id, company_id: companyId, name: company?.name ?? null }))).toEqual(
    rows,
  );
  expect(data!.people.nodes.every(({ companyId, company }) => companyId === (company?.id ?? null))).toBe(true);
  expect(rows.some((row) => row["company_id"] === null)).toBe(true);
});

it("can go down, up and down again", async () => {
  type Node = {
    id: string;
    contacts: {
      nodes: { company: { id: string; opportunities: { nodes: { company: { id: string }; owner: { name: string } | null }[] } } }[];
    };
  };
  const { data, errors } = await api.graphql<{ companies: { nodes: Node[] } }>(`{
    companies(first: 20) { nodes { id contacts(first: 3) { nodes { company { id opportunities(first: 3) { nodes { company { id } owner { name } } } } } } } }
  }`);
  expect(errors).toBeUndefined();
  const seen = data!.companies.nodes.flatMap(({ id, contacts }) =>
    contacts.nodes.flatMap(({ company }) => [company.id === id, ...company.opportunities.nodes.map((one) => one.company.id === id)]),
  );
  expect(seen.length).toBeGreaterThan(40);
  expect(new Set(seen)).toEqual(new Set([true]));
});

it("can read two relations to the same object by their own names", async () => {
  const [ids] = await api.sql<{
    member: string;
    opportunity: string;
    company: string;
  }>(`select m.id as member, (select id from opportunity where owner_id = m.id order by id limit 1) as opportunity,
    (select id from company where account_owner_id = m.id order by id limit 1) as company from workspace_member m where m.first_name = 'Mia'`);
  type Found = {
    workspaceMember: { ownedOpportunities: { nodes: { id: string }[] }; accountOwnerForCompanies: { nodes: { id: string }[] } };
  };
  const { data } = await api.graphql<Found>(
    `query ($id: UUID!) { workspaceMember(filter: { id: { eq: $id } }) {
    ownedOpportunities(first: 1) { nodes { id } } accountOwnerForCompanies(first: 1) { nodes { id } } } }`,
    { id: ids!.member },
  );
  expect(data!.workspaceMember).toEqual({
    ownedOpportunities: { nodes: [{ id: ids!.opportunity }] },
    accountOwnerForCompanies: { nodes: [{ id: ids!.company }] },
  });
});

it("can ask for the same relation twice under two names", async () => {
  const QUERY = `{ companies(first: 10, orderBy: [{ name: DescNullsLast }]) { nodes {
    one: contacts(first: 1) { edges { node { id } } } two: contacts(first: 2) { edges { node { id } } } none: contacts(first: 0) { totalCount edges { node { id } } } } } }`;
  type Node = Record<"one" | "two" | "none", Connection<{ id: string }>>;
  const { data, errors } = await api.graphql<{ companies: { nodes: Node[] } }>(QUERY);
  expect(errors).toBeUndefined();
  for (const { one, two, none } of data!.companies.nodes) {
    expect([one.edges.length, two.edges.length, none.edges.length]).toEqual([
      Math.min(1, none.totalCount),
      Math.min(2, none.totalCount),
      0,
    ]);
    expect(two.edges.slice(0, 1)).toEqual(one.edges);
  }
});

it.each([
  ["first: 1, last: 1", "ARGS_CONFLICT"],
  ["first: -1", "BAD_INPUT"],
  ["first: 1001", "LIMIT_EXCEEDED"],
  ['after: "x"', "INVALID_CURSOR"],
  ["filter: { name: { eq: null } }", "BAD_INPUT"],
])("cannot ask the list of a record for (%s) (%s)", async (args, code) => {
  const { errors } = await api.graphql(`{ companies(first: 2) { nodes { id contacts(${args}) { totalCount } } } }`);
  expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set([code]));
});

it("can read one record by any filter that finds one", async () => {
  const [row] = await api.sql<{
    id: string;
    name: string;
    domain: string;
    owner: string;
  }>(`select id, name, domain_name as domain, account_owner_id as owner
    from company where domain_name is not null and account_owner_id is not null order by id limit 1`);
  const id = { id: { eq: row!.id } };
  const filters = [
    id,
    { domainName: { eq: row!.domain } },
    { id: { in: [row!.id] }, name: { is: "NOT_NULL" } },
    { and: [id, { name: { eq: row!.name } }] },
    { or: [id, { name: { eq: "Nobody's" } }] },
    { ...id, not: { name: { is: "NULL" } } },
    { ...id, accountOwner: { id: { eq: row!.owner } } },
  ];
  const answers = await Promise.all(
    filters.map((filter) =>
      api.graphql("query ($filter: CompanyFilterInput!) { company(filter: $filter) { id name domainName } }", { filter }),
    ),
  );
  const wanted = { company: { id: row!.id, name: row!.name, domainName: row!.domain } };
  expect(answers.map(({ data, errors }, n) => ({ filter: filters[n], data, errors }))).toEqual(
    filters.map((filter) => ({ filter, data: wanted })),
  );
});

it("can read several single records at once, those that are there", async () => {
  const [row] = await api.sql<{ id: string }>("select id from company order by id limit 1");
  const QUERY = `{ a: company(filter: { id: { eq: "${row!.id}" } }) { id } b: company(filter: { name: { eq: "Nobody's" } }) { id } }`;
  const { status, data, errors } = await api.graphql(QUERY);
  expect([status, data]).toEqual([200, { a: { id: row!.id }, b: null }]);
  expect(errors).toMatchObject([{ path: ["b"], extensions: { code: "NOT_FOUND" } }]);
});

it("cannot read a record that is not there (NOT_FOUND)", async () => {
  const QUERY = "query ($filter: CompanyFilterInput!) { company(filter: $filter) { id } }";
  for (const filter of [{ id: { eq: "00000000-0000-0000-0000-000000000000" } }, { name: { eq: "Nobody's" } }, { or: [] }]) {
    const { data, errors } = await api.graphql(QUERY, { filter });
    expect([data, errors]).toMatchObject([
      { company: null },
      [{ message: "There is no such record.", path: ["company"], extensions: { code: "NOT_FOUND" } }],
    ]);
  }
});

it("cannot read a single record without a filter (GRAPHQL_VALIDATION_FAILED)", async () => {
  for (const query of ["{ company { id } }", "{ company(filter: null) { id } }"]) {
    expect((await api.graphql(query)).errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
  }
});
