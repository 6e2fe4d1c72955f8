/** Conditions become the variable of a GraphQL filter, by the input types of the caller's schema. */
import { type GraphQLInputObjectType, type GraphQLInputType, getNamedType, getNullableType, isInputObjectType, isListType } from "graphql";
import { listOf } from "./functions.ts";
import { Leaf, refuse, type Tree } from "./tree.ts";

type Fields = Record<string, unknown>;

/** A text as the JSON that GraphQL wants for its type. What does not fit stays a text: GraphQL has words for that. */
function toScalar(typeName: string, text: string): unknown {
  if (typeName === "Int" || typeName === "Float" || typeName === "Position")
    return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
  if (typeName === "Boolean") return text === "true" ? true : text === "false" ? false : text;
  if (typeName !== "JSON") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The value of a leaf for an operand: lists are written `["a","b"]` or `a,b`. */
export function toValue(type: GraphQLInputType, given: string | readonly string[], at: string): unknown {
  const nullable = getNullableType(type);
  const { name } = getNamedType(nullable);
  if (isListType(nullable)) {
    const items = typeof given === "string" ? (listOf(given) ?? given.split(",").map((item) => item.trim())) : given;
    return items.map((item) => toScalar(name, item));
  }
  if (typeof given === "string") return toScalar(name, given);
  return refuse(`${at} takes one value and no list.`, at);
}

/** The comparisons of one value: `eq`, `in` and their kin. */
const isComparison = (type: GraphQLInputObjectType): boolean => {
  const is = type.getFields()["is"];
  return (is !== undefined && getNamedType(is.type).name === "FilterIs") || type.name === "TSVectorFilter";
};

const labelOf = (type: GraphQLInputObjectType): string => type.name.replace(/FilterInput$/, "");

function refuseName(type: GraphQLInputObjectType, name: string, at: string): never {
  if (!isComparison(type)) return refuse(`${labelOf(type)} has no field ${name} to ask for.`, at);
  return refuse(`There is no comparison ${name} here; there are ${Object.keys(type.getFields()).join(", ")}.`, at);
}

function fromLeaf(type: GraphQLInputType, leaf: Leaf, at: string): unknown {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return toValue(type, leaf.given, at);
  const { eq, in: among } = isComparison(named) ? named.getFields() : {};
  // filter[industry]=Technology
  if (eq && typeof leaf.given === "string") return { eq: toValue(eq.type, leaf.given, at) };
  if (among && typeof leaf.given !== "string") return { in: toValue(among.type, leaf.given, at) };
  return refuse(`${at} is a condition: name a field of ${labelOf(named)}, and what is asked of it.`, at);
}

/** The filter of this type that `tree` means; BAD_INPUT with the path of what is wrong. */
export function filterOf(type: GraphQLInputObjectType, tree: Tree, at = "filter"): Fields {
  const fields = type.getFields();
  const filter: Fields = {};
  for (const [name, given] of Object.entries(tree)) {
    const path = `${at}.${name}`;
    const field = fields[name] ?? refuseName(type, name, path);
    const named = getNamedType(field.type);
    if (given instanceof Leaf) filter[name] = fromLeaf(field.type, given, path);
    else if (!isInputObjectType(named)) refuse(`${path} takes a value.`, path);
    else if (!Array.isArray(given)) filter[name] = filterOf(named, given, path);
    else if (isListType(getNullableType(field.type))) filter[name] = given.map((one, index) => filterOf(named, one, `${path}.${index}`));
    else refuse(`${path} takes no list.`, path);
  }
  return filter;
}
