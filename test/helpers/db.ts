/** Databases for tests: each file has its own, cloned from the template with the demo data. */
import pg from "pg";
import { databaseUrl, ownerUrl } from "../../src/migrate.ts";
import { endConnections, withConnection } from "./connections.ts";

export const TEST_SECRET = "only for tests, 0123456789abcdef";
export type Db = pg.Client;

let counter = 0;

const asAdmin = <T>(work: (admin: Db) => Promise<T>): Promise<T> =>
  withConnection(databaseUrl(process.env["RELATA_TEST_TEMPLATE_URL"]!, "postgres"), "select", work);

/** A new database with the demo data; `drop` takes it away. */
export async function createTestDatabase(): Promise<{ adminUrl: string; drop: () => Promise<void> }> {
  const templateUrl = process.env["RELATA_TEST_TEMPLATE_URL"]!;
  const name = `relata_test_${process.env["RELATA_TEST_SUFFIX"]}_${process.env["JEST_WORKER_ID"]}_${counter++}_${Date.now().toString(36)}`;
  const database = pg.escapeIdentifier(name);
  await asAdmin(async (admin) => {
    // As files: by way of the log it takes twice the time.
    await admin.query(
      `create database ${database} template ${pg.escapeIdentifier(new URL(templateUrl).pathname.slice(1))} strategy file_copy`,
    );
    // Database-wide grants are not copied from a template.
    await admin.query(`revoke all on database ${database} from public;
      grant connect, create, temporary on database ${database} to relata_owner;
      grant connect on database ${database} to relata_server, relata_worker`);
  });
  return {
    adminUrl: databaseUrl(templateUrl, name),
    drop: async () => {
      await asAdmin((admin) => admin.query(`drop database if exists ${database} with (force)`));
      await endConnections();
    },
  };
}

/** A database for the tests of this file: `const database = useTestDatabase()`, then `database.adminUrl`. */
export function useTestDatabase(): { adminUrl: string } {
  const database = { adminUrl: "" };
  let drop = async (): Promise<void> => {};
  beforeAll(async () => {
    const created = await createTestDatabase();
    ({ drop } = created);
    database.adminUrl = created.adminUrl;
  });
  afterAll(() => drop());
  return database;
}

/** Runs `work` in a transaction that is rolled back, as the administrator (no policy binds him). */
export const withAdminDb = <T>(adminUrl: string, work: (db: Db) => Promise<T>): Promise<T> => withConnection(adminUrl, "begin", work);

/** Runs `work` in a transaction that is rolled back, as relata_owner (policies bind him: FORCE). */
export const withOwnerDb = <T>(adminUrl: string, work: (db: Db) => Promise<T>): Promise<T> => withAdminDb(ownerUrl(adminUrl), work);

/** From here on the transaction is that of the user with this address, as a request of his would be. */
export async function become(db: Db, email: string, subdomain = email.split("@")[1]!.split(".")[0]!): Promise<void> {
  await db.query("reset role");
  const { rows } = await db.query<{ user_id: string; workspace_id: string }>(
    "select u.id as user_id, w.id as workspace_id from core.users u, core.workspaces w where u.email = $1 and w.subdomain = $2",
    [email, subdomain],
  );
  await db.query("select set_config('role', 'relata_server', true)");
  await db.query(
    "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c",
    [rows[0]!.user_id, rows[0]!.workspace_id],
  );
}

/** Runs `work` as the administrator within the same transaction, then goes back to who it was. */
export async function asAdministrator<T>(db: Db, work: () => Promise<T>): Promise<T> {
  const { rows } = await db.query<{ role: string }>("select current_user as role");
  await db.query("reset role");
  try {
    return await work();
  } finally {
    await db.query("select set_config('role', $1, true)", [rows[0]!.role]);
  }
}

/** Runs `work` as a demo user (owner@acme.test …) in a transaction that is rolled back. */
export const withMemberDb = <T>(adminUrl: string, email: string, work: (db: Db) => Promise<T>): Promise<T> =>
  withAdminDb(adminUrl, async (db) => {
    await become(db, email);
    return work(db);
  });

/** Tries `work` inside a savepoint, so that its failure does not end the transaction; answers the error or undefined. */
export async function errorOf(
  db: Db,
  work: () => Promise<unknown>,
): Promise<{ code?: string; message: string; column?: string } | undefined> {
  await db.query("savepoint attempt");
  try {
    await work();
    await db.query("release savepoint attempt");
    return undefined;
  } catch (error) {
    await db.query("rollback to savepoint attempt");
    return error as { code?: string; message: string };
  }
}
