/** The lints of db/lints/ as checks: a query a file, whose comment says why, how bad it is, and what mends it. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import type { Check, Fault, Level, Patient } from "./check.ts";

const FOLDER = fileURLToPath(new URL("../../db/lints/", import.meta.url));
/** One lint over a thousand workspaces takes seconds; none may hold the database up for long. */
const PATIENCE = "5min";

/** The comment at the head of a file, and what it says of level, mend and the extension that is needed. */
function headOf(text: string): { why: string; told: Map<string, string> } {
  const lines = /^(?:--.*\n)+/.exec(text)![0].trimEnd().split("\n");
  const told = new Map<string, string>();
  const why: string[] = [];
  for (const line of lines.map((one) => one.replace(/^-- ?/, ""))) {
    const [, key, value] = /^(Level|Mend|Needs): (.+)$/.exec(line) ?? [];
    if (key) told.set(key, value!);
    else if (line) why.push(line);
  }
  return { why: why.join(" "), told };
}

/** Where an extension is; undefined when it is not. */
async function schemaOf({ db }: Patient, extension: string): Promise<string | undefined> {
  const { rows } = await db.query<{ schema: string }>(
    "select extnamespace::regnamespace::text as schema from pg_extension where extname = $1",
    [extension],
  );
  return rows[0]?.schema;
}

function toCheck(file: string): Check {
  const sql = readFileSync(file, "utf8");
  const { why, told } = headOf(sql);
  const needed = told.get("Needs");
  return {
    name: basename(file, ".sql"),
    level: (told.get("Level") ?? "error") as Level,
    why,
    mend: told.get("Mend"),
    async find(patient) {
      const schema = needed && (await schemaOf(patient, needed));
      if (needed && !schema) return [];
      const path = ["pg_catalog", ...(schema ? [schema] : [])].join(", ");
      await patient.db.query("select set_config('search_path', $1, false), set_config('statement_timeout', $2, false)", [path, PATIENCE]);
      return (await patient.db.query<Fault>(sql)).rows;
    },
  };
}

const checksIn = (pattern: string): Check[] =>
  globSync(pattern, { cwd: FOLDER })
    .sort()
    .map((file) => toCheck(`${FOLDER}${file}`));

/** How the database is built, in core and in every workspace. */
export const structureChecks = (): Check[] => checksIn("*.sql");
/** What the database has lived through: its settings, its jobs, its statistics. */
export const livedChecks = (): Check[] => checksIn("{server,usage}/*.sql");

/** The schemas of workspaces, by their subdomains. */
export async function subdomainsOf(db: pg.Client): Promise<Map<string, string>> {
  const { rows } = await db.query<{ schema_name: string; subdomain: string }>("select schema_name, subdomain from core.workspaces");
  return new Map(rows.map(({ schema_name, subdomain }) => [schema_name, subdomain]));
}
