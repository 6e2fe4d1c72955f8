/** What the tests of the database share: who is who in the demo data, and short ways to ask. */
import { readFileSync } from "node:fs";
import { type ErrorCode, sqlstateOf } from "../../src/errors.ts";
import { asAdministrator, type Db, errorOf } from "../helpers/db.ts";

export const OWNER = "owner@acme.test";
export const ADMIN = "admin@acme.test";
export const MEMBER = "member@acme.test";
export const GUEST = "guest@acme.test";
export const STRANGER = "owner@globex.test";

/** Of one workspace, the mightiest first. */
export const COLLEAGUES = [OWNER, ADMIN, MEMBER, GUEST];

export type Row = Record<string, unknown>;

export const rows = async <T extends Row = Row>(db: Db, text: string, values: unknown[] = []): Promise<T[]> =>
  (await db.query<T>(text, values)).rows;

/** The first column of the first row. */
export async function value<T = string>(db: Db, text: string, values: unknown[] = []): Promise<T> {
  const { rows: found } = await db.query<unknown[]>({ text, values, rowMode: "array" });
  return found[0]?.[0] as T;
}

export const count = async (db: Db, from: string): Promise<number> => Number(await value(db, `select count(*) from ${from}`));

export const schemaOf = (db: Db, subdomain: string) =>
  value(db, "select schema_name from core.workspaces where subdomain = $1", [subdomain]);

export const idOf = (db: Db, object: string, subdomain = "acme") =>
  value(
    db,
    "select o.id from core.objects o join core.workspaces w on w.id = o.workspace_id where o.name_singular = $1 and w.subdomain = $2",
    [object, subdomain],
  );

/** Makes one change of the data model; answers the id of what it was about. */
export const change = (db: Db, kind: string, data: Row) =>
  value(db, "select core.apply_changes($1) #>> '{changes,0,id}'", [JSON.stringify([{ kind, data }])]);

export const createObject = (db: Db, data: Row) => change(db, "createObject", data);
export const createField = (db: Db, data: Row) => change(db, "createField", data);

/** Expects `work` to fail with a code of src/errors.ts, at the path of a field when one is given. */
export async function expectRefusal(db: Db, work: () => Promise<unknown>, code: ErrorCode, path?: string): Promise<void> {
  const error = await errorOf(db, work);
  const told = { sqlstate: error?.code, path: path === undefined ? undefined : error?.column, message: error?.message };
  expect(told).toEqual({ sqlstate: sqlstateOf(code), path, message: expect.any(String) });
}

/** Expects PERMISSION_DENIED (42501). */
export const expectDenied = (db: Db, work: () => Promise<unknown>) => expectRefusal(db, work, "PERMISSION_DENIED");

/** Finds where the metadata and the catalog differ, in any workspace; for the administrator. */
export const DISAGREEMENTS = ["metadata_agrees", "trash_agrees"]
  .map((name) => readFileSync(new URL(`../../db/lints/${name}.sql`, import.meta.url), "utf8"))
  .map((text) => `select * from (${text.replace(/;\s*$/, "")}) x`)
  .join(" union all ");

/** Expects `work` to be refused, and to leave the metadata and the catalog as they were. */
export async function expectNoTrace(db: Db, work: () => Promise<unknown>, code: ErrorCode, path: string): Promise<void> {
  const trace = () =>
    asAdministrator(db, () =>
      rows(
        db,
        `select (select count(*) from core.objects) as objects, (select count(*) from core.fields) as fields, (select count(*) from core.relations) as relations,
                (select count(*) from pg_class) as classes, (select count(*) from pg_attribute) as columns, (select sum(metadata_version) from core.workspaces) as version`,
      ),
    );
  const before = await trace();
  await expectRefusal(db, work, code, path);
  expect(await trace()).toEqual(before);
}
