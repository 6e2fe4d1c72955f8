/** What the checks of faults work on: a PostgreSQL of their own with the demo data, and servers that they may kill. */
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../src/embeddedPostgres.ts";
import { migrateDatabase } from "../../../src/migrate.ts";
import { seed } from "../../../src/seed.ts";
import { TEST_SECRET } from "../../helpers/db.ts";
import { signIn, startTestServer, type TestServer } from "../../helpers/server.ts";
import type { Options, World } from "../group.ts";
import type { Seen } from "../scanner.ts";
import { Cluster } from "./cluster.ts";

export const DATABASE = "relata";
export const OWNER = "owner@acme.test";

export type FaultsWorld = World & {
  cluster: Cluster;
  /** The administrator's address of the database. */
  adminUrl: string;
  /** What every server is started with; sabotages change it. */
  env: Record<string, string>;
  /** Starts a server; what it has said is scanned, and it is ended with the world if not before. */
  serve: (env?: Record<string, string>, role?: string) => Promise<TestServer>;
  /** The names of all companies of acme, as the administrator sees them. */
  companyNames: () => Promise<{ name: string }[]>;
  tokenOf: (server: { url: string }, email?: string) => Promise<string>;
};

/** A server that the process manager knows by its port, which it keeps when it is started again. */
export const ownPort = async (): Promise<{ NODE_PORT: string }> => ({ NODE_PORT: String(await freePort()) });

/** Ends a server as the machine's power switch would. */
export async function killServer({ process: child }: TestServer): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** A field more of the companies of acme; `$objectId` is `companyOf(…)`. */
export const ADD_FIELD =
  'mutation ($objectId: UUID!, $name: String!) { createOneField(data: { objectId: $objectId, name: $name, type: "TEXT" }) { id } }';

export async function companyOf(cluster: Cluster, database = DATABASE): Promise<string> {
  const [row] = await cluster.query<{ id: string }>(
    database,
    `select o.id from core.objects o join core.workspaces w on w.id = o.workspace_id
     where w.subdomain = 'acme' and o.name_singular = 'company'`,
  );
  return row!.id;
}

/** Waits until `isSo`; fails with `what` after `mostMs`. Answers how long it took. */
export async function untilSo(isSo: () => Promise<boolean> | boolean, what: string, mostMs = 30_000): Promise<number> {
  const since = performance.now();
  while (!(await isSo())) {
    if (performance.now() - since > mostMs) throw new Error(`${what}: not within ${mostMs} ms`);
    await sleep(20);
  }
  return performance.now() - since;
}

export async function makeWorld(options: Options, basics: Pick<World, "random" | "scanner" | "note">): Promise<FaultsWorld> {
  const cluster = await Cluster.make({ max_connections: "60", autovacuum: "off" });
  const adminUrl = cluster.urlOf(DATABASE);
  const servers: { server: TestServer; read: number }[] = [];
  const world: FaultsWorld = {
    ...options,
    ...basics,
    cluster,
    adminUrl,
    env: {},
    async serve(env = {}, role = "server") {
      const server = await startTestServer({ PG_DATABASE_URL: adminUrl, ACCESS_TOKEN_EXPIRES_IN: "12h", ...env, ...world.env }, role);
      servers.push({ server, read: 0 });
      return server;
    },
    companyNames: async () => {
      const [row] = await cluster.query<{ schema_name: string }>(
        DATABASE,
        "select schema_name from core.workspaces where subdomain = 'acme'",
      );
      return cluster.query(DATABASE, `select name from ${row!.schema_name}.company`);
    },
    tokenOf: ({ url }, email = OWNER) => signIn(url, email),
    async heard() {
      return servers.flatMap((one): Seen[] => {
        const text = one.server.output().slice(one.read);
        one.read += text.length;
        // A server's own log is for who runs it; a password is not even for him.
        return text.includes(TEST_SECRET) ? [{ where: "a log", text: "the APP_SECRET is in it: SQLSTATE" }] : [];
      });
    },
    async end() {
      await Promise.all(servers.map(({ server }) => server.stop()));
      await cluster.remove();
    },
  };
  try {
    await migrateDatabase(adminUrl, TEST_SECRET);
    await seed(adminUrl);
  } catch (error) {
    await cluster.remove();
    throw error;
  }
  return world;
}
