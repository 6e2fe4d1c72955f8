/** Takes away what globalSetup made. */
import { rm } from "node:fs/promises";
import pg from "pg";
import type { EmbeddedPostgres } from "../src/embeddedPostgres.ts";
import { databaseUrl } from "../src/migrate.ts";

export default async function globalTeardown(): Promise<void> {
  const { relataTest } = globalThis as { relataTest?: { postgres: EmbeddedPostgres; folder: string } };
  if (relataTest) {
    await relataTest.postgres.stop();
    await rm(relataTest.folder, { recursive: true, force: true });
    return;
  }
  const templateUrl = process.env["RELATA_TEST_TEMPLATE_URL"]!;
  const admin = new pg.Client({ connectionString: databaseUrl(templateUrl, "postgres") });
  await admin.connect();
  await admin.query(`drop database if exists ${pg.escapeIdentifier(new URL(templateUrl).pathname.slice(1))} with (force)`);
  await admin.end();
}
