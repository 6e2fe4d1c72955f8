/** A transaction of which the rows of one statement are read as they come, and no faster than somebody takes them. */
import { createConnection, type Socket } from "node:net";
import type { Connection, PoolClient } from "pg";
import { serialize } from "pg-protocol";
import { PgTransaction, type Statement, type StatementResult } from "../../pgTransaction.ts";
import { RowSplitter } from "./rowSplitter.ts";

type Listener = (chunk: Buffer) => void;
/** Parts of node-postgres that its types leave out. */
type Wire = Connection & { stream: Socket };
type Client = PoolClient & { connection: Wire; processID: number; secretKey: number; host: string; port: number };

export type Rows = { row(source: Buffer, at: number): void };

export class RowStream extends PgTransaction {
  /** Settled by the first row, by the end of a list without any, or by what went wrong before. */
  readonly begun: Promise<StatementResult[]>;
  /** Settled when the transaction is over. */
  readonly done: Promise<void>;
  readonly #index: number;
  #begin!: () => void;
  #wire: Wire | undefined;
  #inner: Listener | undefined;
  #splitter: RowSplitter | undefined;
  #rows: Rows | undefined;
  #isPaused = false;
  /** From then on the connection is not ours. */
  #isDone = false;
  #first: [source: Buffer, at: number] | undefined;

  /** `index`: which of `statements` is read. */
  constructor(statements: readonly Statement[], index: number, timeoutMs: number) {
    let begin!: () => void;
    let fail!: (error: Error) => void;
    let end!: () => void;
    const begun = new Promise<void>((resolve, reject) => {
      begin = resolve;
      fail = reject;
    });
    const done = new Promise<void>((resolve, reject) => {
      end = resolve;
      fail = ((before) => (error: Error) => {
        before(error);
        reject(error);
      })(fail);
    });
    super(statements, (error) => (error ? fail(error) : end()), timeoutMs);
    this.#index = index;
    this.#begin = begin;
    this.begun = begun.then(() => this.results);
    this.done = done.finally(() => this.#detach());
    this.done.catch(() => {});
    this.begun.catch(() => {});
  }

  override submit(connection: Connection): void {
    const wire = connection as Wire;
    this.#wire = wire;
    const inner = wire.stream.listeners("data")[0] as Listener;
    this.#inner = inner;
    this.#splitter = new RowSplitter(this.#index, inner, {
      row: (source, at) => this.#row(source, at),
      complete: () => this.#begin(),
    });
    wire.stream.on("data", this.#read);
    wire.stream.off("data", inner);
    super.submit(connection);
  }

  readonly #read: Listener = (chunk) => this.#splitter!.take(chunk);

  #detach(): void {
    this.#isDone = true;
    const { stream } = this.#wire ?? {};
    if (!stream || !this.#inner) return;
    if (!stream.listeners("data").includes(this.#inner)) stream.on("data", this.#inner);
    stream.off("data", this.#read);
    stream.resume(); // the last rows may have filled the reader
  }

  #row(source: Buffer, at: number): boolean {
    if (this.#rows) {
      this.#rows.row(source, at);
      return true;
    }
    this.#first = [source, at];
    this.pause();
    this.#begin();
    return false;
  }

  /** Gives the rows to `rows` from now on. */
  flow(rows: Rows): void {
    this.#rows = rows;
    if (!this.#first) return;
    const first = this.#first;
    this.#first = undefined;
    this.#isPaused = false;
    rows.row(...first);
    this.#go();
  }

  /** PostgreSQL waits, as soon as what lies between is full. */
  pause(): void {
    if (this.#isDone) return;
    this.#isPaused = true;
    this.#wire?.stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#go();
  }

  #go(): void {
    if (this.#splitter?.isStopped) this.#splitter.resume();
    // What was kept may have filled the reader again.
    if (!this.#isPaused && !this.#isDone) this.#wire?.stream.resume();
  }

  /** Ends the statement at once, wherever it is, and the connection with it: a cancellation may come late, and would then hit another. */
  static abort(client: PoolClient): void {
    const { host, port, processID, secretKey, connection } = client as Client;
    const socket = host.startsWith("/") ? createConnection(`${host}/.s.PGSQL.${port}`) : createConnection(port, host);
    socket.on("error", () => {});
    socket.end(serialize.cancel(processID, secretKey));
    connection.stream.destroy();
  }
}
