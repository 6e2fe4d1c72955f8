/** Group `abuse`: requests that mean harm are refused, and the server goes on (matrix C, and of D and E what is HTTP's). */
import type { Group, Sabotage } from "../group.ts";
import { statement } from "../weaken.ts";
import { bounds } from "./bounds.ts";
import { bytesChecks } from "./bytes.ts";
import { filterChecks } from "./filters.ts";
import { operations } from "./operations.ts";
import { origins } from "./origins.ts";
import { paths } from "./paths.ts";
import { type AbuseWorld, makeAbuseWorld } from "./world.ts";

/** The same server with a setting that takes a limit away. */
const withSettings = (what: string, noticedBy: string, env: Record<string, string>): Sabotage<AbuseWorld> => ({
  what,
  noticedBy: [noticedBy],
  async takeAway(world) {
    await world.restart(env);
    return () => world.restart({});
  },
});

export const abuse: Group<AbuseWorld> = {
  name: "abuse",
  checks: [...operations, ...filterChecks, ...bytesChecks, ...paths, ...origins, ...bounds],
  sabotages: [
    {
      what: "the workspace may ask with any number of aliases (core.workspaces.limits)",
      noticedBy: ["C38"],
      takeAway: statement(
        `update core.workspaces set limits = '{"aliases": 100000}' where subdomain = 'acme'`,
        "update core.workspaces set limits = '{}' where subdomain = 'acme'",
      ),
    },
    withSettings("identity providers may be on this machine (EGRESS_ALLOW)", "E77", { EGRESS_ALLOW: "127.0.0.0/8,::1/128" }),
  ],
  makeWorld: makeAbuseWorld,
};
