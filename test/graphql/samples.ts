/** An object with a field of every type, and records with few enough values that ties and nulls abound. */
import pg from "pg";
import type { Api } from "../helpers/server.ts";

type Sampled = { type: string; sqlType: string; settings?: object; options?: { value: string }[]; values: string[] };

/** By field name; the values are what the API takes, and what PostgreSQL takes as text. */
export const FIELDS: Record<string, Sampled> = {
  name: {
    type: "TEXT",
    sqlType: "text",
    values: ["", "a", "B", "b", "ä", "a%b", "a_b", "a\\b", "aXb", "Zebra", "漢字", "o'hara", "😀 b", " "],
  },
  ratio: { type: "NUMBER", sqlType: "float8", values: ["-1.5", "0", "0.1", "2", "10000000000"] },
  count: { type: "NUMBER", sqlType: "int4", settings: { dataType: "int" }, values: ["-2147483648", "0", "1", "7", "2147483647"] },
  big: {
    type: "NUMBER",
    sqlType: "int8",
    settings: { dataType: "bigint" },
    values: ["-9223372036854775808", "0", "9007199254740993", "9007199254740992"],
  },
  price: { type: "NUMERIC", sqlType: "numeric", values: ["0.1", "0.10", "-3", "123456789012345678901234567890.123456789", "1e-20"] },
  flag: { type: "BOOLEAN", sqlType: "boolean", values: ["true", "false"] },
  day: { type: "DATE", sqlType: "date", values: ["2024-02-29", "1999-12-31", "2024-03-01", "0001-01-01"] },
  moment: {
    type: "DATE_TIME",
    sqlType: "timestamptz",
    values: [
      "2024-01-01T00:00:00.123456Z",
      "2024-01-01T00:00:00.123457Z",
      "2024-01-01T01:00:00.123456+01:00",
      "1969-12-31T23:59:59Z",
      "2024-06-01T00:00:00Z",
    ],
  },
  choice: {
    type: "SELECT",
    sqlType: "text",
    options: [{ value: "LOW" }, { value: "MEDIUM" }, { value: "HIGH" }, { value: "ALL" }],
    values: ["HIGH", "LOW", "ALL"],
  },
  code: {
    type: "UUID",
    sqlType: "uuid",
    values: ["00000000-0000-0000-0000-000000000000", "0190a0b1-0000-7000-8000-000000000001", "ffffffff-ffff-4fff-bfff-ffffffffffff"],
  },
};

/** What the API takes for a value: numbers and booleans as such, the rest as text. */
export function apiValue(field: string, value: string): unknown {
  const { type, settings } = FIELDS[field]!;
  const isText = type !== "BOOLEAN" && (type !== "NUMBER" || JSON.stringify(settings ?? {}).includes("bigint"));
  return isText ? value : JSON.parse(value);
}

/** The same numbers each time (mulberry32). */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

async function addObject(api: Api): Promise<void> {
  type Created = { createOneObject: { id: string } };
  const answer = await api.metadata<Created>(
    'mutation { createOneObject(data: { nameSingular: "sample", namePlural: "samples" }) { id } }',
  );
  const objectId = answer.data!.createOneObject.id;
  const company = await api.metadata<{ object: { id: string } }>('{ object(filter: { nameSingular: { eq: "company" } }) { id } }');
  const relation = { name: "company", type: "RELATION", relation: { targetObjectId: company.data!.object.id, targetFieldName: "samples" } };
  const fields = Object.entries(FIELDS).filter(([name]) => name !== "name");
  for (const field of [...fields.map(([name, { type, settings, options }]) => ({ name, type, settings, options })), relation]) {
    const { errors } = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
      data: { objectId, ...field },
    });
    if (errors) throw new Error(JSON.stringify({ field, errors }));
  }
}

/** Creates the object `sample` in acme, and `count` records of it, the same each time. */
export async function makeSamples(api: Api, count: number): Promise<void> {
  await addObject(api);
  const random = makeRandom(count);
  const pick = (values: string[]) => (random(4) === 0 ? null : values[random(values.length)]!);
  const companies = (await api.sql<{ id: string }>("select id from company order by name, id limit 5")).map(({ id }) => id);
  const rows = Array.from({ length: count }, () => {
    const values = Object.entries(FIELDS).map(([field, { values }]) => [field, pick(values)] as const);
    return { ...Object.fromEntries(values), company_id: pick(companies) };
  });
  const columns = [...Object.keys(FIELDS), "company_id"].map((column) => pg.escapeIdentifier(column)).join(", ");
  await api.sql(`insert into sample (${columns}) select ${columns} from jsonb_populate_recordset(null::sample, $1)`, [
    JSON.stringify(rows),
  ]);
}
