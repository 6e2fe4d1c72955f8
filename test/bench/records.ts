/** Companies and people to measure on: the same ones each run, but for their ids. */
import { claimed, type Db, type Workspace } from "./crm.ts";

export const INDUSTRIES = 20;

const COMPANIES = `
  insert into company (name, industry, employees, domain_name, address, annual_recurring_revenue, account_owner_id, created_at)
  select 'Company ' || i, 'Industry ' || i % $2, 1 + (i::bigint * 7919) % 5000, 'company-' || i || '.example', i || ' Bench Street',
         (i::bigint * 104729) % 1000000, authz.member_id(), timestamptz '2024-01-01' + make_interval(secs => i * 60.5)
  from generate_series(1, $1::int) i`;

// Who belongs to which company is spread by a hash: some have none, most about five.
const PEOPLE = `
  insert into person (first_name, last_name, email, job_title, city, company_id, created_at)
  select 'First' || i % 997, 'Last' || i % 4999, 'person' || i || '@' || $2 || '.example', 'Job ' || i % 50, 'City ' || i % 300,
         c.ids[1 + abs(hashint4(i)) % cardinality(c.ids)], timestamptz '2024-01-01' + make_interval(secs => i * 11.25)
  from generate_series(1, $1::int) i, (select array_agg(id order by id) as ids from company) c`;

/** Inserts companies and people as their owner would; people's addresses end in `canary`. */
export async function addRecords(db: Db, workspace: Workspace, companies: number, people: number, canary = "bench"): Promise<void> {
  await claimed(db, workspace, async () => {
    await db.query(COMPANIES, [companies, INDUSTRIES]);
    await db.query(PEOPLE, [people, canary]);
  });
}

/** What an administrator does for a field that lists are filtered by; every contender has it. */
export async function addFilterIndex(db: Db, { schemaName }: Workspace): Promise<void> {
  await db.query(`create index on ${schemaName}.company (industry, created_at, id)`);
  await db.query(`vacuum (analyze) ${schemaName}.company, ${schemaName}.person`);
}

/** The ids of `count` people, spread over all. */
export async function samplePeople(db: Db, { schemaName }: Workspace, count: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from ${schemaName}.person where company_id is not null order by md5(email) limit $1`,
    [count],
  );
  return rows.map(({ id }) => id);
}
