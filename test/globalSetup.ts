/**
 * One PostgreSQL for all test files, with a template database that holds the
 * schema and the demo data. Its own, on a free port, in a temporary folder;
 * or the server of PG_DATABASE_URL, when that is set.
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../src/embeddedPostgres.ts";
import { databaseUrl, migrateDatabase } from "../src/migrate.ts";
import { seed } from "../src/seed.ts";

export const TEST_SECRET = "only for tests, 0123456789abcdef";

export default async function globalSetup(): Promise<void> {
  const suffix = `${process.pid}_${Date.now().toString(36)}`;
  let adminUrl = process.env["PG_DATABASE_URL"];
  if (!adminUrl) {
    const folder = await mkdtemp(join(tmpdir(), "relata-test-"));
    // An autovacuum would come at any time, and take locks, and let plans be others.
    const settings = ["fsync=off", "full_page_writes=off", "autovacuum=off"].flatMap((one) => ["-c", one]);
    const postgres = await startEmbeddedPostgres(folder, settings);
    Object.assign(globalThis, { relataTest: { postgres, folder } });
    adminUrl = postgres.url;
  }
  const templateUrl = databaseUrl(adminUrl, `relata_template_${suffix}`);
  await migrateDatabase(templateUrl, TEST_SECRET);
  await seed(templateUrl);
  Object.assign(process.env, { RELATA_TEST_TEMPLATE_URL: templateUrl, RELATA_TEST_SUFFIX: suffix });
}
