/**
 * The one gate between Grafast and PostgreSQL. Every statement of a request goes
 * out behind a claim (authz.claim), which decides who is asking, as what role,
 * and in which workspace; without a claim nothing goes out at all.
 */
import { createHash } from "node:crypto";
import type { PgExecutor, WithPgClient } from "@dataplan/pg";
import type { Pool } from "pg";
import { RelataError, sqlstateOf } from "./errors.ts";
import { Lru } from "./lru.ts";
import type { OpenTransaction } from "./openTransaction.ts";
import { PgTransaction, type Statement, type StatementResult } from "./pgTransaction.ts";
import type { Replica } from "./replica.ts";
import { connectInTurn } from "./turns.ts";

/** On whose behalf a request runs, and what it learned on the way. */
export type Claim = {
  userId: string;
  workspaceId: string;
  /** By which sign-in, if by one. */
  sessionId?: string | undefined;
  /** Of the workspace; names prepared statements, so that each keeps its plan. */
  schemaName: string;
  /** Whether rules of rows decide what the caller sees: a plan that suits others does not suit him (decision 0013). */
  plansAlone?: boolean;
  /** The metadata version that the request was planned with. */
  plannedVersion: number;
  /** How long a statement may run here; the claim tells PostgreSQL, and this the connection. */
  statementTimeoutMs?: number;
  /** The metadata version that the database told, once it was asked. */
  seenVersion?: number;
  /** Whether the operation is a mutation, and whether one of its statements has been committed. */
  isMutation?: boolean;
  hasWritten?: boolean;
  /** What changes of the data model would have done (`plan: true`); told under `extensions.plan`. */
  plans?: unknown[];
  /** The records that upserts have created; told under `extensions.created`. */
  created?: string[];
  /** Whether the answer holds a secret, which no Idempotency-Key may keep. */
  isSecret?: boolean;
  /** The transaction that the whole operation is, if it is one. */
  transaction?: OpenTransaction | undefined;
  /** The standby that a query is read from. */
  replica?: Replica | undefined;
  /** Takes the statements of an operation that is read as it comes (src/rest/export); undefined for what it leaves to us. */
  gate?: Gate | undefined;
};

export type Gate = (claim: Claim, statements: readonly Statement[]) => Promise<StatementResult[]> | undefined;

/** A statement that goes before another, in its transaction, and fails when that may not run; and what is then told. */
export type Guard = { statement: Statement; toError(error: unknown): unknown };

// Becoming the role and entering the schema must happen outside of the definer
// function, which may not change roles.
const CLAIM = `select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true),
  c.metadata_version from authz.claim($1, $2, $3, $4) c`;

/** Fails, and so does the transaction. */
const TAKE_BACK: Statement = { name: "relata.take_back", text: "select authz.require_each(1, 0)", values: [] };

function assertClaim(settings: unknown): asserts settings is Claim {
  const { userId, workspaceId, schemaName, plannedVersion } = (settings ?? {}) as Partial<Claim>;
  if (userId && workspaceId && schemaName && typeof plannedVersion === "number") return;
  throw new Error("A statement without a claim was refused.");
}

/** What node-postgres says when nothing came within `query_timeout`. */
const READ_TIMEOUT = "Query read timeout";

const names = new Lru<string, string>(1000);

/** A statement's name by its text. Grafast names reads, by a hash too long for PostgreSQL's 63 bytes, and leaves writes nameless. */
function statementName({ schemaName, plansAlone, userId }: Claim, name: string | undefined, text: string): string {
  let hash = name ?? names.get(text);
  if (!hash) names.set(text, (hash = createHash("sha256").update(text).digest("base64url")));
  return `${hash.slice(0, 24)}.${schemaName.slice(-12)}${plansAlone ? `.${userId.slice(-12)}` : ""}`;
}

/** Runs `statements` in one transaction and one round trip, on one connection: when it is `workspaceId`'s turn, if for one. */
export function runTransaction(
  pool: Pool,
  statements: readonly Statement[],
  statementTimeoutMs?: number,
  workspaceId?: string,
): Promise<StatementResult[]> {
  return new Promise((resolve, reject) => {
    connectInTurn(pool, workspaceId, (connectError, client, release) => {
      // Every connection is in use, or none can be made.
      if (connectError || !client) return reject(new RelataError("UNAVAILABLE", undefined, { cause: connectError }));
      const done = (error: Error | null, results: StatementResult[]) => {
        release(error?.message === READ_TIMEOUT); // what has fallen silent is not used again
        if (error) reject(error);
        else resolve(results);
      };
      client.query(new PgTransaction(statements, done, statementTimeoutMs) as never);
    });
  });
}

/** The statement that makes a transaction the claim's; what it answers is for `noteClaim`. */
export const claimStatement = ({ userId, workspaceId, plannedVersion, sessionId }: Claim): Statement => ({
  name: "relata.claim",
  text: CLAIM,
  values: [userId, workspaceId, plannedVersion, sessionId],
});

export function noteClaim(claim: Claim, made: StatementResult): void {
  claim.seenVersion = Number(made.rows[0]![2]);
}

/** Runs `statements` behind `claim`; answers their results, and notes the version seen in the claim. */
export async function runClaimed(pool: Pool, claim: unknown, statements: readonly Statement[]): Promise<StatementResult[]> {
  assertClaim(claim);
  if (claim.transaction) return claim.transaction.run(statements);
  const gated = claim.gate?.(claim, statements);
  if (gated) return gated;
  const behindClaim = [claimStatement(claim), ...statements];
  const wanted = claim.replica && { schemaVersion: claim.plannedVersion, statementTimeoutMs: claim.statementTimeoutMs };
  const read = wanted && (await claim.replica!.run(behindClaim, wanted));
  const [made, ...results] = read ?? (await runTransaction(pool, behindClaim, claim.statementTimeoutMs, claim.workspaceId));
  noteClaim(claim, made!);
  if (claim.isMutation && statements.length) claim.hasWritten = true;
  return results;
}

/** Runs one statement behind `claim`, and behind `guard` if it has one, prepared under a name of its text. */
async function runStatement(
  pool: Pool,
  claim: unknown,
  text: string,
  values: readonly unknown[],
  name?: string,
  guard?: Guard,
): Promise<StatementResult> {
  assertClaim(claim);
  const statement = { text, values, name: statementName(claim, name, text) };
  if (!guard) return (await runClaimed(pool, claim, [statement]))[0]!;
  const first = { ...guard.statement, name: statementName(claim, undefined, guard.statement.text) };
  const results = await runClaimed(pool, claim, [first, statement]).catch((error) => {
    throw guard.toError(error);
  });
  return results[1]!;
}

/** A statement of a plugin's, what guards it, and settings for it alone, such as a shorter timeout. */
type Asking = { text: string; values?: readonly unknown[]; name?: string; guard?: Guard; settings?: Record<string, string> };
const SET = "select set_config(key, value, true) from json_each_text($1)";

/** Lets the steps of plugins run statements of their own on `pool`; their `pgSettings` is the request's Claim. */
export function makeWithPgClient(pool: Pool): WithPgClient {
  const withPgClient: WithPgClient = async (pgSettings: unknown, callback) => {
    const client = {
      rawClient: undefined,
      async query({ text, values = [], name, guard, settings }: Asking) {
        if (!settings) return { ...(await runStatement(pool, pgSettings, text, values, name, guard)), notices: [] };
        assertClaim(pgSettings);
        const set = { text: SET, values: [JSON.stringify(settings)], name: "relata.set" };
        const [, result] = await runClaimed(pool, pgSettings, [set, { text, values, name: statementName(pgSettings, name, text) }]);
        return { ...result!, notices: [] };
      },
      /** What a statement would fail with; it is taken back. In the operation's transaction, or else in one of its own. */
      async attempt({ text, values = [] }: { text: string; values?: readonly unknown[] }) {
        assertClaim(pgSettings);
        const statement = { text, values, name: statementName(pgSettings, undefined, text) };
        if (pgSettings.transaction) return pgSettings.transaction.attempt([statement]).catch((thrown: unknown) => thrown);
        const claim: Claim = { ...pgSettings, isMutation: false };
        const error = await runClaimed(pool, claim, [statement, TAKE_BACK]).catch((thrown: { code?: string }) => thrown);
        return (error as { code?: string }).code === sqlstateOf("NOT_FOUND") ? undefined : error;
      },
      withTransaction() {
        throw new Error("Relata sends the whole of a transaction at once: see runClaimed.");
      },
    };
    return callback(client as never);
  };
  withPgClient.release = () => {};
  return withPgClient;
}

type Row = (string | null)[];
/** What a step asks for: once for each value of a batch, all of one request. */
type Asked = { context: { pgSettings: unknown }; queryValues: readonly unknown[] };
type AskedStatement = { text: string; rawSqlValues: readonly unknown[]; identifierIndex?: number | null; name?: string };

/** The rows of each value: the statement gets the values as a JSON list and says in each row which one it is of. */
function byValue(rows: Row[], identifierIndex: number, count: number): Row[][] {
  const groups: Row[][] = Array.from({ length: count }, () => []);
  for (const row of rows) groups[Number(row[identifierIndex])]!.push(row);
  return groups;
}

/**
 * Makes `executor` run its statements on `pool`, straight behind the claim that the request carries as `pgSettings`.
 * The stock one also caches results for a request by the text and values of each statement; Grafast has made one step
 * of equal ones already, so that is cost only.
 */
export function runBehindClaims(executor: PgExecutor, pool: Pool): void {
  const execute = async (asked: readonly Asked[], { text, rawSqlValues, identifierIndex, name }: AskedStatement) => {
    const claim = asked[0]!.context.pgSettings;
    if (identifierIndex == null) {
      const { rows } = await runStatement(pool, claim, text, rawSqlValues, name);
      return { values: asked.map(() => rows) };
    }
    // Equal values are asked for once.
    const indexes = new Map<string, number>();
    const indexOf = asked.map(({ queryValues }) => {
      const json = JSON.stringify(queryValues);
      if (!indexes.has(json)) indexes.set(json, indexes.size);
      return indexes.get(json)!;
    });
    const { rows } = await runStatement(pool, claim, text, [...rawSqlValues, `[${[...indexes.keys()].join(",")}]`], name);
    const groups = byValue(rows, identifierIndex, indexes.size);
    return { values: indexOf.map((index) => groups[index]!) };
  };
  const executeMutation = async ({ context, text, values }: { context: Asked["context"]; text: string; values?: readonly unknown[] }) => ({
    ...(await runStatement(pool, context.pgSettings, text, values ?? [])),
    notices: [],
  });
  Object.assign(executor, { executeWithCache: execute, executeWithoutCache: execute, executeMutation });
}
