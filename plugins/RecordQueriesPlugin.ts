/** One record by filter: `company(filter: { id: { eq: … } })`. Lists come from PostGraphile's own PgAllRowsPlugin. */
import type {} from "postgraphile";
import { PgCondition, type PgConditionCapableParent } from "postgraphile/@dataplan/pg";
import { constant, type FieldArgs } from "postgraphile/grafast";
import { assertWithinFilterLimits } from "../src/records/filters.ts";
import { isSoftDeleted, recordResources } from "../src/records/resources.ts";
import { hideDeleted } from "../src/records/softDelete.ts";

declare module "graphql" {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** `mustFind`: null is an error, NOT_FOUND (src/graphql/notFound.ts). */
    relata?: { mustFind?: boolean };
  }
}

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordQueriesPlugin: true;
    }
  }
}

export const RecordQueriesPlugin: GraphileConfig.Plugin = {
  name: "RecordQueriesPlugin",
  description: "Adds the query for a single record",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootQuery) return fields;
        const { GraphQLNonNull } = build.graphql;
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const typeName = build.inflection.tableType(resource.codec);
          const filterType = build.getInputTypeByName(build.inflection.recordFilterType(typeName));
          const fieldName = build.inflection.recordSingle(resource.codec);
          added[fieldName] = fieldWithHooks({ fieldName }, {
            description: `The ${typeName} that the filter means; NOT_FOUND when there is none.`,
            type: build.getOutputTypeByName(typeName),
            // A step that looks at the record would keep its parents out of the one statement.
            extensions: { relata: { mustFind: true } },
            args: { filter: { type: new GraphQLNonNull(filterType) } },
            plan(_$root: unknown, fieldArgs: FieldArgs) {
              const $select = resource.find();
              fieldArgs.apply($select, "filter", ((query: PgConditionCapableParent, filter: unknown) => {
                assertWithinFilterLimits(filter);
                return new PgCondition(query);
              }) as never);
              if (isSoftDeleted(resource.codec)) hideDeleted($select as never, fieldArgs);
              $select.setFirst(constant(1) as never);
              return $select.single();
            },
          } as never);
        }
        return build.extend(fields, added, "Adding single records");
      },
    },
  },
};
