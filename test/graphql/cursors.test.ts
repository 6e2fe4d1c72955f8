/**
 * Whoever walks a list page by page meets every record once, in the order of the
 * list: for any keys, nulls and ties among them, any page sizes, both ways.
 */
import { type Answer, type Connection, useApi } from "../helpers/server.ts";
import { addIndexes, describeOrder, directions, inOrder, KEYS, type Order, PAGE, toInput } from "./orders.ts";
import { makeRandom, makeSamples } from "./samples.ts";
import "../helpers/slow.ts";

const RECORDS = 47;
const api = useApi();
beforeAll(async () => {
  await makeSamples(api, RECORDS);
  // Lists by these are asked for in another form: src/records/seek.ts.
  await addIndexes(api, ["name", "count", "price", "flag", "choice", "moment"]);
});

const idsInOrder = async (order: Order): Promise<string[]> => (await api.sql<{ id: string }>(inOrder(order))).map(({ id }) => id);

type Page = { samples: Connection<{ id: string }> };
/** The ids met on the way through all pages, in the order of the list; `size` says how large the next page is. */
async function walk(order: Order, way: "forward" | "backward", size: () => number): Promise<string[]> {
  const met: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages <= RECORDS; pages++) {
    const page: Record<string, unknown> = way === "forward" ? { first: size(), after: cursor } : { last: size(), before: cursor };
    const { data, errors }: Answer<Page> = await api.graphql<Page>(PAGE, { orderBy: toInput(order), ...page });
    expect(errors).toBeUndefined();
    const { totalCount, edges, pageInfo } = data!.samples;
    expect(totalCount).toBe(RECORDS);
    const ids = edges.map(({ node }) => node.id);
    if (way === "forward") met.push(...ids);
    else met.unshift(...ids);
    const hasMore = way === "forward" ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
    if (!hasMore) return met;
    cursor = way === "forward" ? pageInfo.endCursor : pageInfo.startCursor;
    expect(cursor).not.toBeNull();
  }
  throw new Error(
    `The way ${way} through ${describeOrder(order)} has no end; met ${met.length} records, ${new Set(met).size} different ones.`,
  );
}

async function expectWalks(order: Order, size: () => number): Promise<void> {
  const wanted = await idsInOrder(order);
  expect(wanted).toHaveLength(RECORDS);
  for (const way of ["forward", "backward"] as const) {
    expect([describeOrder(order), way, await walk(order, way, size)]).toEqual([describeOrder(order), way, wanted]);
  }
}

it.each(KEYS.map((key) => [key[0].join("."), key] as const))("can walk a list ordered by %s", async (_name, key) => {
  for (const direction of directions) await expectWalks([{ key, direction }], () => 9);
});

it("can walk a list one by one", async () => {
  for (const direction of directions) await expectWalks([{ key: [["price"], "s.price"], direction }], () => 1);
});

it("can walk a list without an order", () => expectWalks([], () => 10));

it.each(Array.from({ length: 8 }, (_, seed) => seed + 1))("can walk lists in random orders by random pages, seed %d", async (seed) => {
  const random = makeRandom(seed);
  for (let round = 0; round < 6; round++) {
    const order = Array.from({ length: 1 + random(4) }, () => ({ key: KEYS[random(KEYS.length)]!, direction: directions[random(4)]! }));
    await expectWalks(order, () => 1 + random(12));
  }
});

it("can walk from any record on, back and forth", async () => {
  const order: Order = [
    { key: [["flag"], "s.flag"], direction: "AscNullsLast" },
    { key: [["day"], "s.day"], direction: "DescNullsFirst" },
  ];
  const wanted = await idsInOrder(order);
  const orderBy = toInput(order);
  const all = await api.graphql<Page>(PAGE, { orderBy, first: RECORDS });
  for (const [n, { cursor, node }] of all.data!.samples.edges.entries()) {
    expect(node.id).toBe(wanted[n]);
    const after = await api.graphql<Page>(PAGE, { orderBy, first: 3, after: cursor });
    const before = await api.graphql<Page>(PAGE, { orderBy, last: 3, before: cursor });
    expect(after.data!.samples.edges.map((edge) => edge.node.id)).toEqual(wanted.slice(n + 1, n + 4));
    expect(before.data!.samples.edges.map((edge) => edge.node.id)).toEqual(wanted.slice(Math.max(0, n - 3), n));
  }
});

it("can go on after a record that was deleted meanwhile", async () => {
  const order: Order = [{ key: [["count"], "s.count"], direction: "AscNullsFirst" }];
  const wanted = await idsInOrder(order);
  const page = await api.graphql<Page>(PAGE, { orderBy: toInput(order), first: 10 });
  const { endCursor } = page.data!.samples.pageInfo;
  await api.graphql("mutation ($id: UUID!) { deleteSample(id: $id) { id } }", { id: wanted[9] });
  const next = await api.graphql<Page>(PAGE, { orderBy: toInput(order), first: 10, after: endCursor });
  expect(next.data!.samples.edges.map(({ node }) => node.id)).toEqual(wanted.slice(10, 20));
  await api.sql("update sample set deleted_at = null");
});
