/** Asks every check, one after the other, and gathers what they find. */
import type pg from "pg";
import { type Config, readConfig } from "../config.ts";
import { withAdmin } from "../migrate.ts";
import type { Check, Finding, Patient } from "./check.ts";
import { livedChecks, structureChecks, subdomainsOf } from "./lints.ts";
import { replicaChecks } from "./replica.ts";
import { readServer, serverChecks } from "./server.ts";
import { settingsChecks } from "./settings.ts";

export type Report = { checks: number; findings: Finding[]; unanswered: { check: string; message: string }[] };

export const allChecks = (): Check[] => [...settingsChecks, ...serverChecks, ...replicaChecks, ...livedChecks(), ...structureChecks()];

/** The workspace that a text is about, by the name of its schema. */
const workspaceIn = (text: string, subdomains: ReadonlyMap<string, string>) => subdomains.get(/workspace_\w+/.exec(text)?.[0] ?? "");

/** Asks `checks` about `patient`. What cannot be asked is told, and keeps no other from being asked. */
export async function examine(patient: Patient, checks: readonly Check[] = allChecks()): Promise<Report> {
  const subdomains = await subdomainsOf(patient.db);
  const report: Report = { checks: checks.length, findings: [], unanswered: [] };
  for (const { name, level, why, mend = "", find } of checks) {
    try {
      for (const fault of await find(patient)) {
        const workspace = workspaceIn(fault.fault, subdomains);
        report.findings.push({ check: name, level, where: fault.fault, why, mend: fault.mend ?? mend, ...(workspace && { workspace }) });
      }
    } catch (error) {
      report.unanswered.push({ check: name, message: (error as Error).message });
    }
  }
  return report;
}

/** What the variables themselves are refused for: no server starts with them, and no other check is asked. */
export function configurationFault(source: NodeJS.ProcessEnv): Report | undefined {
  try {
    readConfig(source);
    return undefined;
  } catch (error) {
    const why = "No server starts with these variables.";
    const where = (error as Error).message;
    return { checks: 1, findings: [{ check: "configuration", level: "error", where, why, mend: "see .env.example" }], unanswered: [] };
  }
}

/** Looks at the database at `adminUrl`; nothing is written. */
export const examineDatabase = (config: Config, appSecret: string, adminUrl: string): Promise<Report> =>
  withAdmin(adminUrl, async (db) => {
    await db.query("set default_transaction_read_only = on");
    return examine(await patientOf(config, appSecret, adminUrl, db));
  });

export const patientOf = async (config: Config, appSecret: string, adminUrl: string, db: pg.Client): Promise<Patient> => ({
  config,
  appSecret,
  adminUrl,
  db,
  server: await readServer(db),
  now: Date.now,
});
