/** What new records hold where they give nothing. */
import type { RecordResource } from "../records/resources.ts";
import { type Batch, type Column, tableOf } from "./columns.ts";
import type { Client } from "./step.ts";

const DEFAULTS = `select a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.adrelid = $1::regclass`;

/**
 * What stands for each column of a batch in an insert: for the rows that do not give it, its default. Defaults are the
 * workspace's own, so the catalog is asked, and only when rows differ in which columns with one they give.
 */
export async function insertedValues(client: Client, resource: RecordResource, batch: Batch): Promise<(column: Column) => string> {
  const asked = batch.mixed.some(({ hasDefault }) => hasDefault);
  const { rows } = asked ? await client.query({ text: DEFAULTS, values: [tableOf(resource)] }) : { rows: [] };
  const defaults = new Map(rows as [string, string][]);
  return (column) => {
    const value = `input.${column.quoted}`;
    const otherwise = column.hasDefault && defaults.get(column.name);
    const gives = otherwise && batch.gives(column);
    return gives ? `case when ${gives} then ${value} else ${otherwise} end` : value;
  };
}
