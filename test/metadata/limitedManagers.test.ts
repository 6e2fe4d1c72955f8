/** Who sees some records only, and manages members, roles or keys: none of that shows him, or a second self of his, the others. */
import { post, signIn, useApi } from "../helpers/server.ts";

const api = useApi();
const [MEMBER, GUEST] = ["member@acme.test", "guest@acme.test"];
const codes = (errors: { extensions: { code: string; field?: string } }[] | undefined) => errors?.map(({ extensions: { code } }) => code);
const one = async (text: string, values: unknown[] = []) => Object.values((await api.sql(text, values))[0] ?? {})[0] as string;
const roleId = (name: string) => one("select id from core.roles where workspace_id = authz.workspace_id() and name = $1", [name]);
const memberId = (email: string) =>
  one("select m.id from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1", [email]);

const newRole = (name: string, permissions: string) =>
  one("insert into core.roles (workspace_id, name, label, permissions) values (authz.workspace_id(), $1, $1, $2::text[]) returning id", [
    name,
    permissions,
  ]);
const hold = async (email: string, role: string) => api.sql("select private.give_only_role($1, $2)", [await memberId(email), role]);
const RULES = "mutation ($in: UpsertRowRulesInput!) { upsertRowRules(input: $in) { id } }";
const OWN = { name: "own", label: "Own", predicate: { op: "equals", args: [{ field: "accountOwner" }, { member: "id" }] } };
async function setRules(rules: object[]): Promise<void> {
  const objectId = await one("select id from core.objects where workspace_id = authz.workspace_id() and name_singular = 'company'");
  const { errors } = await api.metadata(RULES, { in: { roleId: await roleId("LEAD"), objectId, rules } });
  expect(errors).toBeUndefined();
}

beforeAll(async () => {
  await api.sql("update core.workspaces set allows_impersonation = true where subdomain = 'acme'");
  await newRole("LEAD", "{companies.read,members,roles,api_keys,security,impersonate}");
  await newRole("READER", "{companies.read}");
  await newRole("NARROW", "{}");
  await hold(MEMBER, "LEAD");
  await hold(GUEST, "READER");
});

const ATTEMPTS: [string, string, () => Promise<Record<string, unknown>>][] = [
  [
    "be a colleague who sees them",
    "mutation ($userId: UUID!, $workspaceId: UUID!) { impersonate(userId: $userId, workspaceId: $workspaceId) { accessToken { token } } }",
    async () => ({
      userId: await one("select id from core.users where email = $1", [GUEST]),
      workspaceId: await one("select authz.workspace_id()"),
    }),
  ],
  [
    "invite somebody who sees them",
    'mutation ($roleId: UUID!) { sendInvitations(emails: ["second.self@person.test"], roleId: $roleId) { success } }',
    async () => ({ roleId: await roleId("READER") }),
  ],
  [
    "make a key that sees them",
    'mutation ($roleId: UUID!) { createApiKey(input: { name: "Eye", roleId: $roleId }) { id } }',
    async () => ({ roleId: await roleId("READER") }),
  ],
  [
    "give a colleague the role that sees them",
    "mutation ($memberId: UUID!, $roleIds: [UUID!]!) { assignRolesToMember(memberId: $memberId, roleIds: $roleIds) { id } }",
    async () => ({ memberId: await memberId(GUEST), roleIds: [await roleId("READER"), await roleId("NARROW")] }),
  ],
  [
    "make a role that sees them",
    'mutation { createOneRole(data: { label: "Eye", permissions: ["companies.read"] }) { id } }',
    async () => ({}),
  ],
];

describe("who opens his own records alone", () => {
  it.each(ATTEMPTS)("cannot %s (PERMISSION_DENIED), which he could without the rule", async (_what, mutation, variables) => {
    await setRules([OWN]);
    const refused = await post(api.url, "/metadata", await api.tokenOf(MEMBER), mutation, await variables());
    expect([refused.data === null || Object.values(refused.data!)[0] === null, codes(refused.errors)]).toEqual([
      true,
      ["PERMISSION_DENIED"],
    ]);
    await setRules([]);
    const done = await post(api.url, "/metadata", await api.tokenOf(MEMBER), mutation, await variables());
    expect(done.errors).toBeUndefined();
  });

  it("is nobody else any more as soon as the rule is there (LOGIN_REQUIRED)", async () => {
    await setRules([]);
    const [, mutation, variables] = ATTEMPTS[0]!;
    const { data } = await post<{ impersonate: { accessToken: { token: string } } }>(
      api.url,
      "/metadata",
      await signIn(api.url, MEMBER),
      mutation,
      await variables(),
    );
    const { token } = data!.impersonate.accessToken;
    expect((await post(api.url, "/graphql", token, "{ companies { totalCount } }")).errors).toBeUndefined();
    await setRules([OWN]);
    expect(codes((await post(api.url, "/graphql", token, "{ companies { totalCount } }")).errors)).toEqual(["LOGIN_REQUIRED"]);
  });
});
