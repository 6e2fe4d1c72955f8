/**
 * The rows of a statement by the thousand, in one transaction: for lists whose plan has to run for its records, as it reads
 * others with them. What else the plan asks for runs in the same transaction, and so on the same snapshot.
 */
import type { Connection, PoolClient } from "pg";
import { serialize } from "pg-protocol";
import { PgTransaction, type Statement, type StatementResult, toText } from "../../pgTransaction.ts";

const CHUNK_ROWS = 500;
/** With those inside of them: nobody else is answered while they are made to text. */
const MOST_ROWS = 100_000;

/** How many records are read at once, when each brings those that `selection` asks for: with them no more than `most`. */
export function chunkRowsOf(selection: string, most = MOST_ROWS): number {
  let each = 1;
  for (const [, size] of selection.matchAll(/\(first: (\d+)\)/g)) each += Number(size);
  return Math.min(CHUNK_ROWS, Math.max(1, Math.floor(most / each)));
}
const PORTAL = "whole_list";

type Done = (error: Error | null, results: StatementResult[]) => void;

/** Some rows more of the portal; `statement` opens it. */
class Fetch extends PgTransaction {
  readonly #statement: Statement | undefined;
  readonly #rows: number;

  constructor(statement: Statement | undefined, rows: number, done: Done, timeoutMs: number) {
    super([], done, timeoutMs);
    this.#statement = statement;
    this.#rows = rows;
  }

  override submit(connection: Connection): void {
    const { stream } = connection as Connection & { stream: { write(chunk: Buffer): void } };
    const messages: Buffer[] = [];
    if (this.#statement) {
      const { text, values } = this.#statement;
      messages.push(serialize.parse({ text }), serialize.bind({ portal: PORTAL, values: values as unknown[], valueMapper: toText }));
    }
    messages.push(serialize.execute({ portal: PORTAL, rows: this.#rows }), serialize.sync());
    stream.write(Buffer.concat(messages));
  }
}

export class Chunks {
  readonly #client: PoolClient;
  readonly #timeoutMs: number;
  readonly #atOnce: number;
  #left: number;
  #root: string | undefined;
  /** One after the other. */
  #tail: Promise<unknown> = Promise.resolve();
  isOver = false;

  constructor(client: PoolClient, { timeoutMs, maxRows, rowsAtOnce }: { timeoutMs: number; maxRows: number; rowsAtOnce: number }) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#left = maxRows;
    this.#atOnce = rowsAtOnce;
  }

  send(make: (done: Done) => PgTransaction): Promise<StatementResult[]> {
    const run = () =>
      new Promise<StatementResult[]>((resolve, reject) => {
        this.#client.query(make((error, results) => (error ? reject(error) : resolve(results))) as never);
      });
    const result = this.#tail.then(run);
    this.#tail = result.catch(() => {});
    return result;
  }

  run(statements: readonly Statement[]): Promise<StatementResult[]> {
    return this.send((done) => new PgTransaction(statements, done, this.#timeoutMs));
  }

  /** What a plan asks for: more rows of the list, which it asks for first of all, or something else. */
  async answer(statements: readonly Statement[]): Promise<StatementResult[]> {
    const [statement] = statements as [Statement];
    if (this.#root !== undefined && statement.text !== this.#root) return this.run(statements);
    const opens = this.#root === undefined ? statement : undefined;
    this.#root = statement.text;
    const rows = Math.min(this.#atOnce, this.#left);
    const results = await this.send((done) => new Fetch(opens, rows, done, this.#timeoutMs));
    const found = results[0]!.rows.length;
    this.#left -= found;
    this.isOver = found < rows || this.#left === 0;
    return results;
  }
}
