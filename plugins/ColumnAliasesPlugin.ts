/**
 * A second name for a column, in answers and in inputs, where clients of the
 * reference product know it by another: `@alias fieldMetadataId` in its comment.
 */
import type { GraphQLInputType } from "graphql";
import type {} from "postgraphile";
import type { PgCodecAttribute, PgCodecWithAttributes, PgSelectSingleStep } from "postgraphile/@dataplan/pg";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ColumnAliasesPlugin: true;
    }
  }
}

const aliasOf = (attribute: PgCodecAttribute | undefined): string | undefined => {
  const alias = attribute?.extensions?.tags?.["alias"];
  return typeof alias === "string" ? alias : undefined;
};

const aliased = (codec: PgCodecWithAttributes) =>
  Object.entries<PgCodecAttribute>(codec.attributes).flatMap(([attributeName, attribute]) => {
    const alias = aliasOf(attribute);
    return alias ? [{ attributeName, attribute, alias }] : [];
  });

export const ColumnAliasesPlugin: GraphileConfig.Plugin = {
  name: "ColumnAliasesPlugin",
  description: "Gives columns of core a second name in the API",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        if (!scope.isPgClassType || !codec?.attributes) return fields;
        const added = aliased(codec).map(({ attributeName, attribute, alias }) => {
          const type = build.getGraphQLTypeByPgCodec!(attribute.codec, "output");
          const spec = {
            description: `Another name for ${build.inflection.attribute({ codec, attributeName })}.`,
            type: build.nullableIf(!attribute.notNull, type as never),
            plan: ($record: PgSelectSingleStep) => $record.get(attributeName),
          };
          return [alias, fieldWithHooks({ fieldName: alias }, spec as never)];
        });
        return build.extend(fields, Object.fromEntries(added), `Adding second names to ${Self.name}`);
      },

      GraphQLInputObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        if (!scope.isPgRowType || scope.isPgBaseInput || !codec?.attributes) return fields;
        const behavior = scope.isPgPatch ? "attribute:update" : "attribute:insert";
        const added = aliased(codec)
          .filter(({ attributeName }) => build.behavior.pgCodecAttributeMatches([codec, attributeName], behavior))
          .map(({ attributeName, attribute, alias }) => {
            const spec = {
              description: `Another name for ${build.inflection.attribute({ codec, attributeName })}.`,
              type: build.getGraphQLTypeByPgCodec!(attribute.codec, "input"),
            };
            return [alias, fieldWithHooks({ fieldName: alias }, spec as never)];
          });
        return build.extend(fields, Object.fromEntries(added), `Adding second names to ${Self.name}`);
      },

      // Either name will do, so neither is required here; the column says when there is none.
      GraphQLInputObjectType_fields_field(field, build, { scope }) {
        const { pgAttribute, fieldBehaviorScope } = scope;
        const alias = aliasOf(pgAttribute);
        if (!alias || !/:(insert|update)$/.test(fieldBehaviorScope ?? "")) return field;
        field.type = build.graphql.getNullableType<GraphQLInputType>(field.type);
        return field;
      },
    },
  },
};
