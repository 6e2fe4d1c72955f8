/**
 * What can be asked of many records at once, by the type of the field: `sumEmployees`,
 * `countEmptyAddress`. A new field type says in AGGREGATES what it has beyond counting.
 */
import { type PgCodec, type PgCodecAttribute, type PgCodecWithAttributes, TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { type Composite, compositesOf, isGranted, upperFirst } from "./composites.ts";
import { isEmpty, isEmptyComposite, valueOfComposite } from "./emptiness.ts";
import { fieldName, fieldPart, fieldType } from "./resources.ts";

/** `expression` is of the table with this alias; the answer is of `codec`, and of its type in the API. */
export type Aggregate = {
  name: string;
  description: string | undefined;
  codec: PgCodec;
  isNullable: boolean;
  expression: (alias: SQL) => SQL;
};

/** A field as aggregates see it. */
type Field = { name: string; codec: PgCodec; value: (alias: SQL) => SQL; isEmpty: (alias: SQL) => SQL };
type Make = (field: Field) => Aggregate[];

const of =
  (codec: PgCodec, isNullable: boolean) =>
  (name: string, expression: (alias: SQL) => SQL, description?: string): Aggregate => ({
    name,
    description,
    codec,
    isNullable,
    expression,
  });
const count = of(TYPES.int, false);
const number = of(TYPES.float, true);
export const TOTAL_COUNT = count("totalCount", () => sql`count(*)::int4`);
/** As Float: a value beyond it is nothing that JSON's numbers could tell. */
const toFloat = (expression: SQL) => sql`(${expression})::float8`;
const countOf = (condition: SQL) => sql`(count(*) filter (where ${condition}))::int4`;
const shareOf = (condition: SQL) => sql`(count(*) filter (where ${condition}) / nullif(count(*), 0)::float8)`;

const counts: Make = ({ name, value, isEmpty: empty }) => {
  const X = upperFirst(name);
  const not = (alias: SQL) => sql`not (${empty(alias)})`;
  return [
    count(`countUniqueValues${X}`, (alias) => sql`(count(distinct ${value(alias)}) filter (where ${not(alias)}))::int4`),
    count(`countEmpty${X}`, (alias) => countOf(empty(alias))),
    count(`countNotEmpty${X}`, (alias) => countOf(not(alias))),
    number(`percentageEmpty${X}`, (alias) => shareOf(empty(alias)), "From 0 to 1; null of no records."),
    number(`percentageNotEmpty${X}`, (alias) => shareOf(not(alias)), "From 0 to 1; null of no records."),
  ];
};

const booleans: Make = ({ name, value }) => [
  count(`countTrue${upperFirst(name)}`, (alias) => countOf(value(alias))),
  count(`countFalse${upperFirst(name)}`, (alias) => countOf(sql`not ${value(alias)}`)),
];

const extremes: Make = ({ name, codec, value }) => {
  const own = of(codec, true);
  return [
    own(`min${upperFirst(name)}`, (alias) => sql`min(${value(alias)})`),
    own(`max${upperFirst(name)}`, (alias) => sql`max(${value(alias)})`),
  ];
};

const numbers: Make = ({ name, value }) =>
  ["min", "max", "avg", "sum"].map((what) =>
    number(what + upperFirst(name), (alias) => toFloat(sql`${sql.identifier(what)}(${value(alias)})`)),
  );

/** What each type has beyond counting; of a composite, each part that has something. */
const AGGREGATES: Record<string, Make | Record<string, Make>> = {
  BOOLEAN: booleans,
  CURRENCY: { amountMicros: numbers },
  DATE: extremes,
  DATE_TIME: extremes,
  NUMBER: numbers,
  NUMERIC: numbers,
};
/** Relations are counted by their lists; a search vector is nobody's value. */
const NOT_AGGREGATED = new Set(["RELATION", "MORPH_RELATION", "TS_VECTOR"]);

const columnOf = (name: string) => (alias: SQL) => sql`${alias}.${sql.identifier(name)}`;

function ofColumn(column: string, attribute: PgCodecAttribute, type: string): Aggregate[] {
  const { codec } = attribute;
  const value = columnOf(column);
  const field: Field = { name: fieldName(attribute)!, codec, value, isEmpty: (alias) => isEmpty(codec, value(alias)) };
  const own = AGGREGATES[type];
  return [...counts(field), ...(typeof own === "function" ? own(field) : [])];
}

function ofComposite(composite: Composite): Aggregate[] {
  const { name, type, parts } = composite;
  const value = (alias: SQL) => valueOfComposite(composite, alias);
  const whole = counts({ name, codec: TYPES.text, value, isEmpty: (alias) => isEmptyComposite(composite, alias) });
  const ofParts = Object.entries((AGGREGATES[type] ?? {}) as Record<string, Make>).flatMap(([part, make]) => {
    const { column, attribute } = parts.get(part)!;
    const path = name + upperFirst(part);
    return make({
      name: path,
      codec: attribute.codec,
      value: columnOf(column),
      isEmpty: (alias) => isEmpty(attribute.codec, columnOf(column)(alias)),
    });
  });
  return [...whole, ...ofParts];
}

const known = new WeakMap<PgCodecWithAttributes, Map<string, Aggregate>>();

/** The aggregates of a kind of record, by name. */
export function aggregatesOf(codec: PgCodecWithAttributes): Map<string, Aggregate> {
  let aggregates = known.get(codec);
  if (aggregates) return aggregates;
  aggregates = new Map();
  for (const [column, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    const type = fieldType(attribute);
    if (!type || fieldPart(attribute) || NOT_AGGREGATED.has(type) || !isGranted({ attribute }, "canSelect")) continue;
    for (const one of ofColumn(column, attribute, type)) aggregates.set(one.name, one);
  }
  for (const composite of compositesOf(codec)) {
    // A field amountAmountMicros beside an amount keeps its name.
    for (const one of ofComposite(composite)) if (!aggregates.has(one.name)) aggregates.set(one.name, one);
  }
  known.set(codec, aggregates);
  return aggregates;
}
