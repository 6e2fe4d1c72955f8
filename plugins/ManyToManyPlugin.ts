/**
 * Many-to-many: a list on each side that goes through the junction, in the statement
 * of its parent. A junction's two keys say in their comments (`@through tags`) which
 * list of the record they point at goes through them: see private.comment_relation.
 */
import type {} from "postgraphile";
import { type PgSelectSingleStep, TYPES } from "postgraphile/@dataplan/pg";
import { connection } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { type Through, throughRelations } from "../src/records/lists.ts";
import { isRecordResource, isSoftDeleted } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ManyToManyPlugin: true;
    }
  }
}

/** An inner join would keep the list out of its parent's statement, and show a pair that is there twice as two. */
const planList =
  ({ toJunction, toOther }: Through) =>
  ($record: PgSelectSingleStep) => {
    const junction = toJunction.remoteResource;
    const $others = toOther.remoteResource.find();
    const pair = sql.identifier(Symbol(junction.name));
    const column = (name: string) => sql`${pair}.${sql.identifier(name)}`;
    const $id = $record.get(toJunction.localAttributes[0]!);
    const conditions = [
      sql`${column(toJunction.remoteAttributes[0]!)} = ${$others.placeholder($id as never, TYPES.uuid)}`,
      sql`${column(toOther.localAttributes[0]!)} = ${$others.alias}.${sql.identifier(toOther.remoteAttributes[0]!)}`,
      ...(isSoftDeleted(junction.codec) ? [sql`${pair}.deleted_at is null`] : []),
    ];
    $others.where(sql`exists (select from ${junction.from as never} as ${pair} where ${sql.join(conditions, " and ")})`);
    return connection($others as never);
  };

export const ManyToManyPlugin: GraphileConfig.Plugin = {
  name: "ManyToManyPlugin",
  description: "Adds the lists of records that are joined many-to-many",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const { isPgClassType, pgTypeResource, pgCodec } = scope;
        const resource = pgTypeResource ?? (pgCodec && build.pgTableResource(pgCodec as never));
        if (!isPgClassType || !isRecordResource(resource)) return fields;
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const through of throughRelations(resource)) {
          const { fieldName } = through;
          const other = through.toOther.remoteResource;
          const type = build.getOutputTypeByName(build.inflection.tableConnectionType(other.codec));
          added[fieldName] = fieldWithHooks({ fieldName, pgFieldResource: other, isPgFieldConnection: true }, {
            description: `Reads and enables pagination through a set of \`${build.inflection.tableType(other.codec)}\`.`,
            type: new build.graphql.GraphQLNonNull(type),
            plan: planList(through),
          } as never);
        }
        return build.extend(fields, added, `Adding many-to-many lists to ${Self.name}`);
      },
    },
  },
};
