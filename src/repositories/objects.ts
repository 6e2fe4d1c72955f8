/** What a compiled schema says of an object: its lists, its fields, and where its relations lead. */
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { RelataError } from "../errors.ts";
import { isPlain } from "../graphql/plainFields.ts";

/** An object as the schema shows it: "company", "companies" and its type. */
export type KnownObject = { name: string; plural: string; type: GraphQLObjectType };
/** Where a field of a record leads: nowhere, to one record or to a list of them. */
export type FieldKind = "value" | "one" | "many" | undefined;

const known = new WeakMap<GraphQLSchema, Map<string, KnownObject>>();
const byType = new WeakMap<object, KnownObject>();

const isConnection = (type: GraphQLObjectType): boolean => "nodes" in type.getFields() && "pageInfo" in type.getFields();
const needsArguments = (field: GraphQLField<unknown, unknown>): boolean => field.args.some(({ type }) => isNonNullType(type));
const isListed = (field: GraphQLField<unknown, unknown>): boolean => isListType(isNonNullType(field.type) ? field.type.ofType : field.type);

/** Every object of a schema by its name, looked up once a schema. */
export function objectsOf(schema: GraphQLSchema): Map<string, KnownObject> {
  let objects = known.get(schema);
  if (objects) return objects;
  known.set(schema, (objects = new Map()));
  const fields = Object.values(schema.getQueryType()!.getFields());
  const lists = new Map(fields.filter((field) => !isListed(field)).map((field) => [getNamedType(field.type).name, field.name]));
  for (const { name, type, extensions } of fields) {
    const plural = lists.get(`${getNamedType(type).name}Connection`);
    if (!extensions.relata?.mustFind || !plural) continue;
    const object: KnownObject = { name, plural, type: getNamedType(type) as GraphQLObjectType };
    objects.set(name, object);
    byType.set(object.type, object);
  }
  return objects;
}

/** The object called so; BAD_INPUT when there is none. */
export function objectOf(schema: GraphQLSchema, name: string): KnownObject {
  const found = objectsOf(schema).get(name);
  if (found) return found;
  throw new RelataError("BAD_INPUT", `There is no object ${name}.`, { field: "object" });
}

/** The object whose records are of this type. */
function objectOfType(schema: GraphQLSchema, type: GraphQLNamedType): KnownObject | undefined {
  objectsOf(schema);
  return byType.get(type);
}

/** What a field of a record is; undefined for what a repository does not read. */
export function kindOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): FieldKind {
  if (isPlain(field)) return "value";
  const type = getNamedType(field.type);
  if (needsArguments(field) || !isObjectType(type)) return undefined;
  if (isConnection(type)) return targetOf(schema, field) ? "many" : undefined;
  return !isListed(field) && objectOfType(schema, type) ? "one" : undefined;
}

/** The object that a relation leads to. */
export function targetOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): KnownObject | undefined {
  const type = getNamedType(field.type) as GraphQLObjectType;
  const nodes = isConnection(type) ? getNamedType(type.getFields()["nodes"]!.type) : type;
  return objectOfType(schema, nodes);
}
