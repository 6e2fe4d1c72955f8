/** Every check of `relata doctor` is proven by a fault that it alone must find; db/lints/*.sql are by test/db/lints.test.ts. */
import pg from "pg";
import { readConfig } from "../../src/config.ts";
import type { Patient } from "../../src/doctor/check.ts";
import { allChecks, examine, patientOf } from "../../src/doctor/examine.ts";
import { structureChecks } from "../../src/doctor/lints.ts";
import { schemaOf } from "../db/support.ts";
import { TEST_SECRET, useTestDatabase, withAdminDb } from "../helpers/db.ts";
import { SEEDED, type SeededFault } from "./faults.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();
let schema = "";

const STRONG = "kT7vQ2mX9pL4sW8nB3cR6yH1jD5gF0zA";
const TRIAL = { APP_SECRET: STRONG, NODE_ENV: "development" };
const PRODUCTION = {
  ...TRIAL,
  NODE_ENV: "production",
  PG_DATABASE_URL: "postgres://postgres@127.0.0.1:5432/relata",
  NODE_HOST: "0.0.0.0",
  SERVER_URL: "https://crm.example.org",
  EMAIL_DRIVER: "smtp",
  EMAIL_SMTP_HOST: "mail.example.org",
  EMAIL_FROM_ADDRESS: "crm@example.org",
};
const NO_DEMO = "update core.users set email = 'was.' || email";

const structural = new Set(structureChecks().map(({ name }) => name));
const checks = allChecks();
const proven = checks.filter(({ name }) => !structural.has(name));

/** What all checks say of the installation as it is, with a fault, by check and place. */
async function said({ env, isProduction, sql, patient }: SeededFault, asked = checks): Promise<string[]> {
  return withAdminDb(database.adminUrl, async (db) => {
    if (isProduction) await db.query(NO_DEMO);
    if (sql) await db.query(sql.replaceAll(":w", schema));
    const config = readConfig({ ...(isProduction ? PRODUCTION : TRIAL), ...env });
    const whole: Patient = await patientOf(config, TEST_SECRET, database.adminUrl, db);
    const report = await examine({ ...whole, ...(typeof patient === "function" ? patient(whole) : patient) }, asked);
    expect(report.unanswered).toEqual([]);
    expect(report.findings.filter(({ why, mend }) => !why || !mend)).toEqual([]);
    return report.findings.map(({ check, where }) => `${check}: ${where}`);
  });
}

/** Each by itself, as vacuum wants it; what statistics counted is there for everybody when this ends. */
async function commit(statements: readonly string[]): Promise<void> {
  const db = new pg.Client({ connectionString: database.adminUrl });
  await db.connect();
  for (const statement of statements) await db.query(statement.replaceAll(":w", schema));
  await db.query("select pg_stat_force_next_flush()");
  await db.end();
}

const without = (found: readonly string[], before: readonly string[]): string[] => [
  ...new Set(found.filter((one) => !before.includes(one)).map((one) => one.split(":")[0]!)),
];

const baseline: Record<"trial" | "production", string[]> = { trial: [], production: [] };

beforeAll(async () => {
  schema = await withAdminDb(database.adminUrl, (db) => schemaOf(db, "acme"));
  await commit([
    "insert into :w.company (name) select 'Company ' || i from generate_series(1, 12000) i",
    "insert into :w.note (title) select 'Note ' || i from generate_series(1, 12000) i",
    "insert into :w.task (title) select 'Task ' || i from generate_series(1, 12000) i",
    "vacuum analyze :w.company",
    "vacuum analyze :w.note",
    "vacuum analyze :w.task",
  ]);
  baseline.trial = await said({});
  baseline.production = await said({ isProduction: true });
});

it("says nothing of an installation without a fault, in a trial or in production", () => {
  // The tests' PostgreSQL is fast, and not safe.
  const known = /^(durability|autovacuum): (fsync|full_page_writes|autovacuum) is off$/;
  expect([...baseline.trial, ...baseline.production].filter((one) => !known.test(one))).toEqual([]);
});

it("has faults to prove each check", () => {
  expect(Object.keys(SEEDED).sort()).toEqual(proven.map(({ name }) => name).sort());
});

const cases = Object.entries(SEEDED).flatMap(([check, faults]) => faults.map((fault, n) => [check, n + 1, fault] as const));

it.each(cases)("%s alone finds its fault %i", async (check, _n, fault) => {
  if (!fault.kept) {
    // A variable changes nothing in the catalog.
    const found = await said(fault, fault.sql ? checks : proven);
    return expect(without(found, baseline[fault.isProduction ? "production" : "trial"])).toEqual([check]);
  }
  const before = await said({});
  await commit(fault.kept);
  expect(without(await said({}), before)).toEqual([check]);
});
