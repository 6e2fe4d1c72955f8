/** authz.claim is the door: it looks the membership up and makes what every policy asks for. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { ADMIN, expectRefusal, GUEST, MEMBER, OWNER, type Row, rows, STRANGER, schemaOf, value } from "../support.ts";

const database = useTestDatabase();

const userId = (db: Db, email: string) => value(db, "select id from core.users where email = $1", [email]);
const workspaceId = (db: Db, subdomain: string) => value(db, "select id from core.workspaces where subdomain = $1", [subdomain]);
const claim = (db: Db, user: string | null, workspace: string | null, planned: number | null = null) =>
  rows(db, "select * from authz.claim($1, $2, $3)", [user, workspace, planned]);

/** Ids of a user and a workspace, and the transaction of the server's own role. */
const asServer = (email: string, subdomain: string, work: (db: Db, user: string, workspace: string) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    const [user, workspace] = [await userId(db, email), await workspaceId(db, subdomain)];
    await db.query("set local role relata_server");
    await work(db, user, workspace);
  });

const remove = (db: Db, email: string) =>
  asAdministrator(db, async () => {
    await db.query("select set_config('relata.workspace_id', $1, true)", [await workspaceId(db, "acme")]);
    await db.query(
      "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1",
      [email],
    );
  });

it.each([
  [OWNER, "relata_admin"],
  [ADMIN, "relata_admin"],
  [MEMBER, "relata_member"],
  [GUEST, "relata_guest"],
])("lets %s become %s", (email, role) =>
  asServer(email, "acme", async (db, user, workspace) => {
    const [answer] = await claim(db, user, workspace);
    const schema_name = await asAdministrator(db, () => schemaOf(db, "acme"));
    expect(answer).toEqual({ request_role: role, schema_name, metadata_version: expect.any(String) });
  }),
);

it("makes the claims that policies ask for", () =>
  asServer(MEMBER, "acme", async (db, user, workspace) => {
    const questions =
      "select authz.user_id() as user, authz.workspace_id() as workspace, authz.actor_name() as name, authz.actor_source() as source, authz.member_id() as member";
    expect(await rows(db, questions)).toEqual([{ user: null, workspace: null, name: null, source: "SYSTEM", member: null }]);
    await claim(db, user, workspace);
    const member = await asAdministrator(db, () => value(db, "select id from core.workspace_members where user_id = $1", [user]));
    expect(await rows(db, questions)).toEqual([{ user, workspace, name: "Mia Member", source: "API", member }]);
    expect(await value(db, "select current_setting('relata.permissions')")).toBe("*.create,*.delete,*.read,*.update,views");
  }));

it("leaves no claim behind when the transaction is over", () =>
  asServer(OWNER, "acme", async (db, user, workspace) => {
    await claim(db, user, workspace);
    await become(db, OWNER);
    await db.query("commit");
    const left =
      "select authz.user_id() as user, authz.workspace_id() as workspace, authz.member_id() as member, authz.actor_name() as name, current_setting('relata.permissions') as permissions";
    expect(await rows(db, left)).toEqual([{ user: null, workspace: null, member: null, name: null, permissions: "" }]);
    expect(await value(db, "select authz.has_permission('companies.read')")).toBe(false);
    expect(await value<boolean>(db, "select current_user = session_user")).toBe(true);
    expect(await value(db, "show search_path")).not.toContain("workspace_");
    await db.query("begin");
  }));

it("replaces an earlier claim wholly", () =>
  asServer(OWNER, "acme", async (db, user, workspace) => {
    await claim(db, user, workspace);
    const [guest] = await asAdministrator(db, async () => [await userId(db, GUEST)]);
    const [answer] = await claim(db, guest!, workspace);
    expect(answer).toMatchObject({ request_role: "relata_guest" });
    expect(await value(db, "select authz.has_permission('data_model')")).toBe(false);
    expect(await value(db, "select authz.actor_name()")).toBe("Gus Guest");
  }));

describe("cannot be made (LOGIN_REQUIRED)", () => {
  it("by a member of another workspace", () =>
    asServer(STRANGER, "acme", async (db, user, workspace) => {
      await expectRefusal(db, () => claim(db, user, workspace), "LOGIN_REQUIRED");
      const own = await asAdministrator(db, () => workspaceId(db, "globex"));
      expect(await claim(db, user, own)).toHaveLength(1);
    }));

  it("by nobody, or for no workspace", () =>
    asServer(OWNER, "acme", async (db, user, workspace) => {
      const none = "00000000-0000-7000-8000-000000000000";
      for (const [who, where] of [
        [null, workspace],
        [none, workspace],
        [user, null],
        [user, none],
        [null, null],
      ] as const) {
        await expectRefusal(db, () => claim(db, who, where), "LOGIN_REQUIRED");
      }
      expect(await claim(db, user, workspace)).toHaveLength(1);
    }));

  it("by a member who was removed", () =>
    asServer(MEMBER, "acme", async (db, user, workspace) => {
      expect(await claim(db, user, workspace)).toHaveLength(1);
      await remove(db, MEMBER);
      await expectRefusal(db, () => claim(db, user, workspace), "LOGIN_REQUIRED");
      await expectRefusal(db, () => rows(db, "select authz.shape_of($1, $2)", [user, workspace]), "LOGIN_REQUIRED");
    }));
});

describe("the planned version", () => {
  /** acme at version 9, where something was taken away at version 7. */
  const atNine = (work: (planned: number | null) => Promise<Row[]>, db: Db) =>
    asAdministrator(db, () => db.query("update core.workspaces set metadata_version = 9, compatible_from = 7")).then(() => work);

  it("cannot be older than the last change that took something away (METADATA_CHANGED)", () =>
    asServer(OWNER, "acme", async (db, user, workspace) => {
      const planned = await atNine((version) => claim(db, user, workspace, version), db);
      await expectRefusal(db, () => planned(6), "METADATA_CHANGED");
      await expectRefusal(db, () => planned(0), "METADATA_CHANGED");
    }));

  it.each([7, 8, 9, 10, null])("can be %s, and the present one is told", (version) =>
    asServer(OWNER, "acme", async (db, user, workspace) => {
      const planned = await atNine((given) => claim(db, user, workspace, given), db);
      expect(await planned(version)).toMatchObject([{ metadata_version: "9" }]);
    }),
  );
});

it("tells the shape of a workspace to its members alone", () =>
  asServer(GUEST, "acme", async (db, user, workspace) => {
    const [told] = await rows(db, "select * from authz.shape_of($1, $2)", [user, workspace]);
    const [kept] = await asAdministrator(db, () =>
      rows(
        db,
        "select schema_name, shape, metadata_version, limits, null::text as request_role, false as plans_alone from core.workspaces where id = $1",
        [workspace],
      ),
    );
    expect(told).toEqual(kept);
    const globex = await asAdministrator(db, () => workspaceId(db, "globex"));
    await expectRefusal(db, () => rows(db, "select authz.shape_of($1, $2)", [user, globex]), "LOGIN_REQUIRED");
  }));
