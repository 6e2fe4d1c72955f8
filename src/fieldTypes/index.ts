/**
 * What is written to a field, brought into the form that the checks of db/field_types
 * hold up: one entry a type. A composite's value holds the parts that were given.
 */
import { normaliseCurrency } from "./currency.ts";
import { normaliseDate, normaliseDateTime } from "./dates.ts";
import { normaliseEmails } from "./emails.ts";
import { assertStorable, invalid } from "./invalid.ts";
import { normaliseFiles, normaliseRawJson } from "./json.ts";
import { normaliseLinks } from "./links.ts";
import { normaliseAddress, normaliseNumber, normaliseNumeric, normalisePosition } from "./numbers.ts";
import { normalisePhones } from "./phones.ts";
import { normaliseRichText } from "./richText.ts";

const listOrNone = (value: unknown): unknown => value ?? [];

const NORMALISERS: Record<string, (value: never, path: string) => unknown> = {
  ADDRESS: normaliseAddress,
  ARRAY: listOrNone,
  CURRENCY: normaliseCurrency,
  DATE: normaliseDate,
  DATE_TIME: normaliseDateTime,
  EMAILS: normaliseEmails,
  FILES: normaliseFiles,
  LINKS: normaliseLinks,
  MULTI_SELECT: (value: string[] | null) => [...new Set(value ?? [])],
  NUMBER: normaliseNumber,
  NUMERIC: normaliseNumeric,
  PHONES: normalisePhones,
  POSITION: normalisePosition,
  RAW_JSON: normaliseRawJson,
  RICH_TEXT: normaliseRichText,
};

/** A value as it is to be stored; INVALID_VALUE and its kin, at `path`, when it cannot be. */
export function normalise(type: string, value: unknown, path: string): unknown {
  assertStorable(value, path);
  return NORMALISERS[type] ? NORMALISERS[type](value as never, path) : value;
}

export { invalid };
