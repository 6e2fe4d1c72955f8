/** Logins of BI tools: nothing that they say or set widens what they read. */
import type pg from "pg";
import { ATTACKS } from "../../model/biAttacks.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { connected, type PermissionsWorld } from "./world.ts";

async function biLogin(world: PermissionsWorld): Promise<void> {
  const found: string[] = [];
  const count = (db: pg.Client) =>
    db.query("select count(*)::int as n from company").then(
      ({ rows }) => rows[0].n as number,
      () => 0,
    );
  const url = await world.biUrl();
  const before = await connected(url, count);
  assert(before > 0, "the BI login reads nothing: nothing was proven");
  for (const [what, attack] of ATTACKS)
    await connected(url, async (db) => {
      const code = await db.query(attack(world.schemas)).then(
        () => "done",
        (error: { code: string }) => error.code,
      );
      if (!/^(42501|42P01|25006)$/.test(code)) found.push(`${what}: ${code}`);
    });
  for (const name of ["member_id", "permissions", "conditions", "rules", "role_ids", "user_id", "workspace_id"])
    for (const value of ["*", ",", "{}", "", "00000000-0000-0000-0000-000000000000"])
      await connected(url, async (db) => {
        await db.query("select set_config($1, $2, false)", [`relata.${name}`, value]);
        if ((await count(db)) > before) found.push(`relata.${name} = ${value} widens it`);
      });
  assertNone(found, "ways out of a BI login");
}

export const bi: Check<PermissionsWorld>[] = [
  { id: "A23", title: "a BI login cannot widen what it reads by any statement or setting", run: biLogin },
];
