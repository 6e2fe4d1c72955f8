/** Who gives himself or others more than he has. */
import { assert, assertNone, type Check } from "../group.ts";
import { ADMIN, MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

const ESCALATIONS: [who: string, what: string, query: string][] = [
  [MEMBER, "makes a role", 'mutation { createOneRole(data: { label: "Mine", permissions: ["*"] }) { id } }'],
  [
    MEMBER,
    "changes his role",
    "mutation ($member: UUID!, $owner: UUID!) { assignRolesToMember(memberId: $member, roleIds: [$owner]) { id } }",
  ],
  [
    MEMBER,
    "changes his role, the other way",
    "mutation ($member: UUID!, $owner: UUID!) { updateWorkspaceMemberRole(workspaceMemberId: $member, roleId: $owner) { id } }",
  ],
  [MEMBER, "takes the workspace over", "mutation ($member: UUID!) { transferOwnership(workspaceMemberId: $member) { id } }"],
  [
    MEMBER,
    "makes an API key of the owner's role",
    'mutation ($owner: UUID!) { createApiKey(input: { name: "x", expiresAt: "2099-01-01T00:00:00Z", roleId: $owner }) { id } }',
  ],
  [
    MEMBER,
    "invites an owner",
    'mutation ($owner: UUID!) { sendInvitations(emails: ["x@nowhere.test"], roleId: $owner) { success errors } }',
  ],
  [MEMBER, "shapes the data model", 'mutation { createOneObject(data: { nameSingular: "intruder", namePlural: "intruders" }) { id } }'],
  [MEMBER, "removes a colleague", "mutation ($admin: UUID!) { deleteUserFromWorkspace(workspaceMemberIdToDelete: $admin) }"],
  [MEMBER, "changes the workspace", 'mutation { updateWorkspace(data: { displayName: "Mine" }) { id } }'],
  [MEMBER, "deletes the workspace", "mutation { deleteCurrentWorkspace { id } }"],
  [
    MEMBER,
    "impersonates",
    "mutation ($ownerUser: UUID!, $workspace: UUID!) { impersonate(userId: $ownerUser, workspaceId: $workspace) { workspace { id } } }",
  ],
  [
    ADMIN,
    "gives himself the owner's role",
    "mutation ($adminMember: UUID!, $owner: UUID!) { assignRolesToMember(memberId: $adminMember, roleIds: [$owner]) { id } }",
  ],
  [ADMIN, "makes a role that may all", 'mutation { createOneRole(data: { label: "All", permissions: ["*"] }) { id } }'],
  [
    ADMIN,
    "lets his own role do all",
    'mutation ($adminRole: UUID!) { updateOneRole(id: $adminRole, data: { permissions: ["*"] }) { id } }',
  ],
  [
    ADMIN,
    "makes an API key of the owner's role",
    'mutation ($owner: UUID!) { createApiKey(input: { name: "x", expiresAt: "2099-01-01T00:00:00Z", roleId: $owner }) { id } }',
  ],
  [ADMIN, "takes the workspace over", "mutation ($adminMember: UUID!) { transferOwnership(workspaceMemberId: $adminMember) { id } }"],
  [ADMIN, "deletes the workspace", "mutation { deleteCurrentWorkspace { id } }"],
];

async function escalation(world: PermissionsWorld): Promise<void> {
  const [ids] = await world.sql<Record<string, string>>(
    `select (select id from core.roles where name = 'OWNER' and workspace_id = w.id) as owner, (select id from core.roles where name = 'ADMIN' and workspace_id = w.id) as "adminRole",
            (select id from workspace_member where user_email = $1) as member, (select id from workspace_member where user_email = $2) as admin,
            (select id from workspace_member where user_email = $2) as "adminMember", (select id from core.users where email = $3) as "ownerUser", w.id as workspace
     from core.workspaces w where w.id = authz.workspace_id()`,
    [MEMBER, ADMIN, OWNER],
  );
  const rights = () =>
    world.sql(
      "select md5(string_agg(a::text, ',' order by a::text)) as a, (select md5(string_agg(r::text, ',' order by id)) from core.roles r) as r from core.role_assignments a",
    );
  const before = JSON.stringify(await rights());
  const found: string[] = [];
  for (const [who, what, query] of ESCALATIONS) {
    const variables = Object.fromEntries(Object.entries(ids!).filter(([name]) => query.includes(`$${name}:`)));
    const { data, errors } = await world.metadata(who, query, variables);
    if (!errors || Object.values(data ?? {}).some((value) => value !== null))
      found.push(`${who} ${what}: ${JSON.stringify({ data, errors })}`);
    else if (errors[0]!.extensions.code.startsWith("GRAPHQL_")) found.push(`${what} is no question at all: ${errors[0]!.message}`);
  }
  assertNone(found, "ways up");
  assert(JSON.stringify(await rights()) === before, "rights have changed");
}

export const escalations: Check<PermissionsWorld>[] = [
  { id: "B30", title: "nobody gives himself or others more than he has", run: escalation },
];
