/** Repositories in the tests' own process, on a database of the test file's. */
import type pg from "pg";
import { readConfig } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { makeServerPool } from "../../src/pools.ts";
import type { Workspaces } from "../../src/repositories/workspaces.ts";
import { makeRecordsApi } from "../../src/server.ts";
import { TEST_SECRET, useTestDatabase } from "./db.ts";
import { adminQuery } from "./server.ts";

type Inside = {
  workspaces: Workspaces;
  adminUrl: string;
  /** How many statements went to the database so far; a claim is none. */
  statements: () => number;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[], workspace?: string): Promise<Row[]>;
};

/** What opens workspaces, on a database with the demo data; `env` is the configuration's. */
export function useWorkspaces(env: Record<string, string> = {}): Inside {
  const database = useTestDatabase();
  const inside = { adminUrl: "" } as Inside;
  let end = async (): Promise<void> => {};
  let count = 0;
  beforeAll(async () => {
    const config = readConfig({ PG_DATABASE_URL: database.adminUrl, APP_SECRET: TEST_SECRET, NODE_ENV: "test", ...env });
    const log = makeLog("error", false);
    const pool = makeServerPool(database.adminUrl, TEST_SECRET, config, log);
    pool.on("acquire", () => count++);
    const api = makeRecordsApi(config, pool, log);
    end = async () => {
      await api.graphqlServer.release();
      await pool.end();
    };
    Object.assign(inside, {
      workspaces: api.workspaces,
      adminUrl: database.adminUrl,
      statements: () => count,
      sql: (text: string, values?: unknown[], workspace?: string) => adminQuery(database.adminUrl, text, values, workspace),
    });
  });
  afterAll(() => end());
  return inside;
}
