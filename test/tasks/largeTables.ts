/** Tables that PostgreSQL takes for large ones, changes of them, and the worker that finishes these. */
import type { ChildProcess } from "node:child_process";
import pg from "pg";
import { DISAGREEMENTS } from "../db/support.ts";
import { useTestDatabase } from "../helpers/db.ts";
import { spawnMain, until } from "../helpers/server.ts";

export type Row = Record<string, unknown>;
type State = { status: string; reason: string | null; building: string[] };

const RECORDS = 300;
const LETTERS = "abcdefghij";

export class LargeTables {
  readonly #database = useTestDatabase();
  #db: pg.Client | undefined;
  #workers: ChildProcess[] = [];
  #count = 0;

  constructor() {
    beforeAll(async () => {
      this.#db = new pg.Client({ connectionString: this.#database.adminUrl });
      await this.#db.on("error", () => {}).connect();
      await this.#db.query(
        `select set_config('search_path', schema_name, false), set_config('relata.workspace_id', id::text, false), set_config('relata.permissions', '*', false)
         from core.workspaces where subdomain = 'acme'`,
      );
    });
    afterAll(async () => {
      await this.killWorkers();
      await this.#db?.end();
    });
  }

  get adminUrl(): string {
    return this.#database.adminUrl;
  }

  sql = async <T extends Row = Row>(text: string, values: unknown[] = []): Promise<T[]> => (await this.#db!.query<T>(text, values)).rows;

  /** A name that nothing else has. */
  name = () => `t${[...String(this.#count++)].map((digit) => LETTERS[Number(digit)]).join("")}x`;

  apply = async (kind: string, data: Row): Promise<{ id: string; changeId: string; jobs: { of: string; steps: string[] }[] }> => {
    const [row] = await this.sql<{ done: { changes: { id: string; changeId: string }[]; report: { jobs: [] } } }>(
      "select core.apply_changes($1) as done",
      [JSON.stringify([{ kind, data }])],
    );
    return { ...row!.done.changes[0]!, jobs: row!.done.report.jobs };
  };

  undo = (changeId: string) => this.sql("select core.undo_change($1)", [changeId]);

  /** An object with records whose n counts from 1, and whose note is n as text. */
  async object(fields: Row[] = []): Promise<{ large: LargeTables; id: string; table: string; field: Record<string, string> }> {
    const table = this.name();
    const { id } = await this.apply("createObject", { nameSingular: table, namePlural: `${table}s` });
    for (const field of [{ name: "n", type: "NUMBER" }, { name: "note", type: "TEXT" }, ...fields])
      await this.apply("createField", { objectId: id, ...field });
    await this.sql(`insert into ${table} (name, n, note) select 'Thing ' || i, i, i from generate_series(1, ${RECORDS}) i`);
    await this.enlarge(table);
    const found = await this.sql<{ name: string; id: string }>("select name, id from core.fields where object_id = $1", [id]);
    return { large: this, id, table, field: Object.fromEntries(found.map((field) => [field.name, field.id])) };
  }

  enlarge = (table: string) => this.sql("update pg_class set reltuples = 60000 where oid = $1::regclass", [table]);

  stateOf = async (id: string): Promise<State> =>
    (
      await this.sql<State>(
        `select status, status_reason as reason, building from core.fields where id = $1
         union all select status, status_reason, '{}' from core.rules where id = $1`,
        [id],
      )
    )[0]!;

  untilDone = (id: string) =>
    until(
      () => this.stateOf(id),
      ({ status }) => status !== "BUILDING",
    );

  /** Once nothing is left to do: the catalog's functions do not look at it as it was when a statement began. */
  async disagreementsInTheEnd(): Promise<Row[]> {
    await until(
      () => this.sql("select from core.fields where status = 'BUILDING' union all select from core.rules where status = 'BUILDING'"),
      (found) => found.length === 0,
    );
    return this.disagreements();
  }

  disagreements = () => this.sql(DISAGREEMENTS);

  startWorker(): ChildProcess {
    const worker = spawnMain("worker", { PG_DATABASE_URL: this.adminUrl });
    worker.stdout!.resume();
    worker.stderr!.resume();
    this.#workers.push(worker);
    return worker;
  }

  async kill(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.kill("SIGKILL");
    await ended;
  }

  async killWorkers(): Promise<void> {
    for (const worker of this.#workers.splice(0)) await this.kill(worker);
  }
}
