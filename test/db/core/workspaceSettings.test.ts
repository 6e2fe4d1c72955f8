/** The settings of a workspace, and new workspaces: who may, and what is refused. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { giveRole, newRole, newUser, roleId, workspaceId } from "../people.ts";
import { ADMIN, count, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const as = (email: string, work: (db: Db) => Promise<void>) => withMemberDb(database.adminUrl, email, work);
const update = (db: Db, data: object) => value(db, "select core.update_workspace($1)", [data]);

const SETTINGS: [permission: string, data: Record<string, unknown>, column: string, after: unknown][] = [
  ["workspace", { displayName: " Initech " }, "name", "Initech"],
  ["workspace", { subdomain: "initech" }, "subdomain", "initech"],
  ["workspace", { customDomain: "CRM.Initech.test" }, "custom_domain", "crm.initech.test"],
  ["workspace", { trashRetentionDays: 7 }, "trash_retention_days", 7],
  ["members", { isPublicInviteLinkEnabled: false }, "is_invite_link_enabled", false],
  ["security", { isPasswordAuthEnabled: false }, "is_password_auth_enabled", false],
  ["security", { isMagicLinkEnabled: false }, "is_magic_link_enabled", false],
  ["security", { isGoogleAuthEnabled: false }, "is_google_auth_enabled", false],
  ["security", { isMicrosoftAuthEnabled: false }, "is_microsoft_auth_enabled", false],
  ["security", { isTwoFactorAuthenticationEnforced: true }, "is_two_factor_enforced", true],
  ["security", { allowImpersonation: true }, "allows_impersonation", true],
];

it.each(SETTINGS)("needs the permission %s for %j", (permission, data, column, after) =>
  as(OWNER, async (db) => {
    await newRole(
      db,
      "ALL_BUT",
      ["workspace", "members", "security", "roles", "*.read"].filter((one) => one !== permission),
    );
    await newRole(db, "JUST", [permission]);
    const columnNow = () => asAdministrator(db, () => value<unknown>(db, `select ${column} from core.workspaces where id = $1`, [id]));
    const id = await workspaceId(db);
    const before = await columnNow();
    await giveRole(db, MEMBER, "ALL_BUT");
    await become(db, MEMBER);
    await expectDenied(db, () => update(db, data));
    expect(await columnNow()).toEqual(before);
    await giveRole(db, MEMBER, "JUST");
    await db.query("reset role");
    await db.query("set local role relata_server");
    await db.query("select set_config('role', c.request_role, true) from authz.claim((select authz.user_id()), $1, null) c", [id]);
    await update(db, data);
    expect(await columnNow()).toEqual(after);
    expect(before).not.toEqual(after);
  }),
);

it.each([ADMIN, OWNER])("can be changed by %s, and by no member or guest (PERMISSION_DENIED)", (email) =>
  as(email, async (db) => {
    await update(db, { displayName: "Initech", isMagicLinkEnabled: false, isPublicInviteLinkEnabled: false });
    for (const other of [MEMBER, GUEST]) {
      await become(db, other);
      await expectDenied(db, () => update(db, { displayName: "Mine" }));
    }
    await become(db, STRANGER);
    await update(db, { displayName: "Other" });
    expect(await asAdministrator(db, () => rows(db, "select name from core.workspaces order by name"))).toEqual([
      { name: "Initech" },
      { name: "Other" },
    ]);
  }),
);

describe("subdomains", () => {
  it.each([
    ["ab", "BAD_INPUT"],
    ["-acme", "BAD_INPUT"],
    ["acme-", "BAD_INPUT"],
    ["Acme", "BAD_INPUT"],
    ["a.b.c", "BAD_INPUT"],
    ["a_b", "BAD_INPUT"],
    ["xn--mnchen-3ya", "BAD_INPUT"],
    ["münchen", "BAD_INPUT"],
    ["a".repeat(64), "BAD_INPUT"],
    ["www", "NAME_RESERVED"],
    ["api", "NAME_RESERVED"],
    ["globex", "NAME_TAKEN"],
  ] as const)("cannot be %s (%s)", (subdomain, code) =>
    as(OWNER, async (db) => {
      await expectRefusal(db, () => update(db, { subdomain }), code, "subdomain");
      await update(db, { subdomain: "acme" });
      await update(db, { subdomain: "a".repeat(63) });
    }),
  );

  it("lead to their workspace, and the former one to none", () =>
    as(OWNER, async (db) => {
      const at = (address: string) => asAdministrator(db, () => value(db, "select authz.workspace_at($1)", [address]));
      const id = await workspaceId(db);
      expect([await at("acme"), await at("ACME"), await at("nowhere")]).toEqual([id, id, null]);
      await update(db, { subdomain: "initech" });
      expect([await at("acme"), await at("initech")]).toEqual([null, id]);
    }));
});

describe("custom domains", () => {
  const prove = (db: Db, subdomain: string) =>
    asAdministrator(db, () => db.query("update core.workspaces set is_custom_domain_proven = true where subdomain = $1", [subdomain]));
  const at = (db: Db, address: string) => asAdministrator(db, () => value(db, "select authz.workspace_at($1)", [address]));

  it("lead to the workspace once they are proven, and have to be proven again when they change", () =>
    as(OWNER, async (db) => {
      await update(db, { customDomain: "crm.initech.test" });
      expect(await at(db, "crm.initech.test")).toBeNull();
      await prove(db, "acme");
      expect(await at(db, "crm.initech.test")).toBe(await workspaceId(db));
      await become(db, OWNER);
      await update(db, { customDomain: "crm.initech.test" });
      expect(await at(db, "crm.initech.test")).toBe(await workspaceId(db));
      await become(db, OWNER);
      await update(db, { customDomain: "crm.hooli.test" });
      expect([await at(db, "crm.initech.test"), await at(db, "crm.hooli.test")]).toEqual([null, null]);
      await become(db, OWNER);
      await update(db, { customDomain: null });
      expect(await asAdministrator(db, () => count(db, "core.workspaces where custom_domain is not null"))).toBe(0);
    }));

  it("belong to who proves them: another's wish takes nothing from him, and cannot be proven (NAME_TAKEN)", () =>
    as(STRANGER, async (db) => {
      await update(db, { customDomain: "crm.initech.test" });
      await become(db, OWNER);
      await update(db, { customDomain: "crm.initech.test" });
      await prove(db, "globex");
      const again = "update core.workspaces set is_custom_domain_proven = true where subdomain = 'acme'";
      await asAdministrator(db, () => expectRefusal(db, () => db.query(again), "NAME_TAKEN", "customDomain"));
      expect(await at(db, "crm.initech.test")).toBe(await workspaceId(db, "globex"));
    }));

  it.each(["initech", "https://a.test", "a b.test", "a.test.", "127.0.0.1", "-a.test", "", "ü.test", "a.test/x", "*.a.test"])(
    "cannot be %j (BAD_INPUT)",
    (customDomain) => as(OWNER, (db) => expectRefusal(db, () => update(db, { customDomain }), "BAD_INPUT", "customDomain")),
  );
});

it.each([
  [{ displayName: "" }, "displayName"],
  [{ displayName: "x".repeat(256) }, "displayName"],
  [{ displayName: "a\nb" }, "displayName"],
  [{ displayName: 7 }, "displayName"],
  [{ displayName: null }, "displayName"],
  [{ trashRetentionDays: -1 }, "trashRetentionDays"],
  [{ trashRetentionDays: 3651 }, "trashRetentionDays"],
  [{ trashRetentionDays: 1.5 }, "trashRetentionDays"],
  [{ isPasswordAuthEnabled: "no" }, "isPasswordAuthEnabled"],
  [{ isPasswordAuthEnabled: null }, "isPasswordAuthEnabled"],
  [{ schemaName: "x" }, "schemaName"],
  [{ suspendedAt: null }, "suspendedAt"],
])("cannot be %j (BAD_INPUT)", (data, path) => as(OWNER, (db) => expectRefusal(db, () => update(db, data), "BAD_INPUT", path)));

it("cannot switch every way to sign in off (BAD_INPUT)", () =>
  as(OWNER, async (db) => {
    const off = { isPasswordAuthEnabled: false, isGoogleAuthEnabled: false, isMicrosoftAuthEnabled: false };
    await expectRefusal(db, () => update(db, { ...off, isMagicLinkEnabled: false }), "BAD_INPUT", "isPasswordAuthEnabled");
    await update(db, off);
    await expectRefusal(db, () => update(db, { isMagicLinkEnabled: false }), "BAD_INPUT", "isPasswordAuthEnabled");
  }));

it("cannot make another workspace's role the default, nor one that may do more (NOT_FOUND, PERMISSION_DENIED)", () =>
  as(ADMIN, async (db) => {
    const [foreign, owner, guest] = [await roleId(db, "GUEST", "globex"), await roleId(db, "OWNER"), await roleId(db, "GUEST")];
    await expectRefusal(db, () => update(db, { defaultRoleId: foreign }), "NOT_FOUND", "defaultRoleId");
    await expectDenied(db, () => update(db, { defaultRoleId: owner }));
    await update(db, { defaultRoleId: guest });
    await update(db, { defaultRoleId: null });
  }));

describe("authz.found_workspace", () => {
  const found = (db: Db, user: string, name: string, subdomain: string | null, forEverybody = true, firstOnly = false) =>
    value(db, "select workspace_id from authz.found_workspace($1, $2, $3, $4, $5)", [user, name, subdomain, forEverybody, firstOnly]);
  const asServer = (work: (db: Db, user: string) => Promise<void>) =>
    withAdminDb(database.adminUrl, async (db) => {
      const user = await newUser(db, "peter@initech.test");
      await work(db, user);
    });

  it("makes a workspace with its standard objects, whose owner the user is", () =>
    asServer(async (db, user) => {
      const id = await found(db, user, "Initech", "initech");
      await become(db, "peter@initech.test", "initech");
      expect(await value(db, "select authz.has_permission('*')")).toBe(true);
      expect([await count(db, "company"), await value(db, "select authz.workspace_id()")]).toEqual([0, id]);
      expect(await value(db, "select name from core.workspaces")).toBe("Initech");
    }));

  it("takes a free subdomain like the name when none is given", () =>
    asServer(async (db, user) => {
      const subdomains = async (...names: string[]) => {
        const got: unknown[] = [];
        for (const name of names)
          got.push(await value(db, "select subdomain from core.workspaces where id = $1", [await found(db, user, name, null)]));
        return got;
      };
      expect(await subdomains("Søren & Öl", "Acme", "", "!!!", "api")).toEqual([
        "soren-ol",
        expect.stringMatching(/^acme-[0-9a-f]{6}$/),
        "initech",
        expect.stringMatching(/^[0-9a-f]{6,}$/),
        expect.stringMatching(/^api-[0-9a-f]{6}$/),
      ]);
    }));

  it("is for administrators of the server where it is not for everybody (SIGN_UP_CLOSED)", () =>
    asServer(async (db, user) => {
      await expectRefusal(db, () => found(db, user, "Initech", "initech", false), "SIGN_UP_CLOSED");
      await expectRefusal(db, () => found(db, user, "Initech", "initech", true, true), "SIGN_UP_CLOSED");
      await db.query("update core.users set is_server_admin = true where id = $1", [user]);
      expect(await found(db, user, "Initech", "initech", false, true)).toBeTruthy();
    }));

  it.each([
    ["acme", "NAME_TAKEN"],
    ["www", "NAME_RESERVED"],
    ["x", "BAD_INPUT"],
  ] as const)("cannot take the subdomain %s (%s)", (subdomain, code) =>
    asServer((db, user) => expectRefusal(db, () => found(db, user, "Initech", subdomain), code, "subdomain")),
  );

  it("is for nobody who is no user (LOGIN_REQUIRED)", () =>
    asServer((db) => expectRefusal(db, () => found(db, "00000000-0000-7000-8000-000000000000", "A", "initech"), "LOGIN_REQUIRED")));
});
