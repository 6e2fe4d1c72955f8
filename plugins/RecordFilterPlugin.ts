/**
 * The `filter` argument of lists and single records: the fields of the record, the
 * fields of the records that its relations lead to, and `and`, `or`, `not`. What each
 * field accepts is in RecordFilterOperatorsPlugin.
 */
import type {} from "postgraphile";
import { type PgCodecWithAttributes, PgCondition, type PgConditionCapableParent } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import { applyField, assertGiven, assertWithinFilterLimits, meansEverything } from "../src/records/filters.ts";
import { listRelations } from "../src/records/lists.ts";
import { applyList, applyQuantifier, applyRelation, QUANTIFIERS } from "../src/records/relationFilters.ts";
import { DESCRIBABLE, recordResources, singleRelations } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordFilterPlugin: true;
    }
  }
  namespace GraphileBuild {
    interface ScopeInputObject {
      isRecordFilter?: boolean;
    }
  }
}

const applyAnd = (parent: PgCondition, value: unknown) => {
  assertGiven(value, "and");
  const all = parent.andPlan();
  return () => all.andPlan();
};

const applyOr = (parent: PgCondition, value: unknown) => {
  assertGiven(value, "or");
  // One of none is nothing, not everything.
  if (Array.isArray(value) && value.length === 0) parent.where(sql`false`);
  const any = parent.orPlan();
  if (Array.isArray(value) && value.some(meansEverything)) any.where(sql`true`);
  return () => any.andPlan();
};

const applyNot = (parent: PgCondition, value: unknown) => {
  assertGiven(value, "not");
  if (meansEverything(value)) parent.where(sql`false`);
  return parent.notPlan().andPlan();
};

export const RecordFilterPlugin: GraphileConfig.Plugin = {
  name: "RecordFilterPlugin",
  description: "Adds `filter` to lists of records",
  version: "1.0.0",
  after: ["RecordFilterOperatorsPlugin"],

  schema: {
    hooks: {
      init(_, build) {
        for (const { codec } of recordResources(build)) {
          const recordType = build.inflection.tableType(codec);
          build.registerInputObjectType(
            build.inflection.recordFilterType(recordType),
            { pgCodec: codec, isRecordFilter: true },
            () => ({ description: `Which ${recordType} records are meant; several conditions must all hold.`, extensions: DESCRIBABLE }),
            "RecordFilterPlugin",
          );
          const fieldOf = (name: keyof typeof QUANTIFIERS) => ({
            description: QUANTIFIERS[name].description,
            type: build.getInputTypeByName(build.inflection.recordFilterType(recordType)),
            apply: applyQuantifier(name),
          });
          build.registerInputObjectType(
            build.inflection.listFilterType(recordType),
            {},
            () => ({
              description: `What a list of ${recordType} records is asked; all must hold.`,
              extensions: DESCRIBABLE,
              fields: () => ({ some: fieldOf("some"), every: fieldOf("every"), none: fieldOf("none") }) as never,
            }),
            "RecordFilterPlugin",
          );
        }
        return _;
      },

      GraphQLInputObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        const resource = scope.isRecordFilter && recordResources(build).find((r) => r.codec === codec);
        if (!resource || !codec) return fields;
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        const add = (fieldName: string, spec: object) => {
          added[fieldName] = fieldWithHooks({ fieldName }, spec as never);
        };
        add("and", { type: new GraphQLList(new GraphQLNonNull(Self)), apply: applyAnd });
        add("or", { type: new GraphQLList(new GraphQLNonNull(Self)), apply: applyOr });
        add("not", { type: Self, apply: applyNot });

        for (const attributeName of Object.keys(codec.attributes)) {
          if (!build.behavior.pgCodecAttributeMatches([codec, attributeName], "attribute:filterBy")) continue;
          const operators = build.recordOperatorsTypeName(codec, attributeName);
          if (!operators) continue;
          const fieldName = build.inflection.attribute({ codec, attributeName });
          add(fieldName, { type: build.getInputTypeByName(operators), apply: applyField(attributeName, fieldName) });
        }
        for (const [fieldName, relation] of singleRelations(resource)) {
          const { codec: remoteCodec } = relation.remoteResource;
          const type = build.getTypeByName(build.inflection.recordFilterType(build.inflection.tableType(remoteCodec)));
          if (!type) continue;
          add(fieldName, { type, apply: applyRelation(relation, fieldName) });
        }
        for (const [fieldName, way] of listRelations(resource)) {
          const type = build.getTypeByName(build.inflection.listFilterType(build.inflection.tableType(way.at(-1)!.remoteResource.codec)));
          if (!type || fieldName in added) continue;
          add(fieldName, { type, apply: applyList(way, fieldName) });
        }
        return build.extend(fields, added, `Adding conditions to ${Self.name}`);
      },

      GraphQLObjectType_fields_field_args(args, build, { scope, Self }) {
        const { isPgFieldConnection, pgFieldResource: resource, fieldName } = scope;
        if (!isPgFieldConnection || !resource?.codec.attributes) return args;
        const type = build.getTypeByName(build.inflection.recordFilterType(build.inflection.tableType(resource.codec)));
        if (!type) return args;
        const applyPlan = (
          _$parent: unknown,
          $connection: { getSubplan(): unknown },
          value: { apply($target: unknown, getTarget: (queryBuilder: PgConditionCapableParent, given: unknown) => unknown): void },
        ) =>
          value.apply($connection.getSubplan(), (queryBuilder, given) => {
            if (given == null) return undefined;
            assertWithinFilterLimits(given);
            return new PgCondition(queryBuilder);
          });
        return build.extend(args, { filter: { type, applyPlan } as never }, `Adding filter to ${Self.name}.${fieldName}`);
      },
    },
  },
};
