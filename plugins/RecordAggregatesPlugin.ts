/**
 * Aggregates on every list of records: `companies { totalCount sumEmployees }`. They are of
 * all that the filter finds, not of the page; those selected of one list are one statement, or
 * part of their parent's. Which there are, src/records/aggregates.ts tells.
 */
import type { GraphQLFieldConfigMap, GraphQLObjectType } from "graphql";
import type {} from "postgraphile";
import type { PgCodecWithAttributes, PgSelectStep } from "postgraphile/@dataplan/pg";
import type { ConnectionStep } from "postgraphile/grafast";
import { addFieldsLater } from "../src/graphql/fieldsLater.ts";
import { type Aggregate, aggregatesOf } from "../src/records/aggregates.ts";
import { isRecordResource } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordAggregatesPlugin: true;
    }
  }
}

const planAggregate =
  ({ expression, codec, isNullable }: Aggregate) =>
  ($connection: ConnectionStep<never, never>) => {
    const $all = $connection.cloneSubplanWithoutPagination("aggregate" as never) as unknown as PgSelectStep;
    return $all.singleAsRecord().select(expression($all.alias) as never, codec, !isNullable);
  };

function fieldsOf(build: GraphileBuild.Build, codec: PgCodecWithAttributes): GraphQLFieldConfigMap<unknown, unknown> {
  const fields: GraphQLFieldConfigMap<unknown, unknown> = {};
  for (const [name, aggregate] of aggregatesOf(codec)) {
    const { description } = aggregate;
    const type = build.getGraphQLTypeByPgCodec!(aggregate.codec, "output") as GraphQLObjectType;
    fields[name] = { description: description ?? null, type, extensions: { grafast: { plan: planAggregate(aggregate) } } as never };
  }
  return fields;
}

const connections = new WeakMap<object, Map<GraphQLObjectType, PgCodecWithAttributes>>();

export const RecordAggregatesPlugin: GraphileConfig.Plugin = {
  name: "RecordAggregatesPlugin",
  description: "Adds aggregates to lists of records",
  version: "1.0.0",

  schema: {
    hooks: {
      build(build) {
        connections.set(build.input, new Map());
        return build;
      },

      GraphQLObjectType_fields(fields, build, { scope, Self }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        if (!scope.isPgConnectionRelated || !scope.isConnectionType || !codec?.attributes) return fields;
        if (isRecordResource(build.pgTableResource(codec as never))) connections.get(build.input)!.set(Self, codec);
        return fields;
      },

      finalize(schema, build) {
        for (const [type, codec] of connections.get(build.input) ?? []) addFieldsLater(type, () => fieldsOf(build, codec));
        return schema;
      },
    },
  },
};
