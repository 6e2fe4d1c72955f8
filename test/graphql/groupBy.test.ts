/** Groups of records, against plain SQL (groupModel.ts). */
import { useApi } from "../helpers/server.ts";
import { AGGREGATES, casesOf, countOrNull, type Dim, FILTERS, makeGroupSamples, randomDim, seeded, settled } from "./groupModel.ts";
import "../helpers/slow.ts";

const api = useApi();
beforeAll(() => makeGroupSamples(api, 200));

const NAMES = Object.keys(AGGREGATES);
const DIRECTIONS: Record<string, string> = {
  AscNullsFirst: "asc nulls first",
  AscNullsLast: "asc nulls last",
  DescNullsFirst: "desc nulls first",
  DescNullsLast: "desc nulls last",
};
const RECORD_KEYS: [object, string][] = [
  [{ ratio: "DescNullsLast" }, "ratio desc nulls last"],
  [{ name: "AscNullsFirst" }, "name asc nulls first"],
  [{ company: { name: "AscNullsLast" } }, "company_name asc nulls last"],
];

type Variables = Record<string, unknown>;
type Case = { variables: Variables; names: string[]; sql: string };

/** One random question, and the same in SQL. */
function randomCase(random: (below: number) => number): Case {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const nameOf = ({ input }: Dim) =>
    Object.entries(input).map(([name, asked]) => name + (asked as { granularity?: string }).granularity)[0];
  const dims = Array.from({ length: 1 + random(2) + (random(4) === 0 ? 1 : 0) }, () => randomDim(random)).filter(
    (dim, n, all) => all.findIndex((one) => nameOf(one) === nameOf(dim)) === n,
  );
  const joins = [...new Set(dims.map(({ from }) => from ?? ""))].join(" ");
  const names = NAMES.filter(() => random(20) === 0);
  const { filter, sql: where } = pick(FILTERS);
  const orderBy: object[] = [];
  const order: string[] = [];
  for (let n = random(3); n > 0; n--) {
    const direction = pick(Object.keys(DIRECTIONS));
    const dim: Dim = pick(dims);
    const aggregate = pick(["totalCount", "countEmptyName", "maxRatio", "minMoment"]);
    if (random(2)) {
      orderBy.push({ aggregate: { [aggregate]: direction } });
      order.push(`${aggregate === "totalCount" ? "count(*)" : AGGREGATES[aggregate]} ${DIRECTIONS[direction]}`);
    } else {
      const key = dim.order(direction);
      // A path that is there twice is the first of them.
      const first = dims.find((one) => Object.keys(one.input)[0] === Object.keys(dim.input)[0])!;
      if (first !== dim) continue;
      orderBy.push(key);
      order.push(`${dim.sort} ${DIRECTIONS[direction]}`);
    }
  }
  const [limit, first, offset] = [pick([3, 50, null]), pick([0, 1, 3, null]), pick([0, 2, null])];
  const [recordKey, recordOrder] = pick([...RECORD_KEYS, [null, "id"] as const]);
  const columns = [
    `to_json(array[${dims.map(({ sql }) => `to_json(${sql})`).join(", ")}]) as "values"`,
    `count(*)::int as "totalCount"`,
    ...names.map((name) => `${countOrNull(name, AGGREGATES[name]!)} as "${name}"`),
    `to_json((array_agg(id order by ${recordOrder}, id))[${(offset ?? 0) + 1}:${(offset ?? 0) + (first ?? 10)}]) as ids`,
  ];
  const sorts = dims.map(({ sort }) => `${sort} asc nulls last`);
  const sql = `with sample as (select s.*, c.name as company_name, c.industry as company_industry
      from sample s left join company c on c.id = s.company_id and c.deleted_at is null)
    select ${columns.join(", ")} from sample ${joins} where ${where}
    group by ${dims.flatMap(({ sql: one, sort }) => [one, sort]).join(", ")} order by ${[...order, ...sorts].join(", ")} limit ${limit ?? 50}`;
  const variables = {
    groupBy: dims.map(({ input }) => input),
    filter,
    orderBy,
    orderByForRecords: recordKey && [recordKey],
    limit,
    firstForRecords: first,
    offsetForRecords: offset,
  };
  return { variables, names, sql };
}

const PARAMETERS = `$groupBy: [SampleGroupByInput!]!, $filter: SampleFilterInput, $orderBy: [SampleOrderByWithGroupByInput!],
  $orderByForRecords: [SampleOrderByInput!], $limit: Int, $firstForRecords: Int, $offsetForRecords: Int, $viewId: UUID`;
const ARGUMENTS = [...PARAMETERS.matchAll(/\$(\w+)/g)].map(([, name]) => `${name}: $${name}`).join(", ");
const ask = (variables: Variables, fields: string) =>
  api.graphql<{ samplesGroupBy: Record<string, unknown>[] }>(
    `query (${PARAMETERS}) { samplesGroupBy(${ARGUMENTS}) { ${fields} } }`,
    variables,
  );

it(
  "can group by anything, ordered and aggregated in any way, with the records of each group",
  async () => {
    const random = seeded();
    let groups = 0;
    for (let n = 0; n < casesOf(100, 3000); n++) {
      const { variables, names, sql } = randomCase(random);
      const { data, errors } = await ask(
        variables,
        `groupByDimensionValues totalCount ${names.join(" ")} nodes { id } edges { node { id } } pageInfo { hasNextPage hasPreviousPage }`,
      );
      expect({ n, variables, errors }).toEqual({ n, variables, errors: undefined });
      const wanted = await api.sql<{ values: unknown[]; totalCount: number; ids: string[] | null }>(sql);
      const [first, offset] = [
        (variables["firstForRecords"] as number | null) ?? 10,
        (variables["offsetForRecords"] as number | null) ?? 0,
      ];
      const expected = wanted.map(({ values, ids, ...aggregates }) => ({
        groupByDimensionValues: values,
        ...aggregates,
        nodes: (ids ?? []).map((id) => ({ id })),
        edges: (ids ?? []).map((id) => ({ node: { id } })),
        pageInfo: { hasNextPage: aggregates.totalCount > offset + first, hasPreviousPage: offset > 0 },
      }));
      const found = settled(data!.samplesGroupBy, expected) as object[];
      expect({ n, variables, found }).toEqual({ n, variables, found: expected });
      groups += found.length;
    }
    expect(groups).toBeGreaterThan(300);
  },
  casesOf(120_000, 900_000),
);
