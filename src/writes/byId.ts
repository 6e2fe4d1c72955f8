/** One record by its id: changed, deleted, restored or destroyed. */
import { RelataError } from "../errors.ts";
import type { Guard } from "../pgAdaptor.ts";
import { isSoftDeleted, type RecordResource } from "../records/resources.ts";
import { columnsOf, type Row, tableOf, toParameter } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { queryNested } from "./nested.ts";
import type { Texts, Writing } from "./step.ts";

/** A row that no policy shows and a row that is not there are told apart by nobody. */
function found(rows: Texts[]): Texts[] {
  if (!rows.length || rows[0]!.at(-1) == null) throw new RelataError("NOT_FOUND");
  return rows;
}

/** Changes the given columns. A deleted record is not there, unless the change is about that. */
export async function updateOne(
  { client, returning }: Writing,
  resource: RecordResource,
  id: unknown,
  row: Row,
  draft: Draft,
  guard?: Guard,
): Promise<Texts[]> {
  const columns = Object.keys(row).map((name) => columnsOf(resource).get(name)!);
  const values = [...columns.map((column) => toParameter(column, row[column.name])), id];
  const changes = columns.map(({ quoted, type }, place) => `${quoted} = $${place + 1}::${type}`).join(", ");
  const living = isSoftDeleted(resource.codec) && !("deleted_at" in row) ? " and written.deleted_at is null" : "";
  const text = `update ${tableOf(resource)} as written set ${changes} where written.id = $${values.length}::uuid${living} returning ${returning.list}`;
  if (!draft.nested.size) return found((await client.query({ text, values, guard })).rows);
  // What is created beside it is not, when there is nothing to change.
  const whole = `with done as (${text}) select done.* from (select authz.require_each(1, (select count(*) from done)) as is_there) checked
    left join done on checked.is_there`;
  return found((await queryNested(client, draft, { text: whole, values, guard })).rows);
}

/** Marks a record as deleted, or takes the mark away. */
export async function markOne(
  { client, returning }: Writing,
  resource: RecordResource,
  id: unknown,
  deletes: boolean,
  guard?: Guard,
): Promise<Texts[]> {
  const mark = deletes ? "coalesce(written.deleted_at, now())" : "null";
  const text = `update ${tableOf(resource)} as written set deleted_at = ${mark} where written.id = $1::uuid returning ${returning.list}`;
  return found((await client.query({ text, values: [id], guard })).rows);
}

/** Takes a record away. One that is seen and may not be destroyed is PERMISSION_DENIED. */
export async function destroyOne({ client, returning }: Writing, resource: RecordResource, id: unknown, guard?: Guard): Promise<Texts[]> {
  const table = tableOf(resource);
  const text = `with seen as materialized (select id from ${table} where id = $1::uuid),
    done as (delete from ${table} as written using seen where written.id = seen.id returning ${returning.list})
    select done.* from (select authz.require_all((select count(*) from seen), (select count(*) from done)) as is_all) checked
    left join done on checked.is_all`;
  return found((await client.query({ text, values: [id], guard })).rows);
}
