/**
 * When a field is empty, to filters, to views and to aggregates alike: nothing, an empty text, an empty list and a
 * composite of such parts are one and the same.
 */
import type { PgCodec } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import type { Composite } from "./composites.ts";

type Ask = (column: SQL) => SQL;

const isNull: Ask = (column) => sql`${column} is null`;
/** So that an index of the column can tell. */
const isBlank: Ask = (column) => sql`(${column} is null or ${column} = '')`;
const isEmptyList: Ask = (column) => sql`coalesce(cardinality(${column}), 0) = 0`;
const isEmptyJson: Ask = (column) => sql`coalesce(${column}, '[]') in ('[]', '{}')`;

const sqlTypes = { text: isBlank, jsonb: isEmptyJson } as Record<string, Ask | undefined>;
const typeOf = (codec: PgCodec): string => sql.compile(codec.sqlType).text.replace(/^"pg_catalog"\.|"/g, "");

/** Asks whether a column of this codec is empty. */
const emptinessOf = (codec: PgCodec): Ask =>
  codec.arrayOfCodec ? isEmptyList : codec.isEnum ? isNull : (sqlTypes[typeOf(codec)] ?? isNull);

export const isEmpty = (codec: PgCodec, column: SQL): SQL => emptinessOf(codec)(column);

/** The parts that a composite is nothing without: a currency alone is no amount. */
export const MEANT: Record<string, string[]> = {
  ACTOR: ["source", "workspaceMemberId", "name"],
  ADDRESS: [
    ...["addressStreet1", "addressStreet2", "addressCity", "addressPostcode", "addressState", "addressCountry"],
    ...["addressLat", "addressLng"],
  ],
  CURRENCY: ["amountMicros"],
  EMAILS: ["primaryEmail", "additionalEmails"],
  FULL_NAME: ["firstName", "lastName"],
  LINKS: ["primaryLinkUrl", "secondaryLinks"],
  PHONES: ["primaryPhoneNumber", "additionalPhones"],
  RICH_TEXT: ["markdown", "blocknote"],
};
/** What tells two of them apart, when it is not all parts. */
const TOLD_APART: Record<string, string[]> = { ACTOR: ["source", "workspaceMemberId", "name"] };

const partsOf = ({ type, parts }: Composite, of: Record<string, string[]>) =>
  [...parts].filter(([name]) => of[type]?.includes(name) ?? true).map(([, part]) => part);

const columnOf = (alias: SQL, name: string) => sql`${alias}.${sql.identifier(name)}`;

export const isEmptyComposite = (composite: Composite, alias: SQL): SQL =>
  sql.join(
    partsOf(composite, MEANT).map(({ column, attribute }) => isEmpty(attribute.codec, columnOf(alias, column))),
    " and ",
  );

/** A composite as one value: equal for those that mean the same. */
export const valueOfComposite = (composite: Composite, alias: SQL): SQL => {
  const values = partsOf(composite, TOLD_APART).map(({ column, attribute: { codec } }) => {
    const value = columnOf(alias, column);
    return emptinessOf(codec) === isNull ? value : sql`case when ${isEmpty(codec, value)} then null else ${value} end`;
  });
  return sql`row(${sql.join(values, ", ")})`;
};
