/** What a small request may cost: PostgreSQL plans what it is sent, and no timeout ends that in time. */
import { useApi } from "../helpers/server.ts";

const api = useApi();

const byFilter = (filter: unknown) =>
  api.graphql("query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }", { filter });
const byOrder = (orderBy: unknown) =>
  api.graphql("query ($orderBy: [CompanyOrderByInput!]) { companies(orderBy: $orderBy, first: 1) { totalCount } }", { orderBy });
const repeat = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const nest = (depth: number, wrap: (inner: object) => object): object =>
  repeat(depth, (n) => n).reduce<object>(wrap, { name: { is: "NOT_NULL" } });
const refused = { status: 200, errors: [{ extensions: { code: "LIMIT_EXCEEDED" } }] };
const byOwner = { accountOwner: { firstName: "AscNullsFirst" } };

it("can order by ten keys and not by a hundred (LIMIT_EXCEEDED)", async () => {
  const directions = ["AscNullsFirst", "DescNullsLast"];
  expect((await byOrder(repeat(10, (n) => ({ name: directions[n % 2] })))).errors).toBeUndefined();
  expect(await byOrder(repeat(100, (n) => ({ name: directions[n % 2] })))).toMatchObject(refused);
});

it("cannot order by a relation a hundred times, which is a hundred joins (LIMIT_EXCEEDED)", async () => {
  expect((await byOrder([byOwner])).errors).toBeUndefined();
  expect(await byOrder(repeat(100, () => byOwner))).toMatchObject(refused);
});

it("can nest a filter ten deep and not a thousand (LIMIT_EXCEEDED)", async () => {
  const wraps = [
    (inner: object) => ({ not: inner }),
    (inner: object) => ({ and: [inner] }),
    (inner: object) => ({ or: [inner, { name: { eq: "x" } }] }),
  ];
  for (const wrap of wraps) {
    expect((await byFilter(nest(10, wrap))).errors).toBeUndefined();
    expect(await byFilter(nest(1000, wrap))).toMatchObject(refused);
  }
});

it("can filter by a hundred conditions and not by ten thousand (LIMIT_EXCEEDED)", async () => {
  const many = (count: number) => repeat(count, (n) => ({ name: { eq: `x${n}` } }));
  for (const operator of ["or", "and"]) {
    expect((await byFilter({ [operator]: many(100) })).errors).toBeUndefined();
    expect(await byFilter({ [operator]: many(10_000) })).toMatchObject(refused);
  }
});

it("cannot filter through a relation a hundred times (LIMIT_EXCEEDED)", async () => {
  const owners = (count: number) => ({ or: repeat(count, (n) => ({ accountOwner: { firstName: { eq: `x${n}` } } })) });
  expect((await byFilter(owners(5))).errors).toBeUndefined();
  expect(await byFilter(owners(500))).toMatchObject(refused);
});

it("can ask for a list of 10,000 values, which is one condition", async () => {
  const { errors, data } = await byFilter({ name: { in: repeat(10_000, (n) => `x${n}`) } });
  expect([errors, data]).toEqual([undefined, { companies: { totalCount: 0 } }]);
});

it("cannot make the server stumble by nesting too deep for its stack (typed)", async () => {
  for (const depth of [6000, 50_000]) {
    const filter = `${'{"not":'.repeat(depth)}{}${"}".repeat(depth)}`;
    const response = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await api.tokenOf("owner@acme.test")}` },
      body: `{"query":"query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }","variables":{"filter":${filter}}}`,
    });
    const text = await response.text();
    expect(response.status).toBeLessThan(500);
    expect(text).not.toMatch(/Cannot read|undefined|Maximum call stack|INTERNAL_ERROR/);
  }
  expect((await byFilter({})).errors).toBeUndefined();
});
