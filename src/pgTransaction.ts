/**
 * One transaction in one round trip: the claim and the statements it guards are
 * written back to back, with one Sync at the end. PostgreSQL runs all up to the
 * Sync as one implicit transaction (Frontend/Backend Protocol, "Pipelining"), and
 * skips the rest when one fails: a statement behind a refused claim never runs.
 *
 * node-postgres takes this as a custom query (its Submittable).
 */
import type { Connection } from "pg";
import { serialize } from "pg-protocol";

export type Statement = { name?: string | undefined; text: string; values: readonly unknown[] };
export type StatementResult = { rows: (string | null)[][]; rowCount: number };

/** Parts of node-postgres's Connection that its types leave out. */
type Wire = Connection & { stream: { write(chunk: Buffer): void }; parsedStatements: Record<string, string> };

/** Prepared statements a connection keeps; the least recently used is closed. */
export const MAX_PREPARED_STATEMENTS = 300;
const prepared = new WeakMap<Wire, Map<string, string>>();

const SYNC = serialize.sync();

const toText = (value: unknown): string | Buffer | null =>
  value == null ? null : Buffer.isBuffer(value) ? value : typeof value === "object" ? JSON.stringify(value) : String(value);

export class PgTransaction {
  readonly #statements: readonly Statement[];
  readonly #results: StatementResult[] = [];
  readonly #done: (error: Error | null, results: StatementResult[]) => void;
  #rows: (string | null)[][] = [];
  #newNames: string[] = [];
  #known: Map<string, string> | undefined;

  constructor(statements: readonly Statement[], done: (error: Error | null, results: StatementResult[]) => void) {
    this.#statements = statements;
    this.#done = done;
  }

  submit(connection: Connection): void {
    const wire = connection as Wire;
    let known = prepared.get(wire);
    if (!known) prepared.set(wire, (known = new Map()));
    this.#known = known;
    const messages: Buffer[] = [];
    for (const { name = "", text, values } of this.#statements) {
      if (name && known.has(name)) {
        known.delete(name); // to the young end
      } else {
        messages.push(serialize.parse({ name, text }));
        if (name) this.#newNames.push(name);
        if (name && known.size >= MAX_PREPARED_STATEMENTS) {
          const oldest = known.keys().next().value as string;
          known.delete(oldest);
          messages.push(serialize.close({ type: "S", name: oldest }));
        }
      }
      if (name) known.set(name, text);
      messages.push(serialize.bind({ statement: name, values: values as unknown[], valueMapper: toText }));
      messages.push(serialize.execute());
    }
    messages.push(SYNC);
    wire.stream.write(Buffer.concat(messages));
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.#rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    const count = /(\d+)$/.exec(message.text);
    this.#results.push({ rows: this.#rows, rowCount: count ? Number(count[1]) : 0 });
    this.#rows = [];
  }

  handleError(error: Error): void {
    // What was sent behind the error was skipped, so those names may not exist there.
    for (const name of this.#newNames) this.#known?.delete(name);
    this.#done(error, this.#results);
  }

  /** The Sync was answered: the transaction is committed. */
  handleReadyForQuery(): void {
    this.#done(null, this.#results);
  }

  handleRowDescription(): void {}
  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: "" });
  }
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
