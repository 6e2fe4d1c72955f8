/** db/ is the truth, migrations are how it came to be: both must make the same database. */
import { readFile } from "node:fs/promises";
import pg from "pg";
import { databaseUrl, ensureReady, ownerUrl, withAdmin } from "../src/migrate.ts";
import { TEST_SECRET, useTestDatabase, withAdminDb } from "./helpers/db.ts";
import "./helpers/slow.ts";

const DB = new URL("../db/", import.meta.url);
const migrated = useTestDatabase();
let fromFilesUrl = "";

/** A file with its includes written out, as graphile-migrate does. */
async function compiled(file: string): Promise<string> {
  const source = await readFile(new URL(file, DB), "utf8");
  const lines = source.split("\n").map((line) => {
    const include = /^--! include (.+\.sql)$/.exec(line);
    return include ? compiled(include[1]!) : line;
  });
  return (await Promise.all(lines)).join("\n");
}

const CATALOG = `
  with ours as (select oid from pg_namespace where nspname in ('core', 'authz', 'private'))
  select 'column ' || format('%s.%s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
    pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)) as line
    from pg_attribute join pg_class c on c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace in (select oid from ours) and relkind = 'r' and attnum > 0 and not attisdropped
  union all select 'table ' || format('%s %s %s %s %s', oid::regclass, relrowsecurity, relforcerowsecurity, relacl, obj_description(oid, 'pg_class'))
    from pg_class where relnamespace in (select oid from ours) and relkind = 'r'
  union all select 'index ' || indexdef from pg_indexes where schemaname in ('core', 'private')
  union all select 'constraint ' || format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
    from pg_constraint where connamespace in (select oid from ours)
  union all select 'policy ' || format('%s', p) from pg_policies p where schemaname in ('core', 'private')
  union all select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
    where relnamespace in (select oid from ours) and not tgisinternal
  union all select 'function ' || format('%s %s %s %s', oid::regprocedure, pg_get_functiondef(oid), proacl, obj_description(oid, 'pg_proc'))
    from pg_proc where pronamespace in (select oid from ours) and prokind = 'f'
  union all select 'data ' || t::text from core.field_types t
  union all select 'data ' || t::text from private.expression_operators t
  union all select 'data ' || t::text from private.standard_objects t
  union all select 'data ' || t::text from private.standard_roles t
  union all select 'data ' || t::text from private.reserved_names t
  order by 1`;

const catalogOf = (adminUrl: string): Promise<string[]> =>
  withAdminDb(adminUrl, async (db) => (await db.query<{ line: string }>(CATALOG)).rows.map(({ line }) => line));

async function runFiles(): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl(fromFilesUrl) });
  await owner.connect();
  try {
    await owner.query(await compiled("schema.sql"));
  } finally {
    await owner.end();
  }
  // What src/migrate.ts does after the migrations.
  await withAdmin(fromFilesUrl, async (admin) => admin.query(await readFile(new URL("../db/leakproof.sql", import.meta.url), "utf8")));
}

beforeAll(async () => {
  fromFilesUrl = databaseUrl(migrated.adminUrl, `${new URL(migrated.adminUrl).pathname.slice(1)}_files`);
  await ensureReady(fromFilesUrl, TEST_SECRET);
  await runFiles();
});

afterAll(async () => {
  const admin = new pg.Client({ connectionString: databaseUrl(fromFilesUrl, "postgres") });
  await admin.connect();
  await admin.query(`drop database ${pg.escapeIdentifier(new URL(fromFilesUrl).pathname.slice(1))} with (force)`);
  await admin.end();
});

it("can make the same database from db/ as from the migrations", async () => {
  const fromFiles = await catalogOf(fromFilesUrl);
  expect(fromFiles.length).toBeGreaterThan(200);
  expect(fromFiles).toEqual(await catalogOf(migrated.adminUrl));
});

it("can run every file of db/ twice", async () => {
  const before = await catalogOf(fromFilesUrl);
  await runFiles();
  expect(await catalogOf(fromFilesUrl)).toEqual(before);
});
