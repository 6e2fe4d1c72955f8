/**
 * `companiesGroupBy(groupBy: [{ industry: true }]) { groupByDimensionValues totalCount sumEmployees nodes { … } }`:
 * groups and their aggregates in one statement, the first records of all of them in another.
 * How it is done is in src/groups/.
 */
import { type GraphQLInputObjectType, GraphQLInt, GraphQLList, GraphQLNonNull } from "graphql";
import type {} from "postgraphile";
import { PgCondition } from "postgraphile/@dataplan/pg";
import { applyInput, ConstantStep, constant, type FieldArgs, list, object, type Step } from "postgraphile/grafast";
import { DEFAULT_GROUPS, DEFAULT_RECORDS } from "../src/groups/queries.ts";
import type { Selection } from "../src/groups/selection.ts";
import { GroupsStep } from "../src/groups/steps.ts";
import { GroupTypeMaker } from "../src/groups/types.ts";
import { ViewFilterStep } from "../src/groups/viewStep.ts";
import { assertWithinFilterLimits } from "../src/records/filters.ts";
import { maximumsOf } from "../src/records/maximums.ts";
import { Ordering } from "../src/records/ordering.ts";
import { type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordGroupByPlugin: true;
    }
  }
}

const makers = new WeakMap<object, GroupTypeMaker>();

/** What a filter is applied to. */
function filtered(selection: Selection, filter: unknown): PgCondition | undefined {
  if (filter == null) return undefined;
  assertWithinFilterLimits(filter);
  return new PgCondition(selection as never);
}

function ordered(selection: Selection, orderBy: unknown): (() => Ordering) | undefined {
  if (orderBy == null) return undefined;
  const ordering = new Ordering(selection as never, selection.alias);
  return () => ordering;
}

const planGroups =
  (build: GraphileBuild.Build, resource: RecordResource) =>
  (_$root: Step, fieldArgs: FieldArgs): Step => {
    const { inflection } = build;
    const name = inflection.tableType(resource.codec);
    const raw = (argument: string) => fieldArgs.getRaw(argument);
    const orderType = new GraphQLList(new GraphQLNonNull(build.getInputTypeByName(inflection.orderByType(name)) as never));
    const filterType = build.getInputTypeByName(inflection.recordFilterType(name)) as GraphQLInputObjectType;
    const apply = ($filter: Step) => applyInput(filterType, $filter as never, filtered as never);
    const $viewId = raw("viewId");
    const isAbsent = $viewId instanceof ConstantStep && $viewId.data == null;
    const $viewFilter = isAbsent ? constant(null) : new ViewFilterStep(resource, filterType, $viewId);
    const asked = {
      groupBy: raw("groupBy"),
      filters: list([raw("filter"), $viewFilter]),
      applyFilters: list([apply(raw("filter")), apply($viewFilter)]),
    };
    const $asked = object({ ...asked, orderBy: raw("orderBy"), limit: raw("limit") });
    const $page = object({
      ...asked,
      applyOrder: applyInput(orderType as never, raw("orderByForRecords") as never, ordered as never),
      first: raw("firstForRecords"),
      offset: raw("offsetForRecords"),
    });
    const limits = maximumsOf(build);
    return new GroupsStep(resource, $asked, limits).findRecords($page);
  };

export const RecordGroupByPlugin: GraphileConfig.Plugin = {
  name: "RecordGroupByPlugin",
  description: "Adds groups of records",
  version: "1.0.0",

  schema: {
    hooks: {
      build(build) {
        makers.set(build.input, new GroupTypeMaker(build as GraphileBuild.Build));
        return build;
      },

      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootQuery) return fields;
        const { inflection } = build;
        const maker = makers.get(build.input)!;
        const required = (type: unknown) => new GraphQLNonNull(type as never);
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const name = inflection.tableType(resource.codec);
          const types = maker.make(resource);
          const fieldName = `${inflection.recordPlural(resource.codec)}GroupBy`;
          const orderType = build.getInputTypeByName(inflection.orderByType(name));
          added[fieldName] = fieldWithHooks({ fieldName }, {
            description: `Groups of ${name} records, with aggregates of each.`,
            type: new GraphQLList(required(types.connection)),
            args: {
              groupBy: { type: required(new GraphQLList(required(types.groupBy))), description: "By what, one to three fields." },
              filter: { type: build.getInputTypeByName(inflection.recordFilterType(name)) },
              orderBy: { type: new GraphQLList(required(types.orderBy)), description: "In which order the groups come." },
              orderByForRecords: { type: new GraphQLList(required(orderType)), description: "In which order the records of a group come." },
              viewId: { type: build.getInputTypeByName("UUID"), description: "A view, whose filters apply as well." },
              limit: { type: GraphQLInt, description: `How many groups; ${DEFAULT_GROUPS} unless told.` },
              firstForRecords: { type: GraphQLInt, description: `How many records of each group; ${DEFAULT_RECORDS} unless told.` },
              offsetForRecords: { type: GraphQLInt, description: "How many records of each group to leave out first." },
            },
            plan: planGroups(build, resource),
          } as never);
        }
        return build.extend(fields, added, "Adding groups of records");
      },

      GraphQLSchema_types(types, build) {
        return [...types, ...makers.get(build.input)!.hidden()];
      },

      finalize(schema, build) {
        makers.get(build.input)!.finish();
        return schema;
      },
    },
  },
};
