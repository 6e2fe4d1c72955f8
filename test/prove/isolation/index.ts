/** Group `isolation`: nobody sees, changes or notices what is another workspace's (matrix A). */
import type { Group, Sabotage } from "../group.ts";
import { statement, weaken } from "../weaken.ts";
import { bleeding } from "./bleeding.ts";
import { foreignIds } from "./foreignIds.ts";
import { routes } from "./routes.ts";
import { timing } from "./timing.ts";
import { walls } from "./walls.ts";
import { type IsolationWorld, makeIsolationWorld } from "./world.ts";

/** Each of two workspaces is led to the tables of the other, and their policies let everybody in. */
async function swapSchemas({ victims, sql }: IsolationWorld): Promise<() => Promise<void>> {
  const [one, other] = [victims[0]!, victims[1]!];
  const tables = ["company", "person", "note"].flatMap((table) => [one, other].map((of) => ({ of, name: `${of.schemaName}.${table}` })));
  const lead = async (to: string, toOther: string) => {
    for (const [id, name] of [
      [one.workspaceId, `${to}_`],
      [other.workspaceId, toOther],
      [one.workspaceId, to],
    ])
      await sql("update core.workspaces set schema_name = $2 where id = $1", [id, name]);
  };
  for (const { name } of tables) await sql(`alter policy in_workspace on ${name} using (true)`);
  await lead(other.schemaName, one.schemaName);
  return async () => {
    await lead(one.schemaName, other.schemaName);
    for (const { of, name } of tables)
      await sql(`alter policy in_workspace on ${name} using ((select authz.workspace_id() = '${of.workspaceId}'))`);
  };
}

const sabotages: Sabotage<IsolationWorld>[] = [
  { what: "requests are led to another workspace's tables, whose policies say true", noticedBy: ["A13"], takeAway: swapSchemas },
  {
    what: "the policy between workspaces says true (of views)",
    noticedBy: ["A1b", "A8"],
    takeAway: statement(
      "alter policy in_workspace on core.views using (true)",
      "alter policy in_workspace on core.views using (workspace_id = (select authz.workspace_id()))",
    ),
  },
  {
    what: "nobody asks whether an API key was revoked",
    noticedBy: ["A17"],
    takeAway: (world) => weaken(world, "authz.claim(uuid, uuid, bigint, uuid)", "k.revoked_at is null and ", ""),
  },
];

export const isolation: Group<IsolationWorld> = {
  name: "isolation",
  checks: [...foreignIds, ...routes, ...timing, ...bleeding, ...walls],
  sabotages,
  makeWorld: makeIsolationWorld,
};
