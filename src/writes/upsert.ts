/**
 * Records that are created or, when they are there already, changed: found by id or by
 * whatever is unique, all in one statement. What was deleted under the same id comes back.
 */
import { RelataError, toRelataError } from "../errors.ts";
import { isSoftDeleted, type RecordResource } from "../records/resources.ts";
import { uuidV7 } from "../records/uuidV7.ts";
import { Batch, columnsOf, type Row, tableOf } from "./columns.ts";
import { insertedValues } from "./defaults.ts";
import { atRow } from "./faults.ts";
import type { Client, Statement, Texts, Writing } from "./step.ts";
import { sameKey, type UniqueKey, uniqueKeysOf } from "./uniqueKeys.ts";
import { changedTo } from "./updateEach.ts";

/** The keys to find records by: all of the table's, or the one of the fields named. */
function keysNamed(resource: RecordResource, fields: readonly string[] | null | undefined): UniqueKey[] {
  const keys = uniqueKeysOf(resource);
  if (!fields) return keys;
  const named = keys.filter((key) => key.fields.length === fields.length && key.fields.every((field) => fields.includes(field)));
  if (named.length) return named;
  throw new RelataError(
    "BAD_INPUT",
    `${fields.join(", ") || "Nothing"} is not unique; use ${keys.map((key) => key.fields.join(" with ")).join(", or ")}.`,
    {
      field: "upsertOn",
    },
  );
}

/** `matched`: which input is which record. */
function matches(resource: RecordResource, batch: Batch, keys: UniqueKey[]): string {
  const given = new Set(batch.columns.map(({ name }) => name));
  const living = isSoftDeleted(resource.codec) ? " and written.deleted_at is null" : "";
  const arms = keys
    .filter(({ columns, nullsAreEqual }) => (nullsAreEqual ? given.has(columns[0]!.name) : columns.every(({ name }) => given.has(name))))
    .map((key) => {
      const isId = key.fields[0] === "id";
      return `select input."#" as place, written.id from input join ${tableOf(resource)} as written on ${sameKey(key, "input", "written")}${isId ? "" : living}`;
    });
  return arms.join(" union ") || "select 0 as place, null::uuid as id where false";
}

type Upsert = { resource: RecordResource; keys: UniqueKey[]; idName: string; list: string };

async function statementOf(client: Client, { resource, keys, idName, list }: Upsert, rows: Row[]): Promise<Statement> {
  const all = columnsOf(resource);
  const values: unknown[] = [];
  // Every input gets an id for the case that it is new; none is looked for by it.
  const newId = { ...all.get("id")!, name: "*", quoted: '"*"', hasDefault: false };
  const batch = new Batch(
    rows.map((row) => ({ ...row, "*": row["id"] ?? uuidV7() })),
    new Map([...all, ["*", newId]]),
    values,
  );
  const matched = matches(resource, batch, keys);
  const valueFor = await insertedValues(client, resource, batch);
  const written = batch.columns.filter(({ name }) => name !== "id" && name !== "*");
  const created = written.filter(({ canInsert }) => canInsert);
  const changes = changedTo(
    batch,
    written.filter(({ canUpdate }) => canUpdate),
  );
  if (isSoftDeleted(resource.codec)) changes.push("deleted_at = null");
  const table = tableOf(resource);
  const text = `with input as materialized (select * from ${batch.from}),
    found as materialized (${matched}),
    matched as materialized (select place, id from found where authz.require_one_match(
      (select min(f.place) from (select place from found group by place having count(*) > 1) f),
      (select min(f.place) from (select max(place) as place from found group by id having count(*) > 1) f))),
    changed as (update ${table} as written set ${changes.join(", ")} from matched join input on input."#" = matched.place
      where written.id = matched.id returning ${list}),
    created as (insert into ${table} as written (id${created.map(({ quoted }) => `, ${quoted}`).join("")})
      select input."*"${created.map((column) => `, ${valueFor(column)}`).join("")} from input
      where not exists (select from matched where matched.place = input."#") order by input."#" returning ${list}),
    done as (
      select matched.place, false as is_created, changed.* from changed join matched on matched.id = changed.${idName}::uuid
      union all select input."#", true, created.* from created join input on input."*" = created.${idName}::uuid)
    select done.* from (select authz.require_all((select count(*) from matched), (select count(*) from changed)) as is_all) checked
    left join done on checked.is_all order by done.place`;
  return { text, values };
}

/** As a fault of the input at its place; of the one input when there is no list. */
function told(error: unknown, argument: string | undefined): unknown {
  const place = (error as { column?: string }).column ?? "";
  if (!/^\d+$/.test(place)) return argument === undefined ? error : undefined;
  const shown = toRelataError(error);
  return (
    shown && new RelataError(shown.code, shown.message, { cause: error, field: argument === undefined ? "data" : `${argument}.${place}` })
  );
}

/** Creates or changes each of `rows`; `upsertOn` names the fields to find records by. */
export async function upsertMany(
  { client, returning, claim }: Writing,
  resource: RecordResource,
  rows: Row[],
  upsertOn: readonly string[] | null | undefined,
  argument?: string,
): Promise<Texts[]> {
  if (!rows.length) return [];
  const idName = `"${returning.columns.length - 1}"`;
  const upsert: Upsert = { resource, keys: keysNamed(resource, upsertOn), idName, list: returning.list };
  const run = async () => client.query(await statementOf(client, upsert, rows));
  // Somebody else may create between the look and the write: then what was looked for is there.
  const again = (error: { code?: string }) => (error.code === "23505" ? run() : Promise.reject(error));
  try {
    const { rows: done } = await run().catch(again);
    claim.created ??= [];
    for (const row of done) {
      const [, isCreated] = row.splice(0, 2);
      if (isCreated === "t") claim.created.push(row.at(-1)!);
    }
    return done;
  } catch (error) {
    throw (
      told(error, argument) ??
      (await atRow(error, rows, argument!, async (some) => client.attempt(await statementOf(client, upsert, some))))
    );
  }
}
