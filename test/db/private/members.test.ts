/** Users become members of workspaces, and stop being so. */
import { asAdministrator, become, type Db, errorOf, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { count, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, schemaOf, value } from "../support.ts";

const database = useTestDatabase();
const HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g";

const asOwnerRole = (work: (db: Db) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query("set local role relata_owner");
    await work(db);
  });

const createUser = (db: Db, email: string, hash = HASH) =>
  value(db, "select private.create_user($1, $2, 'Peter', 'Gibbons')", [email, hash]);
const workspaceId = (db: Db, subdomain: string) =>
  asAdministrator(db, () => value(db, "select id from core.workspaces where subdomain = $1", [subdomain]));
const userId = (db: Db, email: string) => value(db, "select id from core.users where email = $1", [email]);
const addMember = async (db: Db, user: string, role: string, subdomain = "acme") =>
  value(db, "select private.add_member($1, $2, $3)", [await workspaceId(db, subdomain), user, role]);

describe("private.create_user", () => {
  it("keeps the address in small letters, and the hash apart", () =>
    asOwnerRole(async (db) => {
      const id = await createUser(db, "Peter@Initech.TEST");
      expect(await rows(db, "select email, first_name, last_name from core.users where id = $1", [id])).toEqual([
        { email: "peter@initech.test", first_name: "Peter", last_name: "Gibbons" },
      ]);
      expect(await value(db, "select password_hash from private.user_secrets where user_id = $1", [id])).toBe(HASH);
    }));

  it.each([OWNER, OWNER.toUpperCase()])("cannot give the address %s to a second user (CONFLICT)", (email) =>
    asOwnerRole(async (db) => {
      await expectRefusal(db, () => createUser(db, email), "CONFLICT");
      expect(await createUser(db, `x${email}`)).toBeTruthy();
    }),
  );

  it.each(["", "peter", "@initech.test", "peter@", "pe ter@initech.test", "a@b@c", "peter@initech.test\n"])(
    "cannot take %j for an address (CHECK_FAILED)",
    (email) =>
      asOwnerRole(async (db) => {
        await expectRefusal(db, () => createUser(db, email), "CHECK_FAILED");
      }),
  );

  it.each(["secret", "", "$2b$12$abc"])("cannot keep %j for a hash (CHECK_FAILED)", (hash) =>
    asOwnerRole(async (db) => {
      await expectRefusal(db, () => createUser(db, "peter@initech.test", hash), "CHECK_FAILED");
      expect(await count(db, "core.users where email = 'peter@initech.test'")).toBe(0);
    }),
  );
});

describe("private.add_member", () => {
  it("lets a user in, and makes the record that colleagues see", () =>
    asOwnerRole(async (db) => {
      const user = await createUser(db, "peter@initech.test");
      const member = await addMember(db, user, "MEMBER");
      await db.query("reset role");
      await become(db, "peter@initech.test", "acme");
      expect(await value(db, "select authz.member_id()")).toBe(member);
      expect(await rows(db, "select id, name, user_email, user_id from workspace_member where id = authz.member_id()")).toEqual([
        { id: member, name: "Peter Gibbons", user_email: "peter@initech.test", user_id: user },
      ]);
      await become(db, GUEST);
      expect(await count(db, `workspace_member where id = '${member}'`)).toBe(1);
    }));

  it("keeps the user in the record", () =>
    withAdminDb(database.adminUrl, async (db) => {
      const acme = await schemaOf(db, "acme");
      const without = await count(db, `${acme}.workspace_member m join core.users u on u.id = m.user_id and u.email = m.user_email`);
      expect(without).toBe(4);
    }));

  it("cannot let a user in twice (CONFLICT)", () =>
    asOwnerRole(async (db) => {
      await expectRefusal(db, async () => addMember(db, await userId(db, OWNER), "GUEST"), "CONFLICT");
      expect(await addMember(db, await userId(db, OWNER), "GUEST", "globex")).toBeTruthy();
    }));

  it.each(["NOBODY", "member", "", null])("cannot let a user in as %j, a role that is not there", (role) =>
    asOwnerRole(async (db) => {
      const user = await userId(db, STRANGER);
      const acme = await asAdministrator(db, () => schemaOf(db, "acme"));
      const records = () => asAdministrator(db, () => count(db, `${acme}.workspace_member`));
      const before = await records();
      expect(await errorOf(db, () => addMember(db, user, role as string))).toBeDefined();
      expect(await records()).toBe(before);
      expect(await addMember(db, user, "GUEST")).toBeTruthy();
    }),
  );
});

describe("private.remove_member", () => {
  const memberId = (db: Db, email: string) =>
    asAdministrator(db, () =>
      value(db, "select m.id from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1", [email]),
    );
  const speakFor = async (db: Db, subdomain: string) =>
    db.query("select set_config('relata.workspace_id', $1, true)", [await workspaceId(db, subdomain)]);
  const remove = (db: Db, id: string) => db.query("select private.remove_member($1)", [id]);

  it("shuts the door, and marks the record as deleted", () =>
    asOwnerRole(async (db) => {
      const id = await memberId(db, MEMBER);
      await speakFor(db, "acme");
      await remove(db, id);
      await db.query("reset role");
      const acme = await schemaOf(db, "acme");
      expect(await rows(db, `select deleted_at is not null as gone, name from ${acme}.workspace_member where id = $1`, [id])).toEqual([
        { gone: true, name: "Mia Member" },
      ]);
      expect(await count(db, "core.users where email = 'member@acme.test'")).toBe(1);
      expect(await errorOf(db, () => become(db, MEMBER))).toMatchObject({ code: "LOGIN" });
      await become(db, GUEST);
      expect(await count(db, "company")).toBeGreaterThan(0);
    }));

  it("cannot remove a member of another workspace (NOT_FOUND)", () =>
    asOwnerRole(async (db) => {
      const id = await memberId(db, STRANGER);
      await speakFor(db, "acme");
      await expectRefusal(db, () => remove(db, id), "NOT_FOUND", "memberId");
      expect(await memberId(db, STRANGER)).toBe(id);
      await addMember(db, await userId(db, OWNER), "OWNER", "globex"); // or he would be the last one
      await speakFor(db, "globex");
      await remove(db, id);
      expect(await memberId(db, STRANGER)).toBeUndefined();
    }));
});

it("cannot refresh a sign-in from before one was removed, even when back again", () =>
  asOwnerRole(async (db) => {
    const [user, workspace] = [await userId(db, MEMBER), await workspaceId(db, "acme")];
    await db.query("select set_config('relata.workspace_id', $1, true)", [workspace]);
    const open = async (token: string) =>
      db.query("select private.open_session($1, $2, $3, '1 hour')", [user, workspace, Buffer.from(token.padEnd(32))]);
    const rotated = (token: string) =>
      count(db, `authz.rotate_session('${token.padEnd(32)}'::bytea, '${`${token} next`.padEnd(32)}'::bytea)`);
    await open("before");
    expect(await rotated("before")).toBe(1);
    await db.query("select private.remove_member(id) from core.workspace_members where user_id = $1", [user]);
    await addMember(db, user, "GUEST");
    expect(await rotated("before next")).toBe(0);
    await open("after");
    expect(await rotated("after")).toBe(1);
  }));
