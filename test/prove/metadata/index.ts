/** Group `metadata`: changes of the data model (matrix H, and of A and B what they could open). */
import type { Group } from "../group.ts";
import { weaken } from "../weaken.ts";
import { changes } from "./changes.ts";
import { killings } from "./killed.ts";
import { nameChecks } from "./names.ts";
import { type MetadataWorld, makeMetadataWorld } from "./world.ts";

/** Gives those that were made meanwhile what they should have had. */
const REPAIR = `do $$ declare _t record; begin
  for _t in select p.polrelid::regclass as tbl, w.id from pg_policy p join pg_class c on c.oid = p.polrelid
      join pg_namespace n on n.oid = c.relnamespace join core.workspaces w on w.schema_name = n.nspname
    where p.polname = 'in_workspace' and p.polpermissive
  loop
    execute format('drop policy in_workspace on %s; create policy in_workspace on %1$s as restrictive using ((select authz.workspace_id() = %L))', _t.tbl, _t.id);
  end loop;
end $$`;

export const metadata: Group<MetadataWorld> = {
  name: "metadata",
  checks: [...changes, ...killings, ...nameChecks],
  sabotages: [
    {
      what: "changes of the data model are not counted",
      noticedBy: ["H138", "H140"],
      async takeAway(world) {
        const counted = /metadata_version = \(?w\.metadata_version \+ 1\)?/;
        const put = await weaken(world, "private.touch_metadata(uuid, boolean)", counted, "metadata_version = w.metadata_version");
        return async () => {
          await put();
          await world.sql("select private.touch_metadata(w.id, true) from core.workspaces w");
        };
      },
    },
    {
      what: "new tables come without the policy between workspaces",
      noticedBy: ["A9"],
      async takeAway(world) {
        const put = await weaken(
          world,
          "private.build_policies(uuid, text)",
          "in_workspace on %s as restrictive using",
          "in_workspace on %s using",
        );
        return async () => {
          await put();
          await world.sql(REPAIR);
        };
      },
    },
    {
      what: "changes of one workspace do not wait for each other",
      noticedBy: ["H140", "H140b"],
      takeAway: (world) => weaken(world, "private.lock_metadata(uuid)", /begin[\s\S]*end/i, "begin end"),
    },
  ],
  makeWorld: makeMetadataWorld,
};
