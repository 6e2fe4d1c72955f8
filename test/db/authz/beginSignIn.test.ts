/** authz.begin_sign_in decides whom an identity stands for, and whether he comes in. */
import { createHash } from "node:crypto";
import { asAdministrator, type Db, errorOf, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { expectRefusal, MEMBER, OWNER, type Row, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const digest = (text: string) => createHash("sha256").update(text).digest();
const asServer = (work: (db: Db) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query("set local role relata_server");
    await work(db);
  });
let counter = 0;
const begin = async (db: Db, identity: Row, door: Row = {}): Promise<Row> => {
  const n = ++counter;
  const text = "select * from authz.begin_sign_in($1, $2, $3, $4, '1 hour')";
  return (
    await rows(db, text, [{ isEmailVerified: true, method: "GOOGLE", ...identity }, door, digest(`refresh ${n}`), digest(`challenge ${n}`)])
  )[0]!;
};
const google = { issuer: "https://accounts.google.test", subject: "109" };

it("lets a proven address into its oldest workspace, or the one named", () =>
  asServer(async (db) => {
    expect(await begin(db, { email: OWNER.toUpperCase() })).toMatchObject({ subdomain: "acme", session_id: expect.any(String), kinds: [] });
    expect(await begin(db, { email: OWNER }, { workspace: "ACME" })).toMatchObject({ subdomain: "acme" });
    await expectRefusal(db, () => begin(db, { email: OWNER }, { workspace: "globex" }), "BAD_CREDENTIALS");
    await expectRefusal(db, () => begin(db, { email: OWNER }, { workspace: "nowhere" }), "BAD_CREDENTIALS");
  }));

it("knows an account elsewhere by the provider's name for it, whatever its address is later", () =>
  asServer(async (db) => {
    await asAdministrator(db, () =>
      db.query("insert into private.user_identities (user_id, issuer, subject) select id, $1, $2 from core.users where email = $3", [
        google.issuer,
        google.subject,
        MEMBER,
      ]),
    );
    const moved = { email: "moved@elsewhere.test", isEmailVerified: false };
    const { user_id } = await begin(db, { ...google, ...moved });
    expect(user_id).toBe(await asAdministrator(db, () => value(db, "select id from core.users where email = $1", [MEMBER])));
    // Another name, or another provider's, is another person.
    for (const other of [{ subject: "110" }, { issuer: "https://evil.test" }])
      expect((await errorOf(db, () => begin(db, { ...google, ...moved, ...other })))?.code).toMatch(/^(CREDS|SSONO)$/);
  }));

it.each([false, null, undefined])("cannot let in an address that nobody has proven (%p)", (isEmailVerified) =>
  asServer(async (db) => {
    expect((await errorOf(db, () => begin(db, { ...google, email: OWNER, isEmailVerified })))?.code).toMatch(/^(CREDS|SSONO)$/);
    expect(await asAdministrator(db, () => value(db, "select count(*) from private.user_identities"))).toBe("0");
  }),
);

it("cannot make a user of somebody whom nothing lets in, or a member of a stranger", () =>
  asServer(async (db) => {
    const people = () =>
      asAdministrator(db, () =>
        value(db, "select (select count(*) from core.users) || ' ' || (select count(*) from core.workspace_members)"),
      );
    const before = await people();
    await expectRefusal(db, () => begin(db, { email: "new@elsewhere.test" }, { workspace: "acme" }), "BAD_CREDENTIALS");
    await expectRefusal(db, () => begin(db, { email: STRANGER }, { workspace: "acme" }), "BAD_CREDENTIALS");
    await expectRefusal(db, () => begin(db, { email: STRANGER }, { invitation: "made up" }), "BAD_CREDENTIALS");
    expect(await people()).toBe(before);
  }));

it.each([
  ["PASSWORD", "is_password_auth_enabled"],
  ["MAGIC_LINK", "is_magic_link_enabled"],
  ["GOOGLE", "is_google_auth_enabled"],
  ["MICROSOFT", "is_microsoft_auth_enabled"],
])("cannot let in by %s where the workspace has switched that off (SIGN_IN_METHOD_DISABLED)", (method, setting) =>
  asServer(async (db) => {
    expect(await begin(db, { email: OWNER, method })).toMatchObject({ session_id: expect.any(String) });
    await asAdministrator(db, () => db.query(`update core.workspaces set ${setting} = false where subdomain = 'acme'`));
    await expectRefusal(db, () => begin(db, { email: OWNER, method }), "SIGN_IN_METHOD_DISABLED");
    expect(await begin(db, { email: STRANGER, method })).toMatchObject({ subdomain: "globex" });
  }),
);

it("cannot let anybody into a suspended workspace (WORKSPACE_SUSPENDED)", () =>
  asServer(async (db) => {
    await asAdministrator(db, () => db.query("update core.workspaces set suspended_at = now() where subdomain = 'acme'"));
    expect((await errorOf(db, () => begin(db, { email: OWNER }, { workspace: "acme" })))?.code).toMatch(/^(SUSPD|CREDS)$/);
    expect(await begin(db, { email: STRANGER })).toMatchObject({ subdomain: "globex" });
  }));

it("cannot go on to another workspace with what a workspace's own provider has said", () =>
  asServer(async (db) => {
    const { session_id, user_id } = await begin(db, { email: OWNER, method: "GOOGLE" });
    const identity = () => value(db, "select authz.identity_of($1, $2)", [session_id, user_id]);
    expect(await identity()).toMatchObject({ email: OWNER, method: "GOOGLE" });
    for (const method of ["OIDC", "SAML", "IMPERSONATION"]) {
      await asAdministrator(db, () => db.query("update private.sessions set method = $1", [method]));
      expect(await identity()).toBeNull();
    }
  }));
