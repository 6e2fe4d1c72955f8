/** Requests go through PgBouncer in transaction mode: each transaction may meet another backend, and nobody notices. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../src/embeddedPostgres.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, Tally, wordOf } from "./asking.ts";
import { postgresIds } from "./cluster.ts";
import { ADD_FIELD, companyOf, DATABASE, type FaultsWorld, untilSo } from "./world.ts";

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => existsSync(path));
const BACKENDS = 3;
const CLIENTS = 16;
const OWNERS = ["owner@acme.test", "owner@globex.test"];
const READ = "query ($name: String) { companies(filter: { name: { eq: $name } }) { edges { node { name createdAt } } } }";
const WRITE = "mutation ($name: String) { createCompany(data: { name: $name }) { name } }";

/** As the README says: who asks is known by PostgreSQL's own passwords. */
const settings = (port: number, folder: string, { cluster }: FaultsWorld) => `
[databases]
${DATABASE} = host=127.0.0.1 port=${cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = ${BACKENDS}
max_client_conn = 500
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
auth_user = postgres
`;

async function startBouncer(world: FaultsWorld, program: string): Promise<{ url: string; child: ChildProcess }> {
  const folder = join(world.cluster.folder, "pgbouncer");
  const ids = postgresIds();
  const port = await freePort();
  mkdirSync(folder);
  writeFileSync(join(folder, "users.txt"), `"postgres" "${new URL(world.adminUrl).password}"\n`);
  writeFileSync(join(folder, "pgbouncer.ini"), settings(port, folder, world));
  for (const path of [folder, join(folder, "users.txt"), join(folder, "pgbouncer.ini")])
    if (ids.uid !== undefined) chownSync(path, ids.uid, ids.gid!);
  const child = spawn(program, [join(folder, "pgbouncer.ini")], { ...ids, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk));
  await untilSo(() => said.includes("process up"), "PgBouncer starts", 10_000);
  const url = new URL(world.adminUrl);
  url.port = String(port);
  return { url: url.href, child };
}

/** Clients of two workspaces, who write and read what they wrote. */
async function everybodySeesHisOwn(world: FaultsWorld, url: string, tokens: string[]): Promise<Tally> {
  const [agent, tally, faults] = [keptConnections(CLIENTS), new Tally(world.scanner), [] as string[]];
  const rounds = world.isFull ? 500 : 25;
  const client = async (number: number) => {
    const token = tokens[number % tokens.length]!;
    for (let round = 0; round < rounds; round++) {
      const name = `pooled ${number % tokens.length} ${number} ${round}`;
      await tally.note(ask(agent, url, token, WRITE, { name }, round % 2 ? {} : { "idempotency-key": name.replaceAll(" ", "-") }));
      const mine = await ask(agent, url, token, READ, { name });
      const others = await ask(agent, url, tokens[(number + 1) % tokens.length]!, READ, { name });
      for (const said of [mine, others]) tally.add(wordOf(said), said);
      if (mine.text.split(name).length !== 2) faults.push(`${name}: ${mine.text.slice(0, 200)}`);
      if (others.text.includes(name)) faults.push(`${name} is seen by the other workspace`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  agent.destroy();
  assertNone(faults, "reads were wrong");
  assertNone(tally.beside(/^ok$/), "answers failed");
  return tally;
}

/** The settings of requests hold there too, and the data model can be changed. */
async function settingsHold(world: FaultsWorld, url: string, token: string): Promise<void> {
  const agent = keptConnections();
  const holder = new pg.Client({ connectionString: world.adminUrl });
  await holder.connect();
  try {
    const said = await ask(agent, url, token, "{ companies(first: 1) { edges { node { createdAt } } } }");
    assert(/"createdAt":"[^"]+(Z|\+00:00)"/.test(said.text), () => `an instant is not in UTC: ${said.text}`);
    const changed = await ask(agent, url, token, ADD_FIELD, { objectId: await companyOf(world.cluster), name: "pooled" }, {}, "/metadata");
    assert(wordOf(changed) === "ok", () => `the data model was not changed: ${changed.text.slice(0, 300)}`);
    const used = await ask(agent, url, token, '{ companies(first: 1, filter: { pooled: { eq: "x" } }) { edges { node { pooled } } } }');
    assert(wordOf(used) === "ok", () => `the new field cannot be asked for: ${used.text.slice(0, 300)}`);
    const { rows } = await holder.query<{ schema_name: string }>("select schema_name from core.workspaces where subdomain = 'acme'");
    await holder.query("begin");
    await holder.query(`lock table ${rows[0]!.schema_name}.company in access exclusive mode`);
    const late = await ask(agent, url, token, READ, { name: "x" });
    assert(
      /QUERY_TIMEOUT/.test(wordOf(late)) && late.ms < 5000,
      () => `the statement's timeout did not hold: ${wordOf(late)} after ${late.ms} ms`,
    );
  } finally {
    await holder.end();
    agent.destroy();
  }
}

async function pools(world: FaultsWorld): Promise<void> {
  if (!PROGRAM) return world.note("SKIPPED: there is no PgBouncer here (apt-get install pgbouncer)");
  const version = execFileSync(PROGRAM, ["--version"], { encoding: "utf8" }).split("\n")[0]!;
  const { url, child } = await startBouncer(world, PROGRAM);
  try {
    const server = await world.serve({ PG_POOLER_URL: url, PG_POOL_MAX_CONNECTIONS: "16", PG_STATEMENT_TIMEOUT_MS: "1500" });
    const tokens = await Promise.all(OWNERS.map((email) => world.tokenOf(server, email)));
    const tally = await everybodySeesHisOwn(world, server.url, tokens);
    await settingsHold(world, server.url, tokens[0]!);
    const [row] = await world.cluster.query<{ n: number }>(
      DATABASE,
      "select count(*)::int as n from pg_stat_activity where usename = 'relata_server'",
    );
    assert(row!.n <= BACKENDS, `${row!.n} backends: not all went by way of PgBouncer`);
    world.note(`${version}: ${tally.total} requests of two workspaces on 16 connections by way of ${row!.n} backends`);
    await server.stop();
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
  }
}

export const pooler: Check<FaultsWorld>[] = [{ id: "G132", title: "requests go through PgBouncer in transaction mode", run: pools }];
