/** What may be asked of each kind of value, as SQL; operands are bound, never spliced. */
import { LIST_TYPES, listOfCodec, type PgCodec, TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { placeOf } from "./ordering.ts";
import { patternCodec } from "./patterns.ts";

type Compare = (column: SQL, operand: SQL) => SQL;
export type Operator = {
  compare: Compare;
  codec: PgCodec;
  /** The operand's type in the API: that of the field, a list of it, or one by name. */
  takes: "value" | "list" | "String" | "Boolean" | "JSON";
};

/** By name; whether a field is empty may be asked of every kind (emptiness.ts). */
export type Operators = Record<string, Operator>;

const COMPARISONS: Record<string, Compare> = {
  eq: (column, operand) => sql`${column} = ${operand}`,
  neq: (column, operand) => sql`${column} <> ${operand}`,
  gt: (column, operand) => sql`${column} > ${operand}`,
  gte: (column, operand) => sql`${column} >= ${operand}`,
  lt: (column, operand) => sql`${column} < ${operand}`,
  lte: (column, operand) => sql`${column} <= ${operand}`,
};
const { eq, neq, ...INEQUALITIES } = COMPARISONS as typeof COMPARISONS & { eq: Compare; neq: Compare };

const TEXTS: Record<string, Compare> = {
  like: (column, operand) => sql`${column} like ${operand}`,
  ilike: (column, operand) => sql`${column} ilike ${operand}`,
  startsWith: (column, operand) => sql`starts_with(${column}, ${operand})`,
  endsWith: (column, operand) => sql`right(${column}, length(${operand})) = ${operand}`,
};

const PATTERNS: Record<string, Operator> = {
  regex: { compare: (column, operand) => sql`${column} ~ ${operand}`, codec: patternCodec, takes: "String" },
  iregex: { compare: (column, operand) => sql`${column} ~* ${operand}`, codec: patternCodec, takes: "String" },
};

const each = (compares: Record<string, Compare>, codec: PgCodec): Record<string, Operator> =>
  Object.fromEntries(Object.entries(compares).map(([name, compare]) => [name, { compare, codec, takes: "value" }]));

const oneOf = (codec: PgCodec): Record<string, Operator> => ({
  in: {
    compare: (column, operand) => sql`${column} = any(${operand})`,
    codec: listOfCodec(codec as typeof TYPES.text) as PgCodec,
    takes: "list",
  },
});

/** Choices are greater and less by their place among the options. */
const choices = (codec: PgCodec): Record<string, Compare> =>
  Object.fromEntries(
    Object.entries(INEQUALITIES).map(([name, compare]) => [
      name,
      (column: SQL, operand: SQL) => compare(placeOf(codec, column), placeOf(codec, operand)),
    ]),
  );

const isEmptyArray: Operator = {
  compare: (column, operand) => sql`(cardinality(${column}) = 0) = ${operand}`,
  codec: TYPES.boolean,
  takes: "Boolean",
};

/** A list of choices is one, or one of several, when it holds nothing else. */
const multiSelect = (inner: PgCodec, codec: PgCodec): Operators => ({
  ...each(
    {
      eq: (column, operand) => sql`${column} = array[${operand}]`,
      neq: (column, operand) => sql`${column} <> array[${operand}]`,
    },
    inner,
  ),
  in: { compare: (column, operand) => sql`cardinality(${column}) = 1 and (${column})[1] = any(${operand})`, codec, takes: "list" },
  containsAny: { compare: (column, operand) => sql`${column} && ${operand}`, codec, takes: "list" },
  isEmptyArray,
});

const ARRAY: Operators = {
  containsIlike: {
    compare: (column, operand) => sql`exists (select from unnest(${column}) element where element ilike ${operand})`,
    codec: TYPES.text,
    takes: "String",
  },
  containsAny: {
    compare: (column, operand) => sql`${column} && ${operand}`,
    codec: LIST_TYPES.text as PgCodec,
    takes: "list",
  },
  isEmptyArray,
};

const CONTAINS_JSON: Operator = { compare: (column, operand) => sql`${column} @> ${operand}`, codec: TYPES.jsonb, takes: "JSON" };

const JSON_OPERATORS: Operators = {
  like: { compare: (column, operand) => sql`${column}::text ilike ${operand}`, codec: TYPES.text, takes: "String" },
  containsJson: CONTAINS_JSON,
  // The name that the reference has for it.
  containsJsonb: CONTAINS_JSON,
};

/** What may be asked of a column of this codec, whose values are `typeName` in the API. */
export function operatorsOf(codec: PgCodec, typeName: string): Operators {
  const inner = codec.arrayOfCodec as PgCodec | undefined;
  if (inner) return inner.isEnum ? multiSelect(inner, codec) : ARRAY;
  if (typeName === "JSON") return JSON_OPERATORS;
  const isText = typeName === "String" && !codec.isEnum;
  const compares =
    typeName === "Boolean" ? { eq, neq } : codec.isEnum ? { eq, neq, ...choices(codec) } : { ...COMPARISONS, ...(isText && TEXTS) };
  return { ...each(compares, codec), ...(isText && PATTERNS), ...(typeName !== "Boolean" && oneOf(codec)) };
}
