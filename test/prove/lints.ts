/** The lints of the database (db/lints), over whatever workspaces there are. */
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";

const folder = new URL("../../db/lints/", import.meta.url);
const rules = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .map((file) => [file.replace(".sql", ""), readFileSync(new URL(file, folder), "utf8")] as const);

/** What breaks a rule, by its name; all rules, or some. */
export async function lint(adminUrl: string, only: readonly string[] = rules.map(([name]) => name)): Promise<string[]> {
  const db = new pg.Client({ connectionString: adminUrl });
  await db.connect();
  try {
    const faults: string[] = [];
    for (const [name, text] of rules.filter(([rule]) => only.includes(rule)))
      faults.push(...(await db.query<{ fault: string }>(text)).rows.map(({ fault }) => `${name}: ${fault}`));
    return faults;
  } finally {
    await db.end();
  }
}
