/** What each role may do with records, down to a role that holds single permissions. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, COLLEAGUES, count, expectDenied, GUEST, MEMBER, OWNER, value } from "../support.ts";

const database = useTestDatabase();
const as = <T>(email: string, work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, email, work);

const insert = (db: Db, name = "Initech") => value(db, "insert into company (name) values ($1) returning id", [name]);

it.each(COLLEAGUES)("%s can read records", (email) =>
  as(email, async (db) => {
    const seen = await count(db, "company");
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBe(await asAdministrator(db, () => count(db, "company")));
  }),
);

it.each([OWNER, ADMIN, MEMBER])("%s can insert, update, mark as deleted and restore a record", (email) =>
  as(email, async (db) => {
    const id = await insert(db);
    for (const change of ["name = 'Initrode'", "deleted_at = now()", "deleted_at = null"]) {
      expect((await db.query(`update company set ${change} where id = $1`, [id])).rowCount).toBe(1);
    }
    expect(await count(db, "company where name = 'Initrode' and deleted_at is null")).toBe(1);
  }),
);

describe("a guest", () => {
  const change = "update company set name = 'Initech'";

  it("cannot insert a record (42501)", () =>
    as(GUEST, async (db) => {
      await expectDenied(db, () => insert(db));
      expect(await asAdministrator(db, () => insert(db))).toMatch(/-7/);
    }));

  it("cannot update a record (42501)", () =>
    as(GUEST, async (db) => {
      await expectDenied(db, () => db.query(change));
      expect((await asAdministrator(db, () => db.query(change))).rowCount).toBeGreaterThan(0);
    }));

  it("cannot mark a record as deleted (42501)", () =>
    as(GUEST, async (db) => {
      await expectDenied(db, () => db.query("update company set deleted_at = now()"));
      expect(await asAdministrator(db, () => count(db, "company where deleted_at is null"))).toBeGreaterThan(0);
    }));
});

it.each([OWNER, ADMIN, MEMBER])("%s can destroy records with the permission alone", (email) =>
  as(email, async (db) => {
    const erase = () => db.query("delete from task_target");
    const mayDestroy = await value(db, "select authz.has_permission('taskTargets.destroy')");
    const there = await count(db, "task_target");
    expect((await erase()).rowCount).toBe(mayDestroy ? there : 0);
    expect([there > 0, mayDestroy]).toEqual([true, !email.startsWith("member")]);
  }),
);

it("cannot destroy the record of somebody who is a member", () =>
  as(OWNER, async (db) => {
    const members = await count(db, "workspace_member");
    expect((await db.query("delete from workspace_member")).rowCount).toBe(0);
    await asAdministrator(db, () => db.query("update workspace_member set deleted_at = now() where first_name = 'Gus'"));
    expect((await db.query("delete from workspace_member")).rowCount).toBe(1);
    expect(await count(db, "workspace_member")).toBe(members - 1);
  }));

it.each(COLLEAGUES)("%s cannot touch a record's table (42501)", (email) =>
  as(email, async (db) => {
    const erase = () => db.query("delete from task_target");
    await expectDenied(db, () => db.query("truncate task_target"));
    await expectDenied(db, () => db.query("alter table task_target add column x text"));
    await expectDenied(db, () => db.query("drop policy in_workspace on task_target"));
    await expectDenied(db, () => db.query("create index on task_target (created_at)"));
    await expectDenied(db, () => db.query("create table stray (x text)"));
    await expectDenied(db, () => db.query("create function stray() returns int language sql return 1"));
    expect((await asAdministrator(db, erase)).rowCount).toBeGreaterThan(0);
  }),
);

describe("a role of its own", () => {
  /** The guest of acme, in a new role that holds these permissions. */
  const withRole = (permissions: string[], work: (db: Db) => Promise<void>) =>
    withAdminDb(database.adminUrl, async (db) => {
      await db.query(
        `with r as (
           insert into core.roles (workspace_id, name, label, permissions)
           select id, 'SPECIAL', 'Special', $1 from core.workspaces where subdomain = 'acme' returning *
         )
         update core.role_assignments a set role_id = r.id from r, core.workspace_members m, core.users u
         where m.id = a.member_id and m.user_id = u.id and u.email = $2`,
        [permissions, GUEST],
      );
      await become(db, GUEST);
      await work(db);
    });

  it("can read one object's records, and cannot see another's", () =>
    withRole(["companies.read"], async (db) => {
      expect(await count(db, "company")).toBeGreaterThan(0);
      expect(await count(db, "person")).toBe(0);
      expect(await asAdministrator(db, () => count(db, "person"))).toBeGreaterThan(0);
    }));

  it("without a permission cannot see anything", () =>
    withRole([], async (db) => {
      expect(await count(db, "company")).toBe(0);
      expect(await asAdministrator(db, () => count(db, "company"))).toBeGreaterThan(0);
    }));

  it("can create one object's records, and cannot create another's (42501)", () =>
    withRole(["*.read", "companies.create"], async (db) => {
      expect(await insert(db)).toMatch(/-7/);
      await expectDenied(db, () => db.query("insert into person (first_name) values ('Peter')"));
    }));

  it("can update one object's records, and cannot update another's", () =>
    withRole(["*.read", "companies.update"], async (db) => {
      expect((await db.query("update company set name = 'Initech'")).rowCount).toBeGreaterThan(0);
      expect((await db.query("update person set first_name = 'Peter'")).rowCount).toBe(0);
      expect(await asAdministrator(db, () => count(db, "person where first_name is distinct from 'Peter'"))).toBeGreaterThan(0);
    }));

  it("cannot insert without the permission to create (42501)", () =>
    withRole(["*.read", "*.update"], async (db) => {
      await expectDenied(db, () => insert(db));
      expect((await db.query("update company set name = 'Initech'")).rowCount).toBeGreaterThan(0);
    }));

  it("cannot update without the permission to update", () =>
    withRole(["*.read", "*.create"], async (db) => {
      await insert(db);
      expect((await db.query("update company set name = 'Initrode'")).rowCount).toBe(0);
      expect(await asAdministrator(db, () => count(db, "company"))).toBeGreaterThan(0);
    }));

  it("cannot mark a record as deleted without the permission to delete (42501)", () =>
    withRole(["*.read", "*.update"], async (db) => {
      await expectDenied(db, () => db.query("update company set deleted_at = now()"));
      expect(await asAdministrator(db, () => count(db, "company where deleted_at is null"))).toBeGreaterThan(0);
    }));
});
