/** Many records by filter, in one statement: changed, deleted, restored or destroyed; all that the filter means, or none. */
import type { PgConditionCapableParent } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";
import { parameterValue, saysNothing } from "../records/filters.ts";
import { isSoftDeleted, type RecordResource } from "../records/resources.ts";
import { mentionsDeletedAt } from "../records/softDelete.ts";
import { columnsOf, type Row, tableOf, toParameter } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { queryNested } from "./nested.ts";
import type { Returning, Texts, Writing } from "./step.ts";

export type Action = { kind: "update"; row: Row } | { kind: "delete" | "restore" | "destroy" };
/** A filter as it was given, and what applies it. */
export type Filter = { given: unknown; apply: (parent: PgConditionCapableParent) => void };

/** Which records are meant beside the filter: living ones, unless it or the action is about deleted ones. */
function marked({ kind }: Action, { given }: Filter): SQL {
  if (kind === "restore") return sql`written.deleted_at is not null`;
  return kind !== "delete" && mentionsDeletedAt(given) ? sql`true` : sql`written.deleted_at is null`;
}

/** The condition, as text about `written`, and the values that it binds. */
function conditionOf(resource: RecordResource, action: Action, filter: Filter): { text: string; values: unknown[] } {
  const conditions: SQL[] = isSoftDeleted(resource.codec) ? [marked(action, filter)] : [];
  const alias = sql.identifier("written");
  filter.apply({ alias, where: (condition: SQL) => void conditions.push(condition) } as never);
  const all = sql.join(
    conditions.map((condition) => sql.parens(condition)),
    " and ",
  );
  const { text, values } = sql.compile(all);
  return { text, values: values.map(parameterValue) };
}

/** What is done to `chosen`; what it writes is bound behind `values`. */
function doneTo(resource: RecordResource, action: Action, { list }: Returning, values: unknown[]): string {
  const table = tableOf(resource);
  const returning = `where written.id = chosen.id returning ${list}`;
  if (action.kind === "destroy") return `delete from ${table} as written using chosen ${returning}`;
  const mark = `deleted_at = ${action.kind === "delete" ? "now()" : "null"}`;
  const changes = Object.entries(action.kind === "update" ? action.row : {}).map(([name, value]) => {
    const column = columnsOf(resource).get(name)!;
    return `${column.quoted} = $${values.push(toParameter(column, value))}::${column.type}`;
  });
  return `update ${table} as written set ${changes.join(", ") || mark} from chosen ${returning}`;
}

/** Does `action` to what `filter` means, at most `most` records: LIMIT_EXCEEDED. Who may not do it to all does it to none. */
export async function writeByFilter(
  { client, returning }: Writing,
  resource: RecordResource,
  action: Action,
  filter: Filter,
  most: number,
  draft: Draft,
): Promise<Texts[]> {
  if (saysNothing(filter.given)) {
    throw new RelataError("BAD_INPUT", "This filter means every record; say which are meant.", { field: "filter" });
  }
  const { text: condition, values } = conditionOf(resource, action, filter);
  const done = doneTo(resource, action, returning, values);
  const limit = `$${values.push(most)}::bigint`;
  // What is created beside them is not, when there is nothing to change.
  const isAny = draft.nested.size ? "authz.require_each(1, (select asked from counted)) and " : "";
  const text = `with seen as materialized (select written.id from ${tableOf(resource)} as written where ${condition} order by written.id),
    counted as materialized (select count(*) as asked from seen),
    chosen as materialized (
      select seen.id from seen, counted where case when asked > ${limit} then authz.refuse_writes(asked, ${limit}) else true end),
    done as (${done})
    select done.* from (select ${isAny}authz.require_all((select asked from counted), (select count(*) from done)) as is_all) checked
    left join done on checked.is_all order by done."${returning.columns.length - 1}"`;
  const { rows } = await queryNested(client, draft, { text, values });
  return rows.filter((row) => row.at(-1) != null);
}
