/** A world with a server and a database of its own, with the demo data: what most groups begin with. */
import type { QueryResultRow } from "pg";
import { createTestDatabase, TEST_SECRET } from "../helpers/db.ts";
import { type Answer, adminQuery, PASSWORD, post, signIn, startTestServer, type TestServer } from "../helpers/server.ts";
import type { Options, World } from "./group.ts";
import type { Seen } from "./scanner.ts";

type Env = Record<string, string>;
export type Basics = Pick<World, "random" | "scanner" | "note">;
export type ServerWorld = World & {
  adminUrl: string;
  url: string;
  server: TestServer;
  /** One statement as the administrator, in the schema of a workspace (acme unless told). */
  sql: <Row extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[], workspace?: string) => Promise<Row[]>;
  /** The access token of a demo user, asked for once. */
  tokenOf: (email: string) => Promise<string>;
  ask: <T = Record<string, unknown>>(path: string, token: string | undefined, query: string, variables?: object) => Promise<Answer<T>>;
  /** The same server with other settings. */
  restart: (env: Env) => Promise<void>;
  heard: () => Promise<Seen[]>;
};

/** What a server has said, and what was mailed, each piece once. */
function makeEar(world: ServerWorld): () => Promise<Seen[]> {
  let heard = 0;
  let server = world.server;
  let since = "-infinity";
  return async () => {
    if (server !== world.server) [server, heard] = [world.server, 0];
    const said = server.output().slice(heard);
    heard += said.length;
    const mails = await world.sql<{ text: string; at: string }>(
      "select m::text as text, created_at::text as at from private.mails m where created_at > $1::timestamptz order by created_at",
      [since],
    );
    since = mails.at(-1)?.at ?? since;
    return [{ where: "the log", text: said }, ...mails.map(({ text }) => ({ where: "a mail", text }))];
  };
}

export async function makeServerWorld(options: Options, basics: Basics, env: Env = {}): Promise<ServerWorld> {
  const { adminUrl, drop } = await createTestDatabase();
  const start = (more: Env) => startTestServer({ PG_DATABASE_URL: adminUrl, ...env, ...more });
  const server = await start({});
  const tokens = new Map<string, Promise<string>>();
  const world: ServerWorld = {
    ...options,
    ...basics,
    adminUrl,
    url: server.url,
    server,
    sql: (text, values, workspace) => adminQuery(adminUrl, text, values, workspace),
    tokenOf(email) {
      const token = tokens.get(email) ?? signIn(world.url, email);
      tokens.set(email, token);
      return token;
    },
    ask: (path, token, query, variables) => post(world.url, path, token, query, variables as Record<string, unknown>),
    async restart(more) {
      await world.server.stop();
      world.server = await start(more);
      world.url = world.server.url;
    },
    heard: async () => [],
    async end() {
      await world.server.stop();
      await drop();
    },
  };
  world.heard = makeEar(world);
  basics.scanner.addSecret("the server's secret", TEST_SECRET);
  basics.scanner.addSecret("a password", PASSWORD);
  return world;
}
