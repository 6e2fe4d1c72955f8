/**
 * A transaction that stays open for a whole operation: what its steps ask for runs in
 * it, one after the other, until it is committed or rolled back. For @transaction,
 * Idempotency-Key and explain; all else goes out as one round trip a statement
 * (src/pgAdaptor.ts).
 */
import type { Pool, PoolClient } from "pg";
import { RelataError } from "./errors.ts";
import { PgTransaction, type Statement, type StatementResult } from "./pgTransaction.ts";

export type TransactionOptions = {
  /** Whether what fails takes only itself back: each batch of statements has a savepoint. */
  isPatient?: boolean;
  statementTimeoutMs?: number | undefined;
  /** Runs before each statement that is not ours, in the transaction; what it does is taken back. */
  rehearse?: (statement: Statement, send: (statement: Statement) => Promise<StatementResult>) => Promise<void>;
};

const sql = (text: string): Statement => ({ text, values: [] });
const SAVE = sql("savepoint operation");
const TAKE_BACK = sql("rollback to savepoint operation");
const KEEP = sql("release savepoint operation");

function send(client: PoolClient, statements: readonly Statement[], timeoutMs?: number): Promise<StatementResult[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, results: StatementResult[]) => (error ? reject(error) : resolve(results));
    client.query(new PgTransaction(statements, done, timeoutMs) as never);
  });
}

export class OpenTransaction {
  readonly #client: PoolClient;
  readonly #options: TransactionOptions;
  /** What was asked for first runs first, to its end. */
  #tail: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #isOver = false;

  private constructor(client: PoolClient, options: TransactionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Begins, and runs `opening` in the same round trip; answers its results. UNAVAILABLE when no connection is free. */
  static async open(
    pool: Pool,
    opening: readonly Statement[],
    options: TransactionOptions = {},
  ): Promise<{ transaction: OpenTransaction; results: StatementResult[] }> {
    const client = await pool.connect().catch((cause) => {
      throw new RelataError("UNAVAILABLE", undefined, { cause });
    });
    const transaction = new OpenTransaction(client, options);
    try {
      const [, ...results] = await send(client, [sql("begin"), ...opening]);
      return { transaction, results };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** Runs `statements`: all or, when the transaction is patient, none of them. Behind one that failed, the same error. */
  run(statements: readonly Statement[]): Promise<StatementResult[]> {
    const result = this.#tail.then(() => this.#run(statements));
    this.#tail = result.catch(() => {});
    return result;
  }

  async #run(statements: readonly Statement[]): Promise<StatementResult[]> {
    if (this.#failure) throw this.#failure;
    for (const statement of this.#options.rehearse ? statements : []) await this.#rehearse(statement);
    try {
      const { isPatient, statementTimeoutMs } = this.#options;
      if (!isPatient) return await send(this.#client, statements, statementTimeoutMs);
      const [, ...results] = await send(this.#client, [SAVE, ...statements, KEEP], statementTimeoutMs);
      return results.slice(0, -1);
    } catch (error) {
      if (!this.#options.isPatient) this.#failure = error as Error;
      else await send(this.#client, [TAKE_BACK]).catch(() => void (this.#failure = error as Error));
      throw error;
    }
  }

  /** What fails here fails again when it is in earnest, and is told then. */
  async #rehearse(statement: Statement): Promise<void> {
    await send(this.#client, [SAVE]);
    const one = async (asked: Statement) => (await send(this.#client, [asked], this.#options.statementTimeoutMs))[0]!;
    await this.#options.rehearse!(statement, one).catch(() => {});
    await send(this.#client, [TAKE_BACK, KEEP]);
  }

  /** Runs `closing` and commits, in one round trip. When this fails, nothing says whether all or nothing was written. */
  async commit(closing: readonly Statement[] = []): Promise<void> {
    await this.#tail;
    try {
      await send(this.#client, [...closing, sql("commit")]);
      this.#isOver = true;
      this.#client.release();
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
      await send(this.#client, [sql("rollback")]);
      this.#client.release();
    } catch {
      this.#client.release(true); // what has fallen silent is not used again
    }
  }
}
