/** Suspended and deleted workspaces: nobody comes in, at once; and others notice nothing. */
import { asAdministrator, become, type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { memberId, newUser, workspaceId } from "../people.ts";
import { ADMIN, count, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const as = (email: string, work: (db: Db) => Promise<void>) => withMemberDb(database.adminUrl, email, work);
const suspend = (db: Db, id: string, isSuspended = true) => value(db, "select core.suspend_workspace($1, $2)", [id, isSuspended]);
const makeServerAdmin = (db: Db, email: string) =>
  asAdministrator(db, () => db.query("update core.users set is_server_admin = true where email = $1", [email]));

describe("core.suspend_workspace", () => {
  it("keeps everybody out at once (WORKSPACE_SUSPENDED), and lets them in again", () =>
    as(STRANGER, async (db) => {
      await makeServerAdmin(db, STRANGER);
      const acme = await workspaceId(db);
      await suspend(db, acme);
      for (const email of [OWNER, ADMIN, MEMBER, GUEST])
        expect(await errorOf(db, () => become(db, email))).toMatchObject({ code: "SUSPD" });
      await become(db, STRANGER);
      await suspend(db, acme, false);
      await become(db, OWNER);
      expect(await count(db, "company")).toBeGreaterThan(0);
    }));

  it.each([OWNER, ADMIN, MEMBER, GUEST])("is nothing for %s (PERMISSION_DENIED)", (email) =>
    as(email, async (db) => {
      for (const subdomain of ["acme", "globex"]) await expectDenied(db, async () => suspend(db, await workspaceId(db, subdomain)));
      await become(db, OWNER);
      expect(await count(db, "company")).toBeGreaterThan(0);
    }),
  );

  it("knows no workspace that is not there (NOT_FOUND), and shows its administrator no more than before", () =>
    as(STRANGER, async (db) => {
      await makeServerAdmin(db, STRANGER);
      await expectRefusal(db, () => suspend(db, "00000000-0000-7000-8000-000000000000"), "NOT_FOUND", "workspaceId");
      await suspend(db, await workspaceId(db), false);
      expect(await rows(db, "select subdomain from core.workspaces")).toEqual([{ subdomain: "globex" }]);
    }));
});

describe("core.delete_workspace", () => {
  const remove = (db: Db) => value(db, "select core.delete_workspace(authz.workspace_id())");

  it("shuts the doors, ends the sessions, and hides the address, until it is reopened", () =>
    as(OWNER, async (db) => {
      const acme = await workspaceId(db);
      const sessions = () => asAdministrator(db, () => count(db, `private.sessions where workspace_id = '${acme}'`));
      await asAdministrator(db, () =>
        db.query(
          "insert into private.sessions (user_id, workspace_id, expires_at) select id, $1, now() + interval '1 day' from core.users where email = $2",
          [acme, OWNER],
        ),
      );
      expect(await sessions()).toBe(1);
      await become(db, OWNER);
      await remove(db);
      expect(await sessions()).toBe(0);
      for (const email of [OWNER, MEMBER]) expect(await errorOf(db, () => become(db, email))).toMatchObject({ code: "LOGIN" });
      await asAdministrator(db, async () => {
        expect(await value(db, "select authz.workspace_at('acme')")).toBeNull();
        expect(
          await errorOf(db, () => db.query("select authz.shape_of($1, $2)", ["00000000-0000-0000-0000-000000000000", acme])),
        ).toMatchObject({ code: "LOGIN" });
      });
      await become(db, STRANGER);
      expect(await value(db, "select authz.member_id()")).toBe(await memberId(db, STRANGER, "globex"));
      await asAdministrator(db, () => db.query("select private.reopen_workspace($1)", [acme]));
      await become(db, MEMBER);
      expect(await count(db, "company")).toBeGreaterThan(0);
    }));

  it("keeps its subdomain from others meanwhile (NAME_TAKEN)", () =>
    as(OWNER, async (db) => {
      await remove(db);
      await become(db, STRANGER);
      await expectRefusal(db, () => value(db, "select core.update_workspace($1)", [{ subdomain: "acme" }]), "NAME_TAKEN", "subdomain");
    }));

  it.each([ADMIN, MEMBER, GUEST])("is nothing for %s (PERMISSION_DENIED)", (email) =>
    as(email, async (db) => {
      await expectDenied(db, () => remove(db));
      await become(db, OWNER);
      expect(await count(db, "company")).toBeGreaterThan(0);
      expect(await newUser(db, "a@initech.test")).toBeTruthy();
    }),
  );
});
