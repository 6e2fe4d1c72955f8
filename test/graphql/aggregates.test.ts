/** Aggregates of lists, against plain SQL (groupModel.ts). */
import { useApi } from "../helpers/server.ts";
import { AGGREGATES, casesOf, countOrNull, FILTERS, makeGroupSamples, seeded, settled } from "./groupModel.ts";
import "../helpers/slow.ts";

const api = useApi();
beforeAll(() => makeGroupSamples(api, 200));

const NAMES = Object.keys(AGGREGATES);
const some = (random: (below: number) => number): string[] => NAMES.filter(() => random(8) === 0);
type Values = Record<string, unknown>;

const bySql = async (names: string[], where: string): Promise<Values> => {
  const columns = ["totalCount", ...names].map(
    (name) => `${name === "totalCount" ? "count(*)::int" : countOrNull(name, AGGREGATES[name]!)} as "${name}"`,
  );
  return (await api.sql<Values>(`select ${columns.join(", ")} from sample where ${where}`))[0]!;
};

it("can aggregate each field as its type promises", async () => {
  type Type = { __type: { fields: { name: string; type: { name: string | null } }[] } };
  const { data } = await api.graphql<Type>('{ __type(name: "SampleConnection") { fields { name type { name } } } }');
  const fields = data!.__type.fields.filter(({ name }) => !["edges", "nodes", "pageInfo", "totalCount"].includes(name));
  expect(fields.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
  const typeOf = (name: string) => fields.find((one) => one.name === name)!.type.name;
  expect(
    ["countEmptyName", "percentageEmptyName", "sumBig", "avgPrice", "maxAmountAmountMicros", "minMoment", "maxDay"].map(typeOf),
  ).toEqual(["Int", "Float", "Float", "Float", "Float", "DateTime", "Date"]);
});

it(
  "can aggregate all that a filter finds, whatever the page",
  async () => {
    const random = seeded();
    for (let n = 0; n < casesOf(40, 1000); n++) {
      const { filter, sql } = FILTERS[n % FILTERS.length]!;
      const names = some(random);
      const { data, errors } = await api.graphql<{ samples: Values }>(
        `query ($filter: SampleFilterInput, $first: Int) { samples(filter: $filter, first: $first, orderBy: [{ name: AscNullsLast }]) { totalCount ${names.join(" ")} } }`,
        { filter, first: random(5) },
      );
      expect({ n, errors }).toEqual({ n, errors: undefined });
      const wanted = await bySql(names, sql);
      expect({ n, filter, found: settled(data!.samples, wanted) }).toEqual({ n, filter, found: wanted });
    }
  },
  casesOf(120_000, 300_000),
);

it(
  "can aggregate lists within lists, each of its own record",
  async () => {
    const random = seeded();
    type Found = { companies: { nodes: { id: string; samples: Values & { nodes: { id: string }[] } }[] } };
    for (let n = 0; n < casesOf(8, 100); n++) {
      const { filter, sql } = FILTERS[n % FILTERS.length]!;
      const names = some(random);
      const { data, errors } = await api.graphql<Found>(
        `query ($filter: SampleFilterInput) { companies(orderBy: [{ name: AscNullsLast }], first: 8) {
        nodes { id samples(filter: $filter, first: 1) { totalCount ${names.join(" ")} nodes { id } } } } }`,
        { filter },
      );
      expect({ n, errors }).toEqual({ n, errors: undefined });
      for (const { id, samples } of data!.companies.nodes) {
        const { nodes, ...values } = samples;
        expect(nodes.length).toBe(Math.min(1, values["totalCount"] as number));
        const wanted = await bySql(names, `company_id = '${id}' and ${sql}`);
        expect(settled(values, wanted)).toEqual(wanted);
      }
    }
  },
  casesOf(120_000, 300_000),
);

it.each(["constructor", "toString", "hasOwnProperty", "valueOf"])("cannot aggregate by %s (GRAPHQL_VALIDATION_FAILED)", async (name) => {
  for (const query of [
    `{ companies { ${name} } }`,
    `{ companies { ${name} { name } } }`,
    `{ companiesGroupBy(groupBy: [{ industry: true }]) { ${name} } }`,
    `{ companiesGroupBy(groupBy: [{ ${name}: true }]) { totalCount } }`,
    `{ companiesGroupBy(groupBy: [{ industry: true }], orderBy: [{ aggregate: { ${name}: AscNullsFirst } }]) { totalCount } }`,
  ]) {
    const { status, errors } = await api.graphql(query);
    expect([query, status < 500, errors?.[0]?.extensions.code]).toEqual([query, true, "GRAPHQL_VALIDATION_FAILED"]);
  }
  const asVariable = await api.graphql("query ($groupBy: [CompanyGroupByInput!]!) { companiesGroupBy(groupBy: $groupBy) { totalCount } }", {
    groupBy: [{ [name]: true }],
  });
  expect([asVariable.status < 500, asVariable.errors?.[0]?.extensions.code]).toEqual([true, "BAD_INPUT"]);
});
