/** What the tests of relations share: short ways to make them, and to see what became of them. */
import { asAdministrator, type Db, withMemberDb } from "../../helpers/db.ts";
import { createField, DISAGREEMENTS, idOf, OWNER, type Row, rows } from "../support.ts";

/** As the owner of acme; afterwards, what the metadata says and what the catalog holds must agree. */
export const asOwnerWith = (database: { adminUrl: string }) => (work: (db: Db) => Promise<void>) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    await work(db);
    await db.query("reset role");
    expect(await rows(db, DISAGREEMENTS)).toEqual([]);
  });

export const relate = async (db: Db, object: string, name: string, relation: Row, spec: Row = {}) =>
  createField(db, { objectId: await idOf(db, object), name, type: "RELATION", relation, ...spec });

/** Every relation of an object's fields, in short. */
export const relationsOf = async (db: Db, fieldNames: string[]) =>
  (
    await rows<{ line: string }>(
      db,
      `select concat_ws(' ', o.name_singular || '.' || f.name, r.type, p.name_singular || '.' || g.name, coalesce(r.column_name, j.name_singular), r.on_delete) as line
       from core.relations r join core.objects o on o.id = r.from_object_id join core.objects p on p.id = r.to_object_id
       join core.fields f on f.id = r.from_field_id join core.fields g on g.id = r.to_field_id left join core.objects j on j.id = r.junction_object_id
       where f.name = any ($1) or g.name = any ($1) order by r.id`,
      [fieldNames],
    )
  ).map(({ line }) => line);

export const indexesOf = (db: Db, table: string) =>
  asAdministrator(db, async () =>
    (
      await rows<{ index: string }>(
        db,
        `select regexp_replace(pg_get_indexdef(indexrelid), '^.* (UNIQUE )?INDEX .* USING btree ', '\\1') as index
         from pg_index where indrelid = $1::regclass and pg_get_indexdef(indexrelid, 1, false) ~ '_id$' order by 1`,
        [table],
      )
    ).map(({ index }) => index),
  );
