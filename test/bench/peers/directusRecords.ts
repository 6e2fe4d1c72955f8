/** The same companies and people as Relata's, in Directus' tables, with the indexes that its lists want. */
import pg from "pg";
import { INDUSTRIES } from "../records.ts";

const COMPANIES = `
  insert into company (id, name, industry, employees, created_at)
  select gen_random_uuid(), 'Company ' || i, 'Industry ' || i % $2, 1 + (i * 7919) % 5000,
         timestamptz '2024-01-01' + make_interval(secs => i * 60.5)
  from generate_series(1, $1::int) i`;
const PEOPLE = `
  insert into person (id, first_name, last_name, name, email, company_id)
  select gen_random_uuid(), 'First' || i % 997, 'Last' || i % 4999, 'First' || i % 997 || ' Last' || i % 4999,
         'person' || i || '@bench.example', c.ids[1 + abs(hashint4(i)) % cardinality(c.ids)]
  from generate_series(1, $1::int) i, (select array_agg(id order by id) as ids from company) c`;
// Directus makes none on what it filters and joins by.
const INDEXES = [
  "create index on company (industry, created_at desc)",
  "create index on person (company_id, id)",
  "vacuum analyze company",
  "vacuum analyze person",
];

/** Inserts the records; answers the ids of `sample` people. */
export async function addDirectusRecords(
  databaseUrl: string,
  { companies, people, sample }: { companies: number; people: number; sample: number },
): Promise<string[]> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    await db.query(COMPANIES, [companies, INDUSTRIES]);
    await db.query(PEOPLE, [people]);
    for (const index of INDEXES) await db.query(index);
    const { rows } = await db.query<{ id: string }>("select id from person order by md5(email) limit $1", [sample]);
    return rows.map(({ id }) => id);
  } finally {
    await db.end();
  }
}

/** Takes away what a round has created, with its traces. */
export async function forgetDirectusRecords(databaseUrl: string, industry: string): Promise<void> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    await db.query("delete from company where industry = $1", [industry]);
    await db.query("truncate directus_revisions, directus_activity cascade");
    await db.query("vacuum (full, analyze) company");
  } finally {
    await db.end();
  }
}
