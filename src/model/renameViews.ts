/** The views of a workspace once fields of their object have other names. */
import type { KnownView, Values } from "./model.ts";

/** Where a view says the name of a field, beside the lists in which a text is one. */
const NAMES = ["field", "mainGroupByField", "kanbanAggregateOperationField", "calendarField"];
const LISTS = ["fields", "sorts"];

function withNames(values: Values, newName: (name: string) => string): Values {
  const inside = (key: string, value: unknown): unknown => {
    if (typeof value === "string") return NAMES.includes(key) ? newName(value) : value;
    if (!Array.isArray(value) || key === "value") return value;
    return value.map((one) => (typeof one !== "string" ? withNames(one, newName) : LISTS.includes(key) ? newName(one) : one));
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, inside(key, value)]));
}

export const viewsWithNames = (views: readonly KnownView[], newName: (name: string) => string): KnownView[] =>
  views.map((view) => ({ ...view, values: withNames(view.values, newName), baseline: withNames(view.baseline, newName) }));
