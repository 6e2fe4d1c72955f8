/**
 * What an operand of a view asks of a kind of field, in the words of the `filter` argument:
 * `{ name: { ilike: "%vil%" } }`. Undefined for an operand that the kind does not know.
 */
export type Filter = Record<string, unknown>;
/** A condition of a view as it is kept, with its values as a list of texts. */
export type Condition = { field: string; type: string; operand: string; values: string[]; part: string | null };
export type Ask = (condition: Condition, at: (inner: Filter) => Filter, me: string | null) => Filter | undefined;

const isNull = { is: "NULL" };
const not = (filter: Filter): Filter => ({ not: filter });
/** Of a record that has nothing, nothing holds, and so neither does its contrary: it is asked for by name. */
const orEmpty = (at: (inner: Filter) => Filter, filter: Filter): Filter => ({ or: [at(isNull), not(filter)] });
const pattern = (value: string) => `%${value.replace(/[\\%_]/g, "\\$&")}%`;

/** IS and IS_NOT one of the values; the value "" is no value. */
function oneOf(at: (inner: Filter) => Filter, operand: string, values: string[]): Filter {
  const some = values.filter((value) => value !== "");
  const asked = [...(some.length ? [at({ in: some })] : []), ...(some.length < values.length || !values.length ? [at(isNull)] : [])];
  if (operand === "IS") return { or: asked };
  const isEmptyAsked = some.length < values.length;
  return {
    and: [
      ...(some.length ? [isEmptyAsked ? not(at({ in: some })) : orEmpty(at, at({ in: some }))] : []),
      ...(isEmptyAsked ? [not(at(isNull))] : []),
    ],
  };
}

export function ask(at: (inner: Filter) => Filter, { operand }: Condition, holds: Filter): Filter {
  return operand.startsWith("IS_NOT") || operand.startsWith("DOES_NOT") ? orEmpty(at, holds) : holds;
}

export const text: Ask = (condition, at) => {
  const { operand, values } = condition;
  const value = values[0] ?? "";
  if (operand === "IS" || operand === "IS_NOT") return ask(at, condition, at({ eq: value }));
  if (operand === "CONTAINS" || operand === "DOES_NOT_CONTAIN") return ask(at, condition, at({ ilike: pattern(value) }));
  return undefined;
};

export const containing =
  (operator: string): Ask =>
  (condition, at) =>
    condition.operand === "CONTAINS" || condition.operand === "DOES_NOT_CONTAIN"
      ? ask(at, condition, at({ [operator]: pattern(condition.values[0] ?? "") }))
      : undefined;

export const number: Ask = (condition, at) => {
  const { operand, values } = condition;
  const value = values[0] ?? "";
  if (operand === "GREATER_THAN_OR_EQUAL") return at({ gte: value });
  if (operand === "LESS_THAN_OR_EQUAL") return at({ lte: value });
  return operand === "IS" || operand === "IS_NOT" ? ask(at, condition, at({ eq: value })) : undefined;
};

export const choice: Ask = (condition, at) =>
  condition.operand === "IS" || condition.operand === "IS_NOT" ? oneOf(at, condition.operand, condition.values) : undefined;

export const rating: Ask = (condition, at, me) => {
  const named = { ...condition, values: condition.values.map((value) => (/^[1-5]$/.test(value) ? `RATING_${value}` : value)) };
  return choice(named, at, me) ?? number(named, at, me);
};

export const choices: Ask = ({ operand, values }, at) => {
  if (operand !== "CONTAINS" && operand !== "DOES_NOT_CONTAIN") return undefined;
  const some = values.filter((value) => value !== "");
  const holds = { or: [...(some.length ? [at({ containsAny: some })] : []), ...(some.length < values.length ? [at(isNull)] : [])] };
  if (operand === "CONTAINS") return holds;
  return some.length < values.length ? not(holds) : orEmpty(at, holds);
};

/** The values of a relation are ids, or `{"isCurrentWorkspaceMemberSelected": true, "selectedRecordIds": […]}`. */
function idsOf(value: string, me: string | null): string[] {
  if (!value.startsWith("{")) return [value];
  try {
    const { isCurrentWorkspaceMemberSelected: isMe, selectedRecordIds } = JSON.parse(value) as Record<string, unknown>;
    return [...(Array.isArray(selectedRecordIds) ? selectedRecordIds.map(String) : []), ...(isMe && me ? [me] : [])];
  } catch {
    return [value]; // no UUID, as PostgreSQL will say
  }
}

export const ids: Ask = ({ operand, values }, at, me) => {
  if (operand !== "IS" && operand !== "IS_NOT") return undefined;
  const all = values.flatMap((value) => idsOf(value, me));
  return all.length ? oneOf(at, operand, all) : {}; // none was chosen yet
};

export const search: Ask = ({ operand, values }, at) => (operand === "VECTOR_SEARCH" ? at({ search: values[0] ?? "" }) : undefined);

export const micros: Ask = (condition, at, me) =>
  number({ ...condition, values: condition.values.map((value) => (value === "" ? value : String(Number(value) * 1e6))) }, at, me);
