/** Writes what a run has measured into README.md, between its two marks: `npm run bench -- api --readme`. */
import { readFile, writeFile } from "node:fs/promises";
import { type Machine, machineToMarkdown } from "./machine.ts";
import type { Report, Row } from "./report.ts";

const README = new URL("../../README.md", import.meta.url);
const [BEGIN, END] = ["<!-- bench: npm run bench -- api --readme -->", "<!-- end of bench -->"];
const HEAD = [
  "| asked 16 at a time | limit, requests/s | GraphQL, requests/s | of the limit | p50, p99 ms | REST, requests/s | of the limit | CPU ms: server, PostgreSQL |",
  "|---|--:|--:|--:|--:|--:|--:|--:|",
];

const number = (row: Row | undefined, key: string, digits: number): string => (row ? (row[key] as number).toFixed(digits) : "–");

/** A line for each table of the api scenario that sets Relata against the limit. */
function linesOf({ tables }: Report): string[] {
  return tables.flatMap(({ title, rows }) => {
    const named = (name: string) => rows.find(({ contender }) => String(contender).toLowerCase() === name);
    const [limit, graphql, rest] = ["limit", "relata", "relata, by rest"].map(named);
    if (!limit || !graphql) return [];
    const cells = [
      title,
      number(limit, "perSecond", 0),
      number(graphql, "perSecond", 0),
      number(graphql, "ratio", 2),
      `${number(graphql, "p50", 1)}, ${number(graphql, "p99", 1)}`,
      number(rest, "perSecond", 0),
      number(rest, "ratio", 2),
      `${number(graphql, "serverMs", 2)}, ${number(graphql, "postgresMs", 2)}`,
    ];
    return [`| ${cells.join(" | ")} |`];
  });
}

/** Throws when README.md has no marks, or the run no scenario `api`. */
export async function writeReadme(machine: Machine, reports: readonly Report[]): Promise<void> {
  const api = reports.find(({ scenario }) => scenario === "api");
  if (!api) throw new Error("--readme wants the scenario api.");
  const text = await readFile(README, "utf8");
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error("README.md has lost its marks.");
  const table = [BEGIN, "", ...HEAD, ...linesOf(api), "", machineToMarkdown(machine), ""].join("\n");
  await writeFile(README, text.slice(0, from) + table + text.slice(to));
}
