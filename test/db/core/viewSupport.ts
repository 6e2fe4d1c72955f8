/** What the tests of views share: short ways to make and find them. */
import type { Db } from "../../helpers/db.ts";
import { type Row, value } from "../support.ts";

/** Inserts a row into a table of core and answers its id. */
export async function insert(db: Db, table: string, row: Row): Promise<string> {
  const columns = Object.keys(row);
  const places = columns.map((_column, n) => `$${n + 1}`);
  const values = Object.entries(row).map(([column, given]) => (column === "value" ? JSON.stringify(given) : given));
  return value(db, `insert into core.${table} (${columns.join(", ")}) values (${places.join(", ")}) returning id`, values);
}

export const fieldId = (db: Db, object: string, field: string) =>
  value(
    db,
    `select f.id from core.fields f join core.objects o on o.id = f.object_id join core.workspaces w on w.id = o.workspace_id
     where w.subdomain = 'acme' and o.name_singular = $1 and f.name = $2`,
    [object, field],
  );

export const indexViewId = (db: Db, object: string) =>
  value(
    db,
    `select v.id from core.views v join core.objects o on o.id = v.object_id join core.workspaces w on w.id = o.workspace_id
     where w.subdomain = 'acme' and o.name_singular = $1 and v.key = 'INDEX'`,
    [object],
  );

/** The names of the fields of a view, in their order; those hidden in brackets. */
export const fieldsOf = (db: Db, viewId: string) =>
  value<string[]>(
    db,
    `select array_agg(case when x.is_visible then f.name else '(' || f.name || ')' end order by x.position)
     from core.view_fields x join core.fields f on f.id = x.field_id where x.view_id = $1`,
    [viewId],
  );
