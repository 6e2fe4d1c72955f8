/**
 * The mutations of records: `createCompany`, `updateCompany`, `deleteCompany`, `restoreCompany`
 * and `destroyCompany`, and the same of many: created from a list, the rest by a filter.
 * What they do is in src/writes.
 */
import type {} from "postgraphile";
import { upperFirst } from "../src/records/composites.ts";
import { isSoftDeleted, recordResources } from "../src/records/resources.ts";
import { planByFilter } from "../src/writes/planByFilter.ts";
import { planCreate, planCreateMany, planDestroy, planMark, planUpdate } from "../src/writes/plans.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordMutationsPlugin: true;
    }
  }
}

export const RecordMutationsPlugin: GraphileConfig.Plugin = {
  name: "RecordMutationsPlugin",
  description: "Adds the mutations that create, update, delete, restore and destroy records",
  version: "1.0.0",

  schema: {
    behaviorRegistry: {
      add: {
        "resource:insert": { description: "can records be created?", entities: ["pgResource"] },
        "resource:update": { description: "can records be changed?", entities: ["pgResource"] },
        "resource:delete": { description: "can records be destroyed?", entities: ["pgResource"] },
      },
    },
    // PgRBACPlugin takes away what is not granted.
    entityBehavior: { pgResource: ["resource:insert", "resource:update", "resource:delete"] },
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootMutation) return fields;
        const { GraphQLBoolean, GraphQLList, GraphQLNonNull, GraphQLString } = build.graphql;
        const { inflection, behavior } = build;
        const required = (name: string) => new GraphQLNonNull(build.getInputTypeByName(name));
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const { codec } = resource;
          const typeName = inflection.tableType(codec);
          const plural = inflection.recordPlural(codec);
          const type = build.getOutputTypeByName(typeName);
          const may = (action: string) => behavior.pgResourceMatches(resource, `resource:${action}` as never);
          const one = (verb: string, description: string, args: object, plan: unknown) => {
            const fieldName = inflection.recordMutation(verb, codec);
            added[fieldName] = fieldWithHooks({ fieldName }, { description, type, args: { ...args }, plan } as never);
          };
          const many = (verb: string, description: string, args: object, plan: unknown) => {
            const fieldName = verb + upperFirst(plural);
            const list = new GraphQLList(new GraphQLNonNull(type));
            added[fieldName] = fieldWithHooks({ fieldName }, { description, type: list, args: { ...args }, plan } as never);
          };
          const id = { id: { type: required("UUID") } };
          const filter = { filter: { type: required(inflection.recordFilterType(typeName)) } };
          if (may("insert")) {
            const input = required(inflection.inputType(typeName));
            const upsert = {
              upsert: {
                type: GraphQLBoolean,
                description: "Change the record instead, when it is there already, by its id or whatever is unique.",
              },
              upsertOn: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)), description: "Find it by these fields alone." },
            };
            one("create", `Creates a ${typeName}.`, { data: { type: input }, ...upsert }, planCreate(build, resource, "data"));
            const inputs = { data: { type: new GraphQLNonNull(new GraphQLList(input)) }, ...upsert };
            many("create", `Creates ${plural}: all of them, or none.`, inputs, planCreateMany(build, resource, "data"));
          }
          if (may("update")) {
            const data = { data: { type: required(inflection.patchType(typeName)) } };
            one("update", `Changes the given fields of a ${typeName}.`, { ...id, ...data }, planUpdate(build, resource, "data"));
            const plan = planByFilter(build, resource, "update", "data");
            many("update", `Changes the given fields of the ${plural} that the filter means.`, { ...data, ...filter }, plan);
          }
          if (may("update") && isSoftDeleted(codec)) {
            one("delete", `Marks a ${typeName} as deleted; it can be restored.`, id, planMark(build, resource, true));
            one("restore", `Takes back that a ${typeName} was deleted.`, id, planMark(build, resource, false));
            const [deletes, restores] = [planByFilter(build, resource, "delete", ""), planByFilter(build, resource, "restore", "")];
            many("delete", `Marks the ${plural} that the filter means as deleted; they can be restored.`, filter, deletes);
            many("restore", `Takes back that the ${plural} that the filter means were deleted.`, filter, restores);
          }
          if (may("delete")) {
            one("destroy", `Takes a ${typeName} away for good.`, id, planDestroy(build, resource));
            const plan = planByFilter(build, resource, "destroy", "");
            many("destroy", `Takes the ${plural} that the filter means away for good.`, filter, plan);
          }
        }
        return build.extend(fields, added, "Adding mutations of records");
      },
    },
  },
};
