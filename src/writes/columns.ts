/** The columns that a mutation may write, and how their values go into a statement. */
import { escapeIdentifier } from "pg";
import type { PgCodec, PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import type { RecordResource } from "../records/resources.ts";

/** What is written of a record: normal values by column. */
export type Row = Record<string, unknown>;

export type Column = {
  name: string;
  quoted: string;
  codec: PgCodec;
  /** Its type as SQL. */
  type: string;
  hasDefault: boolean;
  canInsert: boolean;
  canUpdate: boolean;
};

export const textOf = (fragment: unknown): string => sql.compile(fragment as never).text;
export const tableOf = (resource: RecordResource): string => textOf(resource.from);

const known = new WeakMap<RecordResource, Map<string, Column>>();

/** Every column of a table, by name. */
export function columnsOf(resource: RecordResource): Map<string, Column> {
  let columns = known.get(resource);
  if (columns) return columns;
  columns = new Map(
    Object.entries<PgCodecAttribute>(resource.codec.attributes).map(([name, attribute]) => {
      const { codec, hasDefault, extensions } = attribute;
      const { canInsert, canUpdate } = (extensions ?? {}) as { canInsert?: boolean; canUpdate?: boolean };
      const [quoted, type] = [escapeIdentifier(name), textOf(codec.sqlType)];
      return [
        name,
        { name, quoted, codec, type, hasDefault: Boolean(hasDefault), canInsert: canInsert !== false, canUpdate: canUpdate !== false },
      ];
    }),
  );
  known.set(resource, columns);
  return columns;
}

const isJson = ({ type }: Column): boolean => /\bjsonb?"?$/.test(type);

/** A value as a parameter of its own. */
export const toParameter = (column: Column, value: unknown): unknown => (value == null ? null : column.codec.toPg(value as never));

/** A value within JSON that jsonb_to_recordset reads. */
function toJson(column: Column, value: unknown): unknown {
  if (value == null || isJson(column)) return value ?? null;
  const inner = column.codec.arrayOfCodec as PgCodec | undefined;
  if (inner && Array.isArray(value)) return value.map((one) => (one == null ? null : inner.toPg(one as never)));
  return column.codec.toPg(value as never);
}

/**
 * Rows as one parameter of a statement, pushed to its `values`. In the statement each has its place as `#`, and as `?` the
 * number of its kind: which columns it gives.
 */
export class Batch {
  readonly columns: readonly Column[];
  /** Of each column that some rows give and others do not: which kinds give it. */
  readonly #mixed = new Map<Column, boolean[]>();
  readonly #parameters = new Map<Column, string>();
  readonly #values: unknown[];
  readonly #parameter: string;

  constructor(rows: readonly Row[], all: Map<string, Column>, values: unknown[]) {
    const kinds = new Map<string, number>();
    const kindOf = rows.map((row) => {
      const key = Object.keys(row).join(" ");
      const kind = kinds.get(key) ?? kinds.size + 1;
      kinds.set(key, kind);
      return kind;
    });
    const given = [...kinds.keys()].map((key) => new Set(key ? key.split(" ") : []));
    this.columns = [...new Set(given.flatMap((names) => [...names]))].map((name) => all.get(name)!);
    for (const column of this.columns) {
      const gives = given.map((names) => names.has(column.name));
      if (!gives.every(Boolean)) this.#mixed.set(column, gives);
    }
    this.#values = values;
    this.#parameter = `$${values.push(jsonOf(rows, kindOf, all))}`;
  }

  get mixed(): readonly Column[] {
    return [...this.#mixed.keys()];
  }

  /** SQL for whether a row of `input` gives a column; undefined when all do. */
  gives(column: Column): string | undefined {
    const given = this.#mixed.get(column);
    if (!given) return undefined;
    const known = this.#parameters.get(column) ?? `($${this.#values.push(`{${given.join()}}`)}::bool[])[input."?"]`;
    this.#parameters.set(column, known);
    return known;
  }

  /** `from` of the rows, as `input`. */
  get from(): string {
    const columns = ['"#" int', '"?" int', ...this.columns.map(({ quoted, type }) => `${quoted} ${type}`)];
    return `jsonb_to_recordset(${this.#parameter}::jsonb) as input(${columns.join(", ")})`;
  }
}

const jsonOf = (rows: readonly Row[], kindOf: readonly number[], all: Map<string, Column>): string =>
  JSON.stringify(
    rows.map((row, place) => {
      const values: Row = { "#": place, "?": kindOf[place] };
      for (const name in row) values[name] = toJson(all.get(name)!, row[name]);
      return values;
    }),
  );
