/**
 * `npm run db:*`: work on the database's migrations, each on a PostgreSQL of its own.
 *
 *   db:reset            forget the embedded database; the next start makes it anew
 *   db:commit -- -m …   freeze migrations/current.sql into migrations/committed/
 *   db:watch            apply migrations/current.sql to the embedded database, now and as it changes
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { commit, watch } from "graphile-migrate";
import { readAppSecret } from "../appSecret.ts";
import { readConfig } from "../config.ts";
import { removeEmbeddedPostgres, startEmbeddedPostgres } from "../embeddedPostgres.ts";
import { clearMigratePools, databaseUrl, MIGRATIONS_FOLDER, migrateDatabase, ownerUrl } from "../migrate.ts";

const FAST = ["-c", "fsync=off"];

export async function reset(): Promise<number> {
  const folder = resolve(readConfig().RELATA_DATA_DIR);
  await removeEmbeddedPostgres(folder);
  process.stdout.write(`The database in ${folder} is gone.\n`);
  return 0;
}

export async function commitCurrent(args: string[]): Promise<number> {
  const { message } = parseArgs({ args, options: { message: { type: "string", short: "m" } } }).values;
  const folder = await mkdtemp(join(tmpdir(), "relata-commit-"));
  const postgres = await startEmbeddedPostgres(folder, FAST);
  try {
    await migrateDatabase(postgres.url, "commit");
    await commit(
      {
        connectionString: ownerUrl(postgres.url),
        shadowConnectionString: ownerUrl(databaseUrl(postgres.url, "shadow")),
        rootConnectionString: databaseUrl(postgres.url, "postgres"),
        databaseOwner: "relata_owner",
        migrationsFolder: MIGRATIONS_FOLDER,
      },
      message,
    );
    return 0;
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function watchCurrent(): Promise<number> {
  const config = readConfig();
  const postgres = await startEmbeddedPostgres(config.RELATA_DATA_DIR);
  let stopping: Promise<never> | undefined;
  const stop = async (): Promise<never> => {
    // The library exits when one of its connections is lost: that must not end us before PostgreSQL has ended.
    const exit = process.exit;
    process.exit = (() => undefined) as never;
    process.on("uncaughtException", () => {});
    clearMigratePools();
    await postgres.stop();
    return exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void (stopping ??= stop()));
  try {
    await migrateDatabase(postgres.url, await readAppSecret(config));
    await watch({ connectionString: ownerUrl(postgres.url), migrationsFolder: MIGRATIONS_FOLDER });
    return 0;
  } catch (error) {
    await (stopping ?? postgres.stop());
    throw error;
  }
}
