/** The roles that log in, over connections of their own: they can only become a request role. */
import pg from "pg";
import { rolePassword, urlFor } from "../../../src/migrate.ts";
import { type Db, TEST_SECRET, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { count, expectDenied, OWNER, rows, schemaOf, value } from "../support.ts";

const database = useTestDatabase();

async function withLogin(role: string, work: (db: Db) => Promise<void>): Promise<void> {
  const db = new pg.Client({ connectionString: urlFor(database.adminUrl, role, rolePassword(TEST_SECRET, role)) });
  await db.connect();
  try {
    await db.query("begin");
    await work(db);
  } finally {
    await db.end();
  }
}

const REQUEST_ROLES = ["relata_anonymous", "relata_guest", "relata_member", "relata_admin"];

it.each(REQUEST_ROLES)("relata_server can become %s", (role) =>
  withLogin("relata_server", async (db) => {
    await db.query(`set local role ${role}`);
    expect(await value(db, "select current_user::text")).toBe(role);
  }),
);

it.each([
  ["relata_server", "relata_owner"],
  ["relata_server", "relata_worker"],
  ["relata_server", "pg_read_all_data"],
  ["relata_worker", "relata_owner"],
  ["relata_worker", "relata_server"],
  ["relata_worker", "relata_guest"],
])("%s cannot become %s (42501)", (login, role) =>
  withLogin(login, async (db) => {
    await expectDenied(db, () => db.query(`set local role ${role}`));
    await withAdminDb(database.adminUrl, (admin) => admin.query(`set local role ${role}`));
  }),
);

it.each(["relata_server", "relata_worker"])("%s cannot make anything (42501)", (login) =>
  withLogin(login, async (db) => {
    const schema = await withAdminDb(database.adminUrl, (admin) => schemaOf(admin, "acme"));
    for (const where of ["core", "authz", "private", "public", schema])
      await expectDenied(db, () => db.query(`create table ${where}.stray ()`));
    await expectDenied(db, () => db.query("create schema stray"));
    await expectDenied(db, () => db.query("create temporary table stray ()"));
    await expectDenied(db, () => db.query("create role stray"));
  }),
);

it.each(["relata_server", "relata_worker"])("%s cannot read a table of ours (42501)", (login) =>
  withLogin(login, async (db) => {
    const tables = await withAdminDb(database.adminUrl, (admin) =>
      rows<{ name: string }>(
        admin,
        `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and (n.nspname in ('core', 'private') or n.nspname like 'workspace%')`,
      ),
    );
    expect(tables.length).toBeGreaterThan(30);
    for (const { name } of tables) await expectDenied(db, () => db.query(`select from ${name}`));
  }),
);

it("relata_server can speak for a member, until the transaction ends", () =>
  withLogin("relata_server", async (db) => {
    const [user] = await rows<{ user_id: string }>(db, "select * from authz.password_of($1)", [OWNER]);
    const [workspace] = await rows<{ id: string }>(db, "select * from authz.workspaces_of($1)", [user!.user_id]);
    await db.query(
      "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c",
      [user!.user_id, workspace!.id],
    );
    expect(await count(db, "company")).toBeGreaterThan(0);
    await db.query("commit");
    await expect(db.query("select from company")).rejects.toMatchObject({ code: "42P01" });
  }));

it("relata_worker cannot speak for anybody (42501)", () =>
  withLogin("relata_worker", async (db) => {
    await expectDenied(db, () => db.query("select authz.claim(null, null, null)"));
    await expectDenied(db, () => db.query("select authz.password_of($1)", [OWNER]));
  }));

it.each(["postgres://db/relata?user=postgres&password=adm&options=-c%20role%3Dpostgres", "postgres://postgres:adm@db/relata"])(
  "cannot log in as anyone else by the address %s",
  (url) => expect(urlFor(url, "relata_server", "own")).toBe("postgres://relata_server:own@db/relata"),
);
