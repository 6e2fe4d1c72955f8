/** Every way in which somebody loses a right, and what he asks before and after it. */

import { tokenTo } from "../helpers/mails.ts";
import { PASSWORD } from "../helpers/server.ts";
import type { Tokens, useTwoServers } from "./twoServers.ts";

type Servers = ReturnType<typeof useTwoServers>;
type Role = "OWNER" | "ADMIN" | "MEMBER" | "GUEST";

export type Case = {
  what: string;
  /** What he is told then. */
  code: "LOGIN_REQUIRED" | "PERMISSION_DENIED" | "WORKSPACE_SUSPENDED";
  /** What he asks; one read unless told. */
  query?: string;
  path?: "/metadata";
  /** The refresh token is worth nothing either. */
  endsRefresh?: boolean;
  /** A token that a server may remember for its second. */
  isRemembered?: boolean;
  /** Makes somebody with a right: his tokens, and what takes it from him. */
  arrange(servers: Servers, owner: string): Promise<{ tokens: Partial<Tokens> & { accessToken: string }; revoke: () => Promise<unknown> }>;
};

const CREATE = 'mutation { createCompany(data: { name: "By who may" }) { id } }';
const roleId = async ({ sql }: Servers, name: Role) =>
  (await sql<{ id: string }>("select id from core.roles where name = $1 and workspace_id = authz.workspace_id()", [name]))[0]!.id;

/** The answer of a change by the owner; it has to be done. */
async function done<T>(answer: Promise<{ data?: T | null; errors?: unknown }>): Promise<T> {
  const { data, errors } = await answer;
  if (errors) throw new Error(JSON.stringify(errors));
  return data!;
}

async function member(servers: Servers, role: Role = "MEMBER", workspace = "acme") {
  const who = await servers.newMember(role, workspace);
  return { ...who, tokens: await servers.login(who.email) };
}

async function apiKey(servers: Servers, owner: string, role: Role = "MEMBER") {
  const input = { name: "Program", roleId: await roleId(servers, role) };
  const CREATE_KEY = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }";
  const { id } = (await done(servers.metadata<{ createApiKey: { id: string } }>(owner, CREATE_KEY, { input }))).createApiKey;
  const newToken = async () =>
    (
      await done(
        servers.metadata<{ generateApiKeyToken: { token: string } }>(
          owner,
          "mutation ($id: UUID!) { generateApiKeyToken(apiKeyId: $id) { token } }",
          { id },
        ),
      )
    ).generateApiKeyToken.token;
  return { id, newToken, tokens: { accessToken: await newToken() } };
}

/** An owner who sees the workspace as a new member. */
async function impersonation(servers: Servers) {
  await servers.sql("update core.workspaces set allows_impersonation = true where subdomain = 'acme'");
  const [behind, whom] = [await member(servers, "OWNER"), await servers.newMember()];
  const [workspace] = await servers.sql<{ id: string }>("select authz.workspace_id() as id");
  const { impersonate } = await done(
    servers.metadata<{ impersonate: { accessToken: { token: string } } }>(
      behind.tokens.accessToken,
      "mutation ($userId: UUID!, $workspaceId: UUID!) { impersonate(userId: $userId, workspaceId: $workspaceId) { accessToken { token } } }",
      { userId: whom.userId, workspaceId: workspace!.id },
    ),
  );
  return { behind, whom, tokens: { accessToken: impersonate.accessToken.token } };
}
const REMOVE = "mutation ($id: UUID!) { deleteUserFromWorkspace(workspaceMemberIdToDelete: $id) }";
const SETTINGS = "mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { id } }";
const ASSIGN = "mutation ($id: UUID!, $roles: [UUID!]!) { assignRolesToMember(memberId: $id, roleIds: $roles) { id } }";

const people: Case[] = [
  {
    what: "a member is removed",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers, owner) {
      const { memberId, tokens } = await member(servers);
      return { tokens, revoke: () => done(servers.metadata(owner, REMOVE, { id: memberId })) };
    },
  },
  {
    what: "a member leaves",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { email, tokens } = await member(servers);
      const other = await servers.login(email, "b");
      return { tokens, revoke: () => done(servers.metadata(other.accessToken, "mutation { leaveWorkspace }")) };
    },
  },
  {
    what: "a user deletes himself",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { email, tokens } = await member(servers);
      const other = await servers.login(email, "b");
      return { tokens, revoke: () => done(servers.metadata(other.accessToken, "mutation { deleteUser }")) };
    },
  },
  {
    what: "a member gets a smaller role",
    code: "PERMISSION_DENIED",
    query: CREATE,
    async arrange(servers, owner) {
      const { memberId, tokens } = await member(servers);
      const roles = [await roleId(servers, "GUEST")];
      return { tokens, revoke: () => done(servers.metadata(owner, ASSIGN, { id: memberId, roles })) };
    },
  },
  {
    what: "one of two roles is taken",
    code: "PERMISSION_DENIED",
    query: CREATE,
    async arrange(servers, owner) {
      const { memberId, tokens } = await member(servers, "GUEST");
      const both = [await roleId(servers, "GUEST"), await roleId(servers, "MEMBER")];
      await done(servers.metadata(owner, ASSIGN, { id: memberId, roles: both }));
      return { tokens, revoke: () => done(servers.metadata(owner, ASSIGN, { id: memberId, roles: both.slice(0, 1) })) };
    },
  },
  {
    what: "an admin is one no more",
    code: "PERMISSION_DENIED",
    path: "/metadata",
    query: "mutation { rotateInviteLink { inviteHash } }",
    async arrange(servers, owner) {
      const { memberId, tokens } = await member(servers, "ADMIN");
      const roles = [await roleId(servers, "MEMBER")];
      return { tokens, revoke: () => done(servers.metadata(owner, ASSIGN, { id: memberId, roles })) };
    },
  },
  {
    what: "a role loses a permission",
    code: "PERMISSION_DENIED",
    query: CREATE,
    async arrange(servers, owner) {
      const { memberId, tokens } = await member(servers, "GUEST");
      const made = "mutation ($data: CreateRoleInput!) { createOneRole(data: $data) { id } }";
      const data = { label: "Makers", permissions: ["companies.read", "companies.create"] };
      const { id } = (await done(servers.metadata<{ createOneRole: { id: string } }>(owner, made, { data }))).createOneRole;
      await done(servers.metadata(owner, ASSIGN, { id: memberId, roles: [id] }));
      const update = "mutation ($id: UUID!, $data: UpdateRoleInput!) { updateOneRole(id: $id, data: $data) { id } }";
      return { tokens, revoke: () => done(servers.metadata(owner, update, { id, data: { permissions: ["companies.read"] } })) };
    },
  },
];

const keys: Case[] = [
  {
    what: "an API key is revoked",
    code: "LOGIN_REQUIRED",
    async arrange(servers, owner) {
      const { id, tokens } = await apiKey(servers, owner);
      const query = "mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { id } }";
      return { tokens, revoke: () => done(servers.metadata(owner, query, { id })) };
    },
  },
  {
    what: "an API key has another token",
    code: "LOGIN_REQUIRED",
    isRemembered: true,
    async arrange(servers, owner) {
      const { newToken, tokens } = await apiKey(servers, owner);
      return { tokens, revoke: newToken };
    },
  },
  {
    what: "an API key gets a smaller role",
    code: "PERMISSION_DENIED",
    query: CREATE,
    async arrange(servers, owner) {
      const { id, tokens } = await apiKey(servers, owner);
      const query = "mutation ($id: UUID!, $role: UUID!) { assignRoleToApiKey(apiKeyId: $id, roleId: $role) { id } }";
      const role = await roleId(servers, "GUEST");
      return { tokens, revoke: () => done(servers.metadata(owner, query, { id, role })) };
    },
  },
];

const sessions: Case[] = [
  {
    what: "a session is signed out",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { tokens } = await member(servers);
      return { tokens, revoke: () => servers.send("a", "/logout", {}, tokens.accessToken) };
    },
  },
  {
    what: "a session is signed out by its refresh token",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { tokens } = await member(servers);
      return { tokens, revoke: () => servers.send("a", "/logout", { refreshToken: tokens.refreshToken }) };
    },
  },
  {
    what: "all of somebody's sessions are signed out",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { email, tokens } = await member(servers);
      const other = await servers.login(email, "b");
      return { tokens, revoke: () => servers.send("a", "/logout-all", {}, other.accessToken) };
    },
  },
  {
    what: "the password is changed elsewhere",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { email, tokens } = await member(servers);
      const other = await servers.login(email, "b");
      const body = { currentPassword: PASSWORD, newPassword: "correct horse battery" };
      return { tokens, revoke: () => servers.send("a", "/password", body, other.accessToken) };
    },
  },
  {
    what: "the password is reset",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { email, tokens } = await member(servers);
      await servers.send("b", "/password-reset", { email });
      const token = await tokenTo(servers.adminUrl(), email);
      return { tokens, revoke: () => servers.send("a", "/password-reset/confirm", { token, password: "correct horse battery" }) };
    },
  },
  {
    what: "a refresh token is used by two",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      const { tokens } = await member(servers);
      const next = (await servers.send("a", "/refresh", { refreshToken: tokens.refreshToken })).body;
      await servers.sql("update private.refresh_tokens set used_at = now() - interval '11 seconds' where used_at is not null");
      return { tokens: next, revoke: () => servers.send("a", "/refresh", { refreshToken: tokens.refreshToken }) };
    },
  },
  {
    what: "a second factor is demanded",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers, owner) {
      const { tokens } = await member(servers);
      const revoke = () => done(servers.metadata(owner, SETTINGS, { data: { isTwoFactorAuthenticationEnforced: true } }));
      return { tokens, revoke };
    },
  },
];

const impersonations: Case[] = [
  {
    what: "an impersonation is signed out",
    code: "LOGIN_REQUIRED",
    async arrange(servers) {
      const { tokens } = await impersonation(servers);
      return { tokens, revoke: () => servers.send("a", "/logout", {}, tokens.accessToken) };
    },
  },
  {
    what: "who impersonates signs out",
    code: "LOGIN_REQUIRED",
    async arrange(servers) {
      const { behind, tokens } = await impersonation(servers);
      return { tokens, revoke: () => servers.send("a", "/logout", {}, behind.tokens.accessToken) };
    },
  },
  {
    what: "who impersonates is removed",
    code: "LOGIN_REQUIRED",
    async arrange(servers, owner) {
      const { behind, tokens } = await impersonation(servers);
      return { tokens, revoke: () => done(servers.metadata(owner, REMOVE, { id: behind.memberId })) };
    },
  },
  {
    what: "the workspace allows no impersonation any more",
    code: "LOGIN_REQUIRED",
    async arrange(servers, owner) {
      const { tokens } = await impersonation(servers);
      return { tokens, revoke: () => done(servers.metadata(owner, SETTINGS, { data: { allowImpersonation: false } })) };
    },
  },
];

const SUSPEND = "mutation ($id: UUID!) { suspendWorkspace(workspaceId: $id) }";
const workspaces: Case[] = [
  {
    what: "the workspace is suspended",
    code: "WORKSPACE_SUSPENDED",
    async arrange(servers, owner) {
      await servers.sql("update core.users set is_server_admin = true where email = 'owner@acme.test'");
      const { tokens } = await member(servers, "MEMBER", "globex");
      const [globex] = await servers.sql<{ id: string }>("select id from core.workspaces where subdomain = 'globex'");
      return { tokens, revoke: () => done(servers.metadata(owner, SUSPEND, { id: globex!.id })) };
    },
  },
  {
    what: "the workspace is deleted",
    code: "LOGIN_REQUIRED",
    endsRefresh: true,
    async arrange(servers) {
      await servers.sql("update core.workspaces set suspended_at = null where subdomain = 'globex'", [], "globex");
      const [{ tokens: boss }, { tokens }] = [await member(servers, "OWNER", "globex"), await member(servers, "MEMBER", "globex")];
      return { tokens, revoke: () => done(servers.metadata(boss.accessToken, "mutation { deleteCurrentWorkspace { id } }")) };
    },
  },
];

export const revocations: readonly Case[] = [...people, ...keys, ...impersonations, ...workspaces, ...sessions];
