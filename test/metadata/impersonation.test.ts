/** Seeing the workspace as another member: where it allows that, by who may, within what he may do, and never unseen. */
import { post, signIn, useApi } from "../helpers/server.ts";

const api = useApi();
const [OWNER, ADMIN, MEMBER, GUEST, STRANGER] = [
  "owner@acme.test",
  "admin@acme.test",
  "member@acme.test",
  "guest@acme.test",
  "owner@globex.test",
];
const NOBODY = "00000000-0000-7000-8000-000000000000";
const codes = (errors: { extensions: { code: string; field?: string } }[] | undefined) =>
  errors?.map(({ extensions: { code, field } }) => (field ? `${code} ${field}` : code));
const idOf = async (email: string) => (await api.sql<{ id: string }>("select id from core.users where email = $1", [email]))[0]!.id;
const workspace = async (subdomain = "acme") =>
  (await api.sql<{ id: string }>("select id from core.workspaces where subdomain = $1", [subdomain]))[0]!.id;
const allow = (is: boolean) => api.sql("update core.workspaces set allows_impersonation = $1 where subdomain = 'acme'", [is]);
const IMPERSONATE =
  "mutation ($userId: UUID!, $workspaceId: UUID!) { impersonate(userId: $userId, workspaceId: $workspaceId) { accessToken { token expiresAt } workspace { id } } }";
type Impersonated = { impersonate: { accessToken: { token: string; expiresAt: string } } };

async function impersonate(email: string, token: string, workspaceId?: string) {
  return post<Impersonated>(api.url, "/metadata", token, IMPERSONATE, {
    userId: await idOf(email),
    workspaceId: workspaceId ?? (await workspace()),
  });
}
async function tokenFor(email: string, by: string): Promise<string> {
  const { data, errors } = await impersonate(email, by);
  expect(errors).toBeUndefined();
  return data!.impersonate.accessToken.token;
}
const statusOf = async (token: string) => (await post(api.url, "/graphql", token, "{ companies { totalCount } }")).status;

beforeAll(() => allow(true));

it("is off until the workspace allows it (PERMISSION_DENIED)", async () => {
  const token = await signIn(api.url, OWNER);
  await allow(false);
  expect(codes((await impersonate(MEMBER, token)).errors)).toEqual(["PERMISSION_DENIED userId"]);
  await allow(true);
  expect((await impersonate(MEMBER, token)).errors).toBeUndefined();
});

it("makes the owner another member, for half an hour, and writes in both names", async () => {
  const before = Date.now();
  const { data } = await impersonate(MEMBER, await signIn(api.url, OWNER));
  const { token, expiresAt } = data!.impersonate.accessToken;
  expect(Math.round((Date.parse(expiresAt) - before) / 60_000)).toBe(30);
  const who = await post(api.url, "/metadata", token, "{ currentUser { email } }");
  expect(who.data).toEqual({ currentUser: { email: MEMBER } });
  const CREATE = 'mutation { createCompany(data: { name: "Seen" }) { createdBy { name } updatedBy { name } } }';
  const made = await post(api.url, "/graphql", token, CREATE);
  const name = "Mia Member (by Olivia Owner)";
  expect(made.data).toEqual({ createCompany: { createdBy: { name }, updatedBy: { name } } });
});

it("cannot be done without the permission, to an owner, to oneself, nor to who may do more (PERMISSION_DENIED)", async () => {
  for (const [by, whom] of [
    [MEMBER, GUEST],
    [ADMIN, MEMBER],
    [OWNER, OWNER],
  ] as const) {
    const { errors } = await impersonate(whom, await signIn(api.url, by));
    expect([by, whom, errors?.[0]?.extensions.code]).toEqual([by, whom, "PERMISSION_DENIED"]);
  }
  await api.sql(
    "update core.roles set permissions = permissions || '{impersonate}' where name = 'GUEST' and workspace_id = authz.workspace_id()",
  );
  await api.sql(
    "update core.roles set permissions = permissions || '{impersonate}' where name = 'ADMIN' and workspace_id = authz.workspace_id()",
  );
  const [admin, guest] = [await signIn(api.url, ADMIN), await signIn(api.url, GUEST)];
  expect(codes((await impersonate(MEMBER, guest)).errors)).toEqual(["PERMISSION_DENIED userId"]);
  expect(codes((await impersonate(OWNER, admin)).errors)).toEqual(["PERMISSION_DENIED userId"]);
  expect((await impersonate(GUEST, admin)).errors).toBeUndefined();
});

it("knows no member of another workspace (NOT_FOUND)", async () => {
  const token = await signIn(api.url, OWNER);
  expect(codes((await impersonate(STRANGER, token)).errors)).toEqual(["NOT_FOUND userId"]);
  const nobody = await post(api.url, "/metadata", token, IMPERSONATE, { userId: NOBODY, workspaceId: await workspace() });
  expect(codes(nobody.errors)).toEqual(["NOT_FOUND userId"]);
  expect(codes((await impersonate(STRANGER, token, await workspace("globex"))).errors)).toEqual(["NOT_FOUND userId"]);
});

it("lets nobody do what is the member's own: leave, end his account, enter his other workspaces, become a third", async () => {
  const token = await tokenFor(MEMBER, await signIn(api.url, OWNER));
  for (const mutation of ["leaveWorkspace", "deleteUser"]) {
    expect(codes((await post(api.url, "/metadata", token, `mutation { ${mutation} }`)).errors)).toEqual(["PERMISSION_DENIED"]);
  }
  const SWITCH = "mutation ($id: UUID!) { switchWorkspace(workspaceId: $id) { loginToken { token } } }";
  expect(codes((await post(api.url, "/metadata", token, SWITCH, { id: await workspace() })).errors)).toEqual(["PROOF_REQUIRED"]);
  expect((await impersonate(GUEST, token)).errors?.[0]?.extensions.code).toBe("PERMISSION_DENIED");
  expect(await api.sql("select count(*)::int as n from core.users where email = $1", [MEMBER])).toEqual([{ n: 1 }]);
});

describe("it ends at once when", () => {
  it.each<[string, (by: string) => Promise<unknown>]>([
    ["the workspace no longer allows it", () => allow(false)],
    ["its time is over", async () => api.sql("update private.sessions set expires_at = now() where method = 'IMPERSONATION'")],
    [
      "the one behind it signs out",
      (by) => fetch(`${api.url}/auth/logout`, { method: "POST", headers: { authorization: `Bearer ${by}` } }),
    ],
    [
      "the one behind it may no longer",
      () =>
        api.sql(
          "update core.roles set permissions = array_remove(permissions, 'impersonate') where name = 'ADMIN' and workspace_id = authz.workspace_id()",
        ),
    ],
    [
      "the member may do more than the one behind it",
      () =>
        api.sql(
          "update core.roles set permissions = permissions || '{security,companies.destroy}' where name = 'GUEST' and workspace_id = authz.workspace_id()",
        ),
    ],
    [
      "the one behind it is no member any more",
      async () =>
        api.sql("select private.remove_member(id) from core.workspace_members where user_id = $1 and workspace_id = authz.workspace_id()", [
          await idOf(ADMIN),
        ]),
    ],
  ])("%s", async (name, end) => {
    if (name.includes("may do more"))
      await api.sql(
        "update core.roles set permissions = array_remove(permissions, 'security') where name = 'ADMIN' and workspace_id = authz.workspace_id()",
      );
    await api.sql(
      "update core.roles set permissions = array_append(permissions, 'impersonate') where name = 'ADMIN' and workspace_id = authz.workspace_id() and not 'impersonate' = any (permissions)",
    );
    await allow(true);
    const by = await signIn(api.url, ADMIN);
    const token = await tokenFor(GUEST, by);
    expect(await statusOf(token)).toBe(200);
    await end(by);
    expect(await statusOf(token)).toBe(401);
    if (name.includes("may do more"))
      await api.sql("update core.roles set permissions = '{*.read}' where name = 'GUEST' and workspace_id = authz.workspace_id()");
  });
});
