/** The schema of what a GraphQL document answers: read from the document, so that it says what is there and nothing else. */
import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from "graphql";
import type { Components } from "./components.ts";
import { type Json, orNull } from "./scalars.ts";

function wrapped(type: GraphQLOutputType, inner: Json): Json {
  const nullable = getNullableType(type);
  const schema = isListType(nullable) ? { type: "array", items: wrapped(nullable.ofType as GraphQLOutputType, inner) } : inner;
  return isNonNullType(type) ? schema : orNull(schema);
}

function objectOf(components: Components, type: GraphQLObjectType, { selections }: SelectionSetNode): Json {
  const fields = type.getFields();
  const properties: Record<string, Json> = {};
  for (const { name, alias, selectionSet } of selections as readonly FieldNode[]) {
    const field = fields[name.value]!;
    const named = getNamedType(field.type) as GraphQLObjectType;
    const schema = selectionSet ? wrapped(field.type, objectOf(components, named, selectionSet)) : components.of(field.type, false);
    properties[(alias ?? name).value] = field.description ? { ...schema, description: field.description.trim() } : schema;
  }
  return { type: "object", properties, required: Object.keys(properties) };
}

/** The schema of the one root field of `document`. */
export function answerOf(components: Components, schema: GraphQLSchema, document: string): Json {
  const { operation, selectionSet } = parse(document).definitions[0] as OperationDefinitionNode;
  const root = (operation === "query" ? schema.getQueryType() : schema.getMutationType())!;
  const [field] = selectionSet.selections as readonly FieldNode[];
  const type = getNamedType(root.getFields()[field!.name.value]!.type) as GraphQLObjectType;
  return objectOf(components, type, field!.selectionSet!);
}
