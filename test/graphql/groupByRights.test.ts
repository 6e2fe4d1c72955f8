/** Aggregates and groups tell nobody more than lists do: they are plain SQL under the caller's role. */
import { useApi } from "../helpers/server.ts";

const api = useApi();
const GUEST = "guest@acme.test";
type Groups = {
  companiesGroupBy: { groupByDimensionValues: unknown[]; totalCount: number }[];
  companies: { totalCount: number; sumEmployees: number | null };
};
const GROUPS = `{ companies { totalCount sumEmployees } companiesGroupBy(groupBy: [{ industry: true }]) { groupByDimensionValues totalCount } }`;

const setGuest = (permissions: string[]) =>
  api.sql("update core.roles set permissions = $1 where name = 'GUEST' and workspace_id = authz.workspace_id()", [permissions]);

it("can aggregate and group as a guest who may read", async () => {
  const mine = await api.graphql<Groups>(GROUPS);
  const { data, errors } = await api.graphql<Groups>(GROUPS, {}, GUEST);
  expect([errors, data]).toEqual([undefined, mine.data]);
  expect(data!.companiesGroupBy.length).toBeGreaterThan(5);
});

it("cannot see in a group, or behind a relation, what a role may not read", async () => {
  await setGuest(["people.read"]);
  expect((await api.graphql<Groups>(GROUPS, {}, GUEST)).data).toEqual({
    companies: { totalCount: 0, sumEmployees: null },
    companiesGroupBy: [],
  });
  // People are seen; the industries of their companies are not.
  const byIndustry = "{ peopleGroupBy(groupBy: [{ company: { industry: true } }]) { groupByDimensionValues totalCount } }";
  const { data } = await api.graphql<{ peopleGroupBy: { groupByDimensionValues: unknown[] }[] }>(byIndustry, {}, GUEST);
  expect(data!.peopleGroupBy).toEqual([{ groupByDimensionValues: [null], totalCount: 8000 }]);
  await setGuest(["*.read"]);
  expect((await api.graphql<typeof data & object>(byIndustry, {}, GUEST)).data!.peopleGroupBy.length).toBeGreaterThan(5);
});

it("cannot see another workspace's records", async () => {
  const { data, errors } = await api.graphql<Groups>(GROUPS, {}, "owner@globex.test");
  expect([errors, data]).toEqual([undefined, { companies: { totalCount: 0, sumEmployees: null }, companiesGroupBy: [] }]);
});

it("cannot aggregate, group by or order groups by a column that the role has no right to", async () => {
  const using = [
    "{ companies { sumEmployees } }",
    "{ companies { countEmptyEmployees } }",
    "{ companies(first: 1) { countUniqueValuesEmployees } }",
    "{ companiesGroupBy(groupBy: [{ employees: true }]) { totalCount } }",
    "{ companiesGroupBy(groupBy: [{ industry: true }]) { avgEmployees } }",
    "{ companiesGroupBy(groupBy: [{ industry: true }], orderBy: [{ aggregate: { maxEmployees: AscNullsFirst } }]) { totalCount } }",
    "{ companiesGroupBy(groupBy: [{ industry: true }], orderByForRecords: [{ employees: AscNullsFirst }]) { nodes { id } } }",
    "{ companiesGroupBy(groupBy: [{ industry: true }], filter: { employees: { gt: 5 } }) { totalCount } }",
    "{ peopleGroupBy(groupBy: [{ company: { employees: true } }]) { totalCount } }",
  ];
  for (const query of using) expect([query, (await api.graphql(query, {}, GUEST)).errors]).toEqual([query, undefined]);

  const [row] = await api.sql<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
     where attrelid = 'company'::regclass and attnum > 0 and not attisdropped and attname <> 'employees'`,
  );
  await api.sql(`revoke select on company from relata_guest, relata_member, relata_admin`);
  await api.sql(`grant select (${row!.columns}) on company to relata_guest`);
  for (const query of using) {
    const { data, errors } = await api.graphql(query, {}, GUEST);
    const leaves = JSON.stringify(data ?? null).replace(/"\w+":/g, "");
    expect([query, /^[{}[\],null]*$/.test(leaves), errors?.length]).toEqual([query, true, 1]);
    expect(["PERMISSION_DENIED", "GRAPHQL_VALIDATION_FAILED"]).toContain(errors![0]!.extensions.code);
  }
  // What is not about that column goes on.
  const fine =
    "{ companies { totalCount countEmptyName } companiesGroupBy(groupBy: [{ industry: true }]) { totalCount countUniqueValuesName nodes { name } } }";
  expect((await api.graphql(fine, {}, GUEST)).errors).toBeUndefined();
});
