/** What `PAST_7_DAY`, `THIS_1_MONTH` and today mean now, as bounds in UTC; days are those of the time zone that is named, else of UTC. */
import { RelataError } from "../errors.ts";
import { assertTimeZone } from "./dates.ts";

/** From the first to just before the second; either may be open. */
export type Bounds = { from?: Date | undefined; before?: Date | undefined };

const UNITS = ["SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"] as const;
type Unit = (typeof UNITS)[number];
const MS: Partial<Record<Unit, number>> = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000 };

/** What clocks in a zone show at an instant, as if it were UTC. */
function toWall(instant: Date, timeZone: string): Date {
  const { year, month, day, hour, minute, second } = Object.fromEntries(
    new Intl.DateTimeFormat("en", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  return new Date(Date.UTC(year!, month! - 1, day, hour, minute, second));
}

/** The instant at which clocks in a zone show `wall`. */
function fromWall(wall: Date, timeZone: string): Date {
  let instant = wall;
  // Twice, as the offset at the first guess may be another one.
  for (let i = 0; i < 2; i++) instant = new Date(instant.getTime() + wall.getTime() - toWall(instant, timeZone).getTime());
  return instant;
}

function plus(wall: Date, count: number, unit: Unit): Date {
  const ms = MS[unit];
  if (ms) return new Date(wall.getTime() + count * ms);
  const next = new Date(wall);
  if (unit === "DAY" || unit === "WEEK") next.setUTCDate(next.getUTCDate() + count * (unit === "WEEK" ? 7 : 1));
  else {
    const day = next.getUTCDate();
    next.setUTCDate(1);
    next.setUTCMonth(next.getUTCMonth() + count * { MONTH: 1, QUARTER: 3, YEAR: 12 }[unit as "MONTH"]);
    // The 31st, a month later, is the last of that month.
    next.setUTCDate(Math.min(day, new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0)).getUTCDate()));
  }
  return next;
}

function startOf(wall: Date, unit: Unit): Date {
  const ms = MS[unit];
  if (ms) return new Date(Math.floor(wall.getTime() / ms) * ms);
  const start = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()));
  if (unit === "WEEK") start.setUTCDate(start.getUTCDate() - ((start.getUTCDay() + 6) % 7));
  if (unit === "MONTH" || unit === "QUARTER" || unit === "YEAR") start.setUTCDate(1);
  if (unit === "QUARTER") start.setUTCMonth(start.getUTCMonth() - (start.getUTCMonth() % 3));
  if (unit === "YEAR") start.setUTCMonth(0);
  return start;
}

/** Today, in UTC. */
export const today = (now: Date): Bounds => ({ from: startOf(now, "DAY"), before: plus(startOf(now, "DAY"), 1, "DAY") });

const PATTERN = /^(PAST|NEXT|THIS)_(?:(\d{1,5})_)?(SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)(?:;;([^;]*))?(?:;;.*)?$/;

/** The bounds that `PAST_7_DAY` stands for; of days (`isDay`), whole ones, and today is neither past nor next. VIEW_INVALID when it is not understood. */
export function relativeBounds(text: string, isDay: boolean, now: Date): Bounds {
  const [, direction, amount = "1", unitName, zone] = PATTERN.exec(text) ?? [];
  const unit = unitName as Unit;
  if (!direction || (isDay && MS[unit]))
    throw new RelataError("VIEW_INVALID", "The view's filter has a relative date that is not known.", { field: "viewId" });
  const timeZone = zone || "UTC";
  assertTimeZone(timeZone, "viewId");
  const wall = toWall(now, timeZone);
  const out = (date: Date) => (isDay ? date : fromWall(date, timeZone));
  if (direction === "THIS") return { from: out(startOf(wall, unit)), before: out(plus(startOf(wall, unit), 1, unit)) };
  const from = isDay ? startOf(wall, "DAY") : wall;
  if (direction === "PAST") return { from: out(plus(from, -Number(amount), unit)), before: out(from) };
  const first = isDay ? plus(from, 1, "DAY") : from;
  return { from: out(first), before: out(plus(first, Number(amount), unit)) };
}
