/**
 * The database is linted like code: db/lints/<rule>.sql finds what breaks a rule, over
 * two workspaces. Each rule is proven by faults that it must find.
 */
import { readdirSync, readFileSync } from "node:fs";
import { useTestDatabase, withAdminDb } from "../helpers/db.ts";
import { FAULTS } from "./lintFaults.ts";
import { rows, schemaOf, value } from "./support.ts";

const folder = new URL("../../db/lints/", import.meta.url);
const rules = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .map((file) => file.replace(".sql", ""));
const lint = (rule: string) => readFileSync(new URL(`${rule}.sql`, folder), "utf8");

const database = useTestDatabase();

it("looks over two workspaces at least", () =>
  withAdminDb(database.adminUrl, async (db) => {
    expect(Number(await value(db, "select count(*) from core.workspaces"))).toBeGreaterThanOrEqual(2);
  }));

it("has faults to prove each rule", () => {
  expect(Object.keys(FAULTS).sort()).toEqual([...rules].sort());
});

it.each(rules)("%s finds no fault", (rule) =>
  withAdminDb(database.adminUrl, async (db) => {
    expect(await rows(db, lint(rule))).toEqual([]);
  }),
);

const cases = rules.flatMap((rule) => (FAULTS[rule] ?? []).map((fault) => [rule, fault] as const));

it.each(cases)("%s finds: %s", (rule, fault) =>
  withAdminDb(database.adminUrl, async (db) => {
    const [workspace, other] = [await schemaOf(db, "globex"), await schemaOf(db, "acme")];
    await db.query(fault.replaceAll(":w.", `${workspace}.`).replaceAll(":o.", `${other}.`).replaceAll(":w", workspace));
    const found = await rows<{ fault: string }>(db, lint(rule));
    expect(found.map(({ fault: text }) => text)).not.toEqual([]);
    expect(found.every(({ fault: text }) => text)).toBe(true);
  }),
);
