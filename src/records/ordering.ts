/** What an orderBy is applied to, and how a column becomes a key of it. */
import { type PgCodecAttribute, type PgCodecWithAttributes, type PgSelectQueryBuilder, TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import type { RecordRelation } from "./resources.ts";
import { type Sorted, seek } from "./seek.ts";

export type Direction = { direction: "ASC" | "DESC"; nulls: "FIRST" | "LAST" };

/** The query, and the table that its keys are of. */
export class Ordering {
  readonly query: PgSelectQueryBuilder;
  readonly alias: SQL;
  readonly isRelated: boolean;
  /** The tables joined from this one: a relation named twice is joined once. */
  readonly joined = new Map<RecordRelation, Ordering>();
  constructor(query: PgSelectQueryBuilder, alias: SQL = query.alias, isRelated = false) {
    this.query = query;
    this.alias = alias;
    this.isRelated = isRelated;
  }
}

/** The place of a choice among its options, as in the order that they stand in. */
export const placeOf = (codec: object, choice: SQL): SQL => {
  const options = (codec as { values: { value: string }[] }).values.map(({ value }) => sql.literal(value));
  return sql`array_position(array[${sql.join(options, ", ")}]::text[], ${choice})`;
};

/** As many choices as a page is cut from; an index is no help with more. */
const MAX_OPTIONS = 20;

/** What an index has in order, if one does: see IndexedColumnsPlugin. */
function sortedBy({ codec, extensions }: PgCodecAttribute, column: SQL): Sorted | undefined {
  if (!extensions?.isSorted) return undefined;
  if (!codec.isEnum) return { column };
  const options = (codec as unknown as { values: { value: string }[] }).values.map(({ value }) => value);
  return options.length <= MAX_OPTIONS ? { column, options } : undefined;
}

/** A key: one column, in one direction. */
export const applyKey = (codec: PgCodecWithAttributes, attributeName: string) => {
  const attribute: PgCodecAttribute = codec.attributes[attributeName]!;
  return ({ query, alias, isRelated }: Ordering, value: Direction | null) => {
    if (value == null) return;
    const column = sql`${alias}.${sql.identifier(attributeName)}`;
    // Choices stand in the order of their options, not of the alphabet.
    const isChoice = attribute.codec.isEnum && "values" in attribute.codec;
    const nullable = !attribute.notNull || isRelated || isChoice;
    const sorted = isRelated ? undefined : sortedBy(attribute, column);
    query.orderBy({
      ...(isChoice ? { fragment: placeOf(attribute.codec, column), codec: TYPES.int } : { fragment: column, codec: attribute.codec }),
      nullable,
      direction: value.direction,
      // NOT NULL columns take no NULLS clause: a plain index serves them in both directions.
      ...(nullable && { nulls: value.nulls }),
      ...{ seek, sorted },
    });
  };
};
