/** Clients that write to a table, each one record after the other, and remember the longest of their writes. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { Client } from "./client.ts";
import type { Workspace } from "./crm.ts";
import { progress } from "./report.ts";
import type { RunningServer } from "./world.ts";

const WRITE = 'mutation { createCompany(data: { name: "Meanwhile" }) { id } }';

/** Writes through the API, and one straight into the table, each after the other. */
export class Writers {
  readonly #client: Client;
  readonly #db: pg.Client;
  readonly #loops: Promise<void>[];
  #isOn = true;
  api = 0;
  sql = 0;
  writes = 0;
  errors = 0;

  constructor(server: RunningServer, { token }: Workspace, db: pg.Client) {
    this.#client = new Client(server, token);
    this.#db = db;
    this.#loops = [
      this.#write("api", () => this.#post()),
      this.#write("sql", () => db.query("insert into company (name) values ('Meanwhile')")),
    ];
  }

  async #post(): Promise<void> {
    const { errors, text } = await this.#client.ask(WRITE);
    if (errors) throw new Error(text.slice(0, 300));
  }

  async #write(what: "api" | "sql", write: () => Promise<unknown>): Promise<void> {
    while (this.#isOn) {
      const startedAt = performance.now();
      await write().catch((error: Error) => {
        this.errors++;
        progress(`a write failed: ${error.message}`);
      });
      this[what] = Math.max(this[what], performance.now() - startedAt);
      this.writes++;
      await sleep(2);
    }
  }

  forget(): void {
    Object.assign(this, { api: 0, sql: 0, writes: 0 });
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#loops);
    this.#client.close();
    await this.#db.end();
  }
}
