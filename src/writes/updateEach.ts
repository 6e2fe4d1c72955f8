/** Many records, each with changes of its own, in one statement; all of them or none. */
import type { RecordResource } from "../records/resources.ts";
import { Batch, type Column, columnsOf, type Row, tableOf } from "./columns.ts";
import { atRow } from "./faults.ts";
import { inOrder } from "./insert.ts";
import type { Texts, Writing } from "./step.ts";

/** `set` of an update from `input`: what a row does not give stays. */
export function changedTo(batch: Batch, columns: readonly Column[]): string[] {
  return columns.map((column) => {
    const gives = batch.gives(column);
    const value = `input.${column.quoted}`;
    return `${column.quoted} = ${gives ? `case when ${gives} then ${value} else written.${column.quoted} end` : value}`;
  });
}

/** Changes each row by its id; NOT_FOUND when one is not there, and then none is changed. */
export async function updateEach(writing: Writing, resource: RecordResource, rows: Row[], argument: string): Promise<Texts[]> {
  if (!rows.length) return [];
  const { client, returning } = writing;
  const statementOf = (some: Row[], list: string, requires = "true") => {
    const values: unknown[] = [];
    const batch = new Batch(some, columnsOf(resource), values);
    const changes = changedTo(
      batch,
      batch.columns.filter(({ name }) => name !== "id"),
    );
    const text = `with done as (update ${tableOf(resource)} as written set ${changes.join(", ")} from ${batch.from}
      where written.id = input.id returning ${list})
      select done.* from (select ${requires} as is_all) checked left join done on checked.is_all`;
    return { text, values };
  };
  const ids = rows.map(({ id }) => id);
  try {
    const requires = `authz.require_each(${new Set(ids).size}, (select count(*) from done))`;
    const { rows: written } = await client.query(statementOf(rows, returning.list, requires));
    return inOrder(written, ids);
  } catch (error) {
    throw await atRow(error, rows, argument, (some) => client.attempt(statementOf(some, "1")));
  }
}
