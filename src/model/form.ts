/** The form of a model: which keys there are, and what stands behind each. What the values mean is for the database to say. */
import { type Check, is, isPlainMap, json, list, map, name, named, names, text, truth } from "./checks.ts";
import { type Fault, FIELD_KEYS, INDEX_KEYS, OBJECT_KEYS, OPTION_KEYS, type Path, RELATION_KEYS, RULE_KEYS } from "./model.ts";
import { view } from "./viewForm.ts";

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
    views: list(view),
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
