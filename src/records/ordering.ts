/** What an orderBy is applied to, and how a column becomes a key of it. */
import { type PgCodecWithAttributes, type PgSelectQueryBuilder, TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import type { RecordRelation } from "./resources.ts";

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

/** A key: one column, in one direction. */
export const applyKey = (codec: PgCodecWithAttributes, attributeName: string) => {
  const attribute = codec.attributes[attributeName]!;
  return ({ query, alias, isRelated }: Ordering, value: Direction | null) => {
    if (value == null) return;
    const column = sql`${alias}.${sql.identifier(attributeName)}`;
    // NOT NULL columns take no NULLS clause: a plain index serves them in both directions.
    const nulls = attribute.notNull && !isRelated ? {} : { nulls: value.nulls };
    if (attribute.codec.isEnum && "values" in attribute.codec) {
      // Choices stand in the order of their options, not of the alphabet.
      query.orderBy({
        fragment: placeOf(attribute.codec, column),
        codec: TYPES.int,
        nullable: true,
        direction: value.direction,
        nulls: value.nulls,
      });
    } else {
      query.orderBy({
        fragment: column,
        codec: attribute.codec,
        nullable: !attribute.notNull || isRelated,
        direction: value.direction,
        ...nulls,
      });
    }
  };
};
