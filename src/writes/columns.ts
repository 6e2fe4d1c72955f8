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
export function toJson(column: Column, value: unknown): unknown {
  if (value == null || isJson(column)) return value ?? null;
  const inner = column.codec.arrayOfCodec as PgCodec | undefined;
  if (inner && Array.isArray(value)) return value.map((one) => (one == null ? null : inner.toPg(one as never)));
  return column.codec.toPg(value as never);
}

/** Rows as one parameter, and how a statement reads them: each has its place as `#`, and as `?` which columns it gives. */
export class Batch {
  readonly columns: readonly Column[];
  /** Of each column: whether some rows give it and others do not. */
  readonly mixed = new Map<Column, boolean[]>();
  readonly json: string;
  readonly count: number;

  constructor(rows: readonly Row[], all: Map<string, Column>) {
    const kinds = new Map<string, number>();
    const used = new Set<string>();
    const kindOf = rows.map((row) => {
      const names = Object.keys(row);
      const key = names.join(" ");
      let kind = kinds.get(key);
      if (kind === undefined) {
        kinds.set(key, (kind = kinds.size));
        for (const name of names) used.add(name);
      }
      return kind;
    });
    this.columns = [...used].map((name) => all.get(name)!);
    const given = [...kinds.keys()].map((key) => new Set(key.split(" ")));
    for (const column of this.columns) {
      const gives = given.map((names) => names.has(column.name));
      if (!gives.every(Boolean)) this.mixed.set(column, gives);
    }
    this.count = rows.length;
    this.json = JSON.stringify(
      rows.map((row, place) => {
        const values: Row = { "#": place, "?": kindOf[place]! + 1 };
        for (const name in row) values[name] = toJson(all.get(name)!, row[name]);
        return values;
      }),
    );
  }

  /** `from` of the rows, as `input`. */
  from(parameter: string): string {
    const columns = ['"#" int', '"?" int', ...this.columns.map(({ quoted, type }) => `${quoted} ${type}`)];
    return `jsonb_to_recordset(${parameter}::jsonb) as input(${columns.join(", ")})`;
  }
}
