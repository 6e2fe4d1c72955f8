/**
 * Whoever walks a list while others write to it meets every record that stays as it was
 * once, in the order of the list: for any keys, directions, nulls, ties and page sizes,
 * both ways. RELATA_ALL_CASES=1 walks 500 histories; RELATA_SEED other ones.
 */
import pg from "pg";
import { type Answer, type Connection, useApi } from "../helpers/server.ts";
import { addIndexes, describeOrder, directions, inOrder, KEYS, type Order, PAGE, toInput } from "./orders.ts";
import { FIELDS, makeRandom, makeSamples } from "./samples.ts";

const HISTORIES = process.env["RELATA_ALL_CASES"] ? 500 : 40;
const seed = Number(process.env["RELATA_SEED"] ?? 1);
const RECORDS = 60;
const MAX_PAGES = 400;

let db: pg.Client;
// Before the database goes.
afterAll(() => db.end());
const api = useApi();
beforeAll(async () => {
  await makeSamples(api, RECORDS);
  await addIndexes(api, ["name", "count", "choice", "day", "big"]);
  db = new pg.Client({ connectionString: api.adminUrl });
  await db.connect();
  await db.query("select set_config('search_path', schema_name, false) from core.workspaces where subdomain = 'acme'");
});

const random = makeRandom(seed);
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
const idsOf = async (statement: string, values: unknown[] = []): Promise<string[]> =>
  (await db.query<{ id: string }>(statement, values)).rows.map(({ id }) => id);

/** A field's value, one in four of them empty. */
const valueFor = (field: string) => (random(4) === 0 ? null : pick(FIELDS[field]!.values));
const companies = () => idsOf("select id from company order by name, id limit 5");

/** What others do: each answers the samples whose place may have changed. */
const events: (() => Promise<string[]>)[] = [
  async () => {
    const fields = Object.keys(FIELDS);
    const places = fields.map((field, n) => `$${n + 2}::${FIELDS[field]!.sqlType}`);
    return idsOf(`insert into sample (company_id, ${fields.join(", ")}) values ($1, ${places.join(", ")}) returning id`, [
      pick([null, ...(await companies())]),
      ...fields.map(valueFor),
    ]);
  },
  () =>
    idsOf("update sample set deleted_at = now() where id = (select id from sample order by md5(id || $1) limit 1) returning id", [
      random(99),
    ]),
  () => idsOf("delete from sample where id = (select id from sample order by md5(id || $1) limit 1) returning id", [random(99)]),
  async () => {
    const field = pick(Object.keys(FIELDS));
    const ids = await idsOf("select id from sample order by md5(id || $1) limit 3", [random(99)]);
    await db.query(`update sample set ${field} = $2::${FIELDS[field]!.sqlType} where id = any ($1)`, [ids, valueFor(field)]);
    return ids;
  },
  async () => {
    const company = pick(await companies());
    await db.query("update company set name = left(name, 20) || $2, employees = employees + 1 where id = $1", [company, random(10)]);
    return idsOf("select id from sample where company_id = $1", [company]);
  },
];

/** As many samples as at first, none of them deleted. */
async function restore(): Promise<void> {
  await db.query("update sample set deleted_at = null");
  while ((await idsOf("select id from sample")).length < RECORDS) await events[0]!();
  await db.query("delete from sample where id in (select id from sample order by md5(id || $1) offset $2)", [random(99), RECORDS]);
}

type Page = { samples: Connection<{ id: string }> };
type History = { order: Order; way: "forward" | "backward"; offset: number };

/** The ids met, in the order of the list, and those of the samples that somebody touched. */
async function walk({ order, way, offset }: History): Promise<{ met: string[]; touched: Set<string>; pages: number }> {
  const met: string[] = [];
  const touched = new Set<string>();
  let cursor: string | null = null;
  for (let pages = 1; pages <= MAX_PAGES; pages++) {
    const size = pick([1, 2, 3, 7, 20]);
    const page: Record<string, unknown> =
      way === "forward" ? { first: size, after: cursor, ...(cursor ? {} : { offset }) } : { last: size, before: cursor };
    const { data, errors }: Answer<Page> = await api.graphql<Page>(PAGE, { orderBy: toInput(order), ...page });
    expect(errors).toBeUndefined();
    const { edges, pageInfo } = data!.samples;
    const ids = edges.map(({ node }) => node.id);
    if (way === "forward") met.push(...ids);
    else met.unshift(...ids);
    const [onward, back] = [pageInfo.hasNextPage, pageInfo.hasPreviousPage];
    expect(way === "forward" ? back : onward).toBe(cursor !== null || (way === "forward" && offset > 0));
    if (!(way === "forward" ? onward : back)) return { met, touched, pages };
    expect(edges).toHaveLength(size);
    cursor = way === "forward" ? pageInfo.endCursor : pageInfo.startCursor;
    for (let n = random(3); n > 0; n--) for (const id of await pick(events)()) touched.add(id);
  }
  throw new Error(`The way through ${describeOrder(order)} has no end.`);
}

it(`can walk ${HISTORIES} lists while others write, and meet all that stays once and in order`, async () => {
  const seen = { pages: 0, touched: 0 };
  for (let n = 0; n < HISTORIES; n++) {
    const order = Array.from({ length: random(4) }, () => ({ key: pick(KEYS), direction: pick(directions) }));
    const way = pick(["forward", "backward"] as const);
    const history = { order, way, offset: way === "forward" && random(4) === 0 ? 1 + random(5) : 0 };
    const before = await idsOf(inOrder(order));
    const { met, touched, pages } = await walk(history);
    const stays = new Set(before.slice(history.offset).filter((id) => !touched.has(id)));
    const wanted = (await idsOf(inOrder(order))).filter((id) => stays.has(id));
    const told = `history ${n} of seed ${seed}: ${describeOrder(order)} ${way}`;
    expect([told, met.filter((id) => stays.has(id))]).toEqual([told, wanted]);
    seen.pages += pages;
    seen.touched += touched.size;
    await restore();
  }
  // It would prove little if nothing had happened meanwhile.
  expect(seen.pages).toBeGreaterThan(HISTORIES * 3);
  expect(seen.touched).toBeGreaterThan(HISTORIES * 3);
}, 600_000);
