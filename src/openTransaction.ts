/**
 * A transaction that stays open for a whole operation: what its steps ask for runs in
 * it, one after the other, until it is committed or rolled back. For @transaction,
 * Idempotency-Key and explain; all else goes out as one round trip a statement
 * (src/pgAdaptor.ts).
 */
import type { Pool, PoolClient } from "pg";
import { RelataError } from "./errors.ts";
import { PgTransaction, type Statement, type StatementResult } from "./pgTransaction.ts";
import { connectInTurn } from "./turns.ts";

export type TransactionOptions = {
  /** Whether others may run behind one that failed. */
  isPatient?: boolean;
  statementTimeoutMs?: number | undefined;
  /** Runs before each statement that is not ours, in the transaction; what it does is taken back. */
  rehearse?: (statement: Statement, send: (statement: Statement) => Promise<StatementResult>) => Promise<void>;
  /** For whom it is, so that others have their turn too. */
  workspaceId?: string;
};

/** A connection, when it is the workspace's turn, and what gives it back. */
type Held = { client: PoolClient; release: (destroy?: boolean) => void };

const hold = (pool: Pool, workspaceId: string | undefined): Promise<Held> =>
  new Promise((resolve, reject) => {
    connectInTurn(pool, workspaceId, (cause, client, release) => {
      if (client) resolve({ client, release });
      else reject(new RelataError("UNAVAILABLE", undefined, { cause }));
    });
  });

const sql = (text: string): Statement => ({ text, values: [] });
const SAVE = sql("savepoint operation");
const TAKE_BACK = sql("rollback to savepoint operation");
const KEEP = sql("release savepoint operation");
const UNDO = [TAKE_BACK, KEEP];

function send(client: PoolClient, statements: readonly Statement[], timeoutMs?: number): Promise<StatementResult[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, results: StatementResult[]) => (error ? reject(error) : resolve(results));
    client.query(new PgTransaction(statements, done, timeoutMs) as never);
  });
}

export class OpenTransaction {
  readonly #client: PoolClient;
  readonly #release: Held["release"];
  readonly #options: TransactionOptions;
  /** What was asked for first runs first, to its end. */
  #tail: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  /** Why the connection is no good any more. */
  #loss: Error | undefined;
  #isOver = false;

  private constructor({ client, release }: Held, options: TransactionOptions) {
    this.#client = client;
    this.#release = release;
    this.#options = options;
  }

  /** Begins, and runs `opening` in the same round trip; answers its results. UNAVAILABLE when no connection is free. */
  static async open(
    pool: Pool,
    opening: readonly Statement[],
    options: TransactionOptions = {},
  ): Promise<{ transaction: OpenTransaction; results: StatementResult[] }> {
    const held = await hold(pool, options.workspaceId);
    const transaction = new OpenTransaction(held, options);
    try {
      const [, ...results] = await send(held.client, [sql("begin"), ...opening]);
      return { transaction, results };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** Runs `statements`: all, or none of them. Behind one that failed, when the transaction is not patient, the same error. */
  run(statements: readonly Statement[]): Promise<StatementResult[]> {
    return this.#inTurn(() => this.#run(statements));
  }

  /** Tells by an error what `statements` fail with, and takes them back; also when the transaction has failed already. */
  attempt(statements: readonly Statement[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#loss) throw this.#loss;
      await this.#saved(statements, UNDO);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }

  async #run(statements: readonly Statement[]): Promise<StatementResult[]> {
    const failure = this.#failure ?? this.#loss;
    if (failure) throw failure;
    for (const statement of this.#options.rehearse ? statements : []) await this.#rehearse(statement);
    try {
      return await this.#saved(statements, [KEEP]);
    } catch (error) {
      if (!this.#options.isPatient) this.#failure = error as Error;
      throw error;
    }
  }

  /** Runs `statements` in a savepoint, and then `end`, in one round trip. What fails takes only itself back. */
  async #saved(statements: readonly Statement[], end: readonly Statement[]): Promise<StatementResult[]> {
    try {
      const [, ...results] = await send(this.#client, [SAVE, ...statements, ...end], this.#options.statementTimeoutMs);
      return results.slice(0, statements.length);
    } catch (error) {
      // Only what PostgreSQL itself says leaves a connection to go on with.
      if (!("severity" in (error as object))) this.#loss = error as Error;
      else await send(this.#client, UNDO).catch((loss) => void (this.#loss = loss as Error));
      throw error;
    }
  }

  /** What fails here fails again when it is in earnest, and is told then. */
  async #rehearse(statement: Statement): Promise<void> {
    await send(this.#client, [SAVE]);
    const one = async (asked: Statement) => (await send(this.#client, [asked], this.#options.statementTimeoutMs))[0]!;
    await this.#options.rehearse!(statement, one).catch(() => {});
    await send(this.#client, UNDO);
  }

  /** Runs `closing` and commits, in one round trip. When this fails, nothing says whether all or nothing was written. */
  async commit(closing: readonly Statement[] = []): Promise<void> {
    await this.#tail;
    try {
      if (this.#loss) throw this.#loss;
      await send(this.#client, [...closing, sql("commit")]);
      this.#isOver = true;
      this.#release();
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** Nothing, when it is over already. */
  async rollback(): Promise<void> {
    await this.#tail;
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      if (this.#loss) throw this.#loss;
      await send(this.#client, [sql("rollback")]);
      this.#release();
    } catch {
      this.#release(true); // what has fallen silent is not used again
    }
  }
}
