/** What the doctor has found, for people. */
import type { Finding, Level } from "./check.ts";
import type { Report } from "./examine.ts";

const LEVELS: Level[] = ["error", "warning", "note"];
/** Of one check; --json has all. */
const MOST_PLACES = 10;
const WIDTH = 100;

function wrapped(text: string, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (lines[last] && lines[last]!.length + word.length > WIDTH) lines.push(word);
    else lines[last] += lines[last] ? ` ${word}` : word;
  }
  return lines.map((line) => indent + line).join("\n");
}

const plural = (count: number, what: string) => `${count || "no"} ${what}${count === 1 ? "" : "s"}`;
const place = ({ where, workspace }: Finding) => `    ${where}${workspace ? `  (${workspace})` : ""}`;

function describe(found: readonly Finding[]): string {
  const { level, check, why } = found[0]!;
  const mends = new Set(found.map(({ mend }) => mend));
  const shown = found.slice(0, MOST_PLACES);
  const lines = shown.flatMap((one) => [place(one), ...(mends.size > 1 ? [`      mend: ${one.mend}`] : [])]);
  if (found.length > shown.length) lines.push(`    … and ${found.length - shown.length} more`);
  if (mends.size === 1 && found[0]!.mend) lines.push(`  mend: ${found[0]!.mend}`);
  return [`${level.toUpperCase()} ${check}`, wrapped(why, "  "), ...lines].join("\n");
}

export const countOf = ({ findings }: Report, level: Level): number => findings.filter((one) => one.level === level).length;

export function toText(report: Report): string {
  const { checks, findings, unanswered } = report;
  const names = LEVELS.flatMap((level) => [...new Set(findings.filter((one) => one.level === level).map(({ check }) => check))]);
  const parts = names.map((name) => describe(findings.filter(({ check }) => check === name)));
  const failed = unanswered.map(({ check, message }) => `NOT ASKED ${check}: ${message}`);
  const counts = LEVELS.map((level) => plural(countOf(report, level), level)).join(", ");
  return [...parts, ...failed, `${plural(checks, "check")}: ${counts}.`].join("\n\n");
}
