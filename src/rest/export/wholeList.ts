/**
 * Runs the operation of a list, and keeps the statement of its plan for itself. Where the plan does nothing with a row but show
 * its columns, the operation ends with an empty list, and the rows come from `flow`, behind the same claim. Where it does more, as
 * for records with others inside, the operation is to be run again and again, and finds more rows each time, until `isOver`.
 */
import type { Pool, PoolClient } from "pg";
import { RelataError } from "../../errors.ts";
import type { Through } from "../../graphqlServer.ts";
import { type Claim, type Gate, noteClaim } from "../../pgAdaptor.ts";
import type { Statement, StatementResult } from "../../pgTransaction.ts";
import { Chunks } from "./chunks.ts";
import type { OperationPlan } from "./planColumns.ts";
import { RowStream, type Rows } from "./rowStream.ts";
import { BEGIN, COMMIT, settings, unnamed } from "./statements.ts";
import { type Value, valuesOf } from "./values.ts";

/** How long it may take, how many rows at most, and how many at once where the plan runs for them. */
export type Bounds = { timeoutMs: number; maxRows: number; rowsAtOnce: number };

const OURS = 3;
const NO_ROWS = { rows: [], rowCount: 0 };

type Next = (event: object) => unknown;
export class WholeList implements Through {
  readonly #pool: Pool;
  readonly #bounds: Bounds;
  #plan: OperationPlan | undefined;
  #client: PoolClient | undefined;
  #stream: RowStream | undefined;
  #chunks: Chunks | undefined;
  #seenVersion: number | undefined;
  #onOpen: () => void;
  #isAborted = false;

  /** `onOpen`: called when the schema that the operation was planned on has proven right. */
  constructor(pool: Pool, bounds: Bounds, onOpen: () => void) {
    this.#pool = pool;
    this.#bounds = bounds;
    this.#onOpen = onOpen;
  }

  readonly middleware = {
    run: (_name: string, event: object, next: Next) => next(event),
    runSync: (name: string, event: object, next: Next) => {
      const made = next(event);
      if (name === "establishOperationPlan") this.#plan = made as OperationPlan;
      return made;
    },
  };

  readonly gate: Gate = (claim, statements) => {
    const [statement] = statements;
    if (!statement) return undefined;
    if (this.#chunks) return this.#more(claim, statements);
    return this.values ? this.#openStream(claim, statement).then(() => [NO_ROWS]) : this.#openChunks(claim, statements);
  };

  /** What each record is made of; undefined when only the plan itself can tell. */
  get values(): Value[] | undefined {
    return (this.#plan && valuesOf(this.#plan)) ?? undefined;
  }

  /** Whether the operation has found all rows. */
  get isOver(): boolean {
    return this.#chunks?.isOver ?? true;
  }

  async #connect(): Promise<PoolClient> {
    this.#client = await this.#pool.connect().catch((cause) => {
      throw new RelataError("UNAVAILABLE", undefined, { cause });
    });
    if (this.#isAborted) throw new RelataError("UNAVAILABLE");
    return this.#client;
  }

  #note(claim: Claim, made: StatementResult): void {
    noteClaim(claim, made);
    this.#seenVersion = claim.seenVersion;
    this.#onOpen();
  }

  /** Begins to read: until the first row is there, or there is none. */
  async #openStream(claim: Claim, { text, values }: Statement): Promise<void> {
    const { timeoutMs, maxRows } = this.#bounds;
    try {
      const client = await this.#connect();
      const statements = [BEGIN, unnamed(claim), settings(timeoutMs), { text, values, maxRows }, COMMIT];
      const stream = new RowStream(statements, OURS, timeoutMs);
      this.#stream = stream;
      client.query(stream as never);
      this.#note(claim, (await stream.begun)[1]!);
    } catch (error) {
      throw this.#letGo(error as Error);
    }
  }

  async #openChunks(claim: Claim, statements: readonly Statement[]): Promise<StatementResult[]> {
    try {
      const chunks = new Chunks(await this.#connect(), this.#bounds);
      const results = await chunks.run([BEGIN, unnamed(claim), settings(this.#bounds.timeoutMs)]);
      const found = await chunks.answer(statements);
      this.#note(claim, results[1]!);
      this.#chunks = chunks;
      return found;
    } catch (error) {
      throw this.#letGo(error as Error);
    }
  }

  #more(claim: Claim, statements: readonly Statement[]): Promise<StatementResult[]> {
    claim.seenVersion = this.#seenVersion!;
    return this.#chunks!.answer(statements);
  }

  /** Ends a transaction that was read by way of the operation. */
  async close(): Promise<void> {
    try {
      await this.#chunks?.run([COMMIT]);
    } catch (error) {
      throw this.#letGo(error as Error);
    }
    this.#release();
  }

  /** Gives all rows to `rows`, and the connection back when they were there, or when something went wrong. */
  async flow(rows: Rows): Promise<void> {
    const stream = this.#stream;
    if (!stream) return; // of a page of none
    stream.flow(rows);
    try {
      await stream.done;
      // What came with the last rows may have ended it first.
      if (this.#isAborted) throw new RelataError("UNAVAILABLE");
    } catch (error) {
      throw this.#letGo(error as Error);
    }
    this.#release();
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** Ends everything at once, whoever waits for it. */
  abort(): void {
    this.#isAborted = true;
    if (this.#client) RowStream.abort(this.#client);
  }

  /** Gives the connection back, whatever became of it. */
  fail(error: Error): void {
    this.#letGo(error);
  }

  /** Behind an error the connection may be used again when PostgreSQL said so, and nobody may cancel what follows. */
  #letGo(error: Error): Error {
    const client = this.#client;
    if (!client) return error;
    this.#client = undefined;
    if (this.#isAborted || !("severity" in error)) {
      RowStream.abort(client);
      client.release(true);
    } else
      client.query("rollback").then(
        () => client.release(),
        () => client.release(true),
      );
    return error;
  }

  #release(): void {
    this.#client?.release(this.#isAborted);
    this.#client = undefined;
  }
}
