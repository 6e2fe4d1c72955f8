/** What `groupBy: [{ stage: true }, { closeDate: { granularity: MONTH } }]` groups by. */
import { type PgCodec, TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";
import { placeOf } from "../records/ordering.ts";
import type { RecordResource } from "../records/resources.ts";
import { type DateInput, dateDimension } from "./dates.ts";
import { type Found, findColumn } from "./groupable.ts";
import type { Selection } from "./selection.ts";

/** `value` is grouped by, `sort` sorted by, `output` shown. */
export type Dimension = { path: string; granularity: string | undefined; value: SQL; sort: SQL; output: SQL };

const MAX_DIMENSIONS = 3;

/** Values that are equal become the same text: 1.0 and 1.00, 0 and -0; and an empty text is nothing, as filters have it. */
const NORMAL: [PgCodec, (column: SQL) => SQL][] = [
  [TYPES.text as PgCodec, (column) => sql`nullif(${column}, '')`],
  [TYPES.numeric as PgCodec, (column) => sql`trim_scale(${column})`],
  [TYPES.float as PgCodec, (column) => sql`${column} + 0`],
];

/** ISO 8601, as fields are shown; sessions run in UTC. */
const isoInstant = (value: SQL) => sql`regexp_replace(${value}::text, '^(\\S+) (\\S+)[+]00', '\\1T\\2Z')`;

function plainDimension(selection: Selection, column: SQL, { kind, codec }: Found): Omit<Dimension, "path" | "granularity"> {
  const normal = kind === "list" ? sql`nullif(${column}, '{}')` : NORMAL.find(([one]) => one === codec)?.[1](column);
  const value = selection.value(normal ?? column);
  const output = kind === "instant" ? isoInstant(value) : kind === "list" ? value : sql`${value}::text`;
  const isChoice = codec.isEnum && "values" in codec;
  return { value, output, sort: isChoice ? placeOf(codec, value) : value };
}

function listDimension(selection: Selection, column: SQL, found: Found) {
  const inner = found.codec.arrayOfCodec as PgCodec;
  if (!(found.value as { unnest?: boolean | null }).unnest) return plainDimension(selection, column, found);
  const value = selection.elements(column);
  return { value, output: sql`${value}::text`, sort: inner.isEnum ? placeOf(inner, value) : value };
}

function dimensionOf(selection: Selection, found: Found): Dimension {
  const { kind, path, relations, value: given } = found;
  const column = sql`${selection.related(relations)}.${sql.identifier(found.column)}`;
  if (kind === "value" && given !== true) {
    throw new RelataError("BAD_INPUT", `Give groupBy.${path} as true, or leave it out.`, { field: `groupBy.${path}` });
  }
  if (kind === "list") return { path, granularity: undefined, ...listDimension(selection, column, found) };
  if (kind === "value") return { path, granularity: undefined, ...plainDimension(selection, column, found) };
  const input = given as DateInput;
  const granularity = input.granularity ?? "DAY";
  const date = dateDimension(column, kind === "instant", input, `groupBy.${path}`);
  if (!date) return { path, granularity, ...plainDimension(selection, column, found) };
  const value = selection.value(date.value);
  return { path, granularity, value, sort: value, output: date.output(value) };
}

/** Adds the dimensions to `selection`; BAD_INPUT, LIMIT_EXCEEDED or a time zone's errors when they cannot be. */
export function dimensionsOf(selection: Selection, resource: RecordResource, groupBy: readonly unknown[]): Dimension[] {
  if (!groupBy.length) throw new RelataError("BAD_INPUT", "groupBy names no field.", { field: "groupBy" });
  if (groupBy.length > MAX_DIMENSIONS) {
    const message = `groupBy has ${groupBy.length} dimensions; the limit is ${MAX_DIMENSIONS}.`;
    throw new RelataError("LIMIT_EXCEEDED", message, { field: "groupBy" });
  }
  const dimensions = groupBy.map((item) => dimensionOf(selection, findColumn(resource, item, "groupBy")));
  for (const [n, { path, granularity }] of dimensions.entries()) {
    if (!dimensions.slice(0, n).some((one) => one.path === path && one.granularity === granularity)) continue;
    throw new RelataError("BAD_INPUT", `groupBy names ${path} twice.`, { field: `groupBy.${path}` });
  }
  return dimensions;
}

/** What tells one group from all others: its dimensions as a JSON list, which is `groupByDimensionValues` as well. */
export const keyOf = (dimensions: readonly Dimension[]): SQL =>
  sql`json_build_array(${sql.join(
    dimensions.map(({ output }) => output),
    ", ",
  )})::text`;
