import { type Connection, useApi } from "../helpers/server.ts";

const api = useApi();

type Company = {
  id: string;
  name: string;
  industry: string;
  employees: number | null;
  contacts: { edges: { node: { name: string | null; email: string | null } }[] };
};

// The examples that Relata was asked for with, letter by letter.
const GET_COMPANIES = `query GetCompanies {
  companies(filter: { industry: { eq: "Technology" } }) {
    edges {
      node {
        id
        name
        industry
        employees
        contacts {
          edges {
            node {
              name
              email
            }
          }
        }
      }
    }
  }
}`;
const CREATE_COMPANY = `mutation CreateCompany($input: CompanyCreateInput!) {
  createCompany(data: $input) {
    id
    name
    createdAt
  }
}`;

it("can run the seed's GetCompanies", async () => {
  const { status, data, errors } = await api.graphql<{ companies: Connection<Company> }>(GET_COMPANIES);
  expect([status, errors]).toEqual([200, undefined]);
  const expected = await api.sql<Omit<Company, "contacts"> & { contacts: object[] }>(`
    select c.id, c.name, c.industry, c.employees, coalesce(p.contacts, '[]') as contacts
    from company c, lateral (
      select jsonb_agg(jsonb_build_object('name', p.name, 'email', p.email)) as contacts
      from person p where p.company_id = c.id
    ) p
    where c.industry = 'Technology'`);
  const byId = new Map(expected.map((company) => [company.id, company]));
  const nodes = data!.companies.edges.map(({ node }) => node);
  expect(nodes).toHaveLength(60);
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(60);
  for (const { contacts, ...company } of nodes) {
    const { contacts: people, ...row } = byId.get(company.id)!;
    expect(company).toEqual(row);
    expect(contacts.edges.map(({ node }) => node)).toEqual(expect.arrayContaining(people));
    expect(contacts.edges).toHaveLength(people.length);
  }
});

it("can run the seed's CreateCompany, and read the company back", async () => {
  const before = Date.now();
  const { status, data, errors } = await api.graphql<{ createCompany: { id: string; name: string; createdAt: string } }>(CREATE_COMPANY, {
    input: { name: "Acme Corp", industry: "Technology" },
  });
  expect([status, errors]).toEqual([200, undefined]);
  expect(data).toEqual({
    createCompany: { id: expect.stringMatching(/^[0-9a-f-]{14}7[0-9a-f]{3}-/), name: "Acme Corp", createdAt: expect.any(String) },
  });
  expect(new Date(data!.createCompany.createdAt).getTime()).toBeGreaterThanOrEqual(before - 1000);
  expect(data!.createCompany.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

  const [row] = await api.sql("select name, industry, employees from company where id = $1", [data!.createCompany.id]);
  expect(row).toEqual({ name: "Acme Corp", industry: "Technology", employees: null });
  const read = await api.graphql(
    `query ($id: UUID!) { company(filter: { id: { eq: $id } }) { name industry createdBy { source name } } }`,
    { id: data!.createCompany.id },
  );
  expect(read.data).toEqual({ company: { name: "Acme Corp", industry: "Technology", createdBy: { source: "API", name: "Olivia Owner" } } });
});

it("cannot run the seed's CreateCompany without its input (GRAPHQL_VALIDATION_FAILED)", async () => {
  const { data, errors } = await api.graphql(CREATE_COMPANY);
  expect(data ?? null).toBeNull();
  expect(errors).toMatchObject([{ message: expect.stringContaining("$input") }]);
  const [row] = await api.sql("select count(*)::int as count from company where name is null");
  expect(row).toEqual({ count: 0 });
});
