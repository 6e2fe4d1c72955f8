/** Gives places and files the input types that their columns cannot tell. */
import { GraphQLError, Kind } from "graphql";
import type {} from "postgraphile";
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { fieldType, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordInputsPlugin: true;
    }
  }
}

function toPosition(value: unknown): unknown {
  if (value === "first" || value === "last" || (typeof value === "number" && Number.isFinite(value))) return value;
  throw new GraphQLError('A Position is a number, "first" or "last".');
}

export const RecordInputsPlugin: GraphileConfig.Plugin = {
  name: "RecordInputsPlugin",
  description: "Gives inputs the types that columns cannot tell",
  version: "1.0.0",

  schema: {
    hooks: {
      init(_, build) {
        const { GraphQLNonNull, GraphQLString } = build.graphql;
        build.registerScalarType(
          "Position",
          {},
          () => ({
            description: 'Where a record stands in its list: a number, "first" or "last".',
            serialize: toPosition,
            parseValue: toPosition,
            parseLiteral: (node) =>
              toPosition(node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : node.kind === Kind.STRING && node.value),
          }),
          "RecordInputsPlugin",
        );
        const attributes = recordResources(build).flatMap(({ codec }) => Object.values<PgCodecAttribute>(codec.attributes));
        if (!attributes.some((attribute) => fieldType(attribute) === "FILES")) return _;
        const uuid = () => new GraphQLNonNull(build.getInputTypeByName("UUID"));
        const text = new GraphQLNonNull(GraphQLString);
        build.registerObjectType(
          "FileOutput",
          {},
          () => ({
            description: "A file, as a record keeps it.",
            fields: () => ({ fileId: { type: uuid() as never }, label: { type: text }, extension: { type: GraphQLString } }),
          }),
          "RecordInputsPlugin",
        );
        build.registerInputObjectType(
          "FileInput",
          {},
          () => ({
            description: "A file to keep with a record.",
            fields: () => ({ fileId: { type: uuid() }, label: { type: text }, extension: { type: GraphQLString } }),
          }),
          "RecordInputsPlugin",
        );
        return _;
      },

      GraphQLObjectType_fields_field(field, build, { scope }) {
        const attribute = scope.pgFieldAttribute as PgCodecAttribute | undefined;
        if (!attribute || fieldType(attribute) !== "FILES") return field;
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        field.type = new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName("FileOutput")));
        return field;
      },

      GraphQLInputObjectType_fields_field(field, build, { scope }) {
        const attribute = scope.pgAttribute as PgCodecAttribute | undefined;
        const type = attribute && fieldType(attribute);
        if (!type || !scope.fieldBehaviorScope) return field;
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        if (type === "POSITION") field.type = build.getInputTypeByName("Position");
        if (type === "FILES") field.type = new GraphQLList(new GraphQLNonNull(build.getInputTypeByName("FileInput")));
        return field;
      },
    },
  },
};
