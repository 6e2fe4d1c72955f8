/** What aggregates and groups are, in plain SQL: written anew, and not taken from src/. */
import pg from "pg";
import type { Api } from "../helpers/server.ts";
import { FIELDS, makeRandom, makeSamples } from "./samples.ts";

const TAGS = ["RED", "GREEN", "BLUE"];
export const ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"];
export const NUMBERS = ["ratio", "count", "big", "price"];

/** Fields of more than one column, and lists, beside those of samples.ts. */
const MORE = [
  { name: "tags", type: "MULTI_SELECT", options: TAGS.map((value) => ({ value })) },
  { name: "words", type: "ARRAY" },
  { name: "amount", type: "CURRENCY" },
  { name: "place", type: "ADDRESS" },
];

/** Each record again, with those; the same each time. Instants lie about the changes of clocks. */
const FILL = `
  update sample s set
    tags = (case n % 5 when 0 then null when 1 then '{}' when 2 then '{BLUE}' when 3 then '{RED,BLUE}' else '{GREEN,RED}' end)::text[],
    words = (case n % 4 when 0 then '{}' when 1 then '{a,b,a}' when 2 then '{b}' else '{"","x y"}' end)::text[],
    amount_amount_micros = case n % 6 when 0 then null when 1 then 1000000.00 when 2 then 1000000 else n * 1000 end,
    amount_currency_code = case n % 3 when 0 then 'USD' when 1 then 'EUR' end,
    place_address_city = case n % 4 when 0 then '' when 1 then 'Ulm' when 2 then 'Köln' end,
    place_address_lat = case n % 8 when 4 then 48.40 end,
    moment = case when n % 3 = 0 then moment else timestamptz '2023-10-28 20:00Z' + make_interval(mins => (n * 7919) % 2880)
      + make_interval(days => (n % 4) * 154) end,
    deleted_at = case when n % 17 = 0 then timestamptz '2024-01-01' end
  from (select id, row_number() over (order by name, ratio, moment, id)::int as n from sample) x where x.id = s.id`;

export async function makeGroupSamples(api: Api, count: number): Promise<void> {
  await makeSamples(api, count);
  const { data } = await api.metadata<{ object: { id: string } }>('{ object(filter: { nameSingular: { eq: "sample" } }) { id } }');
  for (const field of MORE) {
    const { errors } = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
      data: { objectId: data!.object.id, ...field },
    });
    if (errors) throw new Error(JSON.stringify(errors));
  }
  await api.sql(FILL);
}

type Field = { value: string; empty: string; more: string[] };
const plain = (value: string, more: string[] = []): Field => ({ value, empty: `${value} is null`, more });
const NUMERIC = ["min", "max", "avg", "sum"];
const ACTOR = (name: string): Field => ({
  value: `(${name}_source, ${name}_workspace_member_id, ${name}_name)`,
  empty: `(${name}_source is null and ${name}_workspace_member_id is null and coalesce(${name}_name, '') = '')`,
  more: [],
});
const parts = ["street1", "street2", "city", "postcode", "state", "country"].map((part) => `nullif(place_address_${part}, '')`);

/** Of each field: as a value, when it is empty, and what it has beyond counting. */
const AGGREGATED: Record<string, Field> = {
  id: plain("id"),
  createdAt: plain("created_at", ["min", "max"]),
  updatedAt: plain("updated_at", ["min", "max"]),
  deletedAt: plain("deleted_at", ["min", "max"]),
  position: plain("position"),
  createdBy: ACTOR("created_by"),
  updatedBy: ACTOR("updated_by"),
  ...Object.fromEntries(["choice", "code"].map((name) => [name, plain(name)])),
  ...Object.fromEntries(NUMBERS.map((name) => [name, plain(name, NUMERIC)])),
  ...Object.fromEntries(["day", "moment"].map((name) => [name, plain(name, ["min", "max"])])),
  name: { value: "name", empty: "(name is null or name = '')", more: [] },
  flag: plain("flag", ["countTrue", "countFalse"]),
  tags: { value: "tags", empty: "(tags is null or tags = '{}')", more: [] },
  words: { value: "words", empty: "(words is null or words = '{}')", more: [] },
  amount: { value: "(amount_amount_micros, amount_currency_code)", empty: "amount_amount_micros is null", more: [] },
  place: {
    value: `(${parts.join(", ")}, place_address_lat, place_address_lng)`,
    empty: `num_nonnulls(${parts.join(", ")}, place_address_lat, place_address_lng) = 0`,
    more: [],
  },
};

const upperFirst = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const shown = (name: string, sql: string) =>
  name === "day"
    ? `${sql}::text`
    : /At$|^moment$/.test(name)
      ? `regexp_replace(${sql}::text, '(.*) (.*)[+]00', '\\1T\\2Z')`
      : `${sql}::float8`;

/** Every aggregate of a sample, by name, as SQL over its rows. */
export const AGGREGATES: Record<string, string> = Object.fromEntries([
  ...Object.entries(AGGREGATED).flatMap(([name, { value, empty, more }]) => {
    const X = upperFirst(name);
    return [
      [`countUniqueValues${X}`, `count(distinct case when ${empty} then null else ${value} end)::int`],
      [`countEmpty${X}`, `sum((${empty})::int)::int`],
      [`countNotEmpty${X}`, `sum((not ${empty})::int)::int`],
      [`percentageEmpty${X}`, `avg((${empty})::int)::float8`],
      [`percentageNotEmpty${X}`, `avg((not ${empty})::int)::float8`],
      ...more.map((what) => [
        what + X,
        what === "countTrue"
          ? "count(nullif(flag, false))::int"
          : what === "countFalse"
            ? "count(nullif(flag, true))::int"
            : shown(name, `${what}(${value})`),
      ]),
    ];
  }),
  ...NUMERIC.map((what) => [`${what}AmountAmountMicros`, `${what}(amount_amount_micros)::float8`]),
]) as Record<string, string>;

/** A count of nothing is 0, and a sum of nothing is nothing. */
export const countOrNull = (name: string, sql: string): string => (/^count/.test(name) ? `coalesce(${sql}, 0)` : sql);

/** `found`, with what is as good as wanted as wanted: fractions are added in any order. */
export function settled(found: unknown, wanted: unknown): unknown {
  if (typeof found === "number" && typeof wanted === "number") {
    return Math.abs(found - wanted) <= 1e-9 * Math.max(Math.abs(found), Math.abs(wanted)) ? wanted : found;
  }
  if (typeof found !== "object" || found === null || typeof wanted !== "object" || wanted === null) return found;
  if (Array.isArray(found)) return found.map((one, n) => settled(one, (wanted as unknown[])[n]));
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, settled(value, (wanted as Record<string, unknown>)[name])]),
  );
}

export const FILTERS: { filter: object; sql: string }[] = [
  { filter: {}, sql: "deleted_at is null" },
  { filter: { flag: { eq: true } }, sql: "flag and deleted_at is null" },
  {
    filter: { or: [{ ratio: { gt: 0 } }, { name: { is: "NULL" } }] },
    sql: "(ratio > 0 or name is null or name = '') and deleted_at is null",
  },
  { filter: { deletedAt: { is: "NOT_NULL" } }, sql: "deleted_at is not null" },
  {
    filter: { company: { name: { ilike: "%a%" } } },
    sql: "exists (select from company c where c.id = company_id and c.name ilike '%a%' and c.deleted_at is null) and deleted_at is null",
  },
  { filter: { code: { eq: "11111111-0000-0000-0000-000000000000" } }, sql: "false" },
];

/** A dimension: what is asked, the key to sort by it, and the same in SQL: the value, and what it is sorted by. */
export type Dim = { input: object; order: (direction: string) => object; sql: string; sort: string; from?: string };

const scalar = (name: string, sql: string, sort = sql): Dim => ({
  input: { [name]: true },
  order: (d) => ({ [name]: d }),
  sql: `${sql}::text`,
  sort,
});
const place = (value: string, options: string[]) =>
  `array_position(array[${options.map((one) => pg.escapeLiteral(one)).join(", ")}]::text[], ${value})`;

const WEEK: Record<string, number> = { MONDAY: 1, SUNDAY: 0, SATURDAY: 6 };

/** A part of a date, from its local day `d` and its local time `t`. */
const parted = (d: string, start: number): Record<string, { sql: string; sort?: string }> => ({
  DAY: { sql: `${d}::date` },
  WEEK: { sql: `(${d}::date - (extract(dow from ${d})::int - ${start} + 7) % 7)` },
  MONTH: { sql: `make_date(extract(year from ${d})::int, extract(month from ${d})::int, 1)` },
  QUARTER: { sql: `make_date(extract(year from ${d})::int, (extract(month from ${d})::int - 1) / 3 * 3 + 1, 1)` },
  YEAR: { sql: `make_date(extract(year from ${d})::int, 1, 1)` },
  DAY_OF_THE_WEEK: { sql: `to_char(${d}, 'FMDay')`, sort: `(extract(dow from ${d})::int - ${start} + 7) % 7` },
  MONTH_OF_THE_YEAR: { sql: `to_char(${d}, 'FMMonth')`, sort: `extract(month from ${d})` },
  QUARTER_OF_THE_YEAR: { sql: `to_char(${d}, '"Q"Q')`, sort: `extract(quarter from ${d})` },
});

function dated(name: "day" | "moment", random: (below: number) => number): Dim {
  const timeZone = ZONES[random(ZONES.length)]!;
  const weekStartDay = Object.keys(WEEK)[random(3)]!;
  const local = name === "day" ? "day::timestamp" : `timezone(${pg.escapeLiteral(timeZone)}, moment)`;
  const granularities = parted(local, WEEK[weekStartDay]!);
  const granularity = [...Object.keys(granularities), "NONE"][random(9)]!;
  const { sql, sort = sql } = granularities[granularity] ?? { sql: shown(name, name), sort: name };
  const order = (direction: string) => ({ [name]: { orderBy: direction, ...(random(2) && { granularity }) } });
  return { input: { [name]: { granularity, weekStartDay, timeZone } }, order, sql: `(${sql})::text`, sort };
}

function listed(name: "tags" | "words", unnest: boolean): Dim {
  const input = { [name]: unnest ? { unnest } : {} };
  const order = (direction: string) => ({ [name]: direction });
  if (!unnest) return { input, order, sql: `nullif(${name}, '{}')`, sort: `nullif(${name}, '{}')` };
  const from = `left join lateral (select distinct e as ${name}_e from unnest(${name}) e) ${name}_x on true`;
  return { input, order, from, sql: `${name}_e`, sort: name === "tags" ? place("tags_e", TAGS) : "words_e" };
}

/** One of all that samples can be grouped by. */
export function randomDim(random: (below: number) => number): Dim {
  const choices = FIELDS["choice"]!.options!.map(({ value }) => value);
  const dims: (() => Dim)[] = [
    () => dated("moment", random),
    () => dated("moment", random),
    () => dated("day", random),
    () => listed("tags", random(2) === 0),
    () => listed("words", random(2) === 0),
    () => scalar("name", "nullif(name, '')"),
    () => scalar("flag", "flag"),
    () => scalar("count", "count"),
    () => scalar("ratio", "ratio"),
    () => scalar("price", "trim_scale(price)"),
    () => scalar("choice", "choice", place("choice", choices)),
    () => scalar("code", "code"),
    () => scalar("companyId", "company_id"),
    () => ({
      input: { company: { industry: true } },
      order: (d) => ({ company: { industry: d } }),
      sql: "company_industry",
      sort: "company_industry",
    }),
    () => ({
      input: { amount: { currencyCode: true } },
      order: (d) => ({ amount: { currencyCode: d } }),
      sql: "amount_currency_code",
      sort: "amount_currency_code",
    }),
    () => ({
      input: { place: { addressCity: true } },
      order: (d) => ({ place: { addressCity: d } }),
      sql: "nullif(place_address_city, '')",
      sort: "nullif(place_address_city, '')",
    }),
  ];
  return dims[random(dims.length)]!();
}

export const seeded = (): ((below: number) => number) => makeRandom(Number(process.env["RELATA_SEED"] ?? 11));
export const casesOf = (some: number, all: number): number => (process.env["RELATA_ALL_CASES"] ? all : some);
