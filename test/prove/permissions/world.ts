/** The demo data, with a role that holds fields back, and a BI login. */
import pg from "pg";
import { HELD_BACK, HOLD_BACK } from "../../graphql/forbiddenVectors.ts";
import { TEST_SECRET } from "../../helpers/db.ts";
import type { Answer } from "../../helpers/server.ts";
import { relata } from "../../model/cli.ts";
import { assert, type Options } from "../group.ts";
import { type Basics, makeServerWorld, type ServerWorld } from "../serverWorld.ts";

export const OWNER = "owner@acme.test";
export const ADMIN = "admin@acme.test";
export const MEMBER = "member@acme.test";
export const GUEST = "guest@acme.test";

export type PermissionsWorld = ServerWorld & {
  /** The address of a BI login of acme, made when it is first asked for. */
  biUrl: () => Promise<string>;
  schemas: { acme: string; globex: string };
  graphql: Ask;
  metadata: Ask;
};
type Ask = <T = Record<string, unknown>>(email: string, query: string, variables?: object) => Promise<Answer<T>>;

/** Runs `work` on a connection of its own. */
export async function connected<T>(connectionString: string, work: (db: pg.Client) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString });
  db.on("error", () => {});
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

/** The SQLSTATE that a statement is refused with; undefined when it is not. Nothing of it stays. */
export async function refusalOf(db: pg.Client, text: string): Promise<string | undefined> {
  await db.query("savepoint attempt");
  try {
    await db.query(text);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await db.query("rollback to savepoint attempt");
  }
}

export async function makePermissionsWorld(options: Options, basics: Basics): Promise<PermissionsWorld> {
  const world = await makeServerWorld(options, basics);
  await world.sql(HOLD_BACK, ["MEMBER", JSON.stringify(HELD_BACK)]);
  await world.sql(HOLD_BACK, ["GUEST", JSON.stringify({ "company.employees": "hidden" })]);
  const schemaOf = async (name: string) =>
    (await world.sql<{ schema_name: string }>("select schema_name from core.workspaces where subdomain = $1", [name]))[0]!.schema_name;
  const env = { PG_DATABASE_URL: world.adminUrl, APP_SECRET: TEST_SECRET };
  let made: string | undefined;
  async function biUrl(): Promise<string> {
    if (made) return made;
    const { code, out, err } = await relata(["bi", "create", "acme"], env);
    assert(code === 0, `no BI login was made: ${err}`);
    made = out.trim().split("\n")[1]!;
    return made;
  }
  const end = world.end;
  return Object.assign(world, {
    biUrl,
    schemas: { acme: await schemaOf("acme"), globex: await schemaOf("globex") },
    graphql: async <T>(email: string, query: string, variables = {}) =>
      world.ask<T>("/graphql", await world.tokenOf(email), query, variables),
    metadata: async <T>(email: string, query: string, variables = {}) =>
      world.ask<T>("/metadata", await world.tokenOf(email), query, variables),
    async end() {
      // Roles belong to the whole cluster: none may stay behind.
      if (made) await relata(["bi", "drop", "acme", new URL(made).username], env);
      await end();
    },
  });
}
