/**
 * Changes of the data model as clients write them, and as core.apply_changes takes
 * them. Two forms are known: the flat one (`data: { objectId, … }`) and the one of
 * other CRM servers (`input: { field: { objectMetadataId, … } }`).
 */
import { RelataError } from "../errors.ts";
import { withParsedExpressions } from "../records/expressionInputs.ts";

type Json = Record<string, unknown>;
export type Change = { kind: string; data: Json };

/** Other servers' names for what we call otherwise. */
const NAMES: Record<string, string> = {
  objectMetadataId: "objectId",
  labelIdentifierFieldMetadataId: "labelFieldId",
  imageIdentifierFieldMetadataId: "imageFieldId",
  relationCreationPayload: "relation",
  targetObjectMetadataId: "targetObjectId",
  fieldMetadataId: "fieldId",
  indexType: "type",
  subFieldName: "part",
  mainGroupByFieldMetadataId: "mainGroupByFieldId",
  calendarFieldMetadataId: "calendarFieldId",
  kanbanAggregateOperationFieldMetadataId: "kanbanAggregateOperationFieldId",
};
/** The lists that a view is made of; of their parts, some hold such lists themselves. */
const VIEW_PARTS = ["viewFields", "viewFieldGroups", "viewFilters", "viewFilterGroups", "viewSorts", "viewGroups"];

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

const camelCase = (label: string) => {
  const words = label.normalize("NFKD").match(/[a-zA-Z0-9]+/g) ?? [];
  return words.map((word, n) => (n === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())).join("");
};

function renamedPart(part: unknown): unknown {
  if (!isObject(part)) return part;
  const { fieldMetadataId, ...rest } = part;
  const inner = Object.entries(rest).map(([key, value]) => [
    key,
    VIEW_PARTS.includes(key) && Array.isArray(value) ? value.map(renamedPart) : value,
  ]);
  return { ...(fieldMetadataId !== undefined && { fieldId: fieldMetadataId }), ...Object.fromEntries(inner) };
}

/** Data with our names; what is a value of the admin's own (options, defaults, settings) is left as it is. */
function renamed(data: Json): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) continue;
    const name = NAMES[key] ?? key;
    if (name === "relation" && isObject(value)) result[name] = renamed(value);
    else if (name === "fields" && Array.isArray(value)) result[name] = value.map((field) => (isObject(field) ? renamed(field) : field));
    else if (VIEW_PARTS.includes(name) && Array.isArray(value)) result[name] = value.map(renamedPart);
    else result[name] = value;
  }
  const { morphRelationsCreationPayload: targets } = result;
  if (Array.isArray(targets)) {
    delete result["morphRelationsCreationPayload"];
    result["relation"] = { targets: targets.map((target) => renamed(target as Json)) };
  }
  const { morphRelationsUpdatePayload: added } = result;
  if (Array.isArray(added)) {
    delete result["morphRelationsUpdatePayload"];
    result["relation"] = { ...(result["relation"] as Json | undefined), moreTargets: added.map((target) => renamed(target as Json)) };
  }
  const { relation } = result;
  // There the other side's name is made of its label.
  if (isObject(relation) && relation["targetFieldName"] === undefined && typeof relation["targetFieldLabel"] === "string") {
    relation["targetFieldName"] = camelCase(relation["targetFieldLabel"]);
  }
  return result;
}

/** The arguments of `<verb>One<Noun>`, in either form. BAD_INPUT when they are neither. */
export function changeOf(verb: "create" | "update" | "delete", noun: string, args: Json): Change {
  const kind = verb + noun;
  const { id, data } = args;
  const input = args["input"] as Json | null | undefined;
  const key = verb === "create" ? noun.charAt(0).toLowerCase() + noun.slice(1) : "update";
  const given = (data ?? input?.[key]) as Json | null | undefined;
  if (data && input) throw new RelataError("ARGS_CONFLICT", "Give data or input, not both.", { field: "input" });
  if (!given && verb !== "delete") throw new RelataError("BAD_INPUT", "Give data.", { field: "data" });
  const target = id ?? input?.["id"];
  const changed = given && (withParsedExpressions(renamed(given)) as Json);
  if (verb === "create") return { kind, data: changed! };
  if (!target) throw new RelataError("BAD_INPUT", "Give the id.", { field: "id" });
  return { kind, data: { ...changed, id: target } };
}

/** A list of changes ({kind, data}) in either form. */
export const changesOf = (changes: { kind: string; data: unknown }[]): Change[] =>
  changes.map(({ kind, data }, n) => ({
    kind,
    data: isObject(data)
      ? (withParsedExpressions(renamed(data), changes.length > 1 ? `changes.${n}.data` : "data") as Json)
      : (data as Json),
  }));
