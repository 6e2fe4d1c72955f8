/**
 * Dates and instants as dimensions: by day, week, month … as a calendar on the wall of a time
 * zone shows them. The zone is checked, and bound: no text of a client gets into SQL.
 */
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";

export const WEEK_STARTS = ["MONDAY", "SUNDAY", "SATURDAY"] as const;
export type WeekStart = (typeof WEEK_STARTS)[number];
export type DateInput = { granularity?: Granularity | null; weekStartDay?: WeekStart | null; timeZone?: string | null };

/** `value` is grouped and sorted by; `output` is shown for it. */
type Rule = { value: (local: SQL, shift: number) => SQL; output: (value: SQL, shift: number) => SQL };

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

const nameOf = (names: readonly string[], place: SQL) =>
  sql`(array[${sql.join(
    names.map((name) => sql.literal(name)),
    ", ",
  )}])[${place}]`;
const asText = (value: SQL) => sql`${value}::text`;
const startOf = (unit: string): Rule => ({ value: (local) => sql`date_trunc(${sql.literal(unit)}, ${local})::date`, output: asText });

const RULES = {
  DAY: { value: (local) => sql`${local}::date`, output: asText },
  // PostgreSQL's weeks begin on Monday: later by as many days, they begin on that many days before.
  WEEK: { value: (local, shift) => sql`(date_trunc('week', ${local} + ${days(shift)}) - ${days(shift)})::date`, output: asText },
  MONTH: startOf("month"),
  QUARTER: startOf("quarter"),
  YEAR: startOf("year"),
  DAY_OF_THE_WEEK: {
    value: (local, shift) => sql`((extract(isodow from ${local})::int + ${sql.literal(shift)} - 1) % 7)`,
    output: (value, shift) => nameOf([...DAYS.slice(7 - shift), ...DAYS.slice(0, 7 - shift)], sql`${value} + 1`),
  },
  MONTH_OF_THE_YEAR: { value: (local) => sql`extract(month from ${local})::int`, output: (value) => nameOf(MONTHS, value) },
  QUARTER_OF_THE_YEAR: { value: (local) => sql`extract(quarter from ${local})::int`, output: (value) => sql`'Q' || ${value}` },
} as const satisfies Record<string, Rule>;

export type Granularity = keyof typeof RULES | "NONE";
export const GRANULARITIES = [...Object.keys(RULES), "NONE"] as Granularity[];

const days = (count: number) => sql`make_interval(days => ${sql.literal(count)})`;

const zones = new Set<string>();

/** Whether the IANA time zone database has it. Offsets it has not: PostgreSQL would read `+03:00` as west of Greenwich. */
function isTimeZone(name: string): boolean {
  if (zones.has(name)) return true;
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name) || name.length > 64) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    return false;
  }
  if (zones.size > 1000) zones.clear();
  zones.add(name);
  return true;
}

/** Nothing for a time zone of the IANA database; INVALID_TIMEZONE otherwise. */
export function assertTimeZone(timeZone: string, field: string): void {
  if (!isTimeZone(timeZone)) throw new RelataError("INVALID_TIMEZONE", undefined, { field });
}

/** How a date (`isInstant: false`) or an instant is grouped by; undefined for NONE, as which it is a value like others. */
export function dateDimension(
  column: SQL,
  isInstant: boolean,
  input: DateInput,
  path: string,
): { value: SQL; output: (value: SQL) => SQL } | undefined {
  const { timeZone } = input;
  const granularity = input.granularity ?? "DAY";
  if (timeZone != null) assertTimeZone(timeZone, `${path}.timeZone`);
  if (granularity === "NONE") return undefined;
  if (isInstant && timeZone == null) throw new RelataError("MISSING_TIMEZONE_FOR_DATE_GROUP_BY", undefined, { field: `${path}.timeZone` });
  const local = isInstant ? sql`(${column} at time zone ${sql.value(timeZone!)}::text)` : sql`${column}::timestamp`;
  const shift = { MONDAY: 0, SUNDAY: 1, SATURDAY: 2 }[input.weekStartDay ?? "MONDAY"];
  const rule: Rule = RULES[granularity];
  return { value: rule.value(local, shift), output: (value) => rule.output(value, shift) };
}
