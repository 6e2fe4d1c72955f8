/** Conditions and orders as programs write them, brought into the form of the API's filters and orders. */
import { type GraphQLInputObjectType, type GraphQLSchema, getNamedType, isInputObjectType } from "graphql";
import { RelataError } from "../errors.ts";

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
const toValue = (value: unknown): unknown =>
  value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.map(toValue) : value;

/** The conditions on one value: `eq`, `is` and their kin. */
const isOperators = (type: GraphQLInputObjectType): boolean => {
  const is = type.getFields()["is"];
  return is !== undefined && getNamedType(is.type).name === "FilterIs";
};

function toOperators(value: unknown): Fields {
  if (value === null) return { is: "NULL" };
  if (Array.isArray(value)) return { in: toValue(value) };
  if (!isFields(value)) return { eq: toValue(value) };
  return Object.fromEntries(Object.entries(value).map(([operator, operand]) => [operator, toValue(operand)]));
}

function toFilter(type: GraphQLInputObjectType, where: unknown, path: string): unknown {
  if (!isFields(where)) throw new RelataError("BAD_INPUT", `${path} is a list of conditions by field.`, { field: path });
  const fields = type.getFields();
  const filter: Fields = {};
  for (const [name, value] of Object.entries(where)) {
    const at = `${path}.${name}`;
    const inner = fields[name] && getNamedType(fields[name].type);
    if (!isInputObjectType(inner)) throw new RelataError("BAD_INPUT", `There is no ${name} to ask for in ${type.name}.`, { field: at });
    // A forgotten variable must not match everything.
    if (value === undefined) throw new RelataError("BAD_INPUT", `${at} is undefined; to find empty values, ask for null.`, { field: at });
    if (isOperators(inner)) filter[name] = toOperators(value);
    else filter[name] = Array.isArray(value) ? value.map((one, n) => toFilter(inner, one, `${at}.${n}`)) : toFilter(inner, value, at);
  }
  return filter;
}

/** The filter that a condition means, a list of them meaning any; undefined for none. */
export function filterOf(schema: GraphQLSchema, typeName: string, where: unknown, withDeleted = false): unknown {
  const type = schema.getType(`${typeName}FilterInput`) as GraphQLInputObjectType;
  const given = Array.isArray(where) ? { or: where } : where;
  const filter = given === undefined ? undefined : toFilter(type, given, "where");
  if (!withDeleted) return filter;
  const both = { or: [{ deletedAt: { is: "NULL" } }, { deletedAt: { is: "NOT_NULL" } }] };
  return filter === undefined ? both : { and: [filter, both] };
}

// As PostgreSQL sorts when nobody speaks of nulls.
const DIRECTIONS: Record<string, string> = { ASC: "AscNullsLast", DESC: "DescNullsFirst" };

function keysOf(order: Fields, path: string): Fields[] {
  return Object.entries(order).flatMap(([name, direction]): Fields[] => {
    if (isFields(direction)) return keysOf(direction, `${path}.${name}`).map((key) => ({ [name]: key }));
    if (typeof direction !== "string") throw new RelataError("BAD_INPUT", `${path}.${name} is ASC or DESC.`, { field: `${path}.${name}` });
    return [{ [name]: DIRECTIONS[direction.toUpperCase()] ?? direction }];
  });
}

/** The order that `{ industry: "ASC", company: { name: "DESC" } }` means, its keys in their order. */
export const orderOf = (order: object | undefined): Fields[] | undefined => order && keysOf(order as Fields, "order");
