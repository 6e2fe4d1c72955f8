/** `GET /rest/companies/groupBy?group_by=[{"industry":true}]&aggregate=["sumEmployees"]`: records that have something in common, added up. */
import { type GraphQLInputObjectType, getNamedType } from "graphql";
import { groupByDocument } from "../documents.ts";
import { aggregatesOf, argumentOf, type RestObject } from "../objects.ts";
import type { Operation } from "../operation.ts";
import { filterVariable, WANTED, wantedOf } from "../query/listQuery.ts";
import { orderByOf } from "../query/orderBy.ts";
import { Parameters } from "../query/parameters.ts";
import { refuse } from "../query/tree.ts";
import type { Asked } from "../request.ts";
import { unwrap } from "../selection.ts";

type Row = Record<string, unknown>;
type Group = Row & { groupByDimensionValues: unknown[]; nodes?: Row[] };

const PARAMETERS: ReadonlySet<string> = new Set([
  "group_by",
  "aggregate",
  "filter",
  "order_by",
  "order_by_for_records",
  "view_id",
  "viewId",
  "limit",
  "include_records_sample",
  "records_limit",
  "records_offset",
  "omit_null_values",
  ...WANTED,
]);
const NAMES = {
  groupBy: "group_by",
  orderBy: "order_by",
  orderByForRecords: "order_by_for_records",
  viewId: "view_id",
  firstForRecords: "records_limit",
  offsetForRecords: "records_offset",
};

function dimensionsOf(parameters: Parameters): unknown {
  const text = parameters.text("group_by");
  if (text === undefined) return refuse('group_by says what the records have in common, as [{"industry":true}].', "group_by");
  if (!text.startsWith("["))
    return text.split(",").map((path) =>
      path
        .trim()
        .split(".")
        .reduceRight<unknown>((inner, name) => ({ [name]: inner }), true),
    );
  return parameters.json("group_by");
}

function aggregatesFor(object: RestObject, parameters: Parameters): string[] {
  const names = parameters.names("aggregate") ?? ["totalCount"];
  const known = new Set(aggregatesOf(object));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) refuse(`There is no aggregate ${unknown.slice(0, 60)}.`, `aggregate.${unknown.slice(0, 60)}`);
  return [...new Set(names)];
}

/** In JSON, as GraphQL has it, or `industry[AscNullsFirst],aggregate.totalCount[DescNullsLast]`. */
function orderOf(object: RestObject, parameters: Parameters, parameter: string, argument: string): unknown {
  const text = parameters.text(parameter);
  if (text === undefined) return undefined;
  if (text.startsWith("[")) return parameters.json(parameter);
  const type = getNamedType(argumentOf(object, object.operations.groupBy!, argument)!) as GraphQLInputObjectType;
  return orderByOf(type, text, parameter);
}

export function groupBy({ object, search }: Asked): Operation {
  const parameters = new Parameters(search, PARAMETERS);
  const hasRecords = parameters.flag("include_records_sample") ?? false;
  const variables: Row = {
    groupBy: dimensionsOf(parameters),
    filter: filterVariable(object, parameters),
    orderBy: orderOf(object, parameters, "order_by", "orderBy"),
    orderByForRecords: orderOf(object, parameters, "order_by_for_records", "orderByForRecords"),
    viewId: parameters.text("view_id", "viewId"),
    limit: parameters.whole("limit"),
    firstForRecords: hasRecords ? parameters.whole("records_limit") : undefined,
    offsetForRecords: hasRecords ? parameters.whole("records_offset") : undefined,
  };
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
  const omitsNull = parameters.flag("omit_null_values") ?? false;
  const records = hasRecords ? wantedOf(parameters, 0) : undefined;
  const { text, lists } = groupByDocument(object, Object.keys(given), aggregatesFor(object, parameters), records);
  return {
    text,
    variables: given,
    names: NAMES,
    toAnswer(data) {
      const groups = data["answer"] as Group[];
      const shown = omitsNull ? groups.filter(({ groupByDimensionValues: values }) => !values.includes(null)) : groups;
      if (!hasRecords) return { status: 200, body: shown };
      for (const { nodes = [] } of shown) for (const row of nodes) unwrap(row, lists);
      return { status: 200, body: shown.map(({ nodes, ...group }) => ({ ...group, records: nodes })) };
    },
  };
}
