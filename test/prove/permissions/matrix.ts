/** Roles × objects × actions through the API, against a model of a dozen lines; and fields, rows, and who gives what to whom. */
import { VECTORS } from "../../graphql/forbiddenVectors.ts";
import { assertNone, type Check } from "../group.ts";
import { GUEST, MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

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

export const matrixChecks: Check<PermissionsWorld>[] = [
  { id: "B25", title: "roles × objects × actions: the API does what a model says", run: matrix },
  { id: "B26", title: "a field that is held back can be learnt in no way of the API", run: forbiddenFields },
];
