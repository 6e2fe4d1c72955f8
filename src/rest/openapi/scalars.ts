/** The scalars of GraphQL as JSON Schema (2020-12), each with an example. */
export type Json = { [key: string]: unknown };

const ID = "0198f2c4-7b1e-7c3a-9d55-2f6a1c0e8b47";
const DECIMAL = "^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$";

type Scalar = { output: Json; input?: Json; example: unknown };
const scalars: Record<string, Scalar> = {
  UUID: { output: { type: "string", format: "uuid" }, example: ID },
  ID: { output: { type: "string" }, example: ID },
  String: { output: { type: "string" }, example: "Acme" },
  Boolean: { output: { type: "boolean" }, example: true },
  Int: { output: { type: "integer", minimum: -2147483648, maximum: 2147483647 }, example: 42 },
  Float: { output: { type: "number" }, example: 1.5 },
  BigInt: {
    output: { type: "string", pattern: "^-?\\d+$", description: "A whole number as text, as it may be larger than JSON's numbers." },
    example: "42000000",
  },
  BigFloat: {
    output: { type: "string", description: "A decimal number as text, so that no digit is lost." },
    input: { oneOf: [{ type: "string", pattern: DECIMAL }, { type: "number" }] },
    example: "1200000.5",
  },
  DateTime: { output: { type: "string", format: "date-time" }, example: "2026-03-01T09:30:00Z" },
  Date: { output: { type: "string", format: "date" }, example: "2026-03-01" },
  Time: { output: { type: "string" }, example: "09:30:00" },
  Position: {
    output: { type: "number" },
    input: { oneOf: [{ type: "number" }, { type: "string", enum: ["first", "last"] }] },
    example: "last",
  },
  JSON: { output: {}, example: { key: "value" } },
};
/** What we have no word for is any value. */
const ANY: Scalar = { output: {}, example: "value" };

const of = (name: string): Scalar => scalars[name] ?? ANY;

export const scalarSchema = (name: string, isInput: boolean): Json => ({ ...((isInput && of(name).input) || of(name).output) });
export const scalarExample = (name: string): unknown => of(name).example;

/** Where null may stand, too. */
export function orNull(schema: Json): Json {
  const { type } = schema;
  if (typeof type !== "string")
    return schema["$ref"] || schema["oneOf"] ? { oneOf: [...((schema["oneOf"] as Json[]) ?? [schema]), { type: "null" }] } : schema;
  const values = schema["enum"] as unknown[] | undefined;
  return { ...schema, type: [type, "null"], ...(values && { enum: [...values, null] }) };
}
