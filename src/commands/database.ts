/**
 * The database that a command works on: the one of PG_DATABASE_URL, or the embedded one
 * of RELATA_DATA_DIR, whether a Relata runs on it or not. Commands speak for a
 * workspace as whoever may change its data model, in one transaction.
 */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type pg from "pg";
import { fallbacksOf, readAppSecret } from "../appSecret.ts";
import { readConfig } from "../config.ts";
import { findEmbeddedPostgres, startEmbeddedPostgres } from "../embeddedPostgres.ts";
import { migrateDatabase, ownerUrl, withAdmin } from "../migrate.ts";

export type Workspace = { id: string; subdomain: string; schema_name: string };

/** Runs `work` with the administrator's address of the database; one that is not running is started for as long as that takes. */
export async function withDatabase<T>(work: (adminUrl: string) => Promise<T>): Promise<T> {
  const config = readConfig();
  if (config.PG_DATABASE_URL) return work(config.PG_DATABASE_URL);
  const folder = resolve(config.RELATA_DATA_DIR);
  const running = await findEmbeddedPostgres(folder);
  if (running) return work(running);
  if (!existsSync(join(folder, "postgres"))) throw new Error(`There is no database in ${folder}: npm start makes one.`);
  const postgres = await startEmbeddedPostgres(folder);
  try {
    await migrateDatabase(postgres.url, await readAppSecret(config), fallbacksOf(config));
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}

/** Runs `work` on a connection as relata_owner, whom policies bind; it has no workspace yet. */
export function withOwner<T>(work: (db: pg.Client) => Promise<T>): Promise<T> {
  return withDatabase((adminUrl) =>
    withAdmin(ownerUrl(adminUrl), async (db) => {
      const { rows } = await db.query<{ is_there: boolean }>("select to_regprocedure('private.drift(uuid)') is not null as is_there");
      if (!rows[0]!.is_there) throw new Error("This database is not up to date: start Relata on it first.");
      return work(db);
    }),
  );
}

/** The workspaces there are, or the one called so. */
export async function workspacesOf(db: pg.Client, subdomain?: string): Promise<Workspace[]> {
  const { rows } = await db.query<Workspace>("select * from private.workspaces() order by subdomain");
  if (subdomain === undefined) return rows;
  const found = rows.filter((workspace) => workspace.subdomain === subdomain);
  if (!found.length) throw new Error(`There is no workspace ${subdomain}. There are: ${rows.map((row) => row.subdomain).join(", ")}.`);
  return found;
}

/** Runs `work` in a transaction that speaks for `workspace`, and commits it; changes are told to be by whoever types. */
export async function speakingFor<T>(db: pg.Client, workspace: Workspace, work: () => Promise<T>): Promise<T> {
  await db.query("begin");
  try {
    await db.query(
      `select set_config('relata.workspace_id', $1, true), set_config('relata.permissions', '*', true),
              set_config('relata.actor_source', 'SYSTEM', true), set_config('relata.max_changes', '10000', true), set_config('relata.actor_name', $2, true),
              set_config('search_path', 'pg_catalog', true)`,
      [workspace.id, userInfo().username],
    );
    const answer = await work();
    await db.query("commit");
    return answer;
  } catch (error) {
    await db.query("rollback").catch(() => {}); // lost: the error is that
    throw error;
  }
}
