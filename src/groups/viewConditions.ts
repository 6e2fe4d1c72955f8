/**
 * What a condition of a view asks, in the words of the `filter` argument: `{ name: { ilike: "%vil%" } }`.
 * One function a kind of field; undefined for an operand that the kind does not know.
 */
import { type Bounds, relativeBounds, today } from "./relativeDates.ts";

export type Filter = Record<string, unknown>;
/** A condition of a view as it is kept, with its values as a list of texts. */
export type Condition = { field: string; type: string; operand: string; values: string[]; part: string | null };
type Ask = (condition: Condition, at: (inner: Filter) => Filter, me: string | null) => Filter | undefined;

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

function ask(at: (inner: Filter) => Filter, { operand }: Condition, holds: Filter): Filter {
  return operand.startsWith("IS_NOT") || operand.startsWith("DOES_NOT") ? orEmpty(at, holds) : holds;
}

const text: Ask = (condition, at) => {
  const { operand, values } = condition;
  const value = values[0] ?? "";
  if (operand === "IS" || operand === "IS_NOT") return ask(at, condition, at({ eq: value }));
  if (operand === "CONTAINS" || operand === "DOES_NOT_CONTAIN") return ask(at, condition, at({ ilike: pattern(value) }));
  return undefined;
};

const containing =
  (operator: string): Ask =>
  (condition, at) =>
    condition.operand === "CONTAINS" || condition.operand === "DOES_NOT_CONTAIN"
      ? ask(at, condition, at({ [operator]: pattern(condition.values[0] ?? "") }))
      : undefined;

const number: Ask = (condition, at) => {
  const { operand, values } = condition;
  const value = values[0] ?? "";
  if (operand === "GREATER_THAN_OR_EQUAL") return at({ gte: value });
  if (operand === "LESS_THAN_OR_EQUAL") return at({ lte: value });
  return operand === "IS" || operand === "IS_NOT" ? ask(at, condition, at({ eq: value })) : undefined;
};

const choice: Ask = (condition, at) =>
  condition.operand === "IS" || condition.operand === "IS_NOT" ? oneOf(at, condition.operand, condition.values) : undefined;

const rating: Ask = (condition, at, me) => {
  const named = { ...condition, values: condition.values.map((value) => (/^[1-5]$/.test(value) ? `RATING_${value}` : value)) };
  return choice(named, at, me) ?? number(named, at, me);
};

const choices: Ask = ({ operand, values }, at) => {
  if (operand !== "CONTAINS" && operand !== "DOES_NOT_CONTAIN") return undefined;
  const some = values.filter((value) => value !== "");
  const holds = { or: [...(some.length ? [at({ containsAny: some })] : []), ...(some.length < values.length ? [at(isNull)] : [])] };
  if (operand === "CONTAINS") return holds;
  return some.length < values.length ? not(holds) : orEmpty(at, holds);
};

const within = (at: (inner: Filter) => Filter, { from, before }: Bounds, write: (date: Date) => string): Filter =>
  at({ ...(from && { gte: write(from) }), ...(before && { lt: write(before) }) });

const date =
  (isDay: boolean): Ask =>
  (condition, at) => {
    const { operand, values } = condition;
    const now = new Date();
    const write = (one: Date) => (isDay ? one.toISOString().slice(0, 10) : one.toISOString());
    const value = values[0] ?? "";
    const { from, before } = today(now);
    if (operand === "IS_BEFORE") return at({ lt: value });
    if (operand === "IS_AFTER") return at({ gte: value });
    if (operand === "IS_TODAY") return within(at, { from, before }, write);
    if (operand === "IS_IN_PAST") return within(at, { before: isDay ? from : now }, write);
    if (operand === "IS_IN_FUTURE") return within(at, { from: isDay ? before : now }, write);
    if (operand === "IS_RELATIVE") return within(at, relativeBounds(value, isDay, now), write);
    if (operand !== "IS" && operand !== "IS_NOT") return undefined;
    const day = /^\d{4}-\d\d-\d\d$/.test(value) && !isDay && !Number.isNaN(Date.parse(value)) ? today(new Date(value)) : undefined;
    return ask(at, condition, day ? within(at, day, write) : at({ eq: value }));
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

const ids: Ask = ({ operand, values }, at, me) =>
  operand === "IS" || operand === "IS_NOT"
    ? oneOf(
        at,
        operand,
        values.flatMap((value) => idsOf(value, me)),
      )
    : undefined;

const search: Ask = ({ operand, values }, at) => (operand === "VECTOR_SEARCH" ? at({ search: values[0] ?? "" }) : undefined);

const micros: Ask = (condition, at, me) =>
  number({ ...condition, values: condition.values.map((value) => (value === "" ? value : String(Number(value) * 1e6))) }, at, me);

/** Of plain fields by type, and of the parts of composites by type and name. */
export const CONDITIONS: Record<string, Ask> = {
  ARRAY: containing("containsIlike"),
  BOOLEAN: (condition, at) =>
    condition.operand === "IS" || condition.operand === "IS_NOT"
      ? ask(at, condition, at({ eq: condition.values[0] === "true" }))
      : undefined,
  DATE: date(true),
  DATE_TIME: date(false),
  FILES: containing("like"),
  MULTI_SELECT: choices,
  NUMBER: number,
  NUMERIC: number,
  POSITION: number,
  RATING: rating,
  RAW_JSON: containing("like"),
  RELATION: ids,
  SELECT: choice,
  TEXT: text,
  TS_VECTOR: search,
  UUID: choice,
  "ACTOR.source": choice,
  "ACTOR.workspaceMemberId": ids,
  "CURRENCY.amountMicros": micros,
  "CURRENCY.currencyCode": (condition, at, me) => choice(condition, at, me) ?? text(condition, at, me),
  "ADDRESS.addressLat": number,
  "ADDRESS.addressLng": number,
  "EMAILS.additionalEmails": containing("like"),
  "LINKS.secondaryLinks": containing("like"),
  "PHONES.additionalPhones": containing("like"),
};

/** The part that a condition is about when it names none; several are all looked through. */
export const MAIN_PARTS: Record<string, string[]> = {
  ACTOR: ["name"],
  ADDRESS: ["addressStreet1", "addressStreet2", "addressCity", "addressPostcode", "addressState", "addressCountry"],
  CURRENCY: ["amountMicros"],
  EMAILS: ["primaryEmail"],
  FULL_NAME: ["firstName", "lastName"],
  LINKS: ["primaryLinkUrl"],
  PHONES: ["primaryPhoneNumber"],
  RICH_TEXT: ["markdown"],
};

/** Whether a field, or a part of one, is text that is looked through. */
export const isText = (type: string, part?: string): boolean =>
  part ? MAIN_PARTS[type]?.includes(part) === true && !(`${type}.${part}` in CONDITIONS) : type === "TEXT";

export const conditionOf = (type: string, part: string | null): Ask | undefined =>
  part ? (CONDITIONS[`${type}.${part}`] ?? text) : CONDITIONS[type];
