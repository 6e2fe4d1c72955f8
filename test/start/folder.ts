/** An embedded Relata in a folder of its own, and what tests of its starts and ends ask of it. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { post, signIn, startTestServer, type TestServer } from "../helpers/server.ts";

/** For tests that start several times, on whatever machine this is. */
export const TIMEOUT = 120_000;

/** Whether a process runs; one that has ended and was not yet buried does not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return !existsSync("/proc") || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
};

class Folder {
  path = "";
  env: Record<string, string> = {};
  running: TestServer | undefined;

  async start(): Promise<TestServer> {
    this.running = await startTestServer(this.env, "all");
    return this.running;
  }

  /** Runs, whether a test before has left it so or not. */
  async ensureRunning(): Promise<TestServer> {
    return this.running ?? this.start();
  }

  get postmasterFile(): string {
    return join(this.path, "postgres", "postmaster.pid");
  }

  /** The process of PostgreSQL. */
  postmaster(): number {
    return Number(readFileSync(this.postmasterFile, "utf8").split("\n")[0]);
  }

  /** Ends the server by `signal`; it has 5 s, and must leave nothing behind. */
  async stopBy(signal: "SIGTERM" | "SIGINT"): Promise<void> {
    const { process: child } = this.running!;
    const [pid, since] = [this.postmaster(), performance.now()];
    expect(isAlive(pid)).toBe(true);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(performance.now() - since).toBeLessThan(5500);
    expect([isAlive(pid), existsSync(this.postmasterFile)]).toEqual([false, false]);
    this.running = undefined;
  }

  async #ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const { url } = this.running!;
    const { data, errors } = await post<T>(url, "/graphql", await signIn(url, "owner@acme.test"), query, variables);
    expect(errors).toBeUndefined();
    return data!;
  }

  /** Adds a company. */
  async create(name: string): Promise<void> {
    await this.#ask("mutation ($name: String) { createCompany(data: { name: $name }) { id } }", { name });
  }

  /** How many companies there are, or are of that name. */
  async count(name?: string): Promise<number> {
    const filter = name && { name: { eq: name } };
    const COUNT = "query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }";
    return (await this.#ask<{ companies: { totalCount: number } }>(COUNT, { filter })).companies.totalCount;
  }

  /** The administrator's address, as printed. */
  get psqlUrl(): string {
    return /psql (postgres:\/\/\S+)/.exec(this.running!.output())![1]!;
  }
}

/** A folder for the tests of this file. */
export function useFolder(): Folder {
  const folder = new Folder();
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "relata-start-"));
    folder.env = { RELATA_DATA_DIR: folder.path, APP_SECRET: "", NODE_ENV: "development" };
  });
  afterAll(async () => {
    await folder.running?.stop();
    // A test that failed may have left PostgreSQL behind.
    if (existsSync(folder.postmasterFile)) process.kill(folder.postmaster(), "SIGINT");
    await rm(folder.path, { recursive: true, force: true });
  });
  return folder;
}
