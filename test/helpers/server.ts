/** Real servers for tests: src/main.ts in a process of its own, on a free port and a database of the test's. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { withConnection } from "./connections.ts";
import { TEST_SECRET, useTestDatabase } from "./db.ts";
import { PROCESS_ENV } from "./processEnv.ts";

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
  const read = (chunk: Buffer) => {
    const hadStarted = /GraphQL\s+http/.test(output);
    output += chunk;
    if (!hadStarted && /GraphQL\s+http/.test(output)) child.kill("SIGTERM"); // it did start: let the test say so
  };
  child.stdout!.on("data", read);
  child.stderr!.on("data", read);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

// All tests come from one address, and many of them are refused on purpose.
const TEST_ENV = {
  NODE_ENV: "test",
  NODE_PORT: "0",
  APP_SECRET: TEST_SECRET,
  GRAPHILE_ENV: "production",
  RATE_LIMIT_SIGN_IN_ACCOUNT: "0",
  RATE_LIMIT_SIGN_IN_ADDRESS: "0",
  RATE_LIMIT_MAIL_ADDRESS: "0",
  RATE_LIMIT_MAIL_SENDER: "0",
};

/** Runs `main.ts <role>` in a process of its own; who calls it ends it. */
export function spawnMain(role: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [MAIN, role], {
    env: { ...PROCESS_ENV, ...TEST_ENV, ...env },
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
export function useTestServer(env: Record<string, string> = {}, role = "server"): { url: string; adminUrl: string; output: () => string } {
  const database = useTestDatabase();
  const server = { url: "", adminUrl: "", output: () => "" };
  let started: TestServer | undefined;
  beforeAll(async () => {
    started = await startTestServer({ PG_DATABASE_URL: database.adminUrl, ...env }, role);
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
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; field?: string; errors?: { code: string; field?: string; message: string }[] };
  }[];
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
  url: string,
  path: string,
  token: string | undefined,
  query: string,
  variables?: Record<string, unknown>,
): Promise<Answer<T>> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}

/** A list as the API answers it. */
export type Connection<Node> = {
  totalCount: number;
  edges: { cursor: string; node: Node }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
};

/** Runs one statement as the administrator, and commits it; names without a schema are those of `workspace`. */
export async function adminQuery<Row extends pg.QueryResultRow = pg.QueryResultRow>(
  adminUrl: string,
  text: string,
  values: unknown[] = [],
  workspace = "acme",
): Promise<Row[]> {
  return withConnection(adminUrl, "set timezone = 'UTC'", async (db) => {
    await db.query(
      "select set_config('search_path', schema_name, false), set_config('relata.workspace_id', id::text, false) from core.workspaces where subdomain = $1",
      [workspace],
    );
    return (await db.query<Row>(text, values)).rows;
  });
}

/** Runs one statement as a demo user of acme, in the role and behind the claim that his requests have, and takes it back. */
export async function queryAs<Row extends pg.QueryResultRow>(adminUrl: string, email: string, text: string): Promise<Row[]> {
  return withConnection(adminUrl, "begin", async (db) => {
    await db.query(
      `select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true)
       from core.users u, core.workspaces w, authz.claim(u.id, w.id, null) c where u.email = $1 and w.subdomain = 'acme'`,
      [email],
    );
    return (await db.query<Row>(text)).rows;
  });
}

type Ask = <T = Record<string, never>>(query: string, variables?: Record<string, unknown>, email?: string) => Promise<Answer<T>>;
export type Api = ReturnType<typeof useTestServer> & {
  /** The access token of a demo user, asked for once. */
  tokenOf(email: string): Promise<string>;
  graphql: Ask;
  metadata: Ask;
  /** One statement as the administrator, in the schema of acme. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** One statement as a demo user, as psql would run it; taken back. */
  sqlAs<Row extends pg.QueryResultRow>(email: string, text: string): Promise<Row[]>;
};

/** A server for the tests of this file, asked as one of the demo users: as the owner of acme unless told. */
export function useApi(env: Record<string, string> = {}): Api {
  const server = useTestServer(env);
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (email: string): Promise<string> => {
    const token = tokens.get(email) ?? signIn(server.url, email);
    tokens.set(email, token);
    return token;
  };
  const ask =
    (path: string): Ask =>
    async (query, variables, email = "owner@acme.test") =>
      post(server.url, path, await tokenOf(email), query, variables);
  return Object.assign(server, {
    tokenOf,
    graphql: ask("/graphql"),
    metadata: ask("/metadata"),
    sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => adminQuery<Row>(server.adminUrl, text, values),
    sqlAs: <Row extends pg.QueryResultRow>(email: string, text: string) => queryAs<Row>(server.adminUrl, email, text),
  });
}

/** How long a busy machine may need for what is done in a moment otherwise. */
const PATIENCE_MS = 60_000;

/** Asks again until `found` says yes; fails when that never comes. */
export async function until<T>(ask: () => Promise<T>, found: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (found(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
