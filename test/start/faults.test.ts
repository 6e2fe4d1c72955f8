/** Whatever keeps Relata from starting is told in one sentence, without a stack and without secrets. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { adminQuery, runMain, startTestServer } from "../helpers/server.ts";
import { startProxy } from "../http/proxy.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();

/** The sentence of a start that failed. */
async function faultOf(env: Record<string, string>, role = "server"): Promise<string> {
  const { code, output } = await runMain(role, { PG_DATABASE_URL: database.adminUrl, ...env });
  expect([code, output]).toEqual([1, expect.stringMatching(/^Relata did not start: [^\n]+\.\n$/)]);
  expect(output).not.toMatch(/\bat .+:\d+:\d+|node:internal|node_modules|Error:|undefined/);
  const password = new URL(env["PG_DATABASE_URL"] ?? database.adminUrl, "postgres://x").password;
  for (const secret of [password, env["APP_SECRET"], TEST_SECRET]) if (secret) expect(output).not.toContain(secret);
  return output.slice("Relata did not start: ".length, -1);
}

const at = (change: (url: URL) => void): string => {
  const url = new URL(database.adminUrl);
  change(url);
  return url.href;
};

it("cannot start on a port that is taken", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  try {
    expect(await faultOf({ NODE_PORT: String(port) })).toBe(
      `Port ${port} is taken: set NODE_PORT to another one, or end the program that holds it.`,
    );
  } finally {
    other.close();
  }
});

it("cannot start without its database, and says where it looked", async () => {
  // Nobody listens there, and nobody is given this port meanwhile.
  const port = 1;
  expect(await faultOf({ PG_DATABASE_URL: `postgres://postgres:hunter2@127.0.0.1:${port}/relata` })).toMatch(
    new RegExp(`^The database at 127\\.0\\.0\\.1:${port} cannot be reached`),
  );
  expect(await faultOf({ PG_DATABASE_URL: "postgres://postgres:hunter2@nowhere.invalid/relata" })).toMatch(
    /^The database at nowhere\.invalid cannot be reached/,
  );
});

it("cannot start on a database that does not answer, and does not wait for ever", async () => {
  const proxy = await startProxy(database.adminUrl);
  try {
    proxy.silence();
    expect(await faultOf({ PG_DATABASE_URL: proxy.url })).toMatch(/^The database at 127\.0\.0\.1:\d+ cannot be reached/);
  } finally {
    await proxy.close();
  }
});

it("cannot start on what is no PostgreSQL", async () => {
  const stranger = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = stranger.address() as { port: number };
    expect(await faultOf({ PG_DATABASE_URL: `postgres://postgres:hunter2@127.0.0.1:${port}/relata` })).toContain(`127.0.0.1:${port}`);
  } finally {
    stranger.close();
  }
});

it("cannot start with a wrong password or an unknown user", async () => {
  expect(await faultOf({ PG_DATABASE_URL: at((url) => (url.password = "hunter2")) })).toMatch(
    /^The database at \S+ refuses the user or password of PG_DATABASE_URL\.$/,
  );
  expect(await faultOf({ PG_DATABASE_URL: at((url) => (url.username = "nobody_here")) })).toMatch(
    /^The database at \S+ refuses the user or password/,
  );
});

it("cannot start as an administrator who is none", async () => {
  const name = `no_admin_${process.pid}`;
  await adminQuery(database.adminUrl, `create role ${name} login password 'hunter2'`);
  await adminQuery(database.adminUrl, `grant connect on database "${new URL(database.adminUrl).pathname.slice(1)}" to ${name}`);
  try {
    const url = at((u) => Object.assign(u, { username: name, password: "hunter2" }));
    expect(await faultOf({ PG_DATABASE_URL: url })).toMatch(/PG_DATABASE_URL|administrator|superuser|may not|permission/i);
  } finally {
    await adminQuery(database.adminUrl, `revoke all on database "${new URL(database.adminUrl).pathname.slice(1)}" from ${name}`);
    await adminQuery(database.adminUrl, `drop role ${name}`);
  }
});

it.each([
  ["none", ""],
  ["a short one", "short"],
  ["one letter 40 times", "a".repeat(40)],
])("cannot start in production with a weak APP_SECRET: %s", async (_what, secret) => {
  expect(await faultOf({ NODE_ENV: "production", APP_SECRET: secret })).toMatch(/^APP_SECRET is too weak for production/);
});

it("cannot start in production on the embedded database", async () => {
  expect(await faultOf({ NODE_ENV: "production", PG_DATABASE_URL: "" })).toMatch(/^PG_DATABASE_URL is not set/);
});

it("cannot start on a database of one's own without APP_SECRET", async () => {
  expect(await faultOf({ APP_SECRET: "" })).toMatch(/^APP_SECRET is not set/);
});

it("cannot start with values that are none, and learns of all of them at once", async () => {
  const env = {
    NODE_PORT: "soon",
    LOG_LEVEL: "loud",
    ACCESS_TOKEN_EXPIRES_IN: "a while",
    GRAPHIQL_ENABLED: "yes",
    NODE_ENV: "staging",
    MAX_PAGE_SIZE: "1e3",
  };
  const fault = await faultOf(env);
  for (const [name, value] of Object.entries(env)) {
    expect(fault).toContain(name);
    expect(fault.split(";").filter((part) => part.includes(name))).toHaveLength(1);
    expect(value).toBeTruthy();
  }
});

it.each([
  ["NODE_PORT", "70000"],
  ["NODE_PORT", "-1"],
  ["PG_POOL_MAX_CONNECTIONS", "0"],
  ["PG_DATABASE_URL", "not an address"],
])("cannot start with %s=%s, which no server can be run with", async (name, value) => {
  expect(await faultOf({ [name]: value })).toContain(name);
});

it.each(["everything", "serve", "--help", "Server"])("cannot start as %s", async (role) => {
  expect(await faultOf({}, role)).toBe(`Start with all, server or worker, not ${role}.`);
});

it("cannot keep its data in a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "relata-fault-"));
  try {
    await writeFile(join(folder, "file"), "");
    expect(await faultOf({ PG_DATABASE_URL: "", APP_SECRET: "", RELATA_DATA_DIR: join(folder, "file") }, "all")).toContain(
      join(folder, "file"),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("can start on the same database right after", async () => {
  const server = await startTestServer({ PG_DATABASE_URL: database.adminUrl });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(server.output()).not.toContain(new URL(database.adminUrl).password);
  expect(await server.stop()).toBe(0);
});
