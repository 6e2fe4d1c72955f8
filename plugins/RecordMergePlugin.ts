/**
 * `mergeCompanies(ids, conflictPriorityIndex, dryRun)`: core.merge_records makes one record of
 * several; what it answers is read like any record. A dry run's has an id that nothing points
 * at, so its lists are empty; the records that it points at are there.
 */
import type {} from "postgraphile";
import { type PgClient, pgSelect, sideEffectWithPgClient, TYPES } from "postgraphile/@dataplan/pg";
import { constant, type FieldArgs, list, type Step } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { upperFirst } from "../src/records/composites.ts";
import { isSoftDeleted, type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordMergePlugin: true;
    }
  }
}

const MERGE = "select core.merge_records($1, $2::uuid[], $3, $4)";
type Asked = readonly [object: string, ids: readonly string[], priority: number, dryRun: boolean | null | undefined];

/** Answers the columns of the one record, as JSON that nobody has parsed: its numbers are as the database has them. */
async function merge(client: PgClient, [object, ids, priority, dryRun]: Asked): Promise<string> {
  const values = [object, `{${ids.join(",")}}`, priority, dryRun ?? false];
  const { rows } = await client.query<string[]>({ text: MERGE, values, arrayMode: true } as never);
  return rows[0]![0]!;
}

const planMerge = (resource: RecordResource, object: string) => (_$root: unknown, fieldArgs: FieldArgs) => {
  const $asked = list([
    constant(object),
    fieldArgs.getRaw("ids"),
    fieldArgs.getRaw("conflictPriorityIndex"),
    fieldArgs.getRaw("dryRun"),
  ] as never);
  const $columns = sideEffectWithPgClient(resource.executor, $asked as never, merge as never) as unknown as Step;
  const $select = pgSelect({
    resource,
    identifiers: [],
    from: {
      callback: ($root) => sql`jsonb_populate_record(null::${resource.from as never}, ${$root.placeholder($columns, TYPES.text)}::jsonb)`,
    },
  });
  return $select.single();
};

export const RecordMergePlugin: GraphileConfig.Plugin = {
  name: "RecordMergePlugin",
  description: "Adds the mutations that make one record of several",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootMutation) return fields;
        const { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull } = build.graphql;
        const uuid = new GraphQLNonNull(build.getInputTypeByName("UUID"));
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const { codec } = resource;
          if (!isSoftDeleted(codec) || !build.behavior.pgResourceMatches(resource, "resource:update")) continue;
          const typeName = build.inflection.tableType(codec);
          const fieldName = `merge${upperFirst(build.inflection.recordPlural(codec))}`;
          added[fieldName] = fieldWithHooks({ fieldName }, {
            description: `Makes one ${typeName} of 2 to 9: the preferred one takes what only the others know and all that belongs to them; the others are deleted.`,
            type: build.getOutputTypeByName(typeName),
            args: {
              ids: { type: new GraphQLNonNull(new GraphQLList(uuid)) },
              conflictPriorityIndex: {
                type: new GraphQLNonNull(GraphQLInt),
                description: "Which of the ids is preferred, counted from 0.",
              },
              dryRun: { type: GraphQLBoolean, description: "Only shows what would come of it." },
            },
            plan: planMerge(resource, build.inflection.recordSingle(codec)),
          } as never);
        }
        return build.extend(fields, added, "Adding merges of records");
      },
    },
  },
};
