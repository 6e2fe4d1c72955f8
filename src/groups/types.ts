/**
 * The types of groupBy. Made by hand, as PostGraphile's hooks on each field would cost more than
 * all that they are made of; and their fields are made when they are first asked for.
 */
import {
  type GraphQLFieldConfigMap,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
} from "graphql";
import type { PgCodecWithAttributes } from "postgraphile/@dataplan/pg";
import { constant, lambda, object, type Step } from "postgraphile/grafast";
import { addFieldsLater } from "../graphql/fieldsLater.ts";
import { aggregatesOf, TOTAL_COUNT } from "../records/aggregates.ts";
import type { RecordResource } from "../records/resources.ts";
import type { GroupStep } from "./group.ts";
import { type Groupable, groupableFields } from "./groupable.ts";
import { DEFAULT_RECORDS } from "./queries.ts";
import { inputFields, SharedTypes } from "./sharedTypes.ts";

export type GroupTypes = { groupBy: GraphQLInputObjectType; orderBy: GraphQLInputObjectType; connection: GraphQLObjectType };
type OutputFields = GraphQLFieldConfigMap<unknown, unknown>;
/** A type, and what will be its fields. */
type Later = [type: GraphQLInputObjectType | GraphQLObjectType, make: () => never];

const plan = (plan: ($group: GroupStep) => unknown) => ({ extensions: { grafast: { plan } } as never });

/** The types of one schema. */
export class GroupTypeMaker {
  readonly #build: GraphileBuild.Build;
  readonly #shared: SharedTypes;
  readonly #made = new Map<PgCodecWithAttributes, GroupTypes>();
  readonly #later: Later[] = [];

  constructor(build: GraphileBuild.Build) {
    this.#build = build;
    this.#shared = new SharedTypes(build);
  }

  /** Those that no field of a finished schema leads to yet. */
  hidden(): GraphQLNamedType[] {
    return [...this.#shared.all(), ...this.#later.map(([type]) => type)];
  }

  /** To be called when the schema is made. */
  finish(): void {
    for (const [type, make] of this.#later.splice(0)) addFieldsLater(type, make);
  }

  of({ codec }: RecordResource): GroupTypes {
    return this.#made.get(codec)!;
  }

  make(resource: RecordResource): GroupTypes {
    const name = this.#build.inflection.tableType(resource.codec);
    const input = (suffix: string, description: string, make: () => object) => {
      const type = new GraphQLInputObjectType({ name: name + suffix, description, fields: {} });
      this.#later.push([type, make as () => never]);
      return type;
    };
    const ofEach = (ofOne: (field: Groupable) => GraphQLInputObjectType | ReturnType<SharedTypes["groupBy"]>) => () =>
      inputFields(groupableFields(resource), ofOne);

    const groupBy = input(
      "GroupByInput",
      `One field to group ${name} records by.`,
      ofEach((field) => (field.kind === "relation" ? this.of(field.relation.remoteResource).groupBy : this.#shared.groupBy(field))),
    );
    const aggregate = input("OrderByAggregateInput", "One aggregate to sort groups by.", () =>
      inputFields([[TOTAL_COUNT.name, TOTAL_COUNT], ...aggregatesOf(resource.codec)], this.#shared.direction),
    );
    const ordered = ofEach((field) =>
      field.kind === "relation" ? this.of(field.relation.remoteResource).orderBy : this.#shared.orderBy(field),
    );
    const orderBy = input("OrderByWithGroupByInput", "One key to sort groups by: what they are grouped by, or an aggregate.", () => ({
      ...ordered(),
      aggregate: { type: aggregate },
    }));
    const connection = new GraphQLObjectType({
      name: `${name}GroupByConnection`,
      description: `${name} records that are alike in what they are grouped by; of the records themselves the first ${DEFAULT_RECORDS}, unless told.`,
      fields: {},
    });
    this.#later.push([connection, (() => ({ ...this.#connectionFields(name), ...this.#aggregateFields(resource) })) as () => never]);
    const types = { groupBy, orderBy, connection };
    this.#made.set(resource.codec, types);
    return types;
  }

  #aggregateFields({ codec }: RecordResource): OutputFields {
    const fields = [...aggregatesOf(codec)].map(([name, aggregate]) => {
      const type = this.#build.getGraphQLTypeByPgCodec!(aggregate.codec, "output") as GraphQLOutputType;
      return [name, { type, description: aggregate.description ?? null, ...plan(($group) => $group.aggregate(aggregate)) }];
    });
    return Object.fromEntries(fields) as OutputFields;
  }

  #connectionFields(name: string): OutputFields {
    const typeOf = (typeName: string) => this.#build.getOutputTypeByName(typeName) as GraphQLObjectType;
    const listOf = (typeName: string) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(typeOf(typeName))));
    return {
      nodes: { type: listOf(name), ...plan(($group) => $group.records("nodes")) },
      edges: { type: listOf(this.#build.inflection.edgeType(name)), ...plan(($group) => $group.records("edges")) },
      pageInfo: { type: new GraphQLNonNull(typeOf("PageInfo")), ...plan(pageInfo) },
      totalCount: { type: new GraphQLNonNull(GraphQLInt), ...plan(($group) => $group.aggregate(TOTAL_COUNT)) },
      groupByDimensionValues: {
        description: "What the records have in common: a value for each field of groupBy, in their order.",
        type: new GraphQLNonNull(typeOf("JSON")),
        ...plan(($group) => $group.dimensionValues()),
      },
    };
  }
}

type Page = { first?: number | null; offset?: number | null };

/** Whether the group has records before and behind its page. Groups have no cursors. */
function pageInfo($group: GroupStep): Step {
  const asked = [$group.aggregate(TOTAL_COUNT), $group.$groups.$page] as Step[];
  const tell = (of: (total: number, page: Page) => boolean) => lambda(asked, ([total, page]) => of(total as number, page as Page));
  return object({
    hasNextPage: tell((total, { first, offset }) => total > (offset ?? 0) + (first ?? DEFAULT_RECORDS)),
    hasPreviousPage: tell((total, { offset }) => total > 0 && (offset ?? 0) > 0),
    startCursor: constant(null),
    endCursor: constant(null),
  });
}
