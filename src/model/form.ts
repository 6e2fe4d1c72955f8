/** The form of a model: which keys there are, and what stands behind each. What the values mean is for the database to say. */
import { type Fault, FIELD_KEYS, INDEX_KEYS, OBJECT_KEYS, OPTION_KEYS, type Path, RELATION_KEYS, RULE_KEYS, type Values } from "./model.ts";

const NAME = /^[a-z][a-zA-Z0-9]*$/;

type Check = (value: unknown, path: Path, faults: Fault[]) => void;

const is =
  (wanted: string, holds: (value: unknown) => boolean): Check =>
  (value, path, faults) => {
    if (!holds(value)) faults.push({ path, message: `This is ${wanted}.` });
  };

const isPlainMap = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);
const text = is("a text", (value) => typeof value === "string");
const truth = is("true or false", (value) => typeof value === "boolean");
const name = is("a name in camelCase", (value) => typeof value === "string" && NAME.test(value));
const names = is("a list of names", (value) => Array.isArray(value) && value.every((one) => typeof one === "string" && NAME.test(one)));

/** What JSON can hold; a file can also say .nan and .inf. */
const json: Check = (value, path, faults) => {
  if (typeof value === "number" && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))))
    faults.push({ path, message: "This is no number that can be kept; a long one is written as a text." });
  else if (Array.isArray(value)) for (const [i, inner] of value.entries()) json(inner, [...path, i], faults);
  else if (isPlainMap(value)) for (const [key, inner] of Object.entries(value)) json(inner, [...path, key], faults);
};

/** A map that may hold these keys. */
const map =
  (checks: Record<string, Check>, keys: readonly string[] = Object.keys(checks)): Check =>
  (value, path, faults) => {
    if (!isPlainMap(value)) return void faults.push({ path, message: "This is a map of keys and values." });
    for (const [key, inner] of Object.entries(value)) {
      if (!keys.includes(key)) faults.push({ path: [...path, key], message: `There is no such key here; there are: ${keys.join(", ")}.` });
      else (checks[key] ?? json)(inner, [...path, key], faults);
    }
  };

/** A map by names, each with a map of its own; nothing stands for an empty one. */
const named =
  (check: Check): Check =>
  (value, path, faults) => {
    if (!isPlainMap(value)) return void faults.push({ path, message: "This is a map by names." });
    for (const [key, inner] of Object.entries(value)) {
      if (!NAME.test(key))
        faults.push({
          path: [...path, key],
          message: "A name is camelCase: it starts with a small letter and holds only letters and digits.",
        });
      else check(inner ?? {}, [...path, key], faults);
    }
  };

const list =
  (check: Check): Check =>
  (value, path, faults) => {
    if (!Array.isArray(value)) return void faults.push({ path, message: "This is a list." });
    for (const [i, inner] of value.entries()) check(inner, [...path, i], faults);
  };

const option: Check = (value, path, faults) => {
  if (typeof value !== "string") map({ value: text, label: text, color: text, renamedFrom: text }, OPTION_KEYS)(value, path, faults);
  if (isPlainMap(value) && value["value"] === undefined) faults.push({ path, message: "An option has a value." });
};

const SIDE = {
  targetObject: name,
  targetFieldName: name,
  targetFieldLabel: text,
  targetFieldDescription: text,
  targetFieldIcon: text,
  targetFieldIsActive: truth,
  type: text,
  onDelete: text,
  junctionName: name,
  junctionNamePlural: name,
};
const relation = map({ ...SIDE, targets: list(map(SIDE)) }, RELATION_KEYS);

const field = map(
  {
    renamedFrom: name,
    type: text,
    label: text,
    description: text,
    icon: text,
    isActive: truth,
    isNullable: truth,
    isUnique: truth,
    isUiEditable: truth,
    isLabelSyncedWithName: truth,
    options: list(option),
    removedOptions: is("a map of options that go", isPlainMap),
    settings: is("a map of settings", isPlainMap),
    relation,
  },
  FIELD_KEYS,
);

const partName = is(
  "a list of fields' names, or name.part",
  (value) => Array.isArray(value) && value.every((one) => /^[a-z]\w*(\.[a-z]\w*)?$/.test(one)),
);
const index: Check = (value, path, faults) => {
  map({ fields: partName, type: text, isUnique: truth }, INDEX_KEYS)(value, path, faults);
  if (isPlainMap(value) && value["fields"] === undefined) faults.push({ path, message: "An index has fields." });
};

const object = map(
  {
    rules: named(map({ message: text, onlyNewRecords: truth }, RULE_KEYS)),
    indexes: list(index),
    renamedFrom: name,
    namePlural: name,
    labelSingular: text,
    labelPlural: text,
    description: text,
    icon: text,
    isActive: truth,
    labelField: name,
    searchFields: names,
    imageField: name,
    isSearchable: truth,
    isLabelSyncedWithName: truth,
    shortcut: text,
    color: text,
    fields: named((value, path, faults) => {
      field(value, path, faults);
      if (isPlainMap(value))
        for (const key of ["settings", "defaultValue", "removedOptions"]) json(value[key] ?? null, [...path, key], faults);
    }),
  },
  OBJECT_KEYS,
);

/** The faults of a whole file. */
export function checkForm(value: unknown): Fault[] {
  const [path, faults]: [Path, Fault[]] = [[], []];
  map({ relata: is("1: the only form of models there is", (version) => version === 1), objects: named(object) })(value, path, faults);
  if (isPlainMap(value) && value["relata"] === undefined) faults.push({ path, message: "A model begins with relata: 1." });
  return faults;
}
