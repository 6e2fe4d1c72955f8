/** `createCompany`, `updateCompany` and `deleteCompany`: one statement each, answering the record. */
import type {} from "postgraphile";
import { pgInsertSingle, pgUpdateSingle } from "postgraphile/@dataplan/pg";
import { constant, type FieldArgs, lambda, type Step, sideEffect } from "postgraphile/grafast";
import { RelataError } from "../src/errors.ts";
import { isSoftDeleted, type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordMutationsPlugin: true;
    }
  }
}

/** A row that no policy shows and a row that is not there are told apart by nobody. */
const assertFound = ($record: Step) =>
  sideEffect($record, (record) => {
    if (record == null) throw new RelataError("NOT_FOUND");
  });

const applyData = (_$parent: unknown, $mutation: unknown, value: { apply($target: unknown): void }) => value.apply($mutation);

const planCreate = (resource: RecordResource) => (_$root: unknown, fieldArgs: FieldArgs) => {
  const $insert = pgInsertSingle(resource);
  fieldArgs.apply($insert);
  return $insert;
};

const planUpdate = (resource: RecordResource) => (_$root: unknown, fieldArgs: FieldArgs) => {
  // Before the update step, which may not come after a side effect it has no part in.
  sideEffect(fieldArgs.getRaw("data"), (data) => {
    if (!Object.values(data ?? {}).some((value) => value !== undefined)) {
      throw new RelataError("BAD_INPUT", "There is nothing to change: give at least one field.", { field: "data" });
    }
  });
  const $update = pgUpdateSingle(resource, { id: fieldArgs.getRaw("id") } as never);
  fieldArgs.apply($update);
  assertFound($update);
  return $update;
};

const planDelete = (resource: RecordResource) => (_$root: unknown, fieldArgs: FieldArgs) => {
  const $id = fieldArgs.getRaw("id");
  const $now = lambda(constant(null), () => new Date().toISOString());
  const $update = pgUpdateSingle(resource, { id: $id } as never, { deleted_at: $now } as never);
  assertFound($update);
  return $update;
};

export const RecordMutationsPlugin: GraphileConfig.Plugin = {
  name: "RecordMutationsPlugin",
  description: "Adds the mutations that create, update and delete a record",
  version: "1.0.0",

  schema: {
    behaviorRegistry: {
      add: {
        "resource:insert": { description: "can records be created?", entities: ["pgResource"] },
        "resource:update": { description: "can records be changed?", entities: ["pgResource"] },
      },
    },
    // PgRBACPlugin takes away what is not granted.
    entityBehavior: { pgResource: ["resource:insert", "resource:update"] },
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootMutation) return fields;
        const { GraphQLNonNull } = build.graphql;
        const required = (name: string) => new GraphQLNonNull(build.getInputTypeByName(name));
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const { codec } = resource;
          const { inflection, behavior } = build;
          const typeName = inflection.tableType(codec);
          const add = (verb: string, description: string, args: object, plan: unknown) => {
            const fieldName = inflection.recordMutation(verb, codec);
            added[fieldName] = fieldWithHooks({ fieldName }, {
              description,
              type: build.getOutputTypeByName(typeName),
              args,
              plan,
            } as never);
          };
          const dataOf = (type: string) => ({ type: required(type), applyPlan: applyData });
          const id = { id: { type: required("UUID") } };
          if (behavior.pgResourceMatches(resource, "resource:insert")) {
            add("create", `Creates a ${typeName}.`, { data: dataOf(inflection.inputType(typeName)) }, planCreate(resource));
          }
          if (behavior.pgResourceMatches(resource, "resource:update")) {
            add(
              "update",
              `Changes the given fields of a ${typeName}.`,
              { ...id, data: dataOf(inflection.patchType(typeName)) },
              planUpdate(resource),
            );
            if (isSoftDeleted(codec)) {
              add("delete", `Marks a ${typeName} as deleted; it can be restored.`, id, planDelete(resource));
            }
          }
        }
        return build.extend(fields, added, "Adding mutations of records");
      },
    },
  },
};
