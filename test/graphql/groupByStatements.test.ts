/** Aggregates and groups are as few statements as promised. */
import { useWatchedServer } from "../helpers/statements.ts";

const server = useWatchedServer();

it.each<[string, number]>([
  ["{ companies(first: 5) { nodes { id } } }", 1],
  ["{ companies(first: 5) { totalCount sumEmployees avgEmployees countEmptyName countUniqueValuesIndustry nodes { id name } } }", 2],
  ["{ companies(first: 6) { nodes { contacts { totalCount countUniqueValuesCity countEmptyCity nodes { city } } } } }", 1],
  ["{ companiesGroupBy(groupBy: [{ industry: true }]) { groupByDimensionValues totalCount sumEmployees avgEmployees } }", 1],
  [
    "{ companiesGroupBy(groupBy: [{ name: true }]) { totalCount nodes { id contacts { totalCount nodes { id } } } edges { node { name } } } }",
    2,
  ],
])("can answer %s in %i", async (query, count) => {
  expect(await server.statementsOf(query)).toHaveLength(count);
});

it("cannot find a client's time zone in the text of a statement", async () => {
  const query =
    '{ companiesGroupBy(groupBy: [{ createdAt: { granularity: WEEK, timeZone: "Asia/Kathmandu" } }]) { totalCount nodes { id } } }';
  const statements = await server.statementsOf(query);
  expect(statements).toHaveLength(2);
  for (const statement of statements) {
    expect(statement).toContain("at time zone $");
    expect(statement).not.toContain("Kathmandu");
  }
});
