/** Group `permissions`: what a role may, by the API and by psql (matrix B, and of A what is PostgreSQL's own). */
import type { Group } from "../group.ts";
import { statement, weaken } from "../weaken.ts";
import { bi } from "./bi.ts";
import { changing } from "./changing.ts";
import { escalations } from "./escalation.ts";
import { inputs } from "./inputs.ts";
import { matrixChecks } from "./matrix.ts";
import { psql } from "./psql.ts";
import { rules } from "./rules.ts";
import { makePermissionsWorld, type PermissionsWorld } from "./world.ts";

const PERMISSION = "pg_catalog.current_setting('relata.permissions', true)";

export const permissions: Group<PermissionsWorld> = {
  name: "permissions",
  checks: [...matrixChecks, ...escalations, ...rules, ...changing, ...inputs, ...psql, ...bi],
  sabotages: [
    {
      what: "roles that hold a column back are granted it",
      noticedBy: ["B26b"],
      takeAway: async ({ sql, schemas: { acme } }) => {
        const roles = (await sql<{ name: string }>("select rolname as name from pg_roles where rolname like 'relata\\_limited\\_%'"))
          .map(({ name }) => name)
          .join(", ");
        await sql(`grant select (annual_recurring_revenue) on ${acme}.company to ${roles}`);
        return async () => void (await sql(`revoke select (annual_recurring_revenue) on ${acme}.company from ${roles}`));
      },
    },
    {
      what: "everybody has every permission",
      noticedBy: ["B25"],
      takeAway: ({ sql }) =>
        statement(
          "create or replace function authz.has_permission(permission text) returns boolean language sql stable parallel safe return true",
          `create or replace function authz.has_permission(permission text) returns boolean language sql stable parallel safe
           return coalesce(string_to_array(${PERMISSION}, ',') && array['*', permission, '*.' || split_part(permission, '.', 2)], false)`,
        )({ sql }),
    },
    {
      what: "no rule of rows is asked",
      noticedBy: ["B29"],
      takeAway: (world) =>
        weaken(world, "authz.open_from(text)", /case\s+when/i, "case when true then '00000000-0000-0000-0000-000000000000'::uuid when"),
    },
    {
      what: "nobody looks whether an owner is left",
      noticedBy: ["B31"],
      takeAway: statement(
        "alter table core.role_assignments disable trigger _500_keep_owner",
        "alter table core.role_assignments enable trigger _500_keep_owner",
      ),
    },
    {
      what: "the server's login is granted a table",
      noticedBy: ["A11"],
      takeAway: statement("grant select on core.users to relata_server", "revoke select on core.users from relata_server"),
    },
  ],
  makeWorld: makePermissionsWorld,
};
