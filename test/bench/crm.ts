/**
 * Workspaces to measure on, made by the same SQL functions that make real ones.
 * Records are inserted behind a claim, as a request of their owner would.
 */
import pg from "pg";
import { AccessTokens } from "../../src/auth/accessToken.ts";
import { digest } from "../../src/auth/oneTimeTokens.ts";
import { hashPassword } from "../../src/auth/password.ts";
import { Sealed } from "../../src/auth/sealed.ts";
import { SigningKeys } from "../../src/auth/signingKeys.ts";
import { readConfig } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { makeServerPool } from "../../src/pools.ts";
import { APP_SECRET, type World } from "./world.ts";

export type Workspace = { subdomain: string; workspaceId: string; userId: string; schemaName: string; token: string };
export type Db = pg.Client;

const TOKEN_SECONDS = 12 * 3600;
const TYPES = ["TEXT", "NUMBER", "NUMERIC", "BOOLEAN", "DATE", "DATE_TIME"];
let passwordHash: string | undefined;

/** Runs `work` as the administrator. */
export async function withAdmin<T>(world: World, work: (db: Db) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString: world.adminUrl });
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

/** Runs `work` in one transaction that speaks for the owner of `workspace`. */
export async function claimed<T>(db: Db, { userId, workspaceId }: Workspace, work: () => Promise<T>): Promise<T> {
  await db.query("begin");
  await db.query("select set_config('role', 'relata_server', true)");
  await db.query(
    "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c",
    [userId, workspaceId],
  );
  const result = await work();
  await db.query("commit");
  return result;
}

/** Signs tokens as the server does, without a password's proof for each. */
export async function makeTokens(world: World): Promise<AccessTokens> {
  const pool = makeServerPool(world.adminUrl, APP_SECRET, readConfig({}), makeLog("error", false));
  const keys = new SigningKeys(pool, new Sealed(APP_SECRET), TOKEN_SECONDS, TOKEN_SECONDS);
  await keys.load();
  return new AccessTokens(keys, TOKEN_SECONDS);
}

/** A workspace of the standard shape, with its owner. */
export async function createWorkspace(db: Db, tokens: AccessTokens, subdomain: string): Promise<Workspace> {
  passwordHash ??= await hashPassword("relata-bench");
  await db.query("begin");
  await db.query("select set_config('role', 'relata_owner', true)");
  const one = async (text: string, values: unknown[]) => (await db.query<{ id: string }>(`select ${text} as id`, values)).rows[0]!.id;
  const workspaceId = await one("private.create_workspace($1, $2)", [subdomain, subdomain]);
  const userId = await one("private.create_user($1, $2, 'Bea', 'Bench')", [`owner@${subdomain}.test`, passwordHash]);
  await one("private.add_member($1, $2, 'OWNER')", [workspaceId, userId]);
  const schemaName = await one("(select schema_name from core.workspaces where id = $1)", [workspaceId]);
  const sessionId = await one("private.open_session($1, $2, $3, '1 day')", [userId, workspaceId, digest(subdomain)]);
  await db.query("commit");
  return { subdomain, workspaceId, userId, schemaName, token: await tokens.sign({ userId, workspaceId, sessionId }) };
}

const customObject = (index: number) => ({
  nameSingular: `custom${index}`,
  namePlural: `customs${index}`,
  description: `A custom object, number ${index}.`,
  fields: [
    { name: "name", type: "TEXT" },
    { name: "status", type: "SELECT", options: [{ value: "OPEN" }, { value: "DONE" }, { value: "LOST" }] },
    ...Array.from({ length: 18 }, (_, n) => ({ name: `field${n + 1}`, type: TYPES[n % TYPES.length] })),
  ],
});

/** Adds custom objects of 20 fields each, every one related to company. */
export async function addCustomObjects(db: Db, { workspaceId }: Workspace, count: number): Promise<void> {
  await db.query("begin");
  await db.query("select set_config('role', 'relata_owner', true), set_config('relata.workspace_id', $1, true)", [workspaceId]);
  for (let index = 1; index <= count; index++) {
    const { rows } = await db.query<{ id: string }>("select private.create_object($1, $2) as id", [workspaceId, customObject(index)]);
    const relation = { type: "RELATION", name: "company", relation: { targetObject: "company", targetFieldName: `customs${index}` } };
    await db.query("select private.create_field((select o from core.objects o where o.id = $1), $2)", [rows[0]!.id, relation]);
  }
  await db.query("select private.touch_metadata($1)", [workspaceId]);
  await db.query("commit");
}
