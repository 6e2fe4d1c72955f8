/** Which function of viewOperands.ts asks of which field, or part of one. */
import { date } from "./viewDates.ts";
import { type Ask, ask, choice, choices, containing, ids, micros, number, rating, search, text } from "./viewOperands.ts";

/** Of plain fields by type, and of the parts of composites by type and name. */
const CONDITIONS: Record<string, Ask> = {
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
