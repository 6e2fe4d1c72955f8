/** Many rows in one statement: all are written, or none. */
import { escapeIdentifier } from "pg";
import { listOfCodec, type PgClient, type PgCodec, type PgCodecAttribute, sideEffectWithPgClient, TYPES } from "postgraphile/@dataplan/pg";
import type { FieldArgs, Step } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";
import type { RecordResource } from "./resources.ts";

const MAX_ROWS = 500;

type Input = Record<string, unknown>;
type Column = { name: string; codec: PgCodec };
type Columns = Map<string, Column>;
type Statement = { text: string; values: unknown[] };
/** What is written: columns and where their values stand in the statement. */
type Row = Map<Column, string>;

/** Which columns an input's fields are, by each of their names. */
function columnsByField(build: GraphileBuild.Build, { codec }: RecordResource, behavior: "attribute:insert" | "attribute:update"): Columns {
  const columns: Columns = new Map();
  for (const [attributeName, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    if (!build.behavior.pgCodecAttributeMatches([codec, attributeName], behavior)) continue;
    const column = { name: attributeName, codec: attribute.codec };
    columns.set(build.inflection.attribute({ codec, attributeName }), column);
    const alias = attribute.extensions?.tags?.["alias"];
    if (typeof alias === "string") columns.set(alias, column);
  }
  return columns;
}

function rowOf(input: Input, columns: Columns, values: unknown[], path: string): Row {
  const row: Row = new Map();
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const column = columns.get(field)!;
    if (row.has(column)) {
      throw new RelataError("ARGS_CONFLICT", `${field} is another name for a field that is given, too.`, { field: `${path}.${field}` });
    }
    values.push(value === null ? null : column.codec.toPg(value as never));
    row.set(column, `$${values.length}`);
  }
  return row;
}

/** Inserts `inputs`, with what is not given left to the columns' defaults. */
function insertOf(table: string, columns: Columns, inputs: readonly Input[]): Statement {
  const values: unknown[] = [];
  const rows = inputs.map((input, n) => rowOf(input, columns, values, `inputs.${n}`));
  const used = [...new Set(columns.values())].filter((column) => rows.some((row) => row.has(column)));
  const lists = rows.map((row) => `(${used.map((column) => row.get(column) ?? "default").join(", ")})`);
  const names = used.map(({ name }) => escapeIdentifier(name)).join(", ");
  return { text: `insert into ${table} (${names}) values ${lists.join(", ")} returning id`, values };
}

/** Updates each row by its id; NOT_FOUND when one is not there, and then none is changed. */
function updateOf(table: string, columns: Columns, inputs: readonly Input[]): Statement {
  const values: unknown[] = [];
  const updates = inputs.map(({ id, update }, n) => {
    const row = rowOf((update ?? {}) as Input, columns, values, `inputs.${n}.update`);
    if (!row.size) {
      throw new RelataError("BAD_INPUT", "There is nothing to change: give at least one field.", { field: `inputs.${n}.update` });
    }
    values.push(id);
    const changes = [...row].map(([{ name }, place]) => `${escapeIdentifier(name)} = ${place}`).join(", ");
    return `u${n} as (update ${table} set ${changes} where id = $${values.length} returning id)`;
  });
  const changed = inputs.map((_input, n) => `select ${n} as n, id from u${n}`).join(" union all ");
  // From a row that is always there, or nobody would ask when none was changed.
  const text = `with ${updates.join(", ")}, changed as (${changed})
    select changed.id, authz.require_found((select count(*) from changed) = ${inputs.length})
    from (values (0)) one left join changed on true order by changed.n`;
  return { text, values };
}

const plan =
  (resource: RecordResource, statementOf: (inputs: readonly Input[]) => Statement) =>
  (_$root: unknown, fieldArgs: FieldArgs): Step => {
    const $ids = sideEffectWithPgClient(
      resource.executor,
      fieldArgs.getRaw("inputs") as never,
      async (client: PgClient, given: unknown) => {
        const inputs = given as readonly Input[];
        if (inputs.length > MAX_ROWS) {
          throw new RelataError("LIMIT_EXCEEDED", `At most ${MAX_ROWS} are written at once.`, { field: "inputs" });
        }
        if (!inputs.length) return [];
        const { rows } = await client.query<string[]>({ ...statementOf(inputs), arrayMode: true } as never);
        return rows.map(([id]) => id!);
      },
    );
    const $rows = resource.find();
    const ids = $rows.placeholder($ids as never, listOfCodec(TYPES.uuid) as never);
    $rows.where(sql`${$rows.alias}.id = any(${ids})`);
    $rows.orderBy({ fragment: sql`array_position(${ids}, ${$rows.alias}.id)`, codec: TYPES.int, direction: "ASC" });
    return $rows;
  };

const tableOf = (resource: RecordResource): string => sql.compile(resource.from as never).text;

/** Plans `createMany…(inputs:)`: answers the rows in the order of their inputs. */
export function planCreateMany(build: GraphileBuild.Build, resource: RecordResource) {
  const columns = columnsByField(build, resource, "attribute:insert");
  return plan(resource, (inputs) => insertOf(tableOf(resource), columns, inputs));
}

/** Plans `updateMany…(inputs: [{ id, update }])`: answers the rows in the order of their inputs. */
export function planUpdateMany(build: GraphileBuild.Build, resource: RecordResource) {
  const columns = columnsByField(build, resource, "attribute:update");
  return plan(resource, (inputs) => updateOf(tableOf(resource), columns, inputs));
}
