/** Real servers for tests: src/main.ts in a process of its own, on a free port and a database of the test's. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TEST_SECRET, useTestDatabase } from "./db.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
export const PASSWORD = "relata-demo";

export type TestServer = {
  url: string;
  process: ChildProcess;
  /** All that the process said so far. */
  output: () => string;
  /** Ends it with SIGTERM; answers its exit code. */
  stop: () => Promise<number | null>;
};

/** Runs `main.ts <role>` and answers its exit code and what it said, for starts that are to fail. */
export async function runMain(role: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawnMain(role, env);
  let output = "";
  child.stdout!.on("data", (chunk) => (output += chunk));
  child.stderr!.on("data", (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { code, output };
}

export function spawnMain(role: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [MAIN, role], {
    env: { PATH: process.env["PATH"]!, NODE_ENV: "test", NODE_PORT: "0", APP_SECRET: TEST_SECRET, GRAPHILE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Starts a server and waits until it listens. */
export function startTestServer(env: Record<string, string>, role = "server"): Promise<TestServer> {
  const child = spawnMain(role, env);
  let output = "";
  const stop = () =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
      child.once("exit", resolve);
      child.kill("SIGTERM");
    });
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const match = /GraphQL\s+(http:\/\/localhost:\d+)\/graphql[\s\S]*\n\n/.exec(output);
      if (match) resolve({ url: match[1]!, process: child, output: () => output, stop });
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("exit", (code) => reject(new Error(`main.ts ended with ${code}: ${output}`)));
  });
}

/** A server, on a database of its own, for the tests of this file. */
export function useTestServer(env: Record<string, string> = {}): { url: string; adminUrl: string; output: () => string } {
  const database = useTestDatabase();
  const server = { url: "", adminUrl: "", output: () => "" };
  let started: TestServer | undefined;
  beforeAll(async () => {
    started = await startTestServer({ PG_DATABASE_URL: database.adminUrl, ...env });
    Object.assign(server, { url: started.url, adminUrl: database.adminUrl, output: started.output });
  });
  afterAll(async () => {
    await started?.stop();
  });
  return server;
}

export type Answer<T = Record<string, unknown>> = {
  status: number;
  headers: Headers;
  data?: T | null;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; field?: string } }[];
};

/** Signs in; answers the access token. */
export async function signIn(url: string, email: string, workspace?: string): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD, workspace }),
  });
  if (response.status !== 200) throw new Error(`sign-in answered ${response.status}`);
  return ((await response.json()) as { accessToken: string }).accessToken;
}

/** Posts an operation to `path` (/graphql or /metadata). */
export async function post<T = Record<string, never>>(
  url: string, path: string, token: string | undefined, query: string, variables?: Record<string, unknown>,
): Promise<Answer<T>> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}
