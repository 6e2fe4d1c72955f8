/** How much a request may ask for: what the configuration says, but where its workspace says otherwise (core.workspaces.limits). */
import type { Config } from "../config.ts";

export type Limits = {
  /** Fields inside fields. */
  depth: number;
  /** Fields of an operation, fragments written out. */
  fields: number;
  aliases: number;
  rootFields: number;
  /** Records that an operation may answer, were every page full. */
  rows: number;
  /** Records in one page; a workspace can only lower it. */
  pageSize: number;
  /** Records written by one mutation. */
  batchSize: number;
  bodyBytes: number;
  /** Of one statement; authz.claim sets it. */
  statementTimeoutMs: number;
};

export const limitsOf = (config: Config): Limits => ({
  depth: config.MAX_QUERY_DEPTH,
  fields: config.MAX_QUERY_FIELDS,
  aliases: config.MAX_QUERY_ALIASES,
  rootFields: config.MAX_ROOT_FIELDS,
  rows: config.MAX_QUERY_ROWS,
  pageSize: config.MAX_PAGE_SIZE,
  batchSize: config.MAX_BATCH_SIZE,
  bodyBytes: config.MAX_BODY_BYTES,
  statementTimeoutMs: config.PG_STATEMENT_TIMEOUT_MS,
});
