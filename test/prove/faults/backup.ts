/**
 * docs/backup.md, carried out: everything is dumped and restored on another PostgreSQL; and one workspace alone, which
 * somebody has spoiled, comes back from that dump into the system that runs, while another goes on. Sums of all rows tell.
 */
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { migrateDatabase } from "../../../src/migrate.ts";
import { seed } from "../../../src/seed.ts";
import { TEST_SECRET } from "../../helpers/db.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, wordOf } from "./asking.ts";
import { Cluster, clientFolder } from "./cluster.ts";
import { ADD_FIELD, companyOf, DATABASE, type FaultsWorld } from "./world.ts";

const CLI = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
const DOCUMENT = new URL("../../../docs/backup.md", import.meta.url);
const OTHER = "owner@globex.test";
const COUNT = "{ companies { totalCount } }";
const CREATE = "mutation ($name: String) { createCompany(data: { name: $name }) { id } }";
const KEEP = 'mutation { updateCompanies(filter: { employees: { gt: 10000 } }, data: { motto: "We were here" }) { id } }';
const SPOILED = [
  "delete from company where employees > 5000",
  "update person set city = 'Atlantis'",
  "alter table company drop column motto",
];
/** What a restore is to change, and what passes. */
const NOT_COMPARED =
  /^(core\.workspaces|private\.(sessions|refresh_tokens|one_time_tokens|idempotency_keys|closed_workspaces|impersonations|invitation_mails))$/;

type Sums = Map<string, string>;
type Place = { bin: string; folder: string };

const run = promisify(execFile);

/** The commands between ``` behind `title` in the document, as a shell runs them. */
async function commandsOf(title: string): Promise<string> {
  const found = new RegExp(`## ${title}[\\s\\S]*?\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(await readFile(DOCUMENT, "utf8"));
  assert(found, `docs/backup.md has no commands for ${title}`);
  return found[1]!.replaceAll("npm run --silent relata --", `${process.execPath} ${CLI}`);
}

async function shell(title: string, { bin, folder }: Place, env: Record<string, string>): Promise<void> {
  const script = `set -eu\n${await commandsOf(title)}`;
  const all = { PATH: `${bin}:${process.env["PATH"]}`, APP_SECRET: TEST_SECRET, ...env };
  await run("bash", ["-c", script], { cwd: folder, env: all, maxBuffer: 1 << 28 }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`${title}: ${error.stderr?.slice(0, 600) || error.message}`);
  });
}

/** A sum of each table's rows, of the whole database or of what belongs to one workspace. */
async function sumsOf(cluster: Cluster, database: string, workspace?: string): Promise<Sums> {
  const [found] = workspace
    ? await cluster.query<{ id: string; schema_name: string }>(
        database,
        "select id, schema_name from core.workspaces where subdomain = $1",
        [workspace],
      )
    : [undefined];
  const tables = await cluster.query<{ name: string; schema: string; has_workspace: boolean }>(
    database,
    `select format('%I.%I', n.nspname, c.relname) as name, n.nspname as schema,
            exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id') as has_workspace
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname !~ '^pg_|^information_schema$' order by 1`,
  );
  const sums: Sums = new Map();
  for (const { name, schema, has_workspace } of tables) {
    const isCore = (schema === "core" || schema === "private") && has_workspace;
    if (found && schema !== found.schema_name && !isCore) continue;
    const where = found && isCore ? `where workspace_id = '${found.id}'` : "";
    const [row] = await cluster.query<{ sum: string }>(
      database,
      `select count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as sum from ${name} t ${where}`,
    );
    sums.set(name, row!.sum);
  }
  return sums;
}

function assertSame(one: Sums, other: Sums, what: string): void {
  const names = [...new Set([...one.keys(), ...other.keys()])].filter((name) => !NOT_COMPARED.test(name));
  assertNone(
    names.filter((name) => one.get(name) !== other.get(name)).map((name) => `${name}: ${one.get(name)} and ${other.get(name)}`),
    `tables differ ${what}`,
  );
}

/** One that is dumped, and one that it is restored on. */
async function withClusters(work: (live: Cluster, other: Cluster, place: Place) => Promise<void>, bin: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relata-backup-"));
  const live = await Cluster.make({ autovacuum: "off" }, bin);
  const other = await Cluster.make({ autovacuum: "off", fsync: "off" }, bin).catch(async (error) => {
    await live.remove();
    throw error;
  });
  try {
    await work(live, other, { bin, folder });
  } finally {
    await Promise.all([live.remove(), other.remove(), rm(folder, { recursive: true, force: true })]);
  }
}

async function drill(world: FaultsWorld, live: Cluster, other: Cluster, place: Place): Promise<void> {
  const urls = {
    PG_DATABASE_URL: live.urlOf(DATABASE),
    OTHER_DATABASE_URL: other.urlOf(DATABASE),
    OTHER_SERVER_URL: other.urlOf("postgres"),
  };
  await migrateDatabase(urls.PG_DATABASE_URL, TEST_SECRET);
  await seed(urls.PG_DATABASE_URL);
  const server = await world.serve({ PG_DATABASE_URL: urls.PG_DATABASE_URL });
  const agent = keptConnections();
  const asked = async (url: string, token: string, query: string, variables = {}, path = "/graphql") => {
    const said = await ask(agent, url, token, query, variables, {}, path);
    assert(wordOf(said) === "ok", () => `${query}: ${said.text.slice(0, 300)}`);
    return said.text;
  };
  const token = await world.tokenOf(server);
  const quiet = await world.tokenOf(server, OTHER);
  await asked(server.url, token, ADD_FIELD, { objectId: await companyOf(live), name: "motto" }, "/metadata");
  await asked(server.url, token, KEEP);

  // Everything, on another server.
  const before = await sumsOf(live, DATABASE);
  const count = await asked(server.url, token, COUNT);
  await shell("Back up everything", place, urls);
  const startedAt = performance.now();
  await shell("Restore everything", place, urls);
  const restoredMs = performance.now() - startedAt;
  const after = await sumsOf(other, DATABASE);
  assertNone(
    [...before].filter(([name, sum]) => after.get(name) !== sum).map(([name]) => name),
    "tables differ once everything is restored",
  );
  const second = await world.serve({ PG_DATABASE_URL: urls.OTHER_DATABASE_URL });
  const restored = await asked(second.url, await world.tokenOf(second), COUNT);
  await second.stop();
  assert(restored === count, `the restored server answers ${restored}, not ${count}`);

  // One workspace alone, into the system that runs.
  const wanted = await sumsOf(other, DATABASE, "acme");
  const [row] = await live.query<{ schema_name: string }>(DATABASE, "select schema_name from core.workspaces where subdomain = 'acme'");
  await live.query(DATABASE, `set search_path = ${row!.schema_name}; ${SPOILED.join("; ")}`);
  await asked(server.url, quiet, CREATE, { name: "written after the backup" });
  const others = await sumsOf(live, DATABASE, "globex");
  await shell("Restore one workspace", place, urls);
  assertSame(wanted, await sumsOf(live, DATABASE, "acme"), "once acme is restored");
  assertSame(others, await sumsOf(live, DATABASE, "globex"), "of the workspace that was left alone");
  assert((await ask(agent, server.url, token, COUNT)).status === 401, "a sign-in from before the restore still holds");
  assert((await asked(server.url, await world.tokenOf(server), COUNT)) === count, "the running server answers otherwise");
  await asked(server.url, await world.tokenOf(server), "{ companies(first: 1) { edges { node { motto } } } }");
  await asked(server.url, quiet, COUNT);
  await run(process.execPath, [CLI, "drift", "acme"], { env: { PATH: process.env["PATH"]!, APP_SECRET: TEST_SECRET, ...urls } });
  world.note(
    `${before.size} tables equal by their sums; everything restored in ${(restoredMs / 1000).toFixed(1)} s; acme alone, beside a server that ran on`,
  );
  agent.destroy();
  await server.stop();
}

async function backsUp(world: FaultsWorld): Promise<void> {
  const bin = clientFolder();
  if (!bin) return world.note("SKIPPED: there is no pg_dump with its server here (apt-get install postgresql)");
  await withClusters((live, other, place) => drill(world, live, other, place), bin);
}

export const backup: Check<FaultsWorld>[] = [
  { id: "J154", title: "docs/backup.md, carried out: everything restored elsewhere, and one workspace alone into what runs", run: backsUp },
];
