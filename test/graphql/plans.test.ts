/** How PostgreSQL runs what the API asks of it: by indexes, and in one statement. */
import { useWatchedServer } from "../helpers/statements.ts";

const watched = useWatchedServer();

it.each([
  ["some", { contacts: { some: { city: { eq: "Berlin" } } } }],
  ["every", { contacts: { every: { city: { eq: "Berlin" } } } }],
  ["none", { contacts: { none: { city: { eq: "Berlin" } } } }],
  ["none of nothing", { contacts: { none: {} } }],
])("can ask for %s of a list by the index of its key, and as a join for all", async (_what, filter) => {
  const query = (first: number) => `query ($filter: CompanyFilterInput) { companies(filter: $filter, first: ${first}) { nodes { name } } }`;
  const [statement, ...others] = await watched.statementsOf(query(3), { filter });
  expect(others).toEqual([]);
  const byIndex = await watched.planOf(statement!, (db) => db.query("set local enable_seqscan = off"));
  expect(byIndex).toMatch(/person_company_id_id_idx/);
  expect(await watched.planOf(statement!)).not.toMatch(/SubPlan/);
});

it("can count records, and add them up, without reading a page of them", async () => {
  for (const ask of ["{ companies { totalCount } }", "{ companies { totalCount sumEmployees } }", "{ companies { sumEmployees } }"]) {
    const statements = await watched.statementsOf(ask);
    expect(statements).toHaveLength(1);
    expect(statements[0]).not.toMatch(/limit \d/i);
  }
  // A page is a statement of its own.
  expect(await watched.statementsOf("{ people(first: 1) { totalCount nodes { city } } }")).toHaveLength(2);
});

it.each([
  ["words", "acme", "ts_rank_cd"],
  ["trigrams", "qxzzqqx", "word_similarity"],
])("can search by %s through the indexes of all objects, in one statement", async (_what, searchInput, rank) => {
  const SEARCH = "query ($searchInput: String!) { search(searchInput: $searchInput, limit: 5) { edges { node { recordId } } } }";
  const all = await watched.statementsOf(SEARCH, { searchInput });
  const [statement, ...others] = all.filter((text) => text.includes("h.place") && text.includes(rank));
  expect(others).toEqual([]);
  // Of small tables each version makes its own choice; without the operators' being leakproof there would be none.
  const plan = await watched.planOf(statement!, (db) => db.query("set local enable_seqscan = off"));
  const tables = new Set([...statement!.matchAll(/ from q, "(\w+)" t\b/g)].map(([, table]) => table));
  expect(tables.size).toBeGreaterThan(5);
  for (const table of ["company", "person", "opportunity"]) expect(plan).toMatch(new RegExp(`${table}_\\w*idx\\d*`));
  expect(plan).not.toMatch(/Seq Scan on (company|person|opportunity)/);
});
