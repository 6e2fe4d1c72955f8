/** `npm start` with nothing set: a PostgreSQL of its own in a folder, which outlives every way to end. */
import pg from "pg";
import { post, runMain, signIn, until } from "../helpers/server.ts";
import { isAlive, TIMEOUT, useFolder } from "./folder.ts";

const folder = useFolder();

async function startsOnAnEmptyFolder(): Promise<void> {
  const server = await folder.start();
  const output = server.output();
  for (const path of ["/graphql", "/graphiql", "/metadata", "/auth/login", "/healthz"]) expect(output).toContain(`${server.url}${path}`);
  for (const name of ["owner@acme", "admin@acme", "member@acme", "guest@acme", "owner@globex"]) {
    expect(output).toMatch(new RegExp(`${name}\\.test\\s+relata-demo`));
  }
  expect(output.match(/GraphQL /g)).toHaveLength(1);
  expect(await folder.count()).toBe(2000);
  expect((await fetch(`${server.url}/graphiql`)).status).toBe(200);
  const health = await until(
    async () => (await fetch(`${server.url}/healthz`)).json(),
    (body) => JSON.stringify(body).includes("ok"),
  );
  expect(health).toEqual({ status: "ok", info: { database: { status: "up" }, worker: { status: "up" } } });

  const psql = new pg.Client({ connectionString: folder.psqlUrl });
  await psql.connect();
  const { rows } = await psql.query(
    "select current_setting('server_version_num')::int / 10000 as version, count(*)::int as workspaces from core.workspaces",
  );
  await psql.end();
  expect(rows).toEqual([{ version: 18, workspaces: 2 }]);
}

async function refusesASecond(): Promise<void> {
  const { code, output } = await runMain("all", folder.env);
  const sentence = `Another Relata (process ${folder.running!.process.pid}) already runs on ${folder.path}.`;
  expect([code, output]).toEqual([1, `Relata did not start: ${sentence}\n`]);
  expect(await folder.count()).toBe(2000);
}

async function stopsBySigterm(): Promise<void> {
  await folder.create("Before SIGTERM");
  await folder.stopBy("SIGTERM");
  const server = await folder.start();
  expect(server.output()).not.toContain("demo data");
  expect([await folder.count("Before SIGTERM"), await folder.count()]).toEqual([1, 2001]);
}

async function stopsBySigint(): Promise<void> {
  await folder.create("Before SIGINT");
  const { url, process: child } = folder.running!;
  const token = await signIn(url, "owner@acme.test");
  const QUERY = "{ people(first: 500) { nodes { name company { name } } } }";
  const asking = Array.from({ length: 20 }, () => post(url, "/graphql", token, QUERY).catch(() => undefined));
  await asking[0];
  setTimeout(() => child.kill("SIGINT"), 20); // an impatient second Ctrl-C
  await folder.stopBy("SIGINT");
  for (const answer of await Promise.all(asking)) if (answer) expect([200, 503]).toContain(answer.status);
  await folder.start();
  expect(await folder.count("Before SIGINT")).toBe(1);
}

async function survivesKill(): Promise<void> {
  await folder.create("Before kill -9");
  const [old, orphan] = [folder.running!.process, folder.postmaster()];
  const ended = new Promise((resolve) => old.once("exit", resolve));
  old.kill("SIGKILL");
  await ended;
  await folder.start();
  expect(isAlive(orphan)).toBe(false);
  expect([await folder.count("Before kill -9"), await folder.count()]).toEqual([1, 2003]);
}

async function endsWithItsDatabase(): Promise<void> {
  await folder.create("Before the crash");
  const old = folder.running!;
  const ended = new Promise<number | null>((resolve) => old.process.once("exit", resolve));
  process.kill(folder.postmaster(), "SIGKILL");
  expect(await ended).toBe(1);
  expect(old.output()).toContain("The embedded PostgreSQL ended by itself.");
  await folder.start();
  expect(await folder.count("Before the crash")).toBe(1);
}

it("can start on an empty folder and print where everything is", startsOnAnEmptyFolder, TIMEOUT);
it("cannot start a second time on the folder while the first runs", refusesASecond, TIMEOUT);
it("can stop by SIGTERM and keep what was written", stopsBySigterm, TIMEOUT);
it("can stop by SIGINT, twice in a row, with requests under way", stopsBySigint, TIMEOUT);
it("can start again after kill -9, with all that was answered for", survivesKill, TIMEOUT);
it("cannot stay without its database: it ends, and the next start recovers", endsWithItsDatabase, TIMEOUT);
