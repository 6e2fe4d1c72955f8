/** `order_by=createdAt[DescNullsLast],name.firstName,company.name[AscNullsLast]` as a GraphQL orderBy. */
import { type GraphQLInputObjectType, getNamedType, isEnumType, isInputObjectType } from "graphql";
import { refuse } from "./tree.ts";

type Key = Record<string, unknown>;

const KEY = /^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\[(\w+)\])?$/;
const DEFAULT = "AscNullsFirst";

function keyOf(type: GraphQLInputObjectType, text: string, parameter: string): Key {
  const [, path, direction = DEFAULT] =
    KEY.exec(text) ?? refuse(`"${text.slice(0, 40)}" is no order: write field[AscNullsFirst], several with commas between.`, parameter);
  const names = path!.split(".");
  const at = `${parameter}.${path}`;
  let level: GraphQLInputObjectType = type;
  for (const [index, name] of names.entries()) {
    const field = level.getFields()[name];
    const named = field && getNamedType(field.type);
    if (!named) return refuse(`There is no ${name} to order by.`, at);
    const isLast = index === names.length - 1;
    if (isEnumType(named)) {
      if (!isLast) return refuse(`${name} has no parts to order by.`, at);
      const known = named.getValues().map((value) => value.name);
      if (!known.includes(direction)) return refuse(`The order is one of ${known.join(", ")}.`, at);
    } else if (!isInputObjectType(named) || isLast) return refuse(`${name} is not one value: order by a part of it, as ${name}.….`, at);
    else level = named;
  }
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), direction) as Key;
}

/** The orderBy that a parameter means, its keys in their order. */
export const orderByOf = (type: GraphQLInputObjectType, text: string, parameter = "order_by"): Key[] =>
  text.split(",").map((key) => keyOf(type, key.trim(), parameter));
