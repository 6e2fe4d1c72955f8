/** Roles × objects × actions through the API, against a model of a dozen lines; and fields, rows, and who gives what to whom. */
import { VECTORS } from "../../graphql/forbiddenVectors.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ADMIN, GUEST, MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

const OBJECTS = [
  ["company", "companies", "name"],
  ["opportunity", "opportunities", "name"],
  ["note", "notes", "title"],
  ["task", "tasks", "title"],
] as const;
const ACTIONS = ["read", "create", "update", "delete", "restore", "destroy"] as const;
const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** Nobody writes what he may not see, and to delete or restore is also to write. */
const NEEDS: Record<(typeof ACTIONS)[number], string[]> = {
  read: ["read"],
  create: ["read", "create"],
  update: ["read", "update"],
  delete: ["read", "update", "delete"],
  restore: ["read", "update", "delete"],
  destroy: ["read", "destroy"],
};
const may = (permissions: readonly string[], plural: string, action: (typeof ACTIONS)[number]) =>
  NEEDS[action].every((needed) => ["*", `*.${needed}`, `${plural}.${needed}`].some((one) => permissions.includes(one)));

/** A role that is dealt anew and anew, and everything that it may and may not. */
async function matrix(world: PermissionsWorld): Promise<void> {
  const roles = world.isFull ? 40 : 6;
  const found: unknown[] = [];
  let cells = 0;
  const [role] = await world.sql<{ id: string }>("select id from core.roles where name = 'GUEST' and workspace_id = authz.workspace_id()");
  const [{ permissions: was }] = (await world.sql<{ permissions: string[] }>("select permissions from core.roles where id = $1", [
    role!.id,
  ])) as [{ permissions: string[] }];
  for (let n = 0; n < roles; n++) {
    const permissions =
      n === 0
        ? []
        : n === 1
          ? ["*.read"]
          : OBJECTS.flatMap(([, plural]) =>
              ["read", "create", "update", "delete", "destroy"].filter(() => world.random(2)).map((action) => `${plural}.${action}`),
            );
    await world.sql("update core.roles set permissions = $2 where id = $1", [role!.id, permissions]);
    for (const [singular, plural, text] of OBJECTS) {
      const make = async (isDeleted = false) =>
        (
          await world.sql<{ id: string }>(
            `insert into ${singular} (${text}, deleted_at) values ('cell', ${isDeleted ? "now()" : "null"}) returning id`,
          )
        )[0]!.id;
      for (const action of ACTIONS) {
        const id = await make(action === "restore" || action === "destroy");
        const query: Record<(typeof ACTIONS)[number], string> = {
          read: `query ($id: UUID!) { ${singular}(filter: { id: { eq: $id } }) { id } }`,
          create: `mutation { create${upper(singular)}(data: { ${text}: "made" }) { __typename } }`,
          update: `mutation ($id: UUID!) { update${upper(singular)}(id: $id, data: { ${text}: "changed" }) { __typename } }`,
          delete: `mutation ($id: UUID!) { delete${upper(singular)}(id: $id) { __typename } }`,
          restore: `mutation ($id: UUID!) { restore${upper(singular)}(id: $id) { __typename } }`,
          destroy: `mutation ($id: UUID!) { destroy${upper(singular)}(id: $id) { __typename } }`,
        };
        const { data, errors } = await world.graphql(GUEST, query[action], action === "create" ? {} : { id });
        const did = !errors && Object.values(data ?? {})[0] !== null;
        const expected = may(permissions, plural, action);
        cells++;
        if (did !== expected)
          found.push([
            permissions.filter((one) => one.startsWith(plural)),
            singular,
            action,
            { expected, did },
            errors?.[0]?.extensions.code,
          ]);
      }
    }
  }
  await world.sql("update core.roles set permissions = $2 where id = $1", [role!.id, was]);
  world.note(`${cells} cells`);
  assertNone(found, "cells that differ from the model");
}

async function forbiddenFields(world: PermissionsWorld): Promise<void> {
  const found: string[] = [];
  for (const [vector, query] of VECTORS) {
    const { data, errors } = await world.graphql(MEMBER, query);
    if (Object.values(data ?? {}).some((value) => value !== null) || errors?.[0]?.extensions.code !== "GRAPHQL_VALIDATION_FAILED")
      found.push(`${vector}: ${JSON.stringify({ data, errors })}`);
    const whole = await world.graphql(OWNER, query);
    if (whole.errors?.[0]?.extensions.code === "GRAPHQL_VALIDATION_FAILED") found.push(`${vector} is no question at all`);
  }
  world.note(`${VECTORS.length} vectors`);
  assertNone(found, "vectors to a field that is held back");
}

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

export const matrixChecks: Check<PermissionsWorld>[] = [
  { id: "B25", title: "roles × objects × actions: the API does what a model says", run: matrix },
  { id: "B26", title: "a field that is held back can be learnt in no way of the API", run: forbiddenFields },
  { id: "B30", title: "nobody gives himself or others more than he has", run: escalation },
];
