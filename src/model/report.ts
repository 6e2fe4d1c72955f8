/** What core.apply_changes reports, in words. */

type Lines = { added: string[]; removed: string[] };
export type Applied = {
  report: {
    tables: { table: string; effect: string; rows: number }[];
    locks: { table: string; mode: string; blocks: string }[];
    api: Lines;
    access: Lines;
    jobs: { of: string; steps: string[] }[];
    milliseconds: number;
  };
};

const EFFECTS: Record<string, string> = {
  CREATED: "is created",
  REMOVED: "is removed",
  RENAMED: "is renamed",
};

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length ? [`${title}:`, ...lines.map((line) => `  ${line}`), ""] : [];

/** Policies and grants, but for those of tables that come or go, which are told in one line each. */
function accessOf({ added, removed }: Lines, tables: readonly string[]): string[] {
  const isAbout = (line: string, table: string) => new RegExp(`\\b${table}\\b`).test(line);
  const isOther = (line: string) => !tables.some((table) => isAbout(line, table));
  const count = (lines: string[], table: string) => lines.filter((line) => isAbout(line, table)).length;
  const whole = tables.flatMap((table) => [
    ...(count(added, table) ? [`+ ${count(added, table)} policies and grants of ${table}`] : []),
    ...(count(removed, table) ? [`- ${count(removed, table)} policies and grants of ${table}`] : []),
  ]);
  return [...added.filter(isOther).map((line) => `+ ${line}`), ...removed.filter(isOther).map((line) => `- ${line}`), ...whole];
}

export function describeReport({ report: { tables, locks, api, access, jobs, milliseconds } }: Applied): string {
  const newOrGone = tables.filter(({ effect }) => effect !== "REWRITTEN").map(({ table }) => table);
  return [
    ...section(
      "Tables",
      tables.map(({ table, effect, rows }) => `${table} ${EFFECTS[effect] ?? `is rewritten (${rows} records)`}`),
    ),
    ...section(
      `Locks, for ${Math.ceil(milliseconds)} ms at most`,
      locks.map(({ table, blocks }) => `${table}: no ${blocks === "WRITES" ? "writes" : "reads and writes"} meanwhile`),
    ),
    ...section(
      "Left to jobs, as the tables are large",
      jobs.map(({ of, steps }) => `${of}: ${steps.join(", ").toLowerCase()}`),
    ),
    ...section("API", [...api.added.map((line) => `+ ${line}`), ...api.removed.map((line) => `- ${line}`)]),
    ...section("Access", accessOf(access, newOrGone)),
  ]
    .join("\n")
    .trimEnd();
}
