/**
 * The `orderBy` argument: `[{ createdAt: DescNullsLast }, { company: { name: … } }]`.
 * The id follows as the last key, so that every order is a total one and cursors hold.
 */
import type {} from "postgraphile";
import type { PgCodecWithAttributes, PgSelectQueryBuilder } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import { RelataError } from "../src/errors.ts";
import { applyKey, type Direction, Ordering } from "../src/records/ordering.ts";
import { DESCRIBABLE, fieldPart, isSoftDeleted, type RecordRelation, recordResources, singleRelations } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordOrderByPlugin: true;
    }
  }
  namespace GraphileBuild {
    interface ScopeInputObject {
      isRecordOrderBy?: boolean;
    }
  }
}

const DIRECTIONS: Record<string, Direction> = {
  AscNullsFirst: { direction: "ASC", nulls: "FIRST" },
  AscNullsLast: { direction: "ASC", nulls: "LAST" },
  DescNullsFirst: { direction: "DESC", nulls: "FIRST" },
  DescNullsLast: { direction: "DESC", nulls: "LAST" },
};

const MAX_KEYS = 20;
const MAX_DEPTH = 5;

const applyRelation = (relation: RecordRelation) => (from: Ordering, value: unknown) => {
  if (value == null) return;
  const known = from.joined.get(relation);
  if (known) return known;
  const { query, alias } = from;
  const { localAttributes, remoteAttributes, remoteResource } = relation;
  const joined = sql.identifier(Symbol(remoteResource.name));
  const conditions = localAttributes.map(
    (local, i) => sql`${alias}.${sql.identifier(local)} = ${joined}.${sql.identifier(remoteAttributes[i]!)}`,
  );
  // A deleted record is not seen behind the relation; and of a one-to-one there may be several.
  if (isSoftDeleted(remoteResource.codec)) conditions.push(sql`${joined}.deleted_at is null`);
  query.join({ type: "left", from: remoteResource.from as never, alias: joined, conditions });
  const ordering = new Ordering(query, joined, true);
  from.joined.set(relation, ordering);
  return ordering;
};

/** Every key in an object of its own: the order of two keys in one object is nobody's to say. */
function assertSingleKeys(value: unknown, path: string, depth = 1): void {
  const isTooMuch = (value as unknown[]).length > MAX_KEYS || depth > MAX_DEPTH;
  if (isTooMuch)
    throw new RelataError("LIMIT_EXCEEDED", `orderBy holds at most ${MAX_KEYS} keys, ${MAX_DEPTH} relations deep.`, { field: path });
  for (const item of value as Record<string, unknown>[]) {
    const keys = Object.entries(item).filter(([, v]) => v != null);
    if (keys.length > 1) throw new RelataError("BAD_INPUT", "Give each key of orderBy an object of its own.", { field: path });
    const [name, inner] = keys[0] ?? [];
    if (name && typeof inner === "object" && inner !== null && !("direction" in inner))
      assertSingleKeys([inner], `${path}.${name}`, depth + 1);
  }
}

export const RecordOrderByPlugin: GraphileConfig.Plugin = {
  name: "RecordOrderByPlugin",
  description: "Adds `orderBy` to lists of records",
  version: "1.0.0",

  schema: {
    hooks: {
      init(_, build) {
        const values = Object.fromEntries(Object.entries(DIRECTIONS).map(([name, value]) => [name, { value }]));
        build.registerEnumType("OrderByDirection", {}, () => ({ description: "Which way to sort.", values }), "RecordOrderByPlugin");
        for (const { codec } of recordResources(build)) {
          build.registerInputObjectType(
            build.inflection.orderByType(build.inflection.tableType(codec)),
            { pgCodec: codec, isRecordOrderBy: true },
            () => ({ description: "One key to sort by.", extensions: DESCRIBABLE }),
            "RecordOrderByPlugin",
          );
        }
        return _;
      },

      GraphQLInputObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        const resource = scope.isRecordOrderBy && recordResources(build).find((r) => r.codec === codec);
        if (!resource || !codec) return fields;
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const [attributeName, attribute] of Object.entries(codec.attributes)) {
          const canOrder = build.behavior.pgCodecAttributeMatches([codec, attributeName], "attribute:orderBy") || attribute.codec.isEnum;
          if (!canOrder || fieldPart(attribute)) continue;
          const fieldName = build.inflection.attribute({ codec, attributeName });
          added[fieldName] = fieldWithHooks({ fieldName }, {
            type: build.getInputTypeByName("OrderByDirection"),
            apply: applyKey(codec, attributeName),
          } as never);
        }
        for (const [fieldName, relation] of singleRelations(resource)) {
          const type = build.getTypeByName(build.inflection.orderByType(build.inflection.tableType(relation.remoteResource.codec)));
          if (!type) continue;
          added[fieldName] = fieldWithHooks({ fieldName }, { type, apply: applyRelation(relation) } as never);
        }
        return build.extend(fields, added, `Adding keys to ${Self.name}`);
      },

      GraphQLObjectType_fields_field_args(args, build, { scope, Self }) {
        const { isPgFieldConnection, pgFieldResource: resource, fieldName } = scope;
        if (!isPgFieldConnection || !resource?.codec.attributes) return args;
        const type = build.getTypeByName(build.inflection.orderByType(build.inflection.tableType(resource.codec)));
        if (!type) return args;
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        const applyPlan = (_$parent: unknown, $connection: { getSubplan(): unknown }, value: { apply(...args: unknown[]): void }) =>
          value.apply($connection.getSubplan(), (query: PgSelectQueryBuilder, given: unknown) => {
            if (given == null) return undefined;
            assertSingleKeys(given, "orderBy");
            const ordering = new Ordering(query);
            return () => ordering;
          });
        return build.extend(
          args,
          { orderBy: { type: new GraphQLList(new GraphQLNonNull(type as never)), applyPlan } as never },
          `Adding orderBy to ${Self.name}.${fieldName}`,
        );
      },
    },
  },
};
