import { type Connection, useApi } from "../helpers/server.ts";

const api = useApi();

type Page = { companies: Connection<{ id: string }> | null };
const PAGE = `query ($first: Int, $last: Int, $before: String, $after: String, $offset: Int) {
  companies(first: $first, last: $last, before: $before, after: $after, offset: $offset, orderBy: [{ name: AscNullsFirst }]) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const ask = (args: Record<string, unknown>) => api.graphql<Page>(PAGE, args);

let ids: string[] = [];
beforeAll(async () => {
  ids = (await api.sql<{ id: string }>("select id from company order by name, id")).map(({ id }) => id);
});

/** The page of `args`; it must hold the ids `from` to `to` of the whole list. */
async function expectPage(args: Record<string, unknown>, from: number, to: number): Promise<Connection<{ id: string }>> {
  const { data, errors } = await ask(args);
  expect(errors).toBeUndefined();
  const page = data!.companies!;
  expect(page.edges.map(({ node }) => node.id)).toEqual(ids.slice(from, to));
  expect(page.totalCount).toBe(2000);
  expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null);
  expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
  return page;
}

const more = (next: boolean, previous: boolean) => expect.objectContaining({ hasNextPage: next, hasPreviousPage: previous });

it("can read 60 records when nobody says how many", async () => {
  expect((await expectPage({}, 0, 60)).pageInfo).toEqual(more(true, false));
});

it("can read the first, and what comes after", async () => {
  const page = await expectPage({ first: 7 }, 0, 7);
  expect(page.pageInfo).toEqual(more(true, false));
  await expectPage({ first: 7, after: page.pageInfo.endCursor }, 7, 14);
  await expectPage({ after: page.edges[2]!.cursor }, 3, 63);
});

it("can read the last, and what comes before", async () => {
  const page = await expectPage({ last: 7 }, 1993, 2000);
  expect(page.pageInfo).toEqual(more(false, true));
  await expectPage({ last: 7, before: page.pageInfo.startCursor }, 1986, 1993);
});

it("can read 60 before a cursor when nobody says how many", async () => {
  const page = await expectPage({ first: 1, offset: 100 }, 100, 101);
  await expectPage({ last: 60, before: page.pageInfo.startCursor }, 40, 100);
});

it("can leave records out", async () => {
  expect((await expectPage({ offset: 1990, first: 20 }, 1990, 2000)).pageInfo).toEqual(more(false, true));
  await expectPage({ offset: 0, first: 3 }, 0, 3);
  await expectPage({ offset: 5 }, 5, 65);
  const page = await expectPage({ first: 1, offset: 9 }, 9, 10);
  await expectPage({ after: page.pageInfo.endCursor, offset: 10, first: 5 }, 20, 25);
});

it("can ask for no records and learn how many there are", async () => {
  await expectPage({ first: 0 }, 0, 0);
  await expectPage({ last: 0 }, 0, 0);
  await expectPage({ offset: 5000, first: 10 }, 0, 0);
});

it("can read the end of the list and see that it is one", async () => {
  const page = await expectPage({ first: 3, offset: 1995 }, 1995, 1998);
  expect((await expectPage({ first: 2, after: page.pageInfo.endCursor }, 1998, 2000)).pageInfo).toMatchObject({ hasNextPage: false });
  const last = await expectPage({ last: 1 }, 1999, 2000);
  expect((await expectPage({ first: 2, after: last.pageInfo.endCursor }, 0, 0)).pageInfo).toMatchObject({
    hasNextPage: false,
    startCursor: null,
  });
});

it("can read 1000 records at once", () => expectPage({ first: 1000 }, 0, 1000));

it("can count what a filter finds, page or not", async () => {
  const QUERY = '{ companies(filter: { industry: { eq: "Energy" } }, first: 3) { totalCount edges { node { industry } } } }';
  const { data } = await api.graphql<{ companies: Connection<{ industry: string }> }>(QUERY);
  const [row] = await api.sql<{ count: number }>("select count(*)::int as count from company where industry = 'Energy'");
  expect(data!.companies.totalCount).toBe(row!.count);
  expect(data!.companies.edges.map(({ node }) => node.industry)).toEqual(["Energy", "Energy", "Energy"]);
});

it("can take a page's arguments as null, as if they were not there", () =>
  expectPage({ first: null, last: null, before: null, after: null, offset: null }, 0, 60));

it.each<[string, Record<string, unknown>]>([
  ["first and last", { first: 1, last: 1 }],
  ["before and after", { before: "CURSOR", after: "CURSOR" }],
  ["before and first", { before: "CURSOR", first: 1 }],
  ["after and last", { after: "CURSOR", last: 1 }],
  ["offset and last", { offset: 1, last: 1 }],
  ["all at once", { first: 1, last: 1, before: "CURSOR", after: "CURSOR", offset: 1 }],
])("cannot give %s (ARGS_CONFLICT)", async (_what, args) => {
  const { data } = await ask({ first: 1, offset: 5 });
  const cursor = data!.companies!.pageInfo.endCursor;
  const given = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value === "CURSOR" ? cursor : value]));
  const answer = await ask(given);
  expect(answer.data).toEqual({ companies: null });
  expect(answer.errors).toMatchObject([{ extensions: { code: "ARGS_CONFLICT", field: expect.any(String) } }]);
});

it.each(["first", "last", "offset"])("cannot ask for a negative %s (BAD_INPUT)", async (name) => {
  const { data, errors } = await ask({ [name]: -1 });
  expect([data, errors]).toMatchObject([{ companies: null }, [{ extensions: { code: "BAD_INPUT", field: name } }]]);
});

it.each(["first", "last"])("cannot ask for more than 1000 by %s (LIMIT_EXCEEDED)", async (name) => {
  const { data, errors } = await ask({ [name]: 1001 });
  expect([data, errors]).toMatchObject([{ companies: null }, [{ extensions: { code: "LIMIT_EXCEEDED", field: name } }]]);
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");
it.each<[string, string]>([
  ["what is no base64", "%%%"],
  ["an empty text", ""],
  ["what is no JSON", Buffer.from("{").toString("base64")],
  ["an object", encode({ id: 1 })],
  ["a number", encode(7)],
  ["an empty list", encode([])],
  ["a list too short", encode(["7f3b4c0a"])],
  ["a list too long", encode(["7f3b4c0a", 1, 2, 3, 4, 5])],
  ["a list of lists", encode([["7f3b4c0a"], [[]], {}])],
  ["nulls", encode([null, null, null])],
  ["SQL", encode(["7f3b4c0a", "'; drop table company; --", "x"])],
])("cannot read after %s for a cursor (INVALID_CURSOR)", async (_what, cursor) => {
  for (const args of [{ after: cursor }, { before: cursor, last: 5 }]) {
    const { data, errors } = await ask(args);
    expect(data).toEqual({ companies: null });
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(["INVALID_CURSOR"]);
  }
});

it.each([
  ["[{ name: AscNullsFirst }, { name: AscNullsFirst }]"],
  ["[{ employees: AscNullsFirst }]"],
  ["[{ name: AscNullsFirst }, { employees: AscNullsFirst }]"],
  ["[]"],
])("cannot read after another order's cursor, in the order %s (INVALID_CURSOR)", async (orderBy) => {
  const { data } = await ask({ first: 1 });
  const query = (order: string) =>
    `query ($after: String) { companies(after: $after, orderBy: ${order}) { totalCount edges { node { id } } } }`;
  const after = data!.companies!.pageInfo.endCursor;
  expect((await api.graphql(query("[{ name: AscNullsFirst }]"), { after })).errors).toBeUndefined();
  expect((await api.graphql(query(orderBy), { after })).errors).toMatchObject([{ extensions: { code: "INVALID_CURSOR" } }]);
});

it("cannot read after a cursor of another type (BAD_INPUT)", async () => {
  const { errors } = await ask({ after: 7 });
  expect(errors).toMatchObject([{ message: expect.stringContaining("$after"), extensions: { code: "BAD_INPUT" } }]);
});
