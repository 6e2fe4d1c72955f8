/** A primary with the demo data and a hot standby of it, both embedded, made without pg_basebackup: by its own two functions and a copy. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/embeddedPostgres.ts";
import { migrateDatabase, withAdmin } from "../../src/migrate.ts";
import { seed } from "../../src/seed.ts";
import { TEST_SECRET } from "./db.ts";

const FAST = ["-c", "fsync=off", "-c", "shared_buffers=64MB", "-c", "max_connections=100"];

export class Pair {
  primary!: EmbeddedPostgres;
  standby!: EmbeddedPostgres;
  #folder = "";
  #delayMs = 0;

  /** `delayMs`: how late the standby does what it is told. */
  async start(delayMs = 0): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "relata-standby-"));
    execFileSync("chmod", ["755", this.#folder]);
    this.#delayMs = delayMs;
    this.primary = await startEmbeddedPostgres(join(this.#folder, "primary"), FAST);
    await migrateDatabase(this.primary.url, TEST_SECRET);
    await seed(this.primary.url);
    await this.#copy();
    await this.startStandby();
  }

  startStandby = async (): Promise<void> => {
    const delay = ["-c", `recovery_min_apply_delay=${this.#delayMs}ms`];
    this.standby = await startEmbeddedPostgres(join(this.#folder, "standby"), [...FAST, ...delay]);
  };

  /** Ends the standby as a crash does. */
  async killStandby(): Promise<void> {
    this.standby.kill();
    await this.standby.exited;
    rmSync(join(this.#folder, "standby", "relata.pid"), { force: true });
  }

  async stop(): Promise<void> {
    await this.standby?.stop();
    await this.primary?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #copy(): Promise<void> {
    const [from, to] = [join(this.#folder, "primary"), join(this.#folder, "standby")];
    const { password, port } = new URL(this.primary.url);
    await withAdmin(this.primary.url, async (db) => {
      await db.query("select pg_backup_start('standby', true)");
      mkdirSync(to, { mode: 0o755 });
      for (const name of ["postgres", "postgres-password"]) execFileSync("cp", ["-a", join(from, name), join(to, name)]);
      const { rows } = await db.query<{ labelfile: string }>("select labelfile from pg_backup_stop(false)");
      const data = join(to, "postgres");
      writeFileSync(join(data, "backup_label"), rows[0]!.labelfile);
      for (const name of ["postmaster.pid", "postmaster.opts"]) rmSync(join(data, name), { force: true });
      writeFileSync(join(data, "standby.signal"), "");
      const conninfo = `host=127.0.0.1 port=${port} user=postgres password=${password}`;
      appendFileSync(join(data, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
      const { uid, gid } = statSync(join(from, "postgres"));
      for (const name of ["backup_label", "standby.signal"]) execFileSync("chown", [`${uid}:${gid}`, join(data, name)]);
    });
    if (!readFileSync(join(to, "postgres", "backup_label"), "utf8").includes("START WAL LOCATION"))
      throw new Error("There is no backup label.");
  }
}
