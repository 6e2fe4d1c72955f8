/** Invitations by mail: who may send them, what they let in, and what they tell. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { giveRole, invite, join, mails, memberId, newRole, newUser, roleId, token, workspaceId } from "../people.ts";
import { ADMIN, count, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const as = (email: string, work: (db: Db) => Promise<void>) => withMemberDb(database.adminUrl, email, work);
const PETER = "peter@initech.test";

const rolesOf = (db: Db, email: string) =>
  asAdministrator(db, async () =>
    rows(
      db,
      "select w.subdomain, r.name from core.users u join core.workspace_members m on m.user_id = u.id join core.workspaces w on w.id = m.workspace_id join core.role_assignments a on a.member_id = m.id join core.roles r on r.id = a.role_id where u.email = $1",
      [email],
    ),
  );

describe("core.send_invitations", () => {
  it.each([OWNER, ADMIN])("can be called by %s; the mail holds a sealed link and the token is kept as a hash", (email) =>
    as(email, async (db) => {
      const answer = await invite(db, [" Peter@Initech.test "]);
      expect(answer).toMatchObject({ success: true, errors: [], result: [{ email: PETER, roleId: await roleId(db, "MEMBER") }] });
      expect(await mails(db)).toEqual([
        {
          template: "invitation",
          recipient: PETER,
          data: expect.objectContaining({ workspace: "Acme", link: { sealed: expect.any(String) } }),
        },
      ]);
      expect(await rows(db, "select email, expires_at > now() + interval '29 days' as is_long from core.invitations")).toEqual([
        { email: PETER, is_long: true },
      ]);
    }),
  );

  it.each([MEMBER, GUEST])("cannot be called by %s, who sees no invitations either (PERMISSION_DENIED)", (email) =>
    as(email, async (db) => {
      await expectDenied(db, () => invite(db, [PETER]));
      await become(db, ADMIN);
      await invite(db, [PETER]);
      expect(await count(db, "core.invitations")).toBe(1);
      await become(db, email, "acme");
      expect(await count(db, "core.invitations")).toBe(0);
    }),
  );

  it("cannot give a role that may do more than who invites (PERMISSION_DENIED)", () =>
    as(ADMIN, async (db) => {
      const owner = await roleId(db, "OWNER");
      await expectDenied(db, () => invite(db, [PETER], owner));
      await newRole(db, "INVITER", ["members", "companies.read"]);
      await giveRole(db, MEMBER, "INVITER");
      const wider = await newRole(db, "WIDER", ["companies.read", "people.read"]);
      const same = await newRole(db, "SAME", ["companies.read"]);
      await become(db, MEMBER);
      await expectDenied(db, () => invite(db, [PETER], wider));
      await expectDenied(db, () => invite(db, [PETER])); // MEMBER may do more
      expect(await invite(db, [PETER], same)).toMatchObject({ success: true });
    }));

  it("cannot give a role of another workspace, told as one that is not there (NOT_FOUND)", () =>
    as(OWNER, async (db) => {
      const foreign = await roleId(db, "GUEST", "globex");
      await expectRefusal(db, () => invite(db, [PETER], foreign), "NOT_FOUND", "roleId");
      await expectRefusal(db, () => invite(db, [PETER], "00000000-0000-7000-8000-000000000000"), "NOT_FOUND", "roleId");
      expect(await invite(db, [PETER], await roleId(db, "GUEST"))).toMatchObject({ success: true });
    }));

  it.each(["", "peter", "a@b@c", "a b@c.test", "a@c.test\nBcc: x@y.test", "@c.test", "a@", `${"a".repeat(260)}@c.test`])(
    "cannot invite %j (BAD_INPUT)",
    (email) =>
      as(OWNER, async (db) => {
        await expectRefusal(db, () => invite(db, [PETER, email]), "BAD_INPUT");
        expect(await count(db, "core.invitations")).toBe(0);
      }),
  );

  it("cannot invite nobody, or more than a hundred at once (BAD_INPUT)", () =>
    as(OWNER, async (db) => {
      const people = (n: number) => Array.from({ length: n }, (_, i) => `p${i}@initech.test`);
      await expectRefusal(db, () => invite(db, []), "BAD_INPUT", "emails");
      await expectRefusal(db, () => invite(db, people(101)), "BAD_INPUT", "emails");
      expect((await invite(db, people(100))).result).toHaveLength(100);
    }));

  it("tells of a colleague, and of nobody else, whether he has an account", () =>
    as(OWNER, async (db) => {
      const [colleague, known, unknown] = [await invite(db, [MEMBER]), await invite(db, [STRANGER]), await invite(db, [PETER])];
      expect(colleague).toEqual({ success: false, errors: [`${MEMBER} is a member already.`], result: [] });
      const shape = ({ success, errors, result }: typeof known) => ({ success, errors, keys: result.map(Object.keys) });
      expect(shape(known)).toEqual(shape(unknown));
      expect(shape(known).success).toBe(true);
    }));

  it("makes the mail before worthless when an address is invited again, and keeps one invitation", () =>
    as(OWNER, async (db) => {
      await invite(db, [PETER]);
      const hashes = () => asAdministrator(db, () => rows(db, "select token_hash from private.invitation_tokens"));
      const [before] = await hashes();
      await invite(db, [PETER], await roleId(db, "GUEST"));
      const after = await hashes();
      expect([after.length, await count(db, "core.invitations"), (await mails(db)).length]).toEqual([1, 1, 2]);
      expect(after).not.toEqual([before]);
    }));

  it("sends ten mails a week to one address, and five hundred in all (RATE_LIMITED)", () =>
    as(OWNER, async (db) => {
      for (let n = 0; n < 10; n++) await invite(db, [PETER]);
      await expectRefusal(db, () => invite(db, [PETER]), "RATE_LIMITED");
      expect(await invite(db, ["other@initech.test"])).toMatchObject({ success: true });
      for (let n = 0; n < 4; n++)
        await invite(
          db,
          Array.from({ length: 100 }, (_, i) => `p${n}-${i}@initech.test`),
        );
      await expectRefusal(
        db,
        () =>
          invite(
            db,
            Array.from({ length: 100 }, (_, i) => `q${i}@initech.test`),
          ),
        "RATE_LIMITED",
      );
      await asAdministrator(db, () => db.query("update private.invitation_mails set sent_at = now() - interval '8 days'"));
      expect(await invite(db, [PETER])).toMatchObject({ success: true });
    }));

  it("does not tell a workspace what another one sent: the eleventh mail is silently left out", () =>
    as(OWNER, async (db) => {
      for (let n = 0; n < 10; n++) await invite(db, [PETER]);
      const sent = (await mails(db)).length;
      await become(db, STRANGER);
      expect(await invite(db, [PETER])).toMatchObject({ success: true, errors: [] });
      expect((await mails(db)).length).toBe(sent);
      expect(await invite(db, ["other@initech.test"])).toMatchObject({ success: true });
      expect((await mails(db)).length).toBe(sent + 1);
    }));
});

describe("resending and taking back", () => {
  const resend = (db: Db, id: string) => {
    const { hash, link } = token();
    return value(db, "select core.resend_invitation($1, $2, $3)", [id, hash, link]);
  };
  const takeBack = (db: Db, id: string) => value(db, "select core.delete_invitation($1)", [id]);

  it.each([
    ["core.resend_invitation", resend],
    ["core.delete_invitation", takeBack],
  ])("%s asks for the permission, and knows no other workspace's (PERMISSION_DENIED, NOT_FOUND)", (_name, call) =>
    as(STRANGER, async (db) => {
      const foreign = (await invite(db, [PETER])).result[0]!.id;
      await become(db, OWNER);
      const own = (await invite(db, [PETER])).result[0]!.id;
      await expectRefusal(db, () => call(db, foreign), "NOT_FOUND", "appTokenId");
      await expectRefusal(db, () => call(db, "00000000-0000-7000-8000-000000000000"), "NOT_FOUND", "appTokenId");
      await become(db, MEMBER);
      await expectDenied(db, () => call(db, own));
      await become(db, ADMIN);
      expect(await call(db, own)).toBeTruthy();
    }),
  );

  it("gives another thirty days, by another mail", () =>
    as(OWNER, async (db) => {
      const { id } = (await invite(db, [PETER])).result[0]!;
      await asAdministrator(db, () => db.query("update core.invitations set expires_at = now() - interval '1 day'"));
      await resend(db, id);
      expect(await value(db, "select expires_at > now() + interval '29 days' from core.invitations")).toBe(true);
      expect(await mails(db)).toHaveLength(2);
    }));

  it("cannot resend what promises more than who resends may do (PERMISSION_DENIED)", () =>
    as(OWNER, async (db) => {
      const { id } = (await invite(db, [PETER], await roleId(db, "OWNER"))).result[0]!;
      await become(db, ADMIN);
      await expectDenied(db, () => resend(db, id));
      await become(db, OWNER);
      expect(await resend(db, id)).toBeTruthy();
    }));
});

describe("private.join_workspace", () => {
  const setUp = async (db: Db, email = PETER) => {
    await become(db, OWNER);
    const { hash, link } = token();
    await value(db, "select core.send_invitations($1, $2)", [
      JSON.stringify([{ email: PETER, tokenHash: hash, link }]),
      await roleId(db, "GUEST"),
    ]);
    return { user: await newUser(db, email), workspace: await workspaceId(db), hash };
  };
  const within = (work: (db: Db) => Promise<void>) => withAdminDb(database.adminUrl, work);

  it("lets in whoever brings the mail's token and has its address, in the invitation's role, once", () =>
    within(async (db) => {
      const { user, workspace, hash } = await setUp(db);
      const member = await join(db, user, workspace, hash);
      expect(await rolesOf(db, PETER)).toEqual([{ subdomain: "acme", name: "GUEST" }]);
      expect(await join(db, user, workspace, hash)).toBe(member);
      expect(await asAdministrator(db, () => count(db, "core.invitations"))).toBe(0);
      await become(db, PETER, "acme");
      expect(await value(db, "select authz.member_id()")).toBe(member);
    }));

  it("lets in whoever has proven the address otherwise", () =>
    within(async (db) => {
      const { user, workspace } = await setUp(db);
      expect(await join(db, user, workspace, undefined, true)).toBe(await memberId(db, PETER));
    }));

  it.each<[string, (db: Db, given: Awaited<ReturnType<typeof setUp>>) => Promise<unknown>]>([
    ["without a token and without proof", (db, { user, workspace }) => join(db, user, workspace)],
    ["with another token", (db, { user, workspace }) => join(db, user, workspace, token().hash)],
    [
      "with the token but another address",
      async (db, { workspace, hash }) => join(db, await newUser(db, "eve@initech.test"), workspace, hash),
    ],
    [
      "with the token and another proven address",
      async (db, { workspace, hash }) => join(db, await newUser(db, "eve@initech.test"), workspace, hash, true),
    ],
    ["to another workspace", async (db, { user, hash }) => join(db, user, await workspaceId(db, "globex"), hash, true)],
    [
      "when it has expired",
      async (db, { user, workspace, hash }) => {
        await asAdministrator(db, () => db.query("update core.invitations set expires_at = now() - interval '1 second'"));
        return join(db, user, workspace, hash, true);
      },
    ],
    [
      "when it was taken back",
      async (db, { user, workspace, hash }) => {
        await value(db, "select core.delete_invitation(id) from core.invitations");
        return join(db, user, workspace, hash, true);
      },
    ],
    [
      "when the workspace is suspended",
      async (db, { user, workspace, hash }) => {
        await asAdministrator(db, () => db.query("update core.workspaces set suspended_at = now() where id = $1", [workspace]));
        return join(db, user, workspace, hash, true);
      },
    ],
  ])("cannot let anybody in %s", (_name, attempt) =>
    within(async (db) => {
      const given = await setUp(db);
      expect(await attempt(db, given)).toBeNull();
      expect(await asAdministrator(db, () => count(db, "core.workspace_members"))).toBe(5);
    }),
  );

  it("tells who brings the token which workspace invites him, as long as it holds", () =>
    within(async (db) => {
      const { hash, workspace } = await setUp(db);
      const find = (h: string) =>
        asAdministrator(db, () =>
          rows(db, "select workspace_id, name, subdomain, email from authz.find_invitation(decode($1, 'hex'))", [h]),
        );
      expect(await find(hash)).toEqual([{ workspace_id: workspace, name: "Acme", subdomain: "acme", email: PETER }]);
      expect(await find(token().hash)).toEqual([]);
      await asAdministrator(db, () => db.query("update core.invitations set expires_at = now() - interval '1 second'"));
      expect(await find(hash)).toEqual([]);
    }));
});

describe("the invite link", () => {
  const rotate = async (db: Db) => {
    const { hash, plain } = token();
    await db.query("select core.rotate_invite_link($1, $2)", [hash, Buffer.from(plain).toString("base64")]);
    return { hash, plain };
  };
  const link = async (db: Db) => Buffer.from((await value<string | null>(db, "select core.invite_link()")) ?? "", "base64").toString();

  it("lets anybody join with the default role, until there is another or it is switched off", () =>
    as(ADMIN, async (db) => {
      const [first, workspace] = [await rotate(db), await workspaceId(db)];
      expect(await link(db)).toBe(first.plain);
      expect(await join(db, await newUser(db, "a@initech.test"), workspace, first.hash)).toBeTruthy();
      expect(await rolesOf(db, "a@initech.test")).toEqual([{ subdomain: "acme", name: "MEMBER" }]);
      const second = await rotate(db);
      const late = await newUser(db, "b@initech.test");
      expect(await join(db, late, workspace, first.hash)).toBeNull();
      await become(db, ADMIN);
      await value(db, "select core.update_workspace($1)", [{ isPublicInviteLinkEnabled: false }]);
      expect(await link(db)).toBe("");
      expect(await join(db, late, workspace, second.hash)).toBeNull();
      await become(db, ADMIN);
      await value(db, "select core.update_workspace($1)", [{ isPublicInviteLinkEnabled: true, defaultRoleId: await roleId(db, "GUEST") }]);
      expect(await join(db, late, workspace, second.hash)).toBeTruthy();
      expect(await rolesOf(db, "b@initech.test")).toEqual([{ subdomain: "acme", name: "GUEST" }]);
    }));

  it.each([MEMBER, GUEST])("cannot be seen or changed by %s (PERMISSION_DENIED)", (email) =>
    as(email, async (db) => {
      await expectDenied(db, () => rotate(db));
      await expectDenied(db, () => link(db));
      await become(db, OWNER);
      expect(await link(db)).toBe("");
    }),
  );

  it("cannot be made by who could not give its role himself (PERMISSION_DENIED)", () =>
    as(OWNER, async (db) => {
      await newRole(db, "INVITER", ["members", "companies.read"]);
      await giveRole(db, MEMBER, "INVITER");
      await become(db, MEMBER);
      await expectDenied(db, () => rotate(db));
      expect(await link(db)).toBe("");
    }));
});
