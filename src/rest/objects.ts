/**
 * What REST knows of the objects of a workspace. It is read from the caller's compiled GraphQL
 * schema alone: a custom object is here at once, a field that his role holds back is not.
 */
import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from "graphql";
import { type KnownObject, kindOf, objectsOf, targetOf } from "../repositories/objects.ts";

export type RestFieldKind = "scalar" | "composite" | "toOne" | "toMany";
export type RestField = {
  name: string;
  kind: RestFieldKind;
  type: GraphQLOutputType;
  description: string | undefined;
  /** The parts of a composite. */
  parts?: readonly string[];
  /** The object that a relation leads to. */
  target?: () => RestObject;
};

const verbs = ["create", "update", "delete", "restore", "destroy"] as const;
type Verb = (typeof verbs)[number];
/** The names of the operations that are in the schema: `{ list: "companies", get: "company", create: "createCompany", … }`. */
export type RestOperations = { list: string; get: string } & Partial<
  Record<"groupBy" | "duplicates" | "merge" | Verb | `${Verb}Many`, string>
>;

export type RestObject = {
  singular: string;
  plural: string;
  typeName: string;
  schema: GraphQLSchema;
  type: GraphQLObjectType;
  /** In the order of the schema. */
  readonly fields: ReadonlyMap<string, RestField>;
  operations: RestOperations;
};

type Field = GraphQLField<unknown, unknown>;

const known = new WeakMap<GraphQLSchema, Map<string, RestObject>>();

/** Every object of a schema by its plural, which stands in its addresses; looked up once a schema. */
export function restObjectsOf(schema: GraphQLSchema): Map<string, RestObject> {
  let objects = known.get(schema);
  if (objects) return objects;
  known.set(schema, (objects = new Map()));
  for (const object of objectsOf(schema).values()) objects.set(object.plural, restObjectOf(schema, object));
  return objects;
}

function restObjectOf(schema: GraphQLSchema, { name, plural, type }: KnownObject): RestObject {
  let fields: Map<string, RestField> | undefined;
  return {
    singular: name,
    plural,
    typeName: type.name,
    schema,
    type,
    operations: operationsOf(schema, name, plural, type.name),
    get fields() {
      return (fields ??= fieldsOf(schema, type));
    },
  };
}

function operationsOf(schema: GraphQLSchema, singular: string, plural: string, typeName: string): RestOperations {
  const queries = schema.getQueryType()!.getFields();
  const mutations = schema.getMutationType()?.getFields() ?? {};
  const operations: RestOperations = { list: plural, get: singular };
  const pluralName = plural.charAt(0).toUpperCase() + plural.slice(1);
  const add = (kind: keyof RestOperations, field: Field | undefined) => {
    if (field) operations[kind] = field.name;
  };
  add("groupBy", queries[`${plural}GroupBy`]);
  add("duplicates", queries[`${singular}Duplicates`]);
  add("merge", mutations[`merge${pluralName}`]);
  for (const verb of verbs) {
    add(verb, mutations[verb + typeName]);
    add(`${verb}Many`, mutations[verb + pluralName]);
  }
  return operations;
}

function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType): Map<string, RestField> {
  const fields = new Map<string, RestField>();
  for (const field of Object.values(type.getFields())) {
    const kind = kindOf(schema, field);
    if (kind === undefined) continue;
    const { name, description } = field;
    const about = { name, type: field.type, description: description ?? undefined };
    const named = getNamedType(field.type);
    if (kind !== "value") {
      const target = () => restObjectsOf(schema).get(targetOf(schema, field)!.plural)!;
      fields.set(name, { ...about, kind: kind === "one" ? "toOne" : "toMany", target });
    } else if (isObjectType(named)) fields.set(name, { ...about, kind: "composite", parts: Object.keys(named.getFields()) });
    else fields.set(name, { ...about, kind: "scalar" });
  }
  return fields;
}

/** The type of an argument of one of an object's operations; undefined when it has no such argument. */
export function argumentOf({ schema }: RestObject, operation: string, argument: string): GraphQLInputType | undefined {
  const field = schema.getQueryType()!.getFields()[operation] ?? schema.getMutationType()?.getFields()[operation];
  return field?.args.find(({ name }) => name === argument)?.type;
}

/** What may be asked of an object in its list's `filter`, or `orderBy`. */
export const inputOf = (object: RestObject, argument: "filter" | "orderBy"): GraphQLInputObjectType =>
  getNamedType(argumentOf(object, object.operations.list, argument)!) as GraphQLInputObjectType;

/** The names of the sums, averages and counts of an object, of a list of it or of a group. Asked for late: they are many. */
export function aggregatesOf({ schema, operations }: RestObject): string[] {
  const type = getNamedType(schema.getQueryType()!.getFields()[operations.list]!.type) as GraphQLObjectType;
  const others = new Set(["edges", "nodes", "pageInfo"]);
  return Object.keys(type.getFields()).filter((name) => !others.has(name));
}
