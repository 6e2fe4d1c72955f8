/**
 * `npm run relata -- drift [workspace]`: where the metadata and the database differ, as
 * after somebody typed DDL in psql; exit code 2 when they do. With --adopt, what can be
 * metadata becomes that: a column that was added is a field, one that was dropped takes
 * its field along. Policies and grants are the DBA's to change: they are told, and stay.
 */
import { parseArgs } from "node:util";
import type pg from "pg";
import { toRelataError } from "../errors.ts";
import { driftInWords, isHis } from "../model/driftWords.ts";
import { whenFree } from "../whenFree.ts";
import { speakingFor, type Workspace, withOwner, workspacesOf } from "./database.ts";

type Drift = { fault: string; change: { kind: string; data: Record<string, string> } | null };

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Looks only: what it makes in order to compare is taken back. */
const driftOf = (db: pg.Client, workspace: Workspace): Promise<Drift[]> =>
  speakingFor(db, workspace, async () => {
    const { rows } = await db.query<Drift>("select fault, change from private.drift($1)", [workspace.id]);
    return rows;
  });

/** Makes a difference metadata; answers why it could not, if so. */
async function adopt(db: pg.Client, workspace: Workspace, { change }: Drift): Promise<string | undefined> {
  try {
    await whenFree(() => speakingFor(db, workspace, () => db.query("select core.apply_changes($1)", [JSON.stringify([change])])));
    return undefined;
  } catch (error) {
    const known = toRelataError(error);
    if (!known) throw error;
    return known.message;
  }
}

async function adoptAll(db: pg.Client, workspace: Workspace, found: readonly Drift[]): Promise<Drift[]> {
  const done = new Set<string>();
  for (const drift of found) {
    const change = JSON.stringify(drift.change);
    if (!drift.change || done.has(change)) continue; // several columns may be one field
    done.add(change);
    const refused = await adopt(db, workspace, drift);
    const what = driftInWords(drift.fault, workspace.schema_name);
    print(refused ? `  cannot be adopted: ${what} ${refused}` : `  adopted: ${what}`);
  }
  // A function has no metadata: that it came or went is all there is to notice.
  await speakingFor(db, workspace, () => db.query("select private.touch_if_moved($1)", [workspace.id]));
  return driftOf(db, workspace);
}

async function tell(db: pg.Client, workspace: Workspace, isAdopting: boolean): Promise<boolean> {
  let found = await driftOf(db, workspace);
  print(`${workspace.subdomain}: ${found.length === 1 ? "1 difference" : `${found.length || "no"} differences`}`);
  if (isAdopting) {
    found = await adoptAll(db, workspace, found);
    if (found.length) print("  what stays:");
  }
  for (const { fault } of found) print(`  ${driftInWords(fault, workspace.schema_name)}`);
  return found.some(({ fault }) => !(isAdopting && isHis(fault)));
}

export async function tellDrift(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { adopt: { type: "boolean" } } });
  return withOwner(async (db) => {
    let differs = false;
    for (const workspace of await workspacesOf(db, positionals[0])) {
      if (await tell(db, workspace, values.adopt ?? false)) differs = true;
    }
    return differs ? 2 : 0;
  });
}
