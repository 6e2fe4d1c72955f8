/** What stands around the statement of an export. */
import { type Claim, claimStatement } from "../../pgAdaptor.ts";
import type { Statement } from "../../pgTransaction.ts";

export const BEGIN: Statement = { text: "begin isolation level repeatable read, read only", values: [] };
export const COMMIT: Statement = { text: "commit", values: [] };

export const settings = (timeoutMs: number): Statement => ({
  text: "select set_config('statement_timeout', $1, true)",
  values: [timeoutMs],
});

/** Each connection is used now and then, and may lead anywhere: nothing is prepared on it. */
export const unnamed = (claim: Claim): Statement => ({ ...claimStatement(claim), name: undefined });
