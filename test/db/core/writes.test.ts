/** Nobody writes core directly: its functions keep the tables in step with it. */
import { asAdministrator, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { COLLEAGUES, expectDenied } from "../support.ts";

/** Each table, with a column that an update may set to itself. */
const TABLES = [
  ["workspaces", "subdomain"],
  ["users", "email"],
  ["roles", "permissions"],
  ["workspace_members", "user_id"],
  ["role_assignments", "role_id"],
  ["objects", "table_name"],
  ["fields", "column_name"],
  ["relations", "on_delete"],
  ["field_types", "columns"],
] as const;

const database = useTestDatabase();

describe.each(COLLEAGUES)("%s", (email) => {
  it.each(TABLES)("cannot insert into core.%s directly (42501)", (table) =>
    withMemberDb(database.adminUrl, email, async (db) => {
      const insert = () => db.query(`insert into core.${table} default values`);
      await expectDenied(db, insert);
      // The administrator gets further: to what the table itself asks for.
      expect(await asAdministrator(db, () => errorOf(db, insert))).toMatchObject({ code: "23502" });
    }),
  );

  it.each(TABLES)("cannot update core.%s (its %s) directly (42501)", (table, column) =>
    withMemberDb(database.adminUrl, email, async (db) => {
      const update = () => db.query(`update core.${table} set ${column} = ${column}`);
      await expectDenied(db, update);
      expect((await asAdministrator(db, update)).rowCount).toBeGreaterThan(0);
    }),
  );

  it.each(TABLES)("cannot delete from core.%s directly (42501)", (table) =>
    withMemberDb(database.adminUrl, email, async (db) => {
      const erase = () => db.query(`delete from core.${table} where false`);
      await expectDenied(db, erase);
      await expectDenied(db, () => db.query(`truncate core.${table}`));
      expect(await asAdministrator(db, () => errorOf(db, erase))).toBeUndefined();
    }),
  );
});
