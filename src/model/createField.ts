/** A field that a workspace does not have yet, with what createField does not take and so follows. */
import { followTarget } from "./diffRelation.ts";
import { type FieldModel, picked, type Values } from "./model.ts";
import { wholeOptions } from "./options.ts";
import type { Plan } from "./plan.ts";

const CREATED = ["type", "label", "description", "icon", "isNullable", "isUnique", "defaultValue", "settings"];
const FOLLOWS = ["isUiEditable", "isLabelSyncedWithName"];
/** What relations brought by Relata itself may be called otherwise: the fields of a new object that the model need not say. */
const OVERRIDES = ["label", "description", "icon"];
/** What is said of the field on the other side when it is there. */
const OTHER_SIDE: Record<string, string> = { targetFieldDescription: "description", targetFieldIsActive: "isActive" };

const isDerived = (spec: FieldModel) => ["formula", "rollup"].some((key) => Object.hasOwn((spec["settings"] ?? {}) as object, key));

/** The names of fields in an expression: {field: "amount"}, however deep. */
function fieldsIn(expression: unknown): string[] {
  if (Array.isArray(expression)) return expression.flatMap(fieldsIn);
  if (typeof expression !== "object" || expression === null) return [];
  return Object.entries(expression).flatMap(([key, value]) => (key === "field" && typeof value === "string" ? [value] : fieldsIn(value)));
}

const describe = (spec: FieldModel): string => {
  if (spec.relation)
    return ` → ${spec.relation["targetObject"] ?? (spec.relation["targets"] as Values[] | undefined)?.map((one) => one["targetObject"]).join(", ")}`;
  if (Array.isArray(spec["options"]))
    return `: ${wholeOptions(spec["options"])
      .map(({ value }) => value)
      .join(", ")}`;
  return "";
};

export function createField(plan: Plan, object: string, field: string, spec: FieldModel): void {
  const path = ["objects", object, "fields", field];
  const id = `${object}.${field}`;
  if (spec["type"] === undefined) {
    const isOverride = Object.keys(spec).every((key) => OVERRIDES.includes(key));
    if (!isOverride) plan.faults.push({ path, message: "A new field has a type, such as TEXT." });
    plan.add("update", { kind: "updateField", data: { id, ...spec }, path, words: `~ field ${id}` });
    return;
  }
  const data: Values = { objectId: object, name: field, ...picked(spec, (key) => CREATED.includes(key)) };
  if (spec["options"]) data["options"] = wholeOptions(spec["options"]);
  if (spec.relation) data["relation"] = picked(spec.relation, (key) => !Object.hasOwn(OTHER_SIDE, key));
  const change = { kind: "createField", data, path, words: `+ field ${id} (${spec["type"]}${describe(spec)})` };

  if (isDerived(spec)) {
    const settings = spec["settings"] as object;
    plan.addFormula({ ...change, object, field, uses: fieldsIn(settings), isRollup: Object.hasOwn(settings, "rollup") });
  } else plan.add(spec.relation ? "relation" : "field", change);

  const rest = picked(spec, (key) => FOLLOWS.includes(key));
  if (Object.keys(rest).length) plan.add("update", { kind: "updateField", data: { id, ...rest }, path, words: "" });
  if (spec["isActive"] === false) plan.add("hide", { kind: "updateField", data: { id, isActive: false }, path, words: "" });
  followOtherSide(plan, path, spec);
}

function followOtherSide(plan: Plan, path: string[], { relation = {} }: FieldModel): void {
  for (const target of (relation["targets"] as Values[] | undefined) ?? []) followTarget(plan, [...path, "relation"], target);
  const said = Object.entries(OTHER_SIDE).filter(([key]) => relation[key] !== undefined);
  if (!said.length) return;
  const id = `${relation["targetObject"]}.${relation["targetFieldName"]}`;
  const data = { id, ...Object.fromEntries(said.map(([key, name]) => [name, relation[key]])) };
  plan.add("hide", { kind: "updateField", data, path: [...path, "relation"], words: "" });
}
