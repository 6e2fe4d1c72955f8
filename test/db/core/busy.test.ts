/** A change of tables waits 100 ms for its locks, lest every reader queue behind it. */
import pg from "pg";
import { type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, count, createField, createObject, expectRefusal, idOf, OWNER, rows, STRANGER, schemaOf } from "../support.ts";

const database = useTestDatabase();
const as = <T>(email: string, work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, email, work);

const HOUSE = { nameSingular: "house", namePlural: "houses" };
const motto = async (db: Db) => ({ objectId: await idOf(db, "company"), name: "companyMotto", type: "TEXT" });

it("gives up soon when a reader is in the way, and leaves nothing (BUSY)", () =>
  as(OWNER, async (db) => {
    const reader = new pg.Client({ connectionString: database.adminUrl });
    await reader.connect();
    try {
      await reader.query(`begin; select from ${await schemaOf(db, "acme")}.company limit 1`);
      await expectRefusal(db, async () => createField(db, await motto(db)), "BUSY");
      expect(await count(db, "core.fields where name = 'companyMotto'")).toBe(0);
      await reader.query("rollback");
      expect(await createField(db, await motto(db))).toBeTruthy();
    } finally {
      await reader.end();
    }
  }));

it("gives up soon when somebody else is changing the workspace (BUSY), and not for another workspace", () =>
  as(OWNER, async (db) => {
    await createField(db, await motto(db));
    await as(ADMIN, (other) => expectRefusal(other, () => createObject(other, HOUSE), "BUSY"));
    await as(STRANGER, async (other) => expect(await createObject(other, HOUSE)).toBeTruthy());
  }));

it("waits for a lock long enough for an autovacuum to let go of it, and no longer than others may wait behind it", () =>
  as(OWNER, async (db) => {
    await createField(db, await motto(db));
    const [waits] = await rows<{ asks: string; gives_up: string }>(
      db,
      `select current_setting('deadlock_timeout') as asks, (select substring(array_to_string(proconfig, ',') from 'lock_timeout=(\\w+)') from pg_proc where proname = 'apply_changes' and proconfig is not null) as gives_up`,
    );
    expect(waits).toEqual({ asks: "50ms", gives_up: "100ms" });
  }));
