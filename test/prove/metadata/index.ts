/** Group `metadata`: changes of the data model (matrix H, and of A and B what they could open). */
import type { Group } from "../group.ts";
import { weaken } from "../weaken.ts";
import { changes } from "./changes.ts";
import { killings } from "./killed.ts";
import { nameChecks } from "./names.ts";
import { type MetadataWorld, makeMetadataWorld } from "./world.ts";

export const metadata: Group<MetadataWorld> = {
  name: "metadata",
  checks: [...changes, ...killings, ...nameChecks],
  sabotages: [
    {
      what: "nobody asks whether a plan is still right",
      noticedBy: ["H138", "H136"],
      takeAway: (world) => weaken(world, "authz.claim(uuid, uuid, bigint, uuid)", "planned_version < _caller.compatible_from", "false"),
    },
    {
      what: "new tables come without the policy between workspaces",
      noticedBy: ["A9"],
      takeAway: (world) =>
        weaken(
          world,
          "private.build_policies(uuid, text)",
          "create policy in_workspace on %s as restrictive using",
          "create policy in_workspace on %s using",
        ),
    },
    {
      what: "changes of one workspace do not wait for each other",
      noticedBy: ["H140", "H140b"],
      takeAway: (world) => weaken(world, "private.lock_metadata(uuid)", /begin[\s\S]*end/i, "begin end"),
    },
  ],
  makeWorld: makeMetadataWorld,
};
