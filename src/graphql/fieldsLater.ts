/**
 * Fields that a type has from the moment somebody asks for its fields. Aggregates are most of a
 * schema's fields and seldom asked for: made at once, they would double what a shape takes.
 *
 * Only for types of a finished schema, and for fields whose own types are in it already.
 */
import {
  type GraphQLFieldConfigMap,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  GraphQLObjectType,
  type ThunkObjMap,
} from "graphql";

type Type = GraphQLObjectType | GraphQLInputObjectType;
type FieldsOf<T extends Type> = T extends GraphQLObjectType ? GraphQLFieldConfigMap<unknown, unknown> : GraphQLInputFieldConfigMap;

/** Adds what `make` answers to the fields of `type`, when they are first asked for; fields that are there stay. */
export function addFieldsLater<T extends Type>(type: T, make: () => FieldsOf<T>): void {
  const first = type.getFields();
  let all: object | undefined;
  const getFields = () => {
    if (!all) {
      const { name } = type;
      const added =
        type instanceof GraphQLInputObjectType
          ? new GraphQLInputObjectType({ name, fields: make() as GraphQLInputFieldConfigMap })
          : new GraphQLObjectType({ name, fields: make() as ThunkObjMap<never> });
      // Like GraphQL's own, without what objects inherit: nobody has a field "constructor".
      all = Object.assign(Object.create(null) as object, added.getFields(), first);
    }
    return all;
  };
  Object.defineProperty(type, "getFields", { value: getFields });
}
