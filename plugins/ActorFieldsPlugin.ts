/**
 * Shows createdBy and updatedBy, three columns each, as one object: who it was,
 * by which name, and through what.
 */
import type {} from "postgraphile";
import type { PgCodecAttribute, PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { object } from "postgraphile/grafast";
import { fieldName, fieldType } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ActorFieldsPlugin: true;
    }
  }
}

const planActor = (prefix: string) => ($record: PgSelectSingleStep) =>
  object({
    source: $record.get(`${prefix}_source`),
    workspaceMemberId: $record.get(`${prefix}_workspace_member_id`),
    name: $record.get(`${prefix}_name`),
  });

export const ActorFieldsPlugin: GraphileConfig.Plugin = {
  name: "ActorFieldsPlugin",
  description: "Shows the columns of createdBy and updatedBy as one object each",
  version: "1.0.0",

  schema: {
    entityBehavior: {
      pgCodecAttribute: {
        override: {
          provides: ["actorFields"],
          callback(behavior, [codec, attributeName]) {
            const isPart = fieldType(codec.attributes[attributeName]!) === "ACTOR";
            return isPart ? [behavior, "-select", "-base", "-insert", "-update", "-filterBy", "-orderBy"] : behavior;
          },
        },
      },
    },
    hooks: {
      init(_, build) {
        const { GraphQLString } = build.graphql;
        build.registerObjectType(
          "Actor",
          {},
          () => ({
            description: "Who did something, and through what.",
            fields: () => ({
              source: { type: GraphQLString, description: "API, IMPORT, WORKFLOW, SYSTEM, …" },
              workspaceMemberId: { type: build.getOutputTypeByName("UUID"), description: "The member, when it was one." },
              name: { type: GraphQLString, description: "What they were called then." },
            }),
          }),
          "ActorFieldsPlugin",
        );
        return _;
      },
      GraphQLObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        if (!scope.isPgClassType || !scope.pgCodec?.attributes) return fields;
        const prefixes = new Map<string, string>();
        for (const [column, attribute] of Object.entries<PgCodecAttribute>(scope.pgCodec.attributes)) {
          if (fieldType(attribute) === "ACTOR" && column.endsWith("_source")) {
            prefixes.set(fieldName(attribute)!, column.slice(0, -"_source".length));
          }
        }
        if (!prefixes.size) return fields;
        const actors = [...prefixes].map(([name, prefix]) => [
          name,
          fieldWithHooks({ fieldName: name }, () => ({ type: build.getOutputTypeByName("Actor"), plan: planActor(prefix) })),
        ]);
        return build.extend(fields, Object.fromEntries(actors), `Adding actors to ${Self.name}`);
      },
    },
  },
};
