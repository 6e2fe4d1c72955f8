/**
 * The types of groupBy. Made by hand, as PostGraphile's hooks on each field would cost more than
 * all that they are made of; the many fields of aggregates come when they are first asked for.
 */
import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import { constant, lambda, object, type Step } from "postgraphile/grafast";
import { addFieldsLater } from "../graphql/fieldsLater.ts";
import { type Aggregate, aggregatesOf, TOTAL_COUNT } from "../records/aggregates.ts";
import type { RecordResource } from "../records/resources.ts";
import { GRANULARITIES, WEEK_STARTS } from "./dates.ts";
import { type Column, groupableFields } from "./groupable.ts";
import { DEFAULT_RECORDS } from "./queries.ts";
import type { GroupStep } from "./steps.ts";

export type GroupTypes = { groupBy: GraphQLInputObjectType; orderBy: GraphQLInputObjectType; connection: GraphQLObjectType };
type Fields = GraphQLInputFieldConfigMap;

const enumOf = (name: string, description: string, values: readonly string[]) =>
  new GraphQLEnumType({ name, description, values: Object.fromEntries(values.map((value) => [value, { value }])) });
const fieldsOf = <K, V extends object>(entries: Iterable<[K, V]>, type: (value: V) => GraphQLInputType | undefined): Fields =>
  Object.fromEntries([...entries].map(([name, value]) => [name, { type: type(value)! }]));

const plan = (plan: (...args: never[]) => unknown) => ({ extensions: { grafast: { plan } } as never });

/** Makes the types of one schema: those that all kinds of records share once, the others a kind at a time. */
export class GroupTypeMaker {
  readonly #build: GraphileBuild.Build;
  readonly #granularity = enumOf("GroupByDateGranularity", "By which part of a date records are grouped.", GRANULARITIES);
  readonly #date: GraphQLInputObjectType;
  readonly #list: GraphQLInputObjectType;
  readonly #dateOrder: GraphQLInputObjectType;
  readonly #composites = new Map<string, GraphQLInputObjectType>();
  readonly #records = new Map<RecordResource, GroupTypes>();
  /** To be called when the schema is made. */
  readonly later: (() => void)[] = [];

  constructor(build: GraphileBuild.Build) {
    this.#build = build;
    const weekStart = enumOf("GroupByWeekStartDay", "The day that a week begins with.", WEEK_STARTS);
    this.#date = new GraphQLInputObjectType({
      name: "GroupByDateInput",
      description:
        "How dates are grouped: by day unless told, in weeks from Monday. An instant needs a time zone, unless it is grouped as it is (NONE).",
      fields: { granularity: { type: this.#granularity }, weekStartDay: { type: weekStart }, timeZone: { type: GraphQLString } },
    });
    this.#list = new GraphQLInputObjectType({
      name: "GroupByListInput",
      description: "How lists are grouped: as they are, or by each of their elements (unnest).",
      fields: { unnest: { type: GraphQLBoolean } },
    });
    this.#dateOrder = new GraphQLInputObjectType({
      name: "GroupByDateOrderInput",
      description: "Which way to sort groups by a date that they are grouped by.",
      fields: () => ({ orderBy: { type: new GraphQLNonNull(this.#direction()) }, granularity: { type: this.#granularity } }),
    });
  }

  #direction = () => this.#build.getInputTypeByName("OrderByDirection") as GraphQLEnumType;

  of(resource: RecordResource): GroupTypes {
    const known = this.#records.get(resource);
    if (known) return known;
    const name = this.#build.inflection.tableType(resource.codec);
    const groupBy = new GraphQLInputObjectType({
      name: `${name}GroupByInput`,
      description: `One field to group ${name} records by.`,
      fields: () => this.#groupByFields(resource),
    });
    const aggregate = new GraphQLInputObjectType({
      name: `${name}OrderByAggregateInput`,
      description: "One aggregate to sort groups by.",
      fields: () => ({ totalCount: { type: this.#direction() } }),
    });
    const orderBy = new GraphQLInputObjectType({
      name: `${name}OrderByWithGroupByInput`,
      description: "One key to sort groups by: what they are grouped by, or an aggregate.",
      fields: () => ({ ...this.#orderByFields(resource), aggregate: { type: aggregate } }),
    });
    const connection = this.#connection(name);
    this.later.push(() => {
      const aggregates = aggregatesOf(resource.codec);
      addFieldsLater(aggregate, () => fieldsOf(aggregates, this.#direction));
      addFieldsLater(connection, () =>
        Object.fromEntries(
          [...aggregates].map(([field, one]) => [field, { ...this.#aggregate(one), description: one.description ?? null }]),
        ),
      );
    });
    const types = { groupBy, orderBy, connection };
    this.#records.set(resource, types);
    return types;
  }

  #aggregate(aggregate: Aggregate) {
    const type = this.#build.getGraphQLTypeByPgCodec!(aggregate.codec, "output") as GraphQLOutputType;
    return { type, ...plan(($group: GroupStep) => $group.aggregate(aggregate)) };
  }

  #groupByFields(resource: RecordResource): Fields {
    const columnType = ({ kind }: Column) => (kind === "value" ? GraphQLBoolean : kind === "list" ? this.#list : this.#date);
    return fieldsOf(groupableFields(resource), (field) => {
      if (field.kind === "relation") return this.of(field.relation.remoteResource).groupBy;
      if (field.kind !== "composite") return columnType(field);
      const { type, typeName } = field.composite;
      const known = this.#composites.get(typeName);
      if (known) return known;
      const description = `One part of a field of the type ${type} to group by.`;
      const made = new GraphQLInputObjectType({ name: `${typeName}GroupByInput`, description, fields: fieldsOf(field.parts, columnType) });
      this.#composites.set(typeName, made);
      return made;
    });
  }

  #orderByFields(resource: RecordResource): Fields {
    return fieldsOf(groupableFields(resource), (field) => {
      if (field.kind === "relation") return this.of(field.relation.remoteResource).orderBy;
      if (field.kind === "composite") return this.#build.getInputTypeByName(`${field.composite.typeName}OrderByInput`) as GraphQLInputType;
      return field.kind === "date" || field.kind === "instant" ? this.#dateOrder : this.#direction();
    });
  }

  #connection(name: string): GraphQLObjectType {
    const { inflection } = this.#build;
    const listOf = (typeName: string) =>
      new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(this.#build.getOutputTypeByName(typeName) as GraphQLObjectType)));
    return new GraphQLObjectType({
      name: `${name}GroupByConnection`,
      description: `${name} records that have the same values in what they are grouped by; of the records themselves, the first ${DEFAULT_RECORDS} unless told.`,
      fields: () => ({
        nodes: { type: listOf(name), ...plan(($group: GroupStep) => $group.records("nodes")) },
        edges: { type: listOf(inflection.edgeType(name)), ...plan(($group: GroupStep) => $group.records("edges")) },
        pageInfo: {
          type: new GraphQLNonNull(this.#build.getOutputTypeByName("PageInfo") as GraphQLObjectType),
          ...plan(($group: GroupStep) => pageInfo($group)),
        },
        totalCount: { type: new GraphQLNonNull(GraphQLInt), ...plan(($group: GroupStep) => $group.aggregate(TOTAL_COUNT)) },
        groupByDimensionValues: {
          description: "What the records have in common: a value for each field of groupBy, in their order.",
          type: new GraphQLNonNull(this.#build.getOutputTypeByName("JSON") as never),
          ...plan(($group: GroupStep) => $group.dimensionValues()),
        },
      }),
    });
  }
}

type Page = { first?: number | null; offset?: number | null };

/** Whether the group has records before and behind its page. Groups have no cursors. */
function pageInfo($group: GroupStep): Step {
  const $page = $group.$groups.$page;
  const hasNext = ([total, page]: readonly unknown[]) => {
    const { first, offset } = page as Page;
    return (total as number) > (offset ?? 0) + (first ?? DEFAULT_RECORDS);
  };
  return object({
    hasNextPage: lambda([$group.aggregate(TOTAL_COUNT), $page] as Step[], hasNext),
    hasPreviousPage: lambda(
      [$group.aggregate(TOTAL_COUNT), $page] as Step[],
      ([total, page]) => (total as number) > 0 && ((page as Page).offset ?? 0) > 0,
    ),
    startCursor: constant(null),
    endCursor: constant(null),
  });
}
