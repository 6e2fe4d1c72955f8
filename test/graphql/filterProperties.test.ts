/**
 * Random filters, of all types, nested, through relations and lists, find what a WHERE
 * written by another hand finds (filterModel.ts). RELATA_ALL_CASES=1 asks 5,000;
 * RELATA_SEED others.
 */
import { useApi } from "../helpers/server.ts";
import { makeFilters } from "./filterModel.ts";
import { makeFilteredSamples } from "./filterSamples.ts";
import { makeRandom } from "./samples.ts";

const CASES = process.env["RELATA_ALL_CASES"] ? 5000 : 400;
const seed = Number(process.env["RELATA_SEED"] ?? 1);
const AT_ONCE = 20;
const RECORDS = 80;

const api = useApi();
const random = makeRandom(seed);
beforeAll(() => makeFilteredSamples(api, RECORDS, random));

type Case = { filter: object; sql: string };
type Found = Record<string, { totalCount: number; nodes: { id: string }[] }>;

async function idsByApi(cases: Case[]): Promise<string[][]> {
  const parameters = cases.map((_case, n) => `$f${n}: SampleFilterInput`).join(", ");
  const fields = cases.map((_case, n) => `a${n}: samples(filter: $f${n}, first: 1000) { totalCount nodes { id } }`).join("\n");
  const variables = Object.fromEntries(cases.map(({ filter }, n) => [`f${n}`, filter]));
  const { data, errors } = await api.graphql<Found>(`query (${parameters}) { ${fields} }`, variables);
  const failed = errors?.map((error) => [error, cases[Number(String(error.path?.[0]).slice(1))]]);
  expect(failed).toBeUndefined();
  return cases.map((_case, n) => {
    const { totalCount, nodes } = data![`a${n}`]!;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ id }) => id).sort();
  });
}

async function idsBySql(cases: Case[]): Promise<string[][]> {
  const columns = cases.map(({ sql }, n) => `array(select s.id::text from sample s where ${sql}) as a${n}`);
  const [row] = await api.sql<Record<string, string[]>>(`select ${columns.join(", ")}`);
  return cases.map((_case, n) => row![`a${n}`]!.sort());
}

it(`can find by ${CASES} random filters what PostgreSQL finds by the same conditions`, async () => {
  const filters = makeFilters(random);
  let telling = 0;
  for (let asked = 0; asked < CASES; asked += AT_ONCE) {
    const cases = Array.from({ length: AT_ONCE }, () => filters.next());
    const [found, wanted] = [await idsByApi(cases), await idsBySql(cases)];
    const wrong = cases.flatMap(({ filter, sql }, n) =>
      found[n]!.join() === wanted[n]!.join()
        ? []
        : [{ filter: JSON.stringify(filter), sql, found: found[n]!.length, wanted: wanted[n]!.length }],
    );
    expect(wrong).toEqual([]);
    telling += wanted.filter((ids) => ids.length > 0 && ids.length < RECORDS / 2).length;
  }
  // It would hold as well if nothing were ever found, or everything.
  expect(telling).toBeGreaterThan(CASES / 4);
}, 600_000);
