/** Sign-in: the hash to prove a password against, and the workspaces that are open. */
import { asAdministrator, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { ADMIN, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const asServer = <T>(work: (db: Db) => Promise<T>) =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query("set local role relata_server");
    return work(db);
  });

const userId = (db: Db, email: string) => asAdministrator(db, () => value(db, "select id from core.users where email = $1", [email]));
const passwordOf = (db: Db, email: string | null) => rows(db, "select * from authz.password_of($1)", [email]);
const workspacesOf = async (db: Db, id: string | null) =>
  (await rows<{ subdomain: string }>(db, "select * from authz.workspaces_of($1)", [id])).map(({ subdomain }) => subdomain);

/** Makes the user a guest of a workspace, as of this moment. */
const join = (db: Db, email: string, subdomain: string, at: string) =>
  asAdministrator(db, () =>
    db.query(
      `insert into core.workspace_members (workspace_id, user_id, created_at)
       select w.id, u.id, $3 from core.users u, core.workspaces w
       where u.email = $1 and w.subdomain = $2`,
      [email, subdomain, at],
    ),
  );

describe("authz.password_of", () => {
  it.each([OWNER, "Owner@ACME.test"])("answers the user of %s and his hash", (email) =>
    asServer(async (db) => {
      expect(await passwordOf(db, email)).toEqual([
        { user_id: await userId(db, OWNER), password_hash: expect.stringMatching(/^\$argon2id\$/) },
      ]);
    }),
  );

  it.each(["nobody@acme.test", "owner@acme.tes_", "%@acme.test", "", null])("answers nothing for %s", (email) =>
    asServer(async (db) => {
      expect(await passwordOf(db, email)).toEqual([]);
      expect(await passwordOf(db, OWNER)).toHaveLength(1);
    }),
  );
});

describe("authz.workspaces_of", () => {
  it("answers the workspaces of a user, and no other", () =>
    asServer(async (db) => {
      expect(await workspacesOf(db, await userId(db, OWNER))).toEqual(["acme"]);
      expect(await workspacesOf(db, await userId(db, STRANGER))).toEqual(["globex"]);
    }));

  it.each([
    ["2100-01-01", ["acme", "globex"]],
    ["2000-01-01", ["globex", "acme"]],
  ])("answers the oldest membership first (the second since %s)", (at, order) =>
    asServer(async (db) => {
      await join(db, OWNER, "globex", at);
      expect(await workspacesOf(db, await userId(db, OWNER))).toEqual(order);
    }),
  );

  it("forgets a workspace whose member was removed", () =>
    asServer(async (db) => {
      const id = await userId(db, ADMIN);
      await join(db, ADMIN, "globex", "2100-01-01");
      await asAdministrator(db, () =>
        db.query(
          "delete from core.workspace_members m using core.workspaces w where w.id = m.workspace_id and w.subdomain = 'acme' and m.user_id = $1",
          [id],
        ),
      );
      expect(await workspacesOf(db, id)).toEqual(["globex"]);
    }));

  it("answers nothing for nobody", () =>
    asServer(async (db) => {
      expect(await workspacesOf(db, null)).toEqual([]);
      expect(await workspacesOf(db, "00000000-0000-7000-8000-000000000000")).toEqual([]);
    }));
});
