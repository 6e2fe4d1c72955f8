/** What cannot be asked of groups, each with its code and the argument at fault. */
import { useApi } from "../helpers/server.ts";

const api = useApi();

const COMPANIES = `query ($groupBy: [CompanyGroupByInput!]!, $orderBy: [CompanyOrderByWithGroupByInput!], $limit: Int, $first: Int, $offset: Int, $filter: CompanyFilterInput) {
  companiesGroupBy(groupBy: $groupBy, orderBy: $orderBy, limit: $limit, firstForRecords: $first, offsetForRecords: $offset, filter: $filter) {
    groupByDimensionValues totalCount nodes { id } } }`;
const month = (timeZone?: string | null) => [{ createdAt: { granularity: "MONTH", timeZone } }];
const industry = [{ industry: true }];

it.each<[string, object, string, string]>([
  ["nothing", { groupBy: [] }, "BAD_INPUT", "groupBy"],
  ["an empty dimension", { groupBy: [{}] }, "BAD_INPUT", "groupBy"],
  ["two fields in one", { groupBy: [{ industry: true, name: true }] }, "BAD_INPUT", "groupBy"],
  ["false", { groupBy: [{ industry: false }] }, "BAD_INPUT", "groupBy.industry"],
  ["an empty relation", { groupBy: [{ accountOwner: {} }] }, "BAD_INPUT", "groupBy.accountOwner"],
  ["an empty composite", { groupBy: [{ createdBy: {} }] }, "BAD_INPUT", "groupBy.createdBy"],
  ["the same twice", { groupBy: [...industry, ...industry] }, "BAD_INPUT", "groupBy.industry"],
  ["four fields", { groupBy: [{ industry: true }, { name: true }, { employees: true }, { address: true }] }, "LIMIT_EXCEEDED", "groupBy"],
  ["instants without a zone", { groupBy: month() }, "MISSING_TIMEZONE_FOR_DATE_GROUP_BY", "groupBy.createdAt.timeZone"],
  ["instants with no zone", { groupBy: month(null) }, "MISSING_TIMEZONE_FOR_DATE_GROUP_BY", "groupBy.createdAt.timeZone"],
  ["more groups than are allowed", { groupBy: industry, limit: 1001 }, "LIMIT_EXCEEDED", "limit"],
  ["less than none", { groupBy: industry, limit: -1 }, "BAD_INPUT", "limit"],
  ["too many records", { groupBy: industry, first: 1001 }, "LIMIT_EXCEEDED", "firstForRecords"],
  ["less records than none", { groupBy: industry, first: -1 }, "BAD_INPUT", "firstForRecords"],
  ["records before the first", { groupBy: industry, offset: -1 }, "BAD_INPUT", "offsetForRecords"],
  ["an order by what is no dimension", { groupBy: industry, orderBy: [{ name: "AscNullsFirst" }] }, "BAD_INPUT", "orderBy.name"],
  [
    "an order by another part of the date",
    { groupBy: month("UTC"), orderBy: [{ createdAt: { orderBy: "AscNullsFirst", granularity: "YEAR" } }] },
    "BAD_INPUT",
    "orderBy.createdAt",
  ],
  ["an empty order", { groupBy: industry, orderBy: [{}] }, "BAD_INPUT", "orderBy"],
  ["an order by no aggregate", { groupBy: industry, orderBy: [{ aggregate: {} }] }, "BAD_INPUT", "orderBy.aggregate"],
  [
    "21 orders",
    { groupBy: industry, orderBy: Array.from({ length: 21 }, () => ({ industry: "AscNullsFirst" })) },
    "LIMIT_EXCEEDED",
    "orderBy",
  ],
  ["a null within a filter", { groupBy: industry, filter: { name: { eq: null } } }, "BAD_INPUT", "name.eq"],
])("cannot group by %s (%3$s)", async (_what, variables, code, field) => {
  const { status, data, errors } = await api.graphql(COMPANIES, variables as Record<string, unknown>);
  expect([status, data]).toEqual([200, { companiesGroupBy: null }]);
  expect(errors!.map(({ extensions }) => extensions)).toEqual([{ code, field }]);
});

/** Each is harmful where it is read as SQL, as a POSIX zone, or as an offset. */
const ZONES = [
  "UTC'; drop table company; --",
  "UTC'); select pg_sleep(5); --",
  "UTC' || (select current_user) || '",
  "$1",
  "\\'",
  "UTC\u0000",
  "Europe/Berlin ",
  "Europe/Berlin\n",
  "../../etc/passwd",
  "/etc/localtime",
  "localtime",
  "posixrules",
  "+03:00",
  "-5",
  "XYZ+3",
  "Nowhere/Land",
  "",
  "🕰",
  "Z".repeat(10_000),
  "{}",
  "pg_catalog.now()",
];

it.each(ZONES)("cannot use %j as a time zone (INVALID_TIMEZONE)", async (timeZone) => {
  const { data, errors } = await api.graphql(COMPANIES, { groupBy: month(timeZone), first: 0 });
  expect(data).toEqual({ companiesGroupBy: null });
  expect(errors!.map(({ extensions }) => extensions)).toEqual([{ code: "INVALID_TIMEZONE", field: "groupBy.createdAt.timeZone" }]);
});

it("cannot use a zone that PostgreSQL does not know, though Node does, and goes on", async () => {
  const [{ count }] = (await api.sql<{ count: number }>("select count(*)::int as count from company where deleted_at is null")) as [
    { count: number },
  ];
  for (const zone of ["europe/berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires"]) {
    const { data, errors } = await api.graphql<{ companiesGroupBy: { totalCount: number }[] }>(COMPANIES, {
      groupBy: month(zone),
      first: 0,
      limit: 1000,
    });
    expect(errors).toBeUndefined();
    expect(data!.companiesGroupBy.reduce((sum, group) => sum + group.totalCount, 0)).toBe(count);
  }
});

it.each([
  ["{ companiesGroupBy { totalCount } }"],
  ["{ companiesGroupBy(groupBy: [{ secret: true }]) { totalCount } }"],
  ["{ companiesGroupBy(groupBy: [{ searchVector: true }]) { totalCount } }"],
  ['{ companiesGroupBy(groupBy: [{ createdAt: { granularity: "MONTH" } }]) { totalCount } }'],
  ["{ companiesGroupBy(groupBy: [{ industry: true }], orderBy: [{ aggregate: { sumName: AscNullsFirst } }]) { totalCount } }"],
])("cannot ask %s (GRAPHQL_VALIDATION_FAILED)", async (query) => {
  expect((await api.graphql(query)).errors!.map(({ extensions }) => extensions.code)).toContain("GRAPHQL_VALIDATION_FAILED");
});

it("can hold what a field is called against what an object is called", async () => {
  const { errors } = await api.metadata('mutation { createOneObject(data: { nameSingular: "x", namePlural: "companiesGroupBy" }) { id } }');
  expect(errors).toMatchObject([{ extensions: { code: "METADATA_VALIDATION_FAILED", errors: [{ code: "NAME_RESERVED" }] } }]);
});
