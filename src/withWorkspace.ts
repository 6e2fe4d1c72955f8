/**
 * A workspace's records for scripts, on the database that commands work on:
 *
 *   await withWorkspace("acme", async (workspaceDataSource) => {
 *     const companyRepository = workspaceDataSource.getRepository("company");
 *     …
 *   });
 */
import "./graphileEnv.ts";
import { readAppSecret } from "./appSecret.ts";
import { withDatabase } from "./commands/database.ts";
import { readConfig } from "./config.ts";
import { makeLog } from "./log.ts";
import { makeServerPool } from "./pools.ts";
import type { AnyModel, Model } from "./repositories/types.ts";
import type { WorkspaceDataSource } from "./repositories/workspaces.ts";
import { makeRecordsApi } from "./server.ts";

export type { WorkspaceDataSource };

/** Runs `work` with what opens workspaces, and lets go of the database behind it. */
export async function withRecordsApi<T>(work: (api: ReturnType<typeof makeRecordsApi>) => Promise<T>): Promise<T> {
  const config = readConfig();
  const log = makeLog(config.LOG_LEVEL, config.NODE_ENV === "production");
  return withDatabase(async (adminUrl) => {
    const pool = makeServerPool(adminUrl, await readAppSecret(config), config, log);
    const api = makeRecordsApi(config, pool, log);
    try {
      return await work(api);
    } finally {
      await api.graphqlServer.release();
      await pool.end();
    }
  });
}

/** Runs `work` with the workspace of this subdomain, as the member with the address `as`, or else as the machine. */
export const withWorkspace = <M extends Model = AnyModel, T = void>(
  workspace: string,
  work: (workspaceDataSource: WorkspaceDataSource<M>) => Promise<T>,
  options: { as?: string } = {},
): Promise<T> => withRecordsApi(async ({ workspaces }) => work(await workspaces.open<M>(workspace, options)));
