/** Workspaces and people over /metadata: names and shapes as clients know them, rights asked in SQL. */
import { post, signIn, useApi } from "../helpers/server.ts";

const api = useApi({
  IS_MULTIWORKSPACE_ENABLED: "true",
  IS_WORKSPACE_CREATION_LIMITED_TO_SERVER_ADMINS: "false",
  FRONTEND_URL: "http://crm.test",
});
const [OWNER, ADMIN, MEMBER, GUEST, STRANGER] = [
  "owner@acme.test",
  "admin@acme.test",
  "member@acme.test",
  "guest@acme.test",
  "owner@globex.test",
];
const codes = (errors: { extensions: { code: string; field?: string } }[] | undefined) =>
  errors?.map(({ extensions: { code, field } }) => (field ? `${code} ${field}` : code));
const NOBODY = "00000000-0000-7000-8000-000000000000";

const idOf = async (email: string) => (await api.sql<{ id: string }>("select id from core.users where email = $1", [email]))[0]!.id;
const memberId = async (email: string) =>
  (
    await api.sql<{ id: string }>(
      "select m.id from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1 and m.workspace_id = authz.workspace_id()",
      [email],
    )
  )[0]!.id;
const workspaceId = async (subdomain: string) =>
  (await api.sql<{ id: string }>("select id from core.workspaces where subdomain = $1", [subdomain]))[0]!.id;

async function trade(
  loginToken: string,
): Promise<{ accessToken: string; refreshToken: string; workspace: { id: string; subdomain: string } }> {
  const response = await fetch(`${api.url}/auth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ loginToken }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as never;
}

describe("who asks, and where", () => {
  it("can be read", async () => {
    const { data, errors } = await api.metadata(
      "{ currentUser { id email } currentWorkspace { subdomain inviteHash workspaceUrls { subdomainUrl customUrl } } myWorkspaces { displayName authProviders { password google } } }",
    );
    expect([errors, data]).toEqual([
      undefined,
      {
        currentUser: { id: await idOf(OWNER), email: OWNER },
        currentWorkspace: {
          subdomain: "acme",
          inviteHash: null,
          workspaceUrls: { subdomainUrl: "http://acme.crm.test/", customUrl: null },
        },
        myWorkspaces: [{ displayName: "Acme", authProviders: { password: true, google: true } }],
      },
    ]);
  });

  it("tells anybody signed in what is public of a workspace, and nothing else", async () => {
    const query =
      "query ($origin: String!, $id: UUID!) { at: getPublicWorkspaceDataByDomain(origin: $origin) { id displayName } of: getPublicWorkspaceDataById(id: $id) { displayName workspaceUrls { subdomainUrl } } }";
    const id = await workspaceId("globex");
    const { data } = await api.metadata(query, { origin: "https://globex.crm.test:3000", id });
    expect(data).toEqual({
      at: { id, displayName: "Globex" },
      of: { displayName: "Globex", workspaceUrls: { subdomainUrl: "http://globex.crm.test/" } },
    });
    const nowhere = await api.metadata(query, { origin: "https://nowhere.crm.test", id: NOBODY });
    expect(codes(nowhere.errors)).toEqual(["NOT_FOUND", "NOT_FOUND"]);
  });

  it.each([
    ["initech", true],
    ["acme", false],
    ["www", false],
    ["x", false],
  ])("tells whether the subdomain %s is free: %s", async (subdomain, isFree) => {
    const { data } = await api.metadata("query ($s: String!) { checkWorkspaceSubdomainAvailability(subdomain: $s) }", { s: subdomain });
    expect(data).toEqual({ checkWorkspaceSubdomainAvailability: isFree });
  });
});

describe("a new workspace", () => {
  const SIGN_UP =
    "mutation ($in: SignUpInNewWorkspaceInput) { signUpInNewWorkspace(input: $in) { loginToken { token expiresAt } workspace { id workspaceUrls { subdomainUrl } } } }";
  type SignedUp = { signUpInNewWorkspace: { loginToken: { token: string; expiresAt: string }; workspace: { id: string } } };

  it("can be made by whoever is signed in, who owns it, and enters it by the login token, once", async () => {
    const { data, errors } = await api.metadata<SignedUp>(SIGN_UP, { in: { displayName: "Initech", subdomain: "initech" } }, GUEST);
    expect(errors).toBeUndefined();
    const { loginToken, workspace } = data!.signUpInNewWorkspace;
    const { accessToken, workspace: entered } = await trade(loginToken.token);
    expect(entered).toEqual({ id: workspace.id, subdomain: "initech" });
    const inside = await post<{ companies: { totalCount: number } }>(api.url, "/graphql", accessToken, "{ companies { totalCount } }");
    expect(inside.data).toEqual({ companies: { totalCount: 0 } });
    const again = await fetch(`${api.url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ loginToken: loginToken.token }),
    });
    expect(again.status).toBe(401);
    const mine = await api.metadata("{ myWorkspaces { displayName } }", {}, GUEST);
    expect(mine.data).toEqual({ myWorkspaces: [{ displayName: "Acme" }, { displayName: "Initech" }] });
  });

  it.each([
    [{ displayName: "Acme", subdomain: "acme" }, "NAME_TAKEN subdomain"],
    [{ displayName: "A", subdomain: "www" }, "NAME_RESERVED subdomain"],
    [{ displayName: "A", subdomain: "a b" }, "BAD_INPUT subdomain"],
    [{ displayName: "a\nb" }, "BAD_INPUT displayName"],
  ])("cannot be %j (%s)", async (input, code) => {
    const count = () => api.sql("select count(*) from core.workspaces");
    const before = await count();
    expect(codes((await api.metadata(SIGN_UP, { in: input })).errors)).toEqual([code]);
    expect(await count()).toEqual(before);
  });
});

describe("another of one's workspaces", () => {
  const SWITCH = "mutation ($id: UUID!) { switchWorkspace(workspaceId: $id) { loginToken { token } workspace { id } } }";
  type Switched = { switchWorkspace: { loginToken: { token: string } } };
  beforeAll(async () => {
    await api.sql("select private.add_member((select id from core.workspaces where subdomain = 'globex'), $1, 'GUEST')", [
      await idOf(ADMIN),
    ]);
  });

  it("can be entered without a password while the sign-in is fresh", async () => {
    const { data, errors } = await api.metadata<Switched>(SWITCH, { id: await workspaceId("globex") }, ADMIN);
    expect(errors).toBeUndefined();
    const { accessToken, workspace } = await trade(data!.switchWorkspace.loginToken.token);
    expect(workspace.subdomain).toBe("globex");
    const who = await post(api.url, "/metadata", accessToken, "{ currentUser { email } currentWorkspace { subdomain } }");
    expect(who.data).toEqual({ currentUser: { email: ADMIN }, currentWorkspace: { subdomain: "globex" } });
  });

  it("cannot be entered by who is no member, told as one that is not there (NOT_FOUND)", async () => {
    for (const id of [await workspaceId("globex"), NOBODY]) {
      expect(codes((await api.metadata(SWITCH, { id }, MEMBER)).errors)).toEqual(["NOT_FOUND workspaceId"]);
    }
  });

  it("cannot be entered by a sign-in that is not fresh, or of a workspace's own provider (PROOF_REQUIRED)", async () => {
    const id = await workspaceId("globex");
    const token = await signIn(api.url, ADMIN);
    const all = "where user_id = $1 and workspace_id = authz.workspace_id()";
    for (const change of ["created_at = now() - interval '13 hours'", "method = 'SAML'", "method = 'OIDC'"]) {
      await api.sql(`update private.sessions set ${change} ${all}`, [await idOf(ADMIN)]);
      const { errors } = await post(api.url, "/metadata", token, SWITCH, { id });
      expect([change, codes(errors)]).toEqual([change, ["PROOF_REQUIRED"]]);
      await api.sql(`update private.sessions set created_at = now(), method = 'PASSWORD' ${all}`, [await idOf(ADMIN)]);
    }
    expect((await post(api.url, "/metadata", token, SWITCH, { id })).errors).toBeUndefined();
  });

  it("cannot be entered in a way that it does not allow (SIGN_IN_METHOD_DISABLED)", async () => {
    const token = await signIn(api.url, ADMIN, "acme");
    await api.sql("update core.workspaces set is_password_auth_enabled = false where subdomain = 'globex'");
    const { data } = await post<Switched>(api.url, "/metadata", token, SWITCH, { id: await workspaceId("globex") });
    const response = await fetch(`${api.url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ loginToken: data!.switchWorkspace.loginToken.token }),
    });
    await api.sql("update core.workspaces set is_password_auth_enabled = true where subdomain = 'globex'");
    expect([
      response.status,
      ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code,
    ]).toEqual([403, "SIGN_IN_METHOD_DISABLED"]);
  });
});

describe("invitations", () => {
  const SEND =
    "mutation ($emails: [String!]!, $roleId: UUID) { sendInvitations(emails: $emails, roleId: $roleId) { success errors result { id email roleId expiresAt } } }";
  const FIND = "{ findWorkspaceInvitations { id email } }";
  type Sent = { sendInvitations: { success: boolean; result: { id: string; email: string }[] } };

  it("can be sent, listed, sent again and taken back; their tokens are nowhere but in the mail", async () => {
    const { data, errors } = await api.metadata<Sent>(SEND, { emails: ["Peter@Initech.test"] }, ADMIN);
    expect([errors, data!.sendInvitations.success]).toEqual([undefined, true]);
    const { id } = data!.sendInvitations.result[0]!;
    expect((await api.metadata(FIND, {}, ADMIN)).data).toEqual({ findWorkspaceInvitations: [{ id, email: "peter@initech.test" }] });
    const resent = await api.metadata(
      "mutation ($id: UUID!) { resendWorkspaceInvitation(appTokenId: $id) { success result { id } } }",
      { id },
      ADMIN,
    );
    expect(resent.data).toEqual({ resendWorkspaceInvitation: { success: true, result: [{ id }] } });
    const sent = await api.sql<{ data: { link: { sealed: string } } }>(
      "select data from private.mails where recipient = 'peter@initech.test'",
    );
    expect(sent).toHaveLength(2);
    expect(JSON.stringify(sent)).not.toContain("/invite");
    expect((await api.metadata("mutation ($id: UUID!) { deleteWorkspaceInvitation(appTokenId: $id) }", { id }, ADMIN)).data).toEqual({
      deleteWorkspaceInvitation: "success",
    });
    expect((await api.metadata(FIND, {}, ADMIN)).data).toEqual({ findWorkspaceInvitations: [] });
  });

  it.each([MEMBER, GUEST])("cannot be sent or listed by %s (PERMISSION_DENIED)", async (email) => {
    expect(codes((await api.metadata(SEND, { emails: ["x@initech.test"] }, email)).errors)).toEqual(["PERMISSION_DENIED"]);
    expect(codes((await api.metadata(FIND, {}, email)).errors)).toEqual(["PERMISSION_DENIED"]);
  });

  it("are known to their own workspace alone (NOT_FOUND)", async () => {
    const { data } = await api.metadata<Sent>(SEND, { emails: ["milton@initech.test"] }, STRANGER);
    const { id } = data!.sendInvitations.result[0]!;
    for (const foreign of [id, NOBODY]) {
      const { errors } = await api.metadata("mutation ($id: UUID!) { deleteWorkspaceInvitation(appTokenId: $id) }", { id: foreign });
      expect(codes(errors)).toEqual(["NOT_FOUND appTokenId"]);
    }
    expect((await api.metadata("{ invitations { totalCount } }")).data).toEqual({ invitations: { totalCount: 0 } });
    expect((await api.metadata("{ invitations { totalCount } }", {}, STRANGER)).data).toEqual({ invitations: { totalCount: 1 } });
  });

  it("can be by a link that is shown again to those who manage members, and leads to the workspace", async () => {
    const { data } = await api.metadata<{ rotateInviteLink: { inviteHash: string } }>("mutation { rotateInviteLink { inviteHash } }");
    const { inviteHash } = data!.rotateInviteLink;
    expect(inviteHash).toMatch(/^[\w-]{43}$/);
    expect((await api.metadata("{ currentWorkspace { inviteHash } }", {}, ADMIN)).data).toEqual({ currentWorkspace: { inviteHash } });
    expect(codes((await api.metadata("{ currentWorkspace { inviteHash } }", {}, MEMBER)).errors)).toEqual(["PERMISSION_DENIED"]);
    const ASK =
      "query ($h: String!) { checkWorkspaceInviteHashIsValid(inviteHash: $h) { isValid } findWorkspaceFromInviteHash(inviteHash: $h) { displayName email } }";
    expect((await api.metadata(ASK, { h: inviteHash }, STRANGER)).data).toEqual({
      checkWorkspaceInviteHashIsValid: { isValid: true },
      findWorkspaceFromInviteHash: { displayName: "Acme", email: null },
    });
    expect((await api.metadata(ASK, { h: `${inviteHash.slice(0, -1)}_` }, STRANGER)).data).toEqual({
      checkWorkspaceInviteHashIsValid: { isValid: false },
      findWorkspaceFromInviteHash: null,
    });
    const kept = JSON.stringify(await api.sql("select token_hash, sealed from private.invite_links"));
    expect(kept).not.toContain(inviteHash);
  });
});

describe("approved domains", () => {
  it("can be made, listed and deleted by those who decide how people come in", async () => {
    const create = "mutation ($in: CreateApprovedAccessDomainInput!) { createApprovedAccessDomain(input: $in) { id domain isValidated } }";
    const { data, errors } = await api.metadata<{ createApprovedAccessDomain: { id: string } }>(create, {
      in: { domain: "initech.test", email: "boss@initech.test" },
    });
    expect(errors).toBeUndefined();
    const { id } = data!.createApprovedAccessDomain;
    expect((await api.metadata("{ getApprovedAccessDomains { id domain isValidated } }")).data).toEqual({
      getApprovedAccessDomains: [{ id, domain: "initech.test", isValidated: false }],
    });
    const validate = "mutation ($in: ValidateApprovedAccessDomainInput!) { validateApprovedAccessDomain(input: $in) { isValidated } }";
    expect(codes((await api.metadata(validate, { in: { approvedAccessDomainId: id, validationToken: "guess" } })).errors)).toEqual([
      "NOT_FOUND validationToken",
    ]);
    expect(codes((await api.metadata(create, { in: { domain: "gmail.com", email: "boss@gmail.com" } })).errors)).toEqual([
      "BAD_INPUT domain",
    ]);
    const erase = "mutation ($id: UUID!) { deleteApprovedAccessDomain(input: { id: $id }) }";
    expect(codes((await api.metadata(erase, { id }, MEMBER)).errors)).toEqual(["PERMISSION_DENIED"]);
    expect(codes((await api.metadata(erase, { id }, STRANGER)).errors)).toEqual(["NOT_FOUND id"]);
    expect((await api.metadata(erase, { id })).data).toEqual({ deleteApprovedAccessDomain: true });
  });
});

describe("settings", () => {
  const UPDATE =
    "mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { name isMagicLinkEnabled allowImpersonation customDomain } }";

  it("can be changed by those who may, and answer the workspace as it is then", async () => {
    const { data, errors } = await api.metadata(UPDATE, {
      data: { displayName: "Acme & Sons", isMagicLinkEnabled: false, customDomain: "crm.acme.test" },
    });
    expect([errors, data]).toEqual([
      undefined,
      { updateWorkspace: { name: "Acme & Sons", isMagicLinkEnabled: false, allowImpersonation: false, customDomain: "crm.acme.test" } },
    ]);
    expect((await api.metadata(UPDATE, { data: { displayName: "Acme", isMagicLinkEnabled: true } })).errors).toBeUndefined();
    expect(codes((await api.metadata(UPDATE, { data: { displayName: "Mine" } }, MEMBER)).errors)).toEqual(["PERMISSION_DENIED"]);
  });

  it("tell the record that proves a domain, which is not proven by asking", async () => {
    const { data, errors } = await api.metadata("mutation { checkCustomDomainValidRecords { domain name value isProven } }");
    expect([errors, data]).toEqual([
      undefined,
      {
        checkCustomDomainValidRecords: {
          domain: "crm.acme.test",
          name: "_relata.crm.acme.test",
          value: `relata-workspace=${await workspaceId("acme")}`,
          isProven: false,
        },
      },
    ]);
  });

  it("of a member can be changed by himself and by those who manage members", async () => {
    const query = "mutation ($in: UpdateWorkspaceMemberSettingsInput!) { updateWorkspaceMemberSettings(input: $in) }";
    const mine = await memberId(MEMBER);
    const change = (update: object, email: string) => api.metadata(query, { in: { workspaceMemberId: mine, update } }, email);
    expect((await change({ firstName: "Maria", timeZone: "Europe/Berlin" }, MEMBER)).errors).toBeUndefined();
    expect(await api.sql("select first_name, time_zone from workspace_member where id = $1", [mine])).toEqual([
      { first_name: "Maria", time_zone: "Europe/Berlin" },
    ]);
    expect(await api.sql("select first_name from core.users where email = $1", [MEMBER])).toEqual([{ first_name: "Maria" }]);
    expect((await change({ locale: "de-AT" }, ADMIN)).errors).toBeUndefined();
    expect(codes((await change({ locale: "fr" }, GUEST)).errors)).toEqual(["PERMISSION_DENIED"]);
    expect(codes((await change({ locale: "fr" }, STRANGER)).errors)).toEqual(["NOT_FOUND workspaceMemberId"]);
    expect(codes((await change({ locale: "!" }, MEMBER)).errors)).toEqual(["BAD_INPUT locale"]);
    expect(codes((await change({ timeZone: "Mars/Base" }, MEMBER)).errors)).toEqual(["INVALID_TIMEZONE timeZone"]);
  });
});

describe("suspension, removal and deletion", () => {
  it("suspends at once: the next request is refused with 403 (WORKSPACE_SUSPENDED), and again let in", async () => {
    const suspend = "mutation ($id: UUID!, $is: Boolean!) { suspendWorkspace(workspaceId: $id, isSuspended: $is) }";
    const id = await workspaceId("acme");
    expect(codes((await api.metadata(suspend, { id, is: true }, STRANGER)).errors)).toEqual(["PERMISSION_DENIED"]);
    await api.sql("update core.users set is_server_admin = true where email = $1", [STRANGER]);
    expect((await api.metadata(suspend, { id, is: true }, STRANGER)).errors).toBeUndefined();
    for (const path of ["/graphql", "/metadata"]) {
      const { status, errors } = await post(api.url, path, await api.tokenOf(OWNER), "{ __typename }");
      expect([path, status, codes(errors)]).toEqual([path, 403, ["WORKSPACE_SUSPENDED"]]);
    }
    expect((await api.metadata(suspend, { id, is: false }, STRANGER)).errors).toBeUndefined();
    expect((await api.graphql("{ companies { totalCount } }")).errors).toBeUndefined();
  });

  it("removes a member, whose next request is refused with 401", async () => {
    const token = await api.tokenOf(MEMBER);
    const { errors } = await api.metadata(
      "mutation ($id: UUID!) { deleteUserFromWorkspace(workspaceMemberIdToDelete: $id) }",
      { id: await memberId(MEMBER) },
      ADMIN,
    );
    expect(errors).toBeUndefined();
    expect((await post(api.url, "/graphql", token, "{ companies { totalCount } }")).status).toBe(401);
  });

  it("asks for a fresh sign-in before what cannot be taken back (PROOF_REQUIRED)", async () => {
    const token = await signIn(api.url, OWNER);
    const age = (ago: string) =>
      api.sql("update private.sessions set created_at = now() - $2::interval where user_id = $1", [ownerId, ago]);
    const ownerId = await idOf(OWNER);
    await age("31 minutes");
    for (const mutation of [
      "deleteUser",
      "deleteCurrentWorkspace { id }",
      `transferOwnership(workspaceMemberId: "${await memberId(GUEST)}") { id }`,
      'updateUserEmail(newEmail: "x@initech.test")',
    ]) {
      const { errors } = await post(api.url, "/metadata", token, `mutation { ${mutation} }`);
      expect([mutation, codes(errors)]).toEqual([mutation, ["PROOF_REQUIRED"]]);
    }
    await age("29 minutes");
    const { errors } = await post(api.url, "/metadata", token, 'mutation { updateUserEmail(newEmail: "x@initech.test") }');
    expect(errors).toBeUndefined();
  });

  it("keeps the last owner (LAST_OWNER), and lets him go once he has handed over", async () => {
    expect(codes((await api.metadata("mutation { leaveWorkspace }")).errors)).toEqual(["LAST_OWNER"]);
    expect(codes((await api.metadata("mutation { deleteUser }")).errors)).toEqual(["LAST_OWNER"]);
    const transfer = "mutation ($id: UUID!) { transferOwnership(workspaceMemberId: $id) { id } }";
    expect(codes((await api.metadata(transfer, { id: await memberId(ADMIN) }, ADMIN)).errors)).toEqual(["PERMISSION_DENIED"]);
    expect((await api.metadata(transfer, { id: await memberId(ADMIN) })).errors).toBeUndefined();
    expect((await api.metadata("mutation { leaveWorkspace }")).errors).toBeUndefined();
    expect((await post(api.url, "/graphql", await api.tokenOf(OWNER), "{ companies { totalCount } }")).status).toBe(401);
  });

  it("deletes a workspace for its owner: he is out, and it is as if it were not there", async () => {
    const erase = "mutation { deleteCurrentWorkspace { id subdomain } }";
    const admin = await signIn(api.url, ADMIN, "acme");
    expect(codes((await api.metadata(erase, {}, GUEST)).errors)).toEqual(["PERMISSION_DENIED"]);
    const id = await workspaceId("acme");
    const { data, errors } = await post(api.url, "/metadata", admin, erase);
    expect([errors, data]).toEqual([undefined, { deleteCurrentWorkspace: { id, subdomain: "acme" } }]);
    expect((await post(api.url, "/graphql", admin, "{ companies { totalCount } }")).status).toBe(401);
    const asked = await api.metadata("query ($id: UUID!) { getPublicWorkspaceDataById(id: $id) { id } }", { id }, STRANGER);
    expect(codes(asked.errors)).toEqual(["NOT_FOUND"]);
    expect((await api.metadata("{ currentWorkspace { subdomain } }", {}, STRANGER)).data).toEqual({
      currentWorkspace: { subdomain: "globex" },
    });
  });
});
