/** New records: one, or many in one statement, which are all written or none. */
import type { RecordResource } from "../records/resources.ts";
import { uuidV7 } from "../records/uuidV7.ts";
import { Batch, type Column, columnsOf, type Row, tableOf, toParameter } from "./columns.ts";
import { atRow } from "./faults.ts";
import type { Client, Texts, Writing } from "./step.ts";

export type Statement = { text: string; values: readonly unknown[] };

/** One record; what it does not give is left to the columns' defaults. */
export async function insertOne({ client, returning }: Writing, resource: RecordResource, row: Row): Promise<Texts[]> {
  const columns = Object.keys(row).map((name) => columnsOf(resource).get(name)!);
  const values = columns.map((column) => toParameter(column, row[column.name]));
  const places = columns.map(({ type }, place) => `$${place + 1}::${type}`).join(", ");
  const what = columns.length ? `(${columns.map(({ quoted }) => quoted).join(", ")}) values (${places})` : "default values";
  const { rows } = await client.query({ text: `insert into ${tableOf(resource)} as written ${what} returning ${returning.list}`, values });
  return rows;
}

const DEFAULTS = `select a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.adrelid = $1::regclass`;

/**
 * What stands for each column of a batch in an insert: for the rows that do not give it, its default. Defaults are the
 * workspace's own, so the catalog is asked, and only when rows differ in which columns with one they give.
 */
export async function insertedValues(client: Client, resource: RecordResource, batch: Batch): Promise<(column: Column) => string> {
  const asked = [...batch.mixed.keys()].some(({ hasDefault }) => hasDefault);
  const { rows } = asked ? await client.query({ text: DEFAULTS, values: [tableOf(resource)] }) : { rows: [] };
  const defaults = new Map(rows as [string, string][]);
  return (column) => {
    const given = batch.mixed.get(column);
    const value = `input.${column.quoted}`;
    const otherwise = given && column.hasDefault && defaults.get(column.name);
    return otherwise ? `case when ('{${given.join()}}'::bool[])[input."?"] then ${value} else ${otherwise} end` : value;
  };
}

/** Rows in the order of `ids`; as they are when they stand so already, which PostgreSQL does not promise. */
export function inOrder(rows: Texts[], ids: readonly unknown[]): Texts[] {
  const idOf = (row: Texts) => row[row.length - 1]!;
  if (rows.every((row, place) => ids[place] === idOf(row))) return rows;
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => byId.get(id as string)).filter((row) => row !== undefined);
}

/** Gives each row that has none an id, so that the answer can follow the input. */
export function withIds(resource: RecordResource, rows: Row[]): void {
  if (columnsOf(resource).get("id")?.canInsert) for (const row of rows) row["id"] ??= uuidV7();
}

/** Many records. `argument` is their name in paths. */
export async function insertMany(writing: Writing, resource: RecordResource, rows: Row[], argument: string): Promise<Texts[]> {
  if (!rows.length) return [];
  const { client, returning } = writing;
  withIds(resource, rows);
  const columns = columnsOf(resource);
  const statementOf = async (some: Row[], list: string): Promise<Statement> => {
    const batch = new Batch(some, columns);
    const valueFor = await insertedValues(client, resource, batch);
    const names = batch.columns.map(({ quoted }) => quoted).join(", ");
    const values = batch.columns.map(valueFor).join(", ");
    const text = `insert into ${tableOf(resource)} as written (${names}) select ${values} from ${batch.from("$1")} order by input."#" returning ${list}`;
    return { text, values: [batch.json] };
  };
  try {
    const { rows: written } = await client.query(await statementOf(rows, returning.list));
    return inOrder(
      written,
      rows.map(({ id }) => id),
    );
  } catch (error) {
    throw await atRow(error, rows, argument, async (some) => client.attempt(await statementOf(some, "1")));
  }
}
