/** What a role's list of permissions means. */
import { asAdministrator, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { COLLEAGUES, expectDenied, expectRefusal, GUEST, value } from "../support.ts";

const database = useTestDatabase();

const holds = (db: Db, permissions: string | null, permission: string | null) =>
  value<boolean | null>(db, "select authz.has_permission($2) from (select set_config('relata.permissions', $1, true)) claim", [
    permissions,
    permission,
  ]);

it.each([
  ["*", "companies.read"],
  ["*", "data_model"],
  ["*", "anything at all"],
  ["*.read", "companies.read"],
  ["*.read", "people.read"],
  ["companies.read", "companies.read"],
  ["people.read,companies.read", "companies.read"],
  ["data_model", "data_model"],
  ["*.read,data_model,members", "members"],
])("%s holds %s", (permissions, permission) =>
  withAdminDb(database.adminUrl, async (db) => expect(await holds(db, permissions, permission)).toBe(true)),
);

it.each([
  ["", "companies.read"],
  ["*.read", "companies.update"],
  ["*.read", "data_model"],
  ["*.read", "read"],
  ["companies.read", "people.read"],
  ["companies.read", "companies.readAll"],
  ["companies.read", "companies"],
  ["companies.*", "companies.read"],
  ["data_model", "members"],
  ["*.read,*.create,*.update,*.delete,*.destroy,data_model,members", "*"],
])("%s does not hold %s", (permissions, permission) =>
  withAdminDb(database.adminUrl, async (db) => {
    expect(await holds(db, permissions, permission)).toBe(false);
    expect(await holds(db, "*", permission)).toBe(true);
  }),
);

it("nobody holds a permission without a claim", () =>
  withAdminDb(database.adminUrl, async (db) => {
    expect(await value(db, "select authz.has_permission('companies.read')")).toBe(false);
    expect(await holds(db, "*", "companies.read")).toBe(true);
  }));

const CAN: Record<string, [yes: string[], no: string[]]> = {
  "owner@acme.test": [["companies.read", "companies.destroy", "data_model", "members", "whatever"], []],
  "admin@acme.test": [
    ["companies.read", "companies.destroy", "data_model", "members"],
    ["billing", "*"],
  ],
  "member@acme.test": [
    ["companies.read", "companies.create", "companies.update", "companies.delete"],
    ["companies.destroy", "data_model", "members"],
  ],
  "guest@acme.test": [["companies.read"], ["companies.create", "companies.update", "companies.delete", "companies.destroy", "data_model"]],
};

it.each(COLLEAGUES)("%s holds what his role says, and nothing else", (email) =>
  withMemberDb(database.adminUrl, email, async (db) => {
    const [yes, no] = CAN[email]!;
    for (const permission of yes) {
      expect([permission, await value(db, "select authz.has_permission($1)", [permission])]).toEqual([permission, true]);
      await db.query("select authz.require_permission($1)", [permission]);
    }
    for (const permission of no) {
      expect([permission, await value(db, "select authz.has_permission($1)", [permission])]).toEqual([permission, false]);
      await expectDenied(db, () => db.query("select authz.require_permission($1)", [permission]));
    }
  }),
);

it("a role's new permission holds from the next claim on", () =>
  withMemberDb(database.adminUrl, GUEST, async (db) => {
    const [user, workspace] = [await value(db, "select authz.user_id()"), await value(db, "select authz.workspace_id()")];
    const held = () => value(db, "select authz.has_permission('data_model')");
    expect(await held()).toBe(false);
    await asAdministrator(db, async () => {
      await db.query("update core.roles set permissions = permissions || '{data_model}' where name = 'GUEST'");
      expect(await value(db, "select request_role from authz.claim($1, $2, null)", [user, workspace])).toBe("relata_admin");
    });
    expect(await held()).toBe(true);
  }));

it("cannot keep a permission that would be two in a claim (CHECK_FAILED)", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const update = (permission: string) => () =>
      db.query("update core.roles set permissions = array[$1] where name = 'GUEST'", [permission]);
    await expectRefusal(db, update("companies.read,*"), "CHECK_FAILED");
    expect((await update("companies.read")()).rowCount).toBeGreaterThan(0);
  }));
