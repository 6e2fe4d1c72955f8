/**
 * What may be asked of a field: `{ eq: … }`, `{ in: […] }`, `{ is: NULL }`. One
 * input type for each kind of value; operands are bound, never spliced.
 */
import type {} from "postgraphile";
import { listOfCodec, type PgCodec, type PgCodecWithAttributes, type PgCondition, TYPES } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../src/errors.ts";
import { assertGiven, bind, fieldOf, withOperand } from "../src/records/filters.ts";
import { DESCRIBABLE, fieldType, recordResources } from "../src/records/resources.ts";

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

type Operator = (column: SQL, operand: SQL) => SQL;

const COMPARISONS = {
  eq: (column, operand) => sql`${column} = ${operand}`,
  neq: (column, operand) => sql`${column} <> ${operand}`,
  gt: (column, operand) => sql`${column} > ${operand}`,
  gte: (column, operand) => sql`${column} >= ${operand}`,
  lt: (column, operand) => sql`${column} < ${operand}`,
  lte: (column, operand) => sql`${column} <= ${operand}`,
} satisfies Record<string, Operator>;

const TEXTS = {
  like: (column, operand) => sql`${column} like ${operand}`,
  ilike: (column, operand) => sql`${column} ilike ${operand}`,
  startsWith: (column, operand) => sql`starts_with(${column}, ${operand})`,
  endsWith: (column, operand) => sql`right(${column}, length(${operand})) = ${operand}`,
} satisfies Record<string, Operator>;

type Kind = { operators: Record<string, Operator>; hasList: boolean };
const KINDS: Record<string, Kind> = {
  String: { operators: { ...COMPARISONS, ...TEXTS }, hasList: true },
  Boolean: { operators: { eq: COMPARISONS.eq, neq: COMPARISONS.neq }, hasList: false },
};
const ORDERED: Kind = { operators: COMPARISONS, hasList: true };
const CHOICE: Kind = { operators: { eq: COMPARISONS.eq, neq: COMPARISONS.neq }, hasList: true };

/** Every word of the search must begin a word of the record. */
const toPrefixQuery = (search: string): string =>
  search
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => `${word}:*`)
    .join(" & ");

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
              const { codec: valueCodec } = codec.attributes[attributeName]!;
              if (valueCodec === TYPES.tsvector) return build.inflection.operatorsType("TSVector");
              if (valueCodec.arrayOfCodec || valueCodec.attributes || valueCodec.hasNaturalEquality === false) return undefined;
              const typeName = build.getGraphQLTypeNameByPgCodec!(valueCodec, "input");
              return typeName ? build.inflection.operatorsType(typeName) : undefined;
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
          const is = () => ({
            type: build.getInputTypeByName("FilterIs"),
            apply(condition: PgCondition, value: unknown) {
              const { fragment, path } = fieldOf(condition);
              assertGiven(value, `${path}.is`);
              condition.where(value === "NULL" ? sql`${fragment} is null` : sql`${fragment} is not null`);
            },
          });

          const operatorFields = (codec: PgCodec, typeName: string) => {
            const type = build.getInputTypeByName(typeName);
            const { operators, hasList } = KINDS[typeName] ?? (codec.isEnum ? CHOICE : ORDERED);
            const fields: Record<string, object> = { is: is() };
            for (const [name, operator] of Object.entries(operators)) {
              fields[name] = {
                type,
                apply: withOperand(codec, (condition, value) => {
                  const { fragment, path } = fieldOf(condition);
                  assertGiven(value, `${path}.${name}`);
                  condition.where(operator(fragment, bind(value, codec)));
                }),
              };
            }
            if (hasList) {
              const listCodec = listOfCodec(codec as typeof TYPES.text);
              fields["in"] = {
                type: new GraphQLList(new GraphQLNonNull(type)),
                apply: withOperand(listCodec, (condition, value) => {
                  const { fragment, path } = fieldOf(condition);
                  assertGiven(value, `${path}.in`);
                  condition.where(sql`${fragment} = any(${bind(value, listCodec)})`);
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
                if (value.length > 1000)
                  throw new RelataError("LIMIT_EXCEEDED", "A search holds at most 1000 characters.", { field: path });
                condition.where(sql`${fragment} @@ to_tsquery('simple', ${sql.value(toPrefixQuery(value))})`);
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
              const typeName = isSearch ? "" : build.getGraphQLTypeNameByPgCodec(attribute.codec, "input")!;
              build.registerInputObjectType(
                operatorsTypeName,
                {},
                () => ({
                  description: "Conditions on one field; all must hold.",
                  extensions: DESCRIBABLE,
                  fields: () => (isSearch ? searchFields() : operatorFields(attribute.codec, typeName)) as never,
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
