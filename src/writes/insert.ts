/** New records: one, or many in one statement, which are all written or none. */
import type { RecordResource } from "../records/resources.ts";
import { uuidV7 } from "../records/uuidV7.ts";
import { Batch, columnsOf, type Row, tableOf, toParameter } from "./columns.ts";
import { insertedValues } from "./defaults.ts";
import type { Draft } from "./draft.ts";
import { atRow } from "./faults.ts";
import { queryNested } from "./nested.ts";
import type { Statement, Texts, Writing } from "./step.ts";

/** One record; what it does not give is left to the columns' defaults. */
export async function insertOne({ client, returning }: Writing, resource: RecordResource, row: Row, draft: Draft): Promise<Texts[]> {
  const columns = Object.keys(row).map((name) => columnsOf(resource).get(name)!);
  const values = columns.map((column) => toParameter(column, row[column.name]));
  const places = columns.map(({ type }, place) => `$${place + 1}::${type}`).join(", ");
  const what = columns.length ? `(${columns.map(({ quoted }) => quoted).join(", ")}) values (${places})` : "default values";
  const text = `insert into ${tableOf(resource)} as written ${what} returning ${returning.list}`;
  return (await queryNested(client, draft, { text, values })).rows;
}

/** Rows in the order of `ids`; as they are when they stand so already, which PostgreSQL does not promise. */
export function inOrder(rows: Texts[], ids: readonly unknown[]): Texts[] {
  const idOf = (row: Texts) => row[row.length - 1]!;
  if (rows.every((row, place) => ids[place] === idOf(row))) return rows;
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => byId.get(id as string)).filter((row) => row !== undefined);
}

/** Gives each row that has none an id, so that the answer can follow the input. */
function withIds(resource: RecordResource, rows: Row[]): void {
  if (columnsOf(resource).get("id")?.canInsert) for (const row of rows) row["id"] ??= uuidV7();
}

/** Many records. `argument` is their name in paths. */
export async function insertMany(
  writing: Writing,
  resource: RecordResource,
  rows: Row[],
  argument: string,
  draft: Draft,
): Promise<Texts[]> {
  if (!rows.length) return [];
  const { client, returning } = writing;
  withIds(resource, rows);
  const columns = columnsOf(resource);
  const statementOf = async (some: Row[], list: string): Promise<Statement> => {
    const given: unknown[] = [];
    const batch = new Batch(some, columns, given);
    const valueFor = await insertedValues(client, resource, batch);
    const names = batch.columns.map(({ quoted }) => quoted).join(", ");
    const values = batch.columns.map(valueFor).join(", ");
    const text = `insert into ${tableOf(resource)} as written (${names}) select ${values} from ${batch.from} order by input."#" returning ${list}`;
    return { text, values: given };
  };
  try {
    const { rows: written } = await queryNested(client, draft, await statementOf(rows, returning.list));
    return inOrder(
      written,
      rows.map(({ id }) => id),
    );
  } catch (error) {
    // With others beside them, rows cannot be tried alone.
    throw draft.nested.size ? error : await atRow(error, rows, argument, async (some) => client.attempt(await statementOf(some, "1")));
  }
}
