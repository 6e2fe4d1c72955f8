/** The operation that groups the records of an object. */
import type { GraphQLObjectType } from "graphql";
import { getNamedType } from "graphql";
import { aggregatesOf, type RestObject } from "../objects.ts";
import { query } from "./common.ts";
import type { Components } from "./components.ts";
import { list, object, operation, WANTED } from "./operation.ts";
import type { Json } from "./scalars.ts";

export function groupBy(of: RestObject, components: Components, tag: string): Json {
  const { operations, schema, plural } = of;
  const type = getNamedType(schema.getQueryType()!.getFields()[operations.groupBy!]!.type) as GraphQLObjectType;
  const fields = type.getFields();
  const aggregates = aggregatesOf(of).filter((name) => fields[name]);
  const group = components.ref(`${of.typeName}Group`, () => ({
    description: `Records of ${plural} that have something in common.`,
    ...object(
      {
        groupByDimensionValues: { ...list({}), description: "What they have in common, in the order of group_by." },
        ...Object.fromEntries(aggregates.map((name) => [name, components.of(fields[name]!.type, false)])),
        records: list(components.record(of)),
      },
      ["groupByDimensionValues"],
    ),
  }));
  const text = { type: "string" };
  return operation(tag, {
    id: operations.groupBy!,
    summary: `Group ${plural}`,
    description: "Adds up the records that have something in common.",
    parameters: ["filter", "orderBy", "limit", ...WANTED],
    more: [
      query("group_by", "What they are to have in common: JSON, or names with commas between.", text, {
        required: true,
        example: '[{"createdAt":{"granularity":"MONTH","timeZone":"UTC"}}]',
      }),
      query("aggregate", `Names of aggregates with commas between, or as a JSON list: ${aggregates.slice(0, 6).join(", ")}, ….`, text, {
        example: "totalCount",
      }),
      query("order_by_for_records", "How the records of a group are sorted.", text),
      query("view_id", "Only what this view shows.", { type: "string", format: "uuid" }),
      query("include_records_sample", "Whether some records of each group come along.", { type: "boolean", default: false }),
      query("records_limit", "How many of each group.", { type: "integer", minimum: 0 }),
      query("records_offset", "How many of each group to leave out first.", { type: "integer", minimum: 0 }),
      query("omit_null_values", "Leaves out groups of what is empty.", { type: "boolean", default: false }),
    ],
    answer: list(group),
  });
}
