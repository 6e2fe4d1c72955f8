/**
 * What may be asked of a field: `{ eq: … }`, `{ in: […] }`, `{ is: NULL }`. One
 * input type for each kind of value; operands are bound, never spliced.
 */
import type {} from "postgraphile";
import { type PgCodec, type PgCodecWithAttributes, type PgCondition, TYPES } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import { isEmpty } from "../src/records/emptiness.ts";
import { assertGiven, bind, fieldOf, withOperand } from "../src/records/filters.ts";
import { operatorsOf } from "../src/records/operators.ts";
import { DESCRIBABLE, fieldType, recordResources } from "../src/records/resources.ts";
import { assertSearchable, wordsOf } from "../src/records/search.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordFilterOperatorsPlugin: true;
    }
  }
  namespace GraphileBuild {
    interface Build {
      /** The type of what may be asked of a column; undefined when it cannot be filtered by. */
      recordOperatorsTypeName(codec: PgCodecWithAttributes, attributeName: string): string | undefined;
    }
  }
}

export const RecordFilterOperatorsPlugin: GraphileConfig.Plugin = {
  name: "RecordFilterOperatorsPlugin",
  description: "Adds the operators that a filter may ask of each kind of field",
  version: "1.0.0",

  schema: {
    hooks: {
      build(build) {
        return build.extend(
          build,
          {
            recordOperatorsTypeName(codec: PgCodecWithAttributes, attributeName: string) {
              const attribute = codec.attributes[attributeName]!;
              const { codec: valueCodec } = attribute;
              const { inflection } = build;
              if (valueCodec === TYPES.tsvector) return inflection.operatorsType("TSVector");
              const inner = valueCodec.arrayOfCodec;
              // Lists and JSON of metadata's own tables are not to be filtered by.
              if (inner && !fieldType(attribute)) return undefined;
              if (valueCodec.attributes || valueCodec.hasNaturalEquality === false) return undefined;
              if (inner && !inner.isEnum) return inflection.operatorsType("Array");
              const typeName = build.getGraphQLTypeNameByPgCodec!(inner ?? valueCodec, "input");
              return typeName ? inflection.operatorsType(typeName === "JSON" ? "RawJson" : typeName) : undefined;
            },
          },
          "Adding recordOperatorsTypeName",
        );
      },

      init: {
        // The kinds of values are known once codecs have their types.
        after: ["PgCodecs"],
        callback(_, build) {
          const { GraphQLList, GraphQLNonNull, GraphQLString } = build.graphql;
          build.registerEnumType(
            "FilterIs",
            {},
            () => ({ description: "Whether a field is empty.", values: { NULL: { value: "NULL" }, NOT_NULL: { value: "NOT_NULL" } } }),
            "RecordFilterOperatorsPlugin",
          );
          const operatorFields = (codec: PgCodec, typeName: string) => {
            const type = build.getInputTypeByName(typeName);
            const list = new GraphQLList(new GraphQLNonNull(type));
            const fields: Record<string, object> = {
              is: {
                type: build.getInputTypeByName("FilterIs"),
                apply(condition: PgCondition, value: unknown) {
                  const { fragment, path } = fieldOf(condition);
                  assertGiven(value, `${path}.is`);
                  condition.where(value === "NULL" ? isEmpty(codec, fragment) : sql`not (${isEmpty(codec, fragment)})`);
                },
              },
            };
            for (const [name, { compare, codec: operandCodec, takes }] of Object.entries(operatorsOf(codec, typeName))) {
              fields[name] = {
                type: takes === "value" ? type : takes === "list" ? list : build.getInputTypeByName(takes),
                apply: withOperand(operandCodec, (condition, value) => {
                  const { fragment, path } = fieldOf(condition);
                  assertGiven(value, `${path}.${name}`);
                  condition.where(compare(fragment, bind(value, operandCodec)));
                }),
              };
            }
            return fields;
          };

          const searchFields = () => ({
            search: {
              type: GraphQLString,
              apply(condition: PgCondition, value: string) {
                const { fragment, path } = fieldOf(condition);
                assertGiven(value, `${path}.search`);
                assertSearchable(value, path);
                const words = wordsOf(value).join(" & ");
                condition.where(sql`${fragment} @@ to_tsquery('authz.words', ${sql.value(words)})`);
              },
            },
          });

          const seen = new Set<string>();
          for (const { codec } of recordResources(build)) {
            for (const [attributeName, attribute] of Object.entries(codec.attributes)) {
              const operatorsTypeName = build.recordOperatorsTypeName(codec, attributeName);
              if (!operatorsTypeName || seen.has(operatorsTypeName)) continue;
              seen.add(operatorsTypeName);
              const isSearch = fieldType(attribute) === "TS_VECTOR";
              const { codec: own } = attribute;
              const typeName = isSearch
                ? ""
                : build.getGraphQLTypeNameByPgCodec((own.arrayOfCodec as PgCodec | undefined) ?? own, "input")!;
              build.registerInputObjectType(
                operatorsTypeName,
                {},
                () => ({
                  description: "Conditions on one field; all must hold.",
                  extensions: DESCRIBABLE,
                  fields: () => (isSearch ? searchFields() : operatorFields(own, typeName)) as never,
                }),
                "RecordFilterOperatorsPlugin",
              );
            }
          }
          return _;
        },
      },
    },
  },
};
