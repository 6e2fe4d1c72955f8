/**
 * Views and what they are made of are rows that members write themselves:
 * `createView(input:)`, `updateView(id:, input:)`, `deleteView`, `restoreView` and
 * `destroyView`, and the same for every table of core that is granted so.
 */
import type {} from "postgraphile";
import { upperFirst } from "../src/records/composites.ts";
import { isSoftDeleted, recordResources } from "../src/records/resources.ts";
import { planCreate, planCreateMany, planDestroy, planMark, planUpdate, planUpdateEach } from "../src/writes/plans.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ViewMutationsPlugin: true;
    }
  }
}

const updateManyType = (typeName: string) => `UpdateMany${typeName}sInput`;

export const ViewMutationsPlugin: GraphileConfig.Plugin = {
  name: "ViewMutationsPlugin",
  description: "Adds the mutations of views and of what they are made of",
  version: "1.0.0",
  after: ["RelataInflectionPlugin"],

  inflection: {
    replace: {
      inputType: (previous, _preset, typeName) => (typeName.startsWith("View") ? `Create${typeName}Input` : previous!(typeName)),
      patchType: (previous, _preset, typeName) => (typeName.startsWith("View") ? `Update${typeName}Input` : previous!(typeName)),
    },
  },

  schema: {
    behaviorRegistry: {
      add: {
        "resource:insert": { description: "can rows be created?", entities: ["pgResource"] },
        "resource:update": { description: "can rows be changed?", entities: ["pgResource"] },
        "resource:delete": { description: "can rows be destroyed?", entities: ["pgResource"] },
      },
    },
    // PgRBACPlugin takes away what is not granted.
    entityBehavior: { pgResource: ["resource:insert", "resource:update", "resource:delete"] },
    hooks: {
      init(_, build) {
        for (const { codec } of recordResources(build)) {
          const typeName = build.inflection.tableType(codec);
          build.registerInputObjectType(
            updateManyType(typeName),
            {},
            () => ({
              description: `What to change of one ${typeName}.`,
              fields: () => ({
                id: { type: new build.graphql.GraphQLNonNull(build.getInputTypeByName("UUID")) },
                update: { type: new build.graphql.GraphQLNonNull(build.getInputTypeByName(build.inflection.patchType(typeName))) },
              }),
            }),
            "ViewMutationsPlugin",
          );
        }
        return _;
      },

      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootMutation) return fields;
        const { inflection, behavior } = build;
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        const required = (name: string) => new GraphQLNonNull(build.getInputTypeByName(name));
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const typeName = inflection.tableType(resource.codec);
          const type = build.getOutputTypeByName(typeName);
          const add = (verb: string, description: string, args: object, plan: unknown, many = false) => {
            const fieldName = many
              ? verb + upperFirst(inflection.recordPlural(resource.codec))
              : inflection.recordMutation(verb, resource.codec);
            const answer = many ? new GraphQLList(new GraphQLNonNull(type)) : type;
            added[fieldName] = fieldWithHooks({ fieldName }, { description, type: answer, args, plan } as never);
          };
          const id = { id: { type: required("UUID") } };
          const input = (name: string) => ({ input: { type: required(name) } });
          const may = (action: string) => behavior.pgResourceMatches(resource, `resource:${action}` as never);
          if (may("insert")) {
            const inputType = inflection.inputType(typeName);
            add("create", `Creates a ${typeName}.`, input(inputType), planCreate(build, resource, "input"));
            const inputs = { inputs: { type: new GraphQLNonNull(new GraphQLList(required(inputType))) } };
            add("createMany", `Creates each ${typeName}, or none.`, inputs, planCreateMany(build, resource, "inputs"), true);
          }
          if (may("update")) {
            const many = { inputs: { type: new GraphQLNonNull(new GraphQLList(required(updateManyType(typeName)))) } };
            add("updateMany", `Changes each ${typeName}, or none.`, many, planUpdateEach(build, resource, "inputs"), true);
            const patch = { ...id, ...input(inflection.patchType(typeName)) };
            add("update", `Changes the given fields of a ${typeName}.`, patch, planUpdate(build, resource, "input"));
            if (isSoftDeleted(resource.codec)) {
              add("delete", `Marks a ${typeName} as deleted; it can be restored.`, id, planMark(build, resource, true));
              add("restore", `Takes back that a ${typeName} was deleted.`, id, planMark(build, resource, false));
            }
          }
          if (may("delete")) add("destroy", `Takes a ${typeName} away for good.`, id, planDestroy(build, resource));
        }
        return build.extend(fields, added, "Adding mutations of views");
      },
    },
  },
};
