/** Hides deleted records in lists and behind relations; a filter on `deletedAt` shows them. */
import type {} from "postgraphile";
import type { PgCodecWithAttributes, PgSelectSingleStep, PgSelectStep } from "postgraphile/@dataplan/pg";
import type { ConnectionStep, FieldArgs } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { isSoftDeleted } from "../src/records/resources.ts";
import { hideDeleted } from "../src/records/softDelete.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      SoftDeletePlugin: true;
    }
  }
}

type Plan = (...args: unknown[]) => unknown;

export const SoftDeletePlugin: GraphileConfig.Plugin = {
  name: "SoftDeletePlugin",
  description: "Hides deleted records unless they are asked for",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields_field(field, _build, { scope }) {
        const { isPgFieldConnection, isPgSingleRelationField, pgFieldResource, pgRelationDetails } = scope;
        const plan = field.plan as Plan | undefined;
        const relation = pgRelationDetails?.registry.pgRelations[pgRelationDetails.codec.name]?.[pgRelationDetails.relationName];
        const codec = (pgFieldResource?.codec ?? relation?.remoteResource.codec) as PgCodecWithAttributes | undefined;
        if (!plan || !codec?.attributes || !isSoftDeleted(codec)) return field;

        if (isPgFieldConnection) {
          field.plan = function planWithoutDeleted(this: unknown, ...args: unknown[]) {
            const $connection = plan.apply(this, args) as ConnectionStep<never, never>;
            hideDeleted($connection.getSubplan() as unknown as PgSelectStep, args[1] as FieldArgs);
            return $connection;
          } as never;
        } else if (isPgSingleRelationField) {
          field.plan = function planWithoutDeleted(this: unknown, ...args: unknown[]) {
            const $record = plan.apply(this, args) as PgSelectSingleStep;
            const $select = $record.getClassStep();
            $select.where(sql`${$select.alias}.deleted_at is null`);
            return $record;
          } as never;
        }
        return field;
      },
    },
  },
};
