/** What an operand of a view asks of a date, or of an instant. */
import { type Bounds, relativeBounds, today } from "./relativeDates.ts";
import { type Ask, ask, type Filter } from "./viewOperands.ts";

const within = (at: (inner: Filter) => Filter, { from, before }: Bounds, write: (date: Date) => string): Filter =>
  at({ ...(from && { gte: write(from) }), ...(before && { lt: write(before) }) });

export const date =
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
