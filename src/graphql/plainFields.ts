/** The fields of a record that are no other records: values, lists of them, and composites of values. */
import { type GraphQLField, getNamedType, isLeafType, isObjectType } from "graphql";

type Field = GraphQLField<unknown, unknown>;

/** Whether a field holds a value. What takes arguments is a list, whose type is not looked into: its fields may not be made yet. */
export function isPlain({ type, args }: Field): boolean {
  if (args.length) return false;
  const named = getNamedType(type);
  if (isLeafType(named)) return true;
  const parts = isObjectType(named) ? named.getFields() : { id: undefined };
  return !("id" in parts) && Object.values(parts).every((part) => isLeafType(getNamedType(part.type)));
}

/** A plain field with all of its parts, as a document asks for it. */
export function plainSelection({ name, type }: Field): string {
  const named = getNamedType(type);
  return isObjectType(named) ? `${name} { ${Object.keys(named.getFields()).join(" ")} }` : name;
}
