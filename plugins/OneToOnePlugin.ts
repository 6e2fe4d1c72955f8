/**
 * One-to-one: the other side is a single record and not a list. PostgreSQL keeps it
 * so among living records only, by an index and no constraint, so PostGraphile is
 * told by the key's comment (`@oneToOne`).
 */
import type {} from "postgraphile";
import type { PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { type RecordRelation, type RecordResource, relationsOf } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      OneToOnePlugin: true;
    }
  }
}

const isOneToOne = ({ isReferencee, extensions }: Pick<RecordRelation, "isReferencee" | "extensions">): boolean =>
  Boolean(isReferencee && extensions?.tags?.oneToOne);

export const OneToOnePlugin: GraphileConfig.Plugin = {
  name: "OneToOnePlugin",
  description: "Makes a single record of the other side of a one-to-one",
  version: "1.0.0",

  gather: {
    hooks: {
      pgRelations_relation(_info: unknown, { relation }: { relation: RecordRelation }) {
        if (isOneToOne(relation)) relation.isUnique = true;
      },
    },
  } as never,

  schema: {
    hooks: {
      GraphQLObjectType_fields_field: {
        // SoftDeletePlugin puts its condition on the plan that is made here.
        before: ["SoftDeletePlugin"],
        callback(field, build, { scope }) {
          const { isPgSingleRelationField, pgRelationDetails } = scope;
          if (!isPgSingleRelationField || !pgRelationDetails) return field;
          const { codec, relationName } = pgRelationDetails;
          const resource = build.pgTableResource(codec) as RecordResource | null;
          const relation = resource && relationsOf(resource).find(([name]) => name === relationName)?.[1];
          if (!relation || !isOneToOne(relation)) return field;
          const { remoteResource, localAttributes, remoteAttributes } = relation;
          // The stock plan wants a constraint that says that there is one.
          field.plan = function planOther($record: PgSelectSingleStep) {
            return remoteResource.find({ [remoteAttributes[0]!]: $record.get(localAttributes[0]!) } as never).single();
          } as never;
          return field;
        },
      },
    },
  },
};
