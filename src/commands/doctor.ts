/**
 * `npm run relata -- doctor`: what is wrong with this installation, why it matters and what
 * mends it. Exit code 0 when nothing is (notes aside), 2 when something is, 1 when it could
 * not be looked at. It changes nothing; docs/doctor.md has a line for each check.
 *
 *   --json      for programs
 *   --errors    2 for errors alone
 */
import { parseArgs } from "node:util";
import { readAppSecret } from "../appSecret.ts";
import { readConfig } from "../config.ts";
import { configurationFault, examineDatabase, type Report } from "../doctor/examine.ts";
import { countOf, toText } from "../doctor/report.ts";
import { withDatabase } from "./database.ts";

function exitCode(report: Report, errorsOnly: boolean): number {
  if (countOf(report, "error") || (!errorsOnly && countOf(report, "warning"))) return 2;
  return report.unanswered.length ? 1 : 0;
}

async function look(): Promise<Report> {
  const config = readConfig();
  const appSecret = await readAppSecret(config);
  return withDatabase((adminUrl) => examineDatabase(config, appSecret, adminUrl));
}

export async function tellHealth(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: "boolean" }, errors: { type: "boolean" } } });
  const report = configurationFault(process.env) ?? (await look());
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : toText(report)}\n`);
  return exitCode(report, values.errors ?? false);
}
