/** Ids: UUIDv7 (RFC 9562 §5.7), on every version of PostgreSQL. */
import { useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { GUEST, rows } from "../support.ts";

const database = useTestDatabase();

it("makes ids of version 7 that hold the time and stand in its order", () =>
  withMemberDb(database.adminUrl, GUEST, async (db) => {
    const clock = "extract(epoch from clock_timestamp()) * 1000";
    const made = await rows<{ before: string; id: string; after: string }>(
      db,
      `select ${clock} as before, authz.uuid_v7() as id, ${clock} as after, pg_sleep(0.002) from generate_series(1, 20)`,
    );
    const ids = made.map(({ id }) => id);
    expect(new Set(ids).size).toBe(20);
    expect(ids).toEqual([...ids].sort());
    for (const { before, id, after } of made) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const told = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
      // Whole milliseconds, and 18 goes a little ahead of the clock rather than back.
      expect(told).toBeGreaterThanOrEqual(Math.floor(Number(before)));
      expect(told).toBeLessThanOrEqual(Math.ceil(Number(after)));
    }
  }));

it("cannot be guessed from one another", () =>
  withMemberDb(database.adminUrl, GUEST, async (db) => {
    const made = await rows<{ tail: string }>(db, "select right(authz.uuid_v7()::text, 12) as tail from generate_series(1, 1000)");
    expect(new Set(made.map(({ tail }) => tail)).size).toBe(1000);
    // The tail names a workspace's schema, so each of its digits must vary.
    for (let place = 0; place < 12; place++) expect(new Set(made.map(({ tail }) => tail[place])).size).toBe(16);
  }));
