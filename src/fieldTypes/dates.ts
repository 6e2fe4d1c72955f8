/** Days and instants in ISO 8601; PostgreSQL alone would take `tomorrow` as well. */
import { RelataError } from "../errors.ts";

const DAY = /^(\d{4,9})-(\d\d)-(\d\d)$/;
const INSTANT = /^(\d{4,9})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s?(?:Z|[+-][01]\d(?::?[0-5]\d)?)?)?$/i;
const LAST_YEAR = 5_874_897; // of PostgreSQL's dates; its instants end in 294276

function assertDay(value: unknown, form: RegExp, lastYear: number, path: string): void {
  if (value == null) return;
  const [found, ...numbers] = (typeof value === "string" && form.exec(value)) || [];
  if (!found) throw new RelataError("INVALID_DATE", undefined, { field: path });
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers.map((text) => Number(text ?? 0));
  const last = new Date(0);
  last.setUTCFullYear(year % 400, month, 0); // calendars repeat
  const isDay = year >= 1 && year <= lastYear && month >= 1 && month <= 12 && day >= 1 && day <= last.getUTCDate();
  if (!isDay || hour > 24 || minute > 59 || second > 60) throw new RelataError("DATE_OUT_OF_RANGE", undefined, { field: path });
}

export function normaliseDate(value: string | null, path: string): string | null {
  assertDay(value, DAY, LAST_YEAR, path);
  return value;
}

export function normaliseDateTime(value: string | null, path: string): string | null {
  assertDay(value, INSTANT, 294_276, path);
  return value;
}
