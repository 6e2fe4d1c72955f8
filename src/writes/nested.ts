/** Records that a write creates beside its own, as what stands before it in its one statement. */
import { Batch, columnsOf, tableOf } from "./columns.ts";
import { insertedValues } from "./defaults.ts";
import type { Draft } from "./draft.ts";
import { toldAt } from "./faults.ts";
import type { Client, Statement, Texts } from "./step.ts";

/**
 * `statement`, which begins with `with` when it has parts, and before it the records of `draft`.
 * Keys are looked at when all of it is done, so the order of the parts is nobody's concern.
 */
async function withNested(client: Client, draft: Draft, { text, values, guard }: Statement): Promise<Statement> {
  const all = [...values];
  const parts: string[] = [];
  for (const [resource, { rows }] of draft.nested) {
    const batch = new Batch(rows, columnsOf(resource), all);
    const valueFor = await insertedValues(client, resource, batch);
    const names = batch.columns.map(({ quoted }) => quoted).join(", ");
    parts.push(`nested_${parts.length} as (insert into ${tableOf(resource)} (${names})
      select ${batch.columns.map(valueFor).join(", ")} from ${batch.from} order by input."#")`);
  }
  const rest = text.startsWith("with ") ? `, ${text.slice(5)}` : ` ${text}`;
  return { text: `with ${parts.join(", ")}${rest}`, values: all, guard };
}

/** An error of a nested record at its path, when it can only be of that one. */
function nestedFault(error: unknown, draft: Draft): unknown {
  const table = (error as { table?: string }).table;
  const found = [...draft.nested].filter(([{ codec }]) => codec.extensions?.pg?.name === table);
  const [, nested] = found[0] ?? [];
  return (nested?.paths.length === 1 && toldAt(error, nested.paths[0]!)) || error;
}

/** Runs `statement` with the records of `draft` in it. */
export async function queryNested(client: Client, draft: Draft, statement: Statement): Promise<{ rows: Texts[] }> {
  if (!draft.nested.size) return client.query(statement);
  try {
    return await client.query(await withNested(client, draft, statement));
  } catch (error) {
    throw nestedFault(error, draft);
  }
}
