/** The filters of a view as one `filter` argument, so that a view finds what the same filter would. */
import type { GraphQLInputObjectType } from "graphql";
import { getNamedType, isInputObjectType, isListType } from "graphql";
import { RelataError } from "../errors.ts";
import { MEANT } from "../records/emptiness.ts";
import { conditionOf, isText, MAIN_PARTS } from "./viewConditions.ts";
import type { Condition, Filter } from "./viewOperands.ts";

type Group = { id: string; parent: string | null; operator: "AND" | "OR" | "NOT" };
export type KeptFilter = { field: string; type: string; operand: string; values: string[]; part: string | null; group: string | null };
/** A view as viewStep.ts reads it. */
export type KeptView = {
  filters: KeptFilter[];
  groups: Group[];
  anyField: string | null;
  /** The text fields of the object, for what any field must hold. */
  texts: { field: string; type: string }[];
  member: string | null;
};

const refuse = (field: string, operand: string): never => {
  throw new RelataError("VIEW_INVALID", `The view's filter ${operand} on ${field} cannot be asked of records.`, { field: "viewId" });
};

const EMPTINESS = new Set(["IS_EMPTY", "IS_NOT_EMPTY", "IS_NOT_NULL"]);
const NEEDS_NO_VALUE = new Set([...EMPTINESS, "IS_TODAY", "IS_IN_PAST", "IS_IN_FUTURE"]);
const either = (filters: Filter[]): Filter => (filters.length === 1 ? filters[0]! : { or: filters });

const nameOf = ({ field, type }: Condition) => (type === "RELATION" ? `${field}Id` : field);
const at = (condition: Condition, part: string | null) => (inner: Filter) => ({ [nameOf(condition)]: part ? { [part]: inner } : inner });

function filterOf(condition: Condition, member: string | null): Filter {
  const { field, type, operand, part } = condition;
  const partsOf = (of: Record<string, string[]>) => (part ? [part] : (of[type] ?? [null]));
  if (EMPTINESS.has(operand)) {
    const empty = { and: partsOf(MEANT).map((one) => at(condition, one)({ is: "NULL" })) };
    return operand === "IS_EMPTY" ? empty : { not: empty };
  }
  const filters = partsOf(MAIN_PARTS).map(
    (one) => conditionOf(type, one)?.(condition, at(condition, one), member) ?? refuse(field, operand),
  );
  return /NOT/.test(operand) ? { and: filters } : either(filters);
}

/** A condition whose value nobody has given yet asks nothing. */
const isAsked = ({ operand, values }: KeptFilter) => values.length > 0 || NEEDS_NO_VALUE.has(operand);

function groupOf(view: KeptView, parent: string | null): Filter[] {
  const own = view.filters
    .filter((one) => one.group === parent && isAsked(one))
    .map((one) => filterOf(one, view.member))
    .filter((filter) => Object.keys(filter).length > 0);
  const inner = view.groups
    .filter((group) => group.parent === parent)
    .flatMap(({ id, operator }) => {
      const filters = groupOf(view, id);
      // A group of nothing asks nothing.
      if (!filters.length) return [];
      return [operator === "AND" ? { and: filters } : operator === "OR" ? { or: filters } : { not: { or: filters } }];
    });
  return [...own, ...inner];
}

function anyFieldOf({ texts, anyField, member }: KeptView): Filter[] {
  if (!anyField) return [];
  return [
    either(
      texts
        .filter(({ type }) => type === "TEXT" || MAIN_PARTS[type]?.some((part) => isText(type, part)))
        .map((one) => filterOf({ ...one, operand: "CONTAINS", values: [anyField], part: null }, member)),
    ),
  ];
}

/** Refuses what the filter's type does not know: it would be passed over, and everything found. */
function assertKnown(type: GraphQLInputObjectType, filter: unknown): void {
  if (Array.isArray(filter)) {
    for (const one of filter) assertKnown(type, one);
    return;
  }
  const fields = type.getFields();
  for (const [name, inner] of Object.entries(filter as Filter)) {
    const field = fields[name];
    if (!field)
      throw new RelataError("VIEW_INVALID", `The view's filters ask for ${name}, which cannot be filtered by.`, { field: "viewId" });
    const named = getNamedType(field.type);
    if (isInputObjectType(named)) assertKnown(named, inner);
    else if (isListType(field.type) !== Array.isArray(inner)) refuse(name, "with these values");
  }
}

/** The filter that a view means; VIEW_INVALID when one of its conditions cannot be asked. */
export function filterOfView(type: GraphQLInputObjectType, view: KeptView): Filter {
  const filter = { and: [...groupOf(view, null), ...anyFieldOf(view)] };
  assertKnown(type, filter);
  return filter;
}
