/**
 * Runs the operation of a list, and keeps the statement of its plan for itself: the operation ends with an empty list, and
 * the rows come from `flow`, behind the same claim. Between them stands nothing but the plan's own columns.
 */
import type { Pool, PoolClient } from "pg";
import { RelataError } from "../../errors.ts";
import type { Through } from "../../graphqlServer.ts";
import { type Claim, claimStatement, type Gate, noteClaim } from "../../pgAdaptor.ts";
import type { Statement } from "../../pgTransaction.ts";
import { leavesOfList, type OperationPlan } from "./planColumns.ts";
import { type Rows, RowStream } from "./rowStream.ts";
import { type Value, valueOf } from "./values.ts";

/** How long it may take, and how many rows at most. */
export type Bounds = { timeoutMs: number; maxRows: number };

const BEGIN: Statement = { text: "begin isolation level repeatable read, read only", values: [] };
const COMMIT: Statement = { text: "commit", values: [] };
const OURS = 3;
const NO_ROWS = { rows: [], rowCount: 0 };

const settings = (timeoutMs: number): Statement => ({
  name: "relata.export",
  text: "select set_config('statement_timeout', $1, true)",
  values: [timeoutMs],
});

type Next = (event: object) => unknown;
const plans = new WeakMap<OperationPlan, Value[] | null>();

/** The values of a plan's list, found once a plan; null when the plan has to run for them. */
function valuesOf(plan: OperationPlan): Value[] | null {
  let values = plans.get(plan);
  if (values === undefined) plans.set(plan, (values = leavesOfList(plan)?.map(valueOf) ?? null));
  return values;
}

export class WholeList implements Through {
  readonly #pool: Pool;
  readonly #bounds: Bounds;
  #plan: OperationPlan | undefined;
  #client: PoolClient | undefined;
  #stream: RowStream | undefined;
  #isAborted = false;

  constructor(pool: Pool, bounds: Bounds) {
    this.#pool = pool;
    this.#bounds = bounds;
  }

  readonly middleware = {
    run: (_name: string, event: object, next: Next) => next(event),
    runSync: (name: string, event: object, next: Next) => {
      const made = next(event);
      if (name === "establishOperationPlan") this.#plan = made as OperationPlan;
      return made;
    },
  };

  readonly gate: Gate = (claim, [statement]) => {
    if (!statement) return undefined;
    return this.#open(claim, statement).then(() => [NO_ROWS]);
  };

  /** What each record is made of; undefined when only the plan itself can tell. */
  get values(): Value[] | undefined {
    return (this.#plan && valuesOf(this.#plan)) ?? undefined;
  }

  /** Begins to read: until the first row is there, or there is none. */
  async #open(claim: Claim, { text, values }: Statement): Promise<void> {
    const { timeoutMs, maxRows } = this.#bounds;
    const client = await this.#pool.connect().catch((cause) => {
      throw new RelataError("UNAVAILABLE", undefined, { cause });
    });
    this.#client = client;
    const statements = [BEGIN, claimStatement(claim), settings(timeoutMs), { text, values, maxRows }, COMMIT];
    const stream = new RowStream(statements, OURS, timeoutMs);
    this.#stream = stream;
    if (this.#isAborted) throw this.#letGo(new RelataError("UNAVAILABLE"));
    client.query(stream as never);
    try {
      const results = await stream.begun;
      noteClaim(claim, results[1]!);
    } catch (error) {
      throw this.#letGo(error as Error);
    }
  }

  /** Gives all rows to `rows`, and the connection back when they were there, or when something went wrong. */
  async flow(rows: Rows): Promise<void> {
    const stream = this.#stream;
    if (!stream) return; // of a page of none
    stream.flow(rows);
    try {
      await stream.done;
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
    if (this.#client && this.#stream) RowStream.abort(this.#client);
  }

  /** Behind an error the connection may be used again when PostgreSQL said so, and nobody may cancel what follows. */
  #letGo(error: Error): Error {
    const client = this.#client;
    if (!client) return error;
    this.#client = undefined;
    if (this.#isAborted || !("severity" in error)) client.release(true);
    else
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
