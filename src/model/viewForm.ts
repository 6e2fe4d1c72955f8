/** The form of a view in a model. */
import { type Check, is, isPlainMap, json, list, map, name, text, truth } from "./checks.ts";
import { VIEW_KEYS } from "./viewKeys.ts";

const number = is("a number", (value) => typeof value === "number" && Number.isFinite(value));
const mapOf =
  (checks: Record<string, Check>, needed: string): Check =>
  (value, path, faults) => {
    map(checks)(value, path, faults);
    if (isPlainMap(value) && value[needed] === undefined) faults.push({ path, message: `This has a ${needed}.` });
  };

/** What has nothing to say but what it is called is that name. */
const orName =
  (whole: Check, brief: Check = name): Check =>
  (value, path, faults) =>
    (isPlainMap(value) ? whole : brief)(value, path, faults);

const field = orName(mapOf({ field: name, isVisible: truth, size: number, aggregateOperation: text }, "field"));
const filter = mapOf({ field: name, subFieldName: text, operand: text, value: json }, "field");
const filterGroup: Check = (value, path, faults) =>
  map({ logicalOperator: text, filters: list(filter), filterGroups: list(filterGroup) })(value, path, faults);

const whole = map(
  {
    renamedFrom: text,
    key: is("INDEX", (value) => value === "INDEX"),
    name: text,
    type: text,
    icon: text,
    isCompact: truth,
    openRecordIn: text,
    mainGroupByField: name,
    shouldHideEmptyGroups: truth,
    kanbanAggregateOperation: text,
    kanbanAggregateOperationField: name,
    calendarField: name,
    calendarLayout: text,
    anyFieldFilterValue: text,
    fields: list(field),
    fieldGroups: list(mapOf({ name: text, isVisible: truth, fields: list(field) }, "name")),
    filters: list(filter),
    filterGroups: list(filterGroup),
    sorts: list(orName(mapOf({ field: name, direction: text }, "field"))),
    groups: list(orName(mapOf({ value: text, isVisible: truth }, "value"), text)),
  },
  VIEW_KEYS,
);

export const view: Check = (value, path, faults) => {
  whole(value, path, faults);
  if (isPlainMap(value) && value["key"] === undefined && value["name"] === undefined) faults.push({ path, message: "A view has a name." });
};
