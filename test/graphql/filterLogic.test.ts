import { useApi } from "../helpers/server.ts";

const api = useApi();

const COUNT = "query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }";
const ask = (filter: unknown) => api.graphql<{ companies: { totalCount: number } | null }>(COUNT, { filter });

async function expectCount(filter: unknown, where: string): Promise<number> {
  const { data, errors } = await ask(filter);
  const [row] = await api.sql<{ count: number }>(`select count(*)::int as count from company c where deleted_at is null and (${where})`);
  expect({ filter, errors, data }).toEqual({ filter, data: { companies: { totalCount: row!.count } } });
  return row!.count;
}

const technology = { industry: { eq: "Technology" } };
const finance = { industry: { eq: "Finance" } };
const large = { employees: { gt: 10000 } };

it.each<[string, unknown, string]>([
  ["two keys, which must both hold", { ...technology, ...large }, "industry = 'Technology' and employees > 10000"],
  ["two operators, which must both hold", { employees: { gt: 100, lt: 5000 } }, "employees > 100 and employees < 5000"],
  ["and", { and: [technology, large] }, "industry = 'Technology' and employees > 10000"],
  ["or", { or: [technology, finance] }, "industry in ('Technology', 'Finance')"],
  ["not", { not: technology }, "not industry = 'Technology'"],
  ["not of two keys, which may not both hold", { not: { ...technology, ...large } }, "not (industry = 'Technology' and employees > 10000)"],
  ["not of what is empty, as in SQL", { not: { domainName: { like: "a%" } } }, "not domain_name like 'a%'"],
  ["not not", { not: { not: technology } }, "industry = 'Technology'"],
  ["or beside a key", { or: [technology, finance], ...large }, "industry in ('Technology', 'Finance') and employees > 10000"],
  [
    "or in and in or",
    { or: [{ and: [technology, { or: [large, { name: { startsWith: "A" } }] }] }, finance] },
    "industry = 'Technology' and (employees > 10000 or name like 'A%') or industry = 'Finance'",
  ],
  [
    "or of objects with two keys",
    { or: [{ ...technology, ...large }, finance] },
    "industry = 'Technology' and employees > 10000 or industry = 'Finance'",
  ],
  ["not in or", { or: [{ not: technology }, large] }, "industry <> 'Technology' or employees > 10000"],
  ["or in not", { not: { or: [technology, finance] } }, "industry not in ('Technology', 'Finance')"],
])("can filter by %s", async (_what, filter, where) => {
  const count = await expectCount(filter, where);
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(2000);
});

it.each<[string, unknown, string]>([
  ["null, as without", null, "true"],
  ["nothing", {}, "true"],
  ["and of none", { and: [] }, "true"],
  ["or of one that is empty", { or: [{}] }, "true"],
  ["or of one that is empty, and another", { or: [technology, {}] }, "true"],
  ["or of none, which is nothing", { or: [] }, "false"],
  ["not of or of none, which is everything", { not: { or: [] } }, "true"],
  ["or of none beside a key", { or: [], ...technology }, "false"],
  ["or of one or of none", { or: [technology, { or: [] }] }, "industry = 'Technology'"],
  ["not of nothing, which is nothing", { not: {} }, "false"],
  ["a field of which nothing is asked", { name: {} }, "true"],
  ["or of a field of which nothing is asked", { or: [technology, { name: {} }] }, "true"],
  ["or of a composite of which nothing is asked", { or: [technology, { createdBy: { name: {} } }] }, "true"],
  ["or of a list of which nothing is asked", { or: [technology, { contacts: {} }] }, "true"],
])("can filter by %s", async (_what, filter, where) => {
  await expectCount(filter, where);
});

const member = "(select m from workspace_member m where m.id = c.account_owner_id)";
it.each<[string, unknown, string]>([
  ["a field of the record it belongs to", { accountOwner: { firstName: { eq: "Olivia" } } }, `(${member}).first_name = 'Olivia'`],
  [
    "or within the relation",
    { accountOwner: { or: [{ firstName: { eq: "Olivia" } }, { lastName: { eq: "Guest" } }] } },
    `(${member}).first_name = 'Olivia' or (${member}).last_name = 'Guest'`,
  ],
  ["having one", { accountOwner: {} }, "account_owner_id is not null"],
  [
    "having none by that name",
    { not: { accountOwner: { firstName: { eq: "Olivia" } } } },
    "account_owner_id is null or (select first_name from workspace_member m where m.id = account_owner_id) <> 'Olivia'",
  ],
  [
    "a relation beside a key",
    { accountOwner: { firstName: { eq: "Mia" } }, ...technology },
    `(${member}).first_name = 'Mia' and industry = 'Technology'`,
  ],
])("can filter by %s", async (_what, filter, where) => {
  expect(await expectCount(filter, where)).toBeGreaterThan(0);
});

it("can filter through two relations", async () => {
  type Found = { opportunities: { totalCount: number } };
  const { data } = await api.graphql<Found>(
    '{ opportunities(filter: { company: { accountOwner: { firstName: { eq: "Mia" } }, industry: { in: ["Energy", "Retail"] } } }) { totalCount } }',
  );
  const [row] = await api.sql<{ count: number }>(`select count(*)::int as count from opportunity o join company c on c.id = o.company_id
    join workspace_member m on m.id = c.account_owner_id where m.first_name = 'Mia' and c.industry in ('Energy', 'Retail')`);
  expect(data).toEqual({ opportunities: { totalCount: row!.count } });
  expect(row!.count).toBeGreaterThan(0);
});

it.each(["Group", "group", "gro", "Group Acme", "O'Hara", "a & !b", "(foo:* | bar)", "\\", "'"])(
  "can search for %j, each word the beginning of one",
  async (search) => {
    const words = search
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean);
    const { data, errors } = await ask({ searchVector: { search } });
    const rows = await api.sql<{ words: string[] }>("select tsvector_to_array(search_vector) as words from company");
    const wanted = rows.filter((row) => words.length && words.every((word) => row.words.some((w) => w.startsWith(word))));
    expect([errors, data]).toEqual([undefined, { companies: { totalCount: wanted.length } }]);
  },
);

it("can search for a name and find it", async () => {
  const [row] = await api.sql<{ id: string; name: string }>("select id, name from company where name ~ '^[A-Za-z ]+$' limit 1");
  const found = await api.graphql<{ companies: { nodes: { id: string }[] } }>(
    "query ($s: String!) { companies(filter: { searchVector: { search: $s } }, first: 1000) { nodes { id } } }",
    { s: row!.name },
  );
  expect(found.data!.companies.nodes).toContainEqual({ id: row!.id });
});

it.each<[string, unknown, string]>([
  ["a field", { name: null }, "name"],
  ["an operand", { name: { eq: null } }, "name.eq"],
  ["one of two operands", { employees: { gt: 5, lt: null } }, "employees.lt"],
  ["a list", { name: { in: null } }, "name.in"],
  ["is", { name: { is: null } }, "name.is"],
  ["a search", { searchVector: { search: null } }, "searchVector.search"],
  ["and", { and: null }, "and"],
  ["or", { or: null }, "or"],
  ["not", { not: null }, "not"],
  ["a relation", { accountOwner: null }, "accountOwner"],
  ["a field in or", { or: [technology, { name: { eq: null } }] }, "or.1.name.eq"],
  ["a field of a relation", { accountOwner: { firstName: { eq: null } } }, "accountOwner.firstName.eq"],
  ["a field in not", { not: { name: { eq: null } } }, "not.name.eq"],
  ["a list of records", { contacts: null }, "contacts"],
  ["some of a list", { contacts: { some: null } }, "contacts.some"],
  ["a field of all in a list", { contacts: { every: { city: { eq: null } } } }, "contacts.every.city.eq"],
])("cannot filter by null for %s (BAD_INPUT)", async (_what, filter, field) => {
  const { data, errors } = await ask(filter);
  expect(data).toEqual({ companies: null });
  expect(errors!.map(({ extensions }) => extensions.code)).toEqual(["BAD_INPUT"]);
  // The path at fault, or at least its end.
  expect(field.endsWith(errors![0]!.extensions.field!)).toBe(true);
});

it.each<[string, string, unknown]>([
  ["a null in a list of values", "String!", { name: { in: ["a", null] } }],
  ["a null in or", "CompanyFilterInput!", { or: [null] }],
  ["an unknown field", "nope", { nope: { eq: 1 } }],
  ["an unknown operator", "matches", { name: { matches: "a" } }],
  ["an operand of another type", "String", { name: { eq: 7 } }],
  ["a number of another size", "32-bit", { employees: { eq: 2147483648 } }],
  ["a list without some, every or none", "name", { contacts: { name: { eq: "x" } } }],
])("cannot filter by %s (BAD_INPUT)", async (_what, about, filter) => {
  const { data, errors } = await ask(filter);
  expect(data ?? null).toBeNull();
  expect(errors).toMatchObject([{ message: expect.stringContaining(about), extensions: { code: "BAD_INPUT" } }]);
});

it("cannot search for more than 1000 characters (LIMIT_EXCEEDED)", async () => {
  expect((await ask({ searchVector: { search: "a".repeat(1000) } })).errors).toBeUndefined();
  expect((await ask({ searchVector: { search: "a".repeat(1001) } })).errors).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED" } }]);
});
