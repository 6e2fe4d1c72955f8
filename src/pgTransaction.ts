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

/** `maxRows`: so many at most, whatever the text says. */
export type Statement = { name?: string | undefined; text: string; values: readonly unknown[]; maxRows?: number };
export type StatementResult = { rows: (string | null)[][]; rowCount: number };

/** Parts of node-postgres's Connection that its types leave out. */
type Wire = Connection & { stream: { write(chunk: Buffer): void } };

/** Prepared statements a connection keeps; the least recently used is closed. */
const MAX_PREPARED_STATEMENTS = 300;

/** PostgreSQL ends what takes long by itself; behind that, whoever says nothing for so long says nothing any more. */
export const SILENCE_MS = 5000;

/** The names a connection has surely prepared, the least recently used first. */
const preparedOn = new WeakMap<Wire, Set<string>>();

/** Connections that lead to another backend with each transaction, which does not know what the last one has prepared. */
const forgetful = new WeakSet<Wire>();

/** From now on nothing is prepared by name on this connection. */
export const neverPrepare = (connection: unknown): void => void forgetful.add(connection as Wire);

const SYNC = serialize.sync();
const close = (name: string) => serialize.close({ type: "S", name });

export const toText = (value: unknown): string | Buffer | null =>
  value == null ? null : Buffer.isBuffer(value) ? value : typeof value === "object" ? JSON.stringify(value) : String(value);

export class PgTransaction {
  readonly #statements: readonly Statement[];
  /** Of the statements that are done so far. */
  readonly results: StatementResult[] = [];
  /** Called once with the outcome; by this name node-postgres watches over its `query_timeout`. */
  callback: (error: Error | null, results: StatementResult[]) => void;
  /** How long node-postgres waits, if not for as long as its pool says. */
  readonly query_timeout: number | undefined;
  #rows: (string | null)[][] = [];
  #newNames: string[] = [];
  #known: Set<string> | undefined;

  constructor(
    statements: readonly Statement[],
    done: (error: Error | null, results: StatementResult[]) => void,
    statementTimeoutMs?: number,
  ) {
    this.#statements = statements;
    this.callback = done;
    this.query_timeout = statementTimeoutMs && statementTimeoutMs + SILENCE_MS;
  }

  submit(connection: Connection): void {
    const wire = connection as Wire;
    let known = preparedOn.get(wire);
    if (!known) preparedOn.set(wire, (known = new Set()));
    this.#known = known;
    const messages: Buffer[] = [];
    for (const { name: wanted = "", text, values, maxRows } of this.#statements) {
      const name = forgetful.has(wire) ? "" : wanted;
      if (!name) messages.push(serialize.parse({ text }));
      else this.#prepare(known, name, text, messages);
      messages.push(serialize.bind({ statement: name, values: values as unknown[], valueMapper: toText }));
      messages.push(serialize.execute(maxRows ? { rows: maxRows } : undefined));
    }
    messages.push(SYNC);
    wire.stream.write(Buffer.concat(messages));
  }

  #prepare(known: Set<string>, name: string, text: string, messages: Buffer[]): void {
    if (known.delete(name)) {
      known.add(name); // to the young end
      return;
    }
    // An earlier error may have left the name behind; closing one that is not there is no error.
    messages.push(close(name), serialize.parse({ name, text }));
    this.#newNames.push(name);
    known.add(name);
    if (known.size > MAX_PREPARED_STATEMENTS) {
      const oldest = known.values().next().value as string;
      known.delete(oldest);
      messages.push(close(oldest));
    }
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.#rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    const count = /(\d+)$/.exec(message.text);
    this.results.push({ rows: this.#rows, rowCount: count ? Number(count[1]) : 0 });
    this.#rows = [];
  }

  handleError(error: Error): void {
    // What was sent behind the error was skipped.
    for (const name of this.#newNames) this.#known?.delete(name);
    this.callback(error, this.results);
  }

  /** The Sync was answered: the transaction is committed. */
  handleReadyForQuery(): void {
    this.callback(null, this.results);
  }

  handleRowDescription(): void {}
  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: "" });
  }
  /** There were more than `maxRows`. */
  handlePortalSuspended(): void {
    this.handleCommandComplete({ text: "" });
  }
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
