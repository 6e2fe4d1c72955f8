/** The input types of groupBy that all kinds of records of a schema share. */
import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import { type RecordResource, recordResources } from "../records/resources.ts";
import { GRANULARITIES, WEEK_STARTS } from "./dates.ts";
import { type Column, type Groupable, groupableFields } from "./groupable.ts";

const enumOf = (name: string, description: string, values: readonly string[]) =>
  new GraphQLEnumType({ name, description, values: Object.fromEntries(values.map((value) => [value, { value }])) });

export const inputFields = <K, V>(entries: Iterable<[K, V]>, type: (value: V) => GraphQLInputType): GraphQLInputFieldConfigMap =>
  Object.fromEntries([...entries].map(([name, value]) => [name, { type: type(value) }]));

export class SharedTypes {
  readonly #build: GraphileBuild.Build;
  readonly #granularity = enumOf("GroupByDateGranularity", "By which part of a date records are grouped.", GRANULARITIES);
  readonly #weekStart = enumOf("GroupByWeekStartDay", "The day that a week begins with.", WEEK_STARTS);
  readonly #composites = new Map<string, GraphQLInputObjectType>();

  readonly #date = new GraphQLInputObjectType({
    name: "GroupByDateInput",
    description: "How dates are grouped: by DAY unless told, in weeks from MONDAY. An instant needs a time zone, but for NONE.",
    fields: { granularity: { type: this.#granularity }, weekStartDay: { type: this.#weekStart }, timeZone: { type: GraphQLString } },
  });
  readonly #list = new GraphQLInputObjectType({
    name: "GroupByListInput",
    description: "How lists are grouped: as they are, or by each of their elements (unnest).",
    fields: { unnest: { type: GraphQLBoolean } },
  });
  readonly #dateOrder = new GraphQLInputObjectType({
    name: "GroupByDateOrderInput",
    description: "Which way to sort groups by a date that they are grouped by.",
    fields: () => ({ orderBy: { type: new GraphQLNonNull(this.direction()) }, granularity: { type: this.#granularity } }),
  });

  constructor(build: GraphileBuild.Build) {
    this.#build = build;
  }

  direction = () => this.#build.getInputTypeByName("OrderByDirection") as GraphQLEnumType;

  /** How a field of one column, or of several, is grouped by; of a relation, whoever knows records says it. */
  groupBy(field: Exclude<Groupable, { kind: "relation" }>): GraphQLInputType {
    const ofColumn = ({ kind }: Column) => (kind === "value" ? GraphQLBoolean : kind === "list" ? this.#list : this.#date);
    if (field.kind !== "composite") return ofColumn(field);
    const { type, typeName } = field.composite;
    const known = this.#composites.get(typeName);
    if (known) return known;
    const made = new GraphQLInputObjectType({
      name: `${typeName}GroupByInput`,
      description: `One part of a field of the type ${type} to group by.`,
      fields: inputFields(field.parts, ofColumn),
    });
    this.#composites.set(typeName, made);
    return made;
  }

  orderBy(field: Exclude<Groupable, { kind: "relation" }>): GraphQLInputType {
    if (field.kind === "composite") return this.#build.getInputTypeByName(`${field.composite.typeName}OrderByInput`) as GraphQLInputType;
    return field.kind === "date" || field.kind === "instant" ? this.#dateOrder : this.direction();
  }

  /** All of them: the types of records name them only when they are asked for their fields. */
  all(): GraphQLNamedType[] {
    const fieldsOf = (resource: RecordResource) => [...groupableFields(resource).values()];
    for (const field of recordResources(this.#build).flatMap(fieldsOf)) if (field.kind === "composite") this.groupBy(field);
    return [this.#date, this.#list, this.#dateOrder, ...this.#composites.values()];
  }
}
