/**
 * The one gate between Grafast and PostgreSQL. Every statement of a request goes
 * out behind a claim (authz.claim), which decides who is asking, as what role,
 * and in which workspace; without a claim nothing goes out at all.
 */
import { createHash } from "node:crypto";
import type { WithPgClient } from "@dataplan/pg";
import type { Pool } from "pg";
import { RelataError } from "./errors.ts";
import { Lru } from "./lru.ts";
import { PgTransaction, type Statement, type StatementResult } from "./pgTransaction.ts";

/** On whose behalf a request runs, and what it learned on the way. */
export type Claim = {
  userId: string;
  workspaceId: string;
  /** Of the workspace; names prepared statements, so that each keeps its plan. */
  schemaName: string;
  /** The metadata version that the request was planned with. */
  plannedVersion: number;
  /** The metadata version that the database told, once it was asked. */
  seenVersion?: number;
  /** Whether the operation is a mutation, and whether one of its statements has been committed. */
  isMutation?: boolean;
  hasWritten?: boolean;
};

// Becoming the role and entering the schema must happen outside of the definer
// function, which may not change roles.
const CLAIM = `select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true),
  c.metadata_version from authz.claim($1, $2, $3) c`;

const isClaim = (settings: unknown): settings is Claim => {
  const { userId, workspaceId, schemaName, plannedVersion } = (settings ?? {}) as Partial<Claim>;
  return Boolean(userId && workspaceId && schemaName) && typeof plannedVersion === "number";
};

const names = new Lru<string, string>(1000);

/** A statement's name by its text. Grafast names reads, by a hash too long for PostgreSQL's 63 bytes, and leaves writes nameless. */
function statementName({ schemaName }: Claim, name: string | undefined, text: string): string {
  let hash = name ?? names.get(text);
  if (!hash) names.set(text, (hash = createHash("sha256").update(text).digest("base64url")));
  return `${hash.slice(0, 24)}.${schemaName.slice(-12)}`;
}

/** Runs `statements` in one transaction and one round trip, on one connection. */
export function runTransaction(pool: Pool, statements: readonly Statement[]): Promise<StatementResult[]> {
  return new Promise((resolve, reject) => {
    pool.connect((connectError, client, release) => {
      // Every connection is in use, or none can be made.
      if (connectError || !client) return reject(new RelataError("UNAVAILABLE", undefined, { cause: connectError }));
      client.query(
        new PgTransaction(statements, (error, results) => {
          release();
          if (error) reject(error);
          else resolve(results);
        }) as never,
      );
    });
  });
}

/** Runs `statements` behind `claim`; answers their results, and notes the version seen in the claim. */
export async function runClaimed(pool: Pool, claim: unknown, statements: readonly Statement[]): Promise<StatementResult[]> {
  if (!isClaim(claim)) throw new Error("A statement without a claim was refused.");
  const guard: Statement = { name: "relata.claim", text: CLAIM, values: [claim.userId, claim.workspaceId, claim.plannedVersion] };
  const [made, ...results] = await runTransaction(pool, [guard, ...statements]);
  claim.seenVersion = Number(made!.rows[0]![2]);
  if (claim.isMutation && statements.length) claim.hasWritten = true;
  return results;
}

/** Lets Grafast run its steps on `pool`; its `pgSettings` must be a Claim. */
export function makeWithPgClient(pool: Pool): WithPgClient {
  const withPgClient: WithPgClient = async (pgSettings, callback) => {
    const claim = pgSettings as unknown as Claim;
    const client = {
      rawClient: undefined,
      async query(options: { text: string; values?: readonly unknown[]; name?: string }) {
        const { text, values = [], name } = options;
        const statement = { text, values, name: statementName(claim, name, text) };
        const [result] = await runClaimed(pool, claim, [statement]);
        return { ...result!, notices: [] };
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
