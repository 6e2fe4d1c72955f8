/** Leaving, removing, handing over: who may, and that a workspace is never without an owner. */
import { asAdministrator, become, type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { giveRole, join, memberId, newRole, newUser, workspaceId } from "../people.ts";
import { ADMIN, count, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const as = (email: string, work: (db: Db) => Promise<void>) => withMemberDb(database.adminUrl, email, work);
const remove = (db: Db, id: string) => value(db, "select core.remove_member($1)", [id]);
const leave = (db: Db) => value(db, "select core.leave_workspace()");
const transfer = (db: Db, id: string) => value(db, "select core.transfer_ownership($1)", [id]);
const NOBODY = "00000000-0000-7000-8000-000000000000";
const rolesOf = async (db: Db, email: string) =>
  asAdministrator(db, async () =>
    (
      await rows<{ name: string }>(
        db,
        "select r.name from core.users u join core.workspace_members m on m.user_id = u.id join core.role_assignments a on a.member_id = m.id join core.roles r on r.id = a.role_id where u.email = $1",
        [email],
      )
    ).map(({ name }) => name),
  );

describe("core.remove_member", () => {
  it.each([
    [OWNER, ADMIN],
    [OWNER, GUEST],
    [ADMIN, MEMBER],
    [ADMIN, GUEST],
  ])("lets %s remove %s, whose next request is refused", (by, whom) =>
    as(by, async (db) => {
      await remove(db, await memberId(db, whom));
      expect(await errorOf(db, () => become(db, whom))).toMatchObject({ code: "LOGIN" });
    }),
  );

  it.each([
    [MEMBER, GUEST],
    [GUEST, MEMBER],
    [MEMBER, OWNER],
    [ADMIN, OWNER],
  ])("does not let %s remove %s (PERMISSION_DENIED)", (by, whom) =>
    as(by, async (db) => {
      await expectDenied(db, async () => remove(db, await memberId(db, whom)));
      await become(db, whom);
      expect(await value(db, "select authz.member_id()")).toBe(await memberId(db, whom));
    }),
  );

  it("does not let anybody remove who may do more than he himself (PERMISSION_DENIED)", () =>
    as(OWNER, async (db) => {
      await newRole(db, "CARETAKER", ["members", "*.read"]);
      await giveRole(db, MEMBER, "CARETAKER");
      await become(db, MEMBER);
      await expectDenied(db, async () => remove(db, await memberId(db, ADMIN)));
      expect(await remove(db, await memberId(db, GUEST))).toBeTruthy();
    }));

  it("knows no member of another workspace (NOT_FOUND)", () =>
    as(OWNER, async (db) => {
      const foreign = await memberId(db, STRANGER, "globex");
      await expectRefusal(db, () => remove(db, foreign), "NOT_FOUND", "workspaceMemberIdToDelete");
      await expectRefusal(db, () => remove(db, NOBODY), "NOT_FOUND", "workspaceMemberIdToDelete");
      expect(await memberId(db, STRANGER, "globex")).toBe(foreign);
    }));
});

describe("core.leave_workspace", () => {
  it.each([ADMIN, MEMBER, GUEST])("lets %s go, and come back by an invitation alone", (email) =>
    as(email, async (db) => {
      const user = await value(db, "select authz.user_id()");
      await leave(db);
      expect(await errorOf(db, () => become(db, email))).toMatchObject({ code: "LOGIN" });
      expect(await join(db, user, await workspaceId(db), undefined, true)).toBeNull();
    }),
  );

  it("does not let the only owner go (LAST_OWNER), but one of two", () =>
    as(OWNER, async (db) => {
      await expectRefusal(db, () => leave(db), "LAST_OWNER");
      await expectRefusal(db, async () => remove(db, await memberId(db, OWNER)), "LAST_OWNER");
      await giveRole(db, MEMBER, "OWNER");
      await become(db, OWNER);
      await leave(db);
      expect(await rolesOf(db, MEMBER)).toEqual(["OWNER"]);
    }));
});

describe("core.transfer_ownership", () => {
  it("makes another the owner, and the former one an admin", () =>
    as(OWNER, async (db) => {
      await transfer(db, await memberId(db, GUEST));
      expect([await rolesOf(db, GUEST), await rolesOf(db, OWNER)]).toEqual([["OWNER"], ["ADMIN"]]);
      await become(db, OWNER);
      await expectDenied(db, async () => transfer(db, await memberId(db, OWNER)));
      await become(db, GUEST);
      expect(await transfer(db, await memberId(db, OWNER))).toBeTruthy();
    }));

  it.each([ADMIN, MEMBER, GUEST])("cannot be called by %s (PERMISSION_DENIED)", (email) =>
    as(email, async (db) => {
      await expectDenied(db, async () => transfer(db, await memberId(db, email)));
      await expectDenied(db, async () => transfer(db, await memberId(db, MEMBER)));
    }),
  );

  it("knows no member of another workspace (NOT_FOUND), and no handing over to oneself (BAD_INPUT)", () =>
    as(OWNER, async (db) => {
      for (const id of [await memberId(db, STRANGER, "globex"), NOBODY]) {
        await expectRefusal(db, () => transfer(db, id), "NOT_FOUND", "workspaceMemberId");
      }
      await expectRefusal(db, async () => transfer(db, await memberId(db, OWNER)), "BAD_INPUT", "workspaceMemberId");
    }));
});

describe("the last owner", () => {
  it.each([
    ["his role is taken", "delete from core.role_assignments where member_id = $1"],
    [
      "he gets another role",
      "update core.role_assignments set role_id = (select id from core.roles where name = 'GUEST' and workspace_id = authz.workspace_id()) where member_id = $1",
    ],
    ["he is deleted", "delete from core.workspace_members where id = $1"],
    ["his account is deleted", "delete from core.users where id = (select user_id from core.workspace_members where id = $1)"],
    ["the role itself is deleted", "delete from core.roles where id = (select role_id from core.role_assignments where member_id = $1)"],
  ])("is kept when %s, whoever does it (LAST_OWNER)", (_name, statement) =>
    as(OWNER, async (db) => {
      const id = await memberId(db, OWNER);
      await asAdministrator(db, () => expectRefusal(db, () => db.query(statement, [id]), "LAST_OWNER"));
      if (statement.includes("core.roles where id")) return;
      await giveRole(db, GUEST, "OWNER");
      await asAdministrator(db, () => db.query(statement, [id]));
      expect(await rolesOf(db, GUEST)).toEqual(["OWNER"]);
    }),
  );
});

describe("core.delete_user", () => {
  const remove = (db: Db) => value(db, "select core.delete_user()");

  it("takes the account away, in every workspace, and the address out of the records", () =>
    as(MEMBER, async (db) => {
      const user = await value(db, "select authz.user_id()");
      await asAdministrator(db, () =>
        db.query("select private.add_member(id, $1, 'GUEST') from core.workspaces where subdomain = 'globex'", [user]),
      );
      await become(db, MEMBER);
      await remove(db);
      await asAdministrator(db, async () => {
        for (const table of [
          "core.users where id",
          "core.workspace_members where user_id",
          "private.user_secrets where user_id",
          "private.access where caller_id",
        ]) {
          expect([table, await count(db, `${table} = '${user}'`)]).toEqual([table, 0]);
        }
        for (const subdomain of ["acme", "globex"]) {
          const schema = await value(db, "select schema_name from core.workspaces where subdomain = $1", [subdomain]);
          expect(
            await rows(
              db,
              `select name, user_email, user_id, deleted_at is not null as is_gone from ${schema}.workspace_member where name = 'Mia Member'`,
            ),
          ).toEqual([{ name: "Mia Member", user_email: null, user_id: null, is_gone: true }]);
        }
      });
    }));

  it("is refused to the only owner of a workspace (LAST_OWNER), and leaves everything then", () =>
    as(OWNER, async (db) => {
      await expectRefusal(db, () => remove(db), "LAST_OWNER");
      expect(await memberId(db, OWNER)).toBeTruthy();
      await giveRole(db, ADMIN, "OWNER");
      await become(db, OWNER);
      expect(await remove(db)).toBeTruthy();
    }));
});

it.each(["core.leave_workspace()", "core.delete_user()", "core.transfer_ownership(null)", "core.delete_workspace(null)"])(
  "%s is nothing that a program, or who impersonates somebody, may do (PERMISSION_DENIED)",
  (call) =>
    as(OWNER, async (db) => {
      await db.query("select set_config('relata.impersonator_id', gen_random_uuid()::text, true)");
      await expectDenied(db, () => db.query(`select ${call}`));
      await db.query("select set_config('relata.impersonator_id', '', true), set_config('relata.member_id', '', true)");
      await expectDenied(db, () => db.query(`select ${call}`));
      await newUser(db, "somebody@initech.test");
    }),
);
