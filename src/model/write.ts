/** Writes a model as YAML, always the same bytes for the same model: everything in its order, lists of names by name. */
import { stringify } from "yaml";
import { byName, FIELD_KEYS, INDEX_KEYS, type Model, OBJECT_KEYS, OPTION_KEYS, RELATION_KEYS, RULE_KEYS, type Values } from "./model.ts";
import { PART_KEYS, VIEW_KEYS } from "./viewKeys.ts";

const HEADER = `# The data model of a Relata workspace: what is not as it comes.
#   npm run relata -- model plan <workspace> <this file>
#   npm run relata -- model apply <workspace> <this file>
`;

/** An object of JSON with its keys by name, deeply. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(
          Object.entries(value)
            .sort(byName)
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;

/** `values` with these keys first, in this order, and what else there is by name. */
function inOrder(
  values: Values,
  keys: readonly string[],
  write: (key: string, value: unknown) => unknown = (_key, value) => sorted(value),
) {
  const place = (key: string) => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  const entries = Object.entries(values).sort((a, b) => place(a[0]) - place(b[0]) || byName(a, b));
  return Object.fromEntries(entries.map(([key, value]) => [key, write(key, value)]));
}

const byNames = (map: object, write: (value: Values) => unknown) =>
  Object.fromEntries(
    Object.entries(map)
      .sort(byName)
      .map(([name, value]) => [name, write(value as Values)]),
  );

const writeRelation = (relation: Values) =>
  inOrder(relation, RELATION_KEYS, (key, value) =>
    key === "targets" ? (value as Values[]).map((target) => inOrder(target, RELATION_KEYS)) : sorted(value),
  );

const writeField = (field: Values) =>
  inOrder(field, FIELD_KEYS, (key, value) => {
    if (key === "relation") return writeRelation(value as Values);
    if (key !== "options" || !Array.isArray(value)) return sorted(value);
    return value.map((option) => (typeof option === "string" ? option : inOrder(option as Values, OPTION_KEYS)));
  });

const isMap = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** A field, a filter, … of a view; a heading and a group hold others. */
const writePart = (part: unknown): unknown =>
  isMap(part)
    ? inOrder(part, PART_KEYS, (key, value) => (key !== "value" && Array.isArray(value) ? value.map(writePart) : sorted(value)))
    : part;
const writeView = (view: Values) =>
  inOrder(view, VIEW_KEYS, (_key, value) => (Array.isArray(value) ? value.map(writePart) : sorted(value)));

const writeObject = (object: Values) =>
  inOrder(object, OBJECT_KEYS, (key, value) => {
    if (key === "fields") return byNames(value as object, writeField);
    if (key === "rules") return byNames(value as object, (rule) => inOrder(rule, RULE_KEYS));
    if (key === "views") return (value as Values[]).map(writeView);
    return key === "indexes" ? (value as Values[]).map((index) => inOrder(index, INDEX_KEYS)) : sorted(value);
  });

/** The file of a model. */
export function writeModel(model: Model): string {
  const document = { relata: model.relata, objects: byNames(model.objects, writeObject) };
  return HEADER + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
