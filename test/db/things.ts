/** An object with a field of each plain type, for the tests of what is computed, and short ways to it. */
import { asAdministrator, type Db, withMemberDb } from "../helpers/db.ts";
import { createField, createObject, OWNER, rows, value } from "./support.ts";

export const FIELDS = {
  n: { type: "NUMBER" },
  m: { type: "NUMERIC" },
  i: { type: "NUMBER", settings: { dataType: "int" } },
  t: { type: "TEXT" },
  u: { type: "TEXT" },
  b: { type: "BOOLEAN" },
  c: { type: "BOOLEAN" },
  d: { type: "DATE" },
  e: { type: "DATE" },
  at: { type: "DATE_TIME" },
  link: { type: "UUID" },
} as const;

export async function createThings(db: Db): Promise<string> {
  const objectId = await createObject(db, { nameSingular: "thing", namePlural: "things" });
  for (const [name, spec] of Object.entries(FIELDS)) await createField(db, { objectId, name, ...spec });
  return objectId;
}

/** What acme's owner makes once for the tests of a file (`make`), each of which has it in a transaction that is rolled back. */
export function useMade<T>(database: { adminUrl: string }, make: (db: Db) => Promise<T>) {
  let made: T;
  beforeAll(async () => {
    made = await withMemberDb(database.adminUrl, OWNER, async (db) => {
      const found = await make(db);
      await db.query("commit");
      return found;
    });
  });
  return (work: (db: Db, made: T) => Promise<void>) => withMemberDb(database.adminUrl, OWNER, (db) => work(db, made));
}

export const field = (name: string) => ({ field: name });
export const op = (name: string, ...args: unknown[]) => ({ op: name, args });

export const createFormula = (db: Db, objectId: string, name: string, type: string, formula: unknown, more: object = {}) =>
  createField(db, { objectId, name, type, ...more, settings: { ...(more as { settings?: object }).settings, formula } });

/** What PostgreSQL makes of an expression without fields: as text, for it has all types. */
export const evaluate = (db: Db, objectId: string, expression: unknown) =>
  asAdministrator(db, async () => {
    const [made] = await rows<{ sql: string; type: string }>(db, "select * from private.compile_expression($1, $2)", [
      objectId,
      JSON.stringify(expression),
    ]);
    const shown =
      made!.type === "dateTime" ? `to_char((${made!.sql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')` : `(${made!.sql})::text`;
    return { type: made!.type, value: await value<string | null>(db, `select ${shown}`) };
  });

export const asOwnerOfTables = <T>(db: Db, text: string, values: unknown[] = []) => asAdministrator(db, () => value<T>(db, text, values));
