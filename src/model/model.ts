/** A data model as a file has it, and as a workspace has it: what src/model/ compares. */

export type Values = Record<string, unknown>;

/** A field as a file has it; what it does not say is as it comes. */
export type FieldModel = Values & { relation?: Values };
export type IndexModel = { fields: string[]; type?: string; isUnique?: boolean };
/** A shared view; the one with the key INDEX is the one that its object opens with. */
export type ViewModel = Values & { name?: string; key?: "INDEX"; renamedFrom?: string };
export type ObjectModel = Values & {
  fields?: Record<string, FieldModel>;
  rules?: Record<string, Values>;
  indexes?: IndexModel[];
  views?: ViewModel[];
};
export type Model = { relata: 1; objects: Record<string, ObjectModel> };

/** A field as private.model_field tells it. */
export type KnownField = {
  isCustom: boolean;
  isSystem: boolean;
  values: FieldModel;
  /** What it is when nobody says otherwise. */
  baseline: FieldModel;
  optionIds: Record<string, string> | null;
};
export type KnownView = { id: string; values: Values; baseline: Values };
export type KnownObject = {
  isCustom: boolean;
  isSystem: boolean;
  values: Values;
  baseline: Values;
  fields: Record<string, KnownField>;
  rules: Record<string, { id: string; values: Values; baseline: Values }>;
  indexes: { id: string; values: IndexModel }[];
  views: KnownView[];
};
export type KnownModel = { objects: Record<string, KnownObject> };

/** Where something stands in a file: ["objects", "rocket", "fields", "stage"]. */
export type Path = readonly (string | number)[];

/** Something wrong with a model, and where. */
export type Fault = { path: Path; message: string };

/** By code units, the same on every machine. */
export const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

/** A value with the keys of its objects in order, as text: equal values are equal texts. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(byName)) : inner,
  );

export const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/** The label for a name when none is given, as private.words has it: annualRevenue becomes Annual revenue. */
export const wordsOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replace(/[A-Z]/g, " $&").toLowerCase();

/** What a model says of objects and fields, in the order in which it is written; the rest follows by name. */
export const OBJECT_KEYS = [
  "renamedFrom",
  "namePlural",
  "labelSingular",
  "labelPlural",
  "description",
  "icon",
  "isActive",
  "labelField",
  "searchFields",
  "imageField",
  "isSearchable",
  "isLabelSyncedWithName",
  "shortcut",
  "color",
  "duplicateCriteria",
  "fields",
  "rules",
  "indexes",
  "views",
] as const;
export const FIELD_KEYS = [
  "renamedFrom",
  "type",
  "label",
  "description",
  "icon",
  "isActive",
  "isNullable",
  "isUnique",
  "isUiEditable",
  "isLabelSyncedWithName",
  "defaultValue",
  "options",
  "removedOptions",
  "settings",
  "relation",
] as const;
export const RELATION_KEYS = [
  "targetObject",
  "targetFieldName",
  "targetFieldLabel",
  "targetFieldDescription",
  "targetFieldIcon",
  "targetFieldIsActive",
  "type",
  "onDelete",
  "junctionName",
  "junctionNamePlural",
  "targets",
] as const;
export const RULE_KEYS = ["message", "onlyNewRecords", "expression"] as const;
export const INDEX_KEYS = ["fields", "type", "isUnique"] as const;
export const OPTION_KEYS = ["renamedFrom", "value", "label", "color"] as const;

/** The values whose keys `holds` says yes to. */
export const picked = (values: Values, holds: (key: string) => boolean): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => holds(key)));

/** What of `known` is not as `wanted`, with what it is to be; what is not said is to be as in `baseline`. */
export function changed(wanted: Values, known: Values, baseline: Values): Values {
  const keys = new Set([...Object.keys(known), ...Object.keys(wanted)]);
  const target = (key: string) => (Object.hasOwn(wanted, key) ? wanted[key] : (baseline[key] ?? null));
  return Object.fromEntries([...keys].filter((key) => !isSame(target(key), known[key])).map((key) => [key, target(key)]));
}
