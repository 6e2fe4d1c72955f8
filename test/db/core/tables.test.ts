/** Who sees the rows of core: the metadata API shows what these policies let through. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, COLLEAGUES, count, expectDenied, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const MODEL = ["objects", "fields", "relations"];
const METADATA = ["roles", ...MODEL];
const TABLES = ["workspaces", "users", "workspace_members", ...METADATA, "views", "view_fields"];
const LOGINS = ["relata_anonymous", "relata_server", "relata_worker"];

const database = useTestDatabase();
const as = <T>(email: string, work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, email, work);

/** The condition that a row of this table belongs to acme. */
const ofAcme = (table: string) =>
  `${table === "workspaces" ? "id" : "workspace_id"} = (select id from core.workspaces where subdomain = 'acme')`;

describe.each([OWNER, ADMIN])("%s", (email) => {
  it.each([...METADATA, "workspace_members"])("can see all of core.%s in his workspace", (table) =>
    as(email, async (db) => {
      const seen = await count(db, `core.${table}`);
      const there = await asAdministrator(db, () => count(db, `core.${table} where ${ofAcme(table)}`));
      expect(there).toBeGreaterThan(1);
      expect(seen).toBe(there);
    }),
  );
});

describe.each([MEMBER, GUEST])("%s", (email) => {
  it.each(MODEL)("can see all of core.%s in his workspace, and cannot write it (42501)", (table) =>
    as(email, async (db) => {
      const there = await asAdministrator(db, () => count(db, `core.${table} where ${ofAcme(table)}`));
      expect(there).toBeGreaterThan(1);
      expect(await count(db, `core.${table}`)).toBe(there);
      await expectDenied(db, () => db.query(`update core.${table} set updated_at = now()`));
      await expectDenied(db, () => db.query(`delete from core.${table}`));
    }),
  );

  it("can see the role he holds, and cannot see another", () =>
    as(email, async (db) => {
      expect(await rows(db, "select name from core.roles")).toEqual([{ name: email === MEMBER ? "MEMBER" : "GUEST" }]);
      expect(await count(db, "core.role_assignments")).toBe(1);
      expect(await asAdministrator(db, () => count(db, `core.roles where ${ofAcme("roles")}`))).toBe(4);
      expect(await asAdministrator(db, () => count(db, `core.role_assignments where ${ofAcme("role_assignments")}`))).toBe(4);
    }));

  it("can see his own membership, and cannot see a colleague's", () =>
    as(email, async (db) => {
      expect(await rows(db, "select user_id = authz.user_id() as mine from core.workspace_members")).toEqual([{ mine: true }]);
      expect(await asAdministrator(db, () => count(db, `core.workspace_members where ${ofAcme("workspace_members")}`))).toBe(4);
    }));
});

describe.each([...COLLEAGUES, STRANGER])("%s", (email) => {
  it("can see himself, and cannot see other users", () =>
    as(email, async (db) => {
      expect(await rows(db, "select email from core.users")).toEqual([{ email }]);
      expect(await asAdministrator(db, () => count(db, "core.users"))).toBeGreaterThan(1);
    }));

  it("can see his workspace, and cannot see another", () =>
    as(email, async (db) => {
      expect(await rows(db, "select subdomain from core.workspaces")).toEqual([{ subdomain: email.includes("acme") ? "acme" : "globex" }]);
      expect(await asAdministrator(db, () => count(db, "core.workspaces"))).toBeGreaterThan(1);
    }));
});

it.each(["workspaces", "workspace_members", ...METADATA, "views", "view_fields"])("cannot see another workspace's core.%s", (table) =>
  as(STRANGER, async (db) => {
    const acme = await asAdministrator(db, () => value(db, "select id from core.workspaces where subdomain = 'acme'"));
    const from = `core.${table} where ${table === "workspaces" ? "id" : "workspace_id"} = '${acme}'`;
    expect(await count(db, `core.${table}`)).toBeGreaterThan(0);
    expect(await count(db, from)).toBe(0);
    expect(await asAdministrator(db, () => count(db, from))).toBeGreaterThan(0);
  }),
);

it("cannot see in one workspace his membership of another", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query(
      `insert into core.workspace_members (workspace_id, user_id)
       select w.id, u.id from core.workspaces w, core.users u where w.subdomain = 'globex' and u.email = $1`,
      [OWNER],
    );
    const mine = "core.workspace_members where user_id = authz.user_id()";
    await become(db, OWNER);
    expect(await count(db, mine)).toBe(1);
    expect(await asAdministrator(db, () => count(db, mine))).toBe(2);
  }));

describe("without a claim", () => {
  it.each(TABLES)("relata_admin cannot see a row of core.%s", (table) =>
    withAdminDb(database.adminUrl, async (db) => {
      await db.query("set local role relata_admin");
      expect(await count(db, `core.${table}`)).toBe(0);
      expect(await asAdministrator(db, () => count(db, `core.${table}`))).toBeGreaterThan(0);
    }),
  );

  it.each(TABLES.filter((table) => table !== "users"))("relata_owner cannot see a row of core.%s", (table) =>
    withAdminDb(database.adminUrl, async (db) => {
      await db.query("set local role relata_owner");
      expect(await count(db, `core.${table}`)).toBe(0);
      expect(await asAdministrator(db, () => count(db, `core.${table}`))).toBeGreaterThan(0);
    }),
  );

  it("an emptied claim is no claim", () =>
    as(OWNER, async (db) => {
      expect(await count(db, "core.objects")).toBeGreaterThan(0);
      // What a pooled connection has after SET LOCAL, once the transaction is over.
      await db.query("select set_config('relata.workspace_id', '', true), set_config('relata.user_id', '', true)");
      for (const table of TABLES) expect(await count(db, `core.${table}`)).toBe(0);
    }));
});

describe.each(LOGINS)("%s", (role) => {
  it.each([...TABLES, "field_types"])("cannot read core.%s (42501)", (table) =>
    withAdminDb(database.adminUrl, async (db) => {
      await db.query(`set local role ${role}`);
      await expectDenied(db, () => db.query(`select from core.${table}`));
      expect(await asAdministrator(db, () => count(db, `core.${table}`))).toBeGreaterThan(0);
    }),
  );
});
