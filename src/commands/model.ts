/**
 * `npm run relata -- model …`: a workspace's data model as one file.
 *
 *   model export acme > acme.yaml          the model, always the same bytes for the same model
 *   model plan globex acme.yaml            what apply would do, done for real and taken back; 2 when there is something
 *   model apply globex acme.yaml           does it, in one transaction
 *
 * What the workspace has and the file does not is kept, unless --prune is given.
 */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import type pg from "pg";
import { toRelataError } from "../errors.ts";
import { diff } from "../model/diff.ts";
import type { Fault, KnownModel, Model } from "../model/model.ts";
import type { Change } from "../model/plan.ts";
import { ModelFaults, type ModelFile, readModel } from "../model/read.ts";
import { type Applied, describeReport } from "../model/report.ts";
import { writeModel } from "../model/write.ts";
import { whenFree } from "../whenFree.ts";
import { speakingFor, type Workspace, withOwner, workspacesOf } from "./database.ts";

const print = (text: string) => void process.stdout.write(`${text}\n`);

export async function exportModel(args: string[]): Promise<number> {
  const [workspace] = positionals(args, ["a workspace"]).names;
  return withOwner(async (db) => {
    const [found] = await workspacesOf(db, workspace);
    const model = await speakingFor(db, found!, () => ask<Model>(db, "select core.export_model()"));
    process.stdout.write(writeModel(model));
    return 0;
  });
}

export const planModel = (args: string[]): Promise<number> => run(args, true);
export const applyModel = (args: string[]): Promise<number> => run(args, false);

function positionals(args: string[], wanted: string[]): { names: string[]; prune: boolean } {
  const { positionals: names, values } = parseArgs({ args, allowPositionals: true, options: { prune: { type: "boolean" } } });
  if (names.length !== wanted.length) throw new Error(`This needs ${wanted.join(" and ")}.`);
  return { names, prune: values.prune ?? false };
}

async function ask<T>(db: pg.Client, statement: string, values: unknown[] = []): Promise<T> {
  const { rows } = await db.query<unknown[]>({ text: statement, values, rowMode: "array" });
  return rows[0]![0] as T;
}

async function run(args: string[], isPlan: boolean): Promise<number> {
  const { names, prune } = positionals(args, ["a workspace", "a file"]);
  const [subdomain, file] = names as [string, string];
  const source = await (file === "-" ? text(process.stdin) : readFile(file, "utf8")).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code}).`);
  });
  const read = readModel(source, file);
  return withOwner(async (db) => {
    const [workspace] = await workspacesOf(db, subdomain);
    return whenFree(() => speakingFor(db, workspace!, () => make(db, workspace!, { ...read, file }, prune, isPlan)));
  });
}

/** Compares, and plans or applies, with the data model locked: what is told is what is done. */
async function make(
  db: pg.Client,
  workspace: Workspace,
  read: ModelFile & { file: string },
  prune: boolean,
  isPlan: boolean,
): Promise<number> {
  await db.query("select private.lock_metadata($1)", [workspace.id]);
  const known = await ask<KnownModel>(db, "select private.model_of($1)", [workspace.id]);
  const { changes, kept, faults } = diff(read.model, known, prune);
  if (faults.length) throw new ModelFaults(read.file, faults, read.lineOf);
  const keeps = kept.length ? `\nThe model does not have these; --prune deletes them:\n${kept.map((one) => `  ${one}`).join("\n")}\n` : "";
  if (!changes.length) {
    print(`${workspace.subdomain} has this model: no changes.${keeps.trimEnd()}`);
    return 0;
  }
  const asked = JSON.stringify(changes.map(({ kind, data }) => ({ kind, data })));
  const applied = await ask<Applied>(db, "select core.apply_changes($1, $2)", [asked, isPlan]).catch((error) => {
    throw faultsOf(error, changes, read);
  });
  const lines = changes.flatMap(({ words }) => (words ? [`  ${words}`] : []));
  print(`${workspace.subdomain}: ${isPlan ? "apply would make" : "made"} these changes\n\n${lines.join("\n")}\n${keeps}`);
  print(describeReport(applied));
  return isPlan ? 2 : 0;
}

/** What the database refuses, by the places in the file that it comes from. */
function faultsOf(error: unknown, changes: readonly Change[], { file, lineOf }: ModelFile & { file: string }): Error {
  const known = toRelataError(error);
  if (!known || known.code === "BUSY") return error as Error;
  const faults = known.faults ?? [{ message: known.message, field: known.field ?? "" }];
  const told = faults.map(({ message, field = "" }): Fault => {
    const [, index, rest = ""] = /^(?:changes\.(\d+)\.)?(?:data\.?)?(.*)$/.exec(field)!;
    const change = changes[Number(index ?? 0)]!;
    const inFile = rest.split(".").filter((part) => part && !["id", "objectId", "name", "nameSingular"].includes(part));
    return { path: [...change.path, ...inFile], message };
  });
  return new ModelFaults(file, told, lineOf);
}
