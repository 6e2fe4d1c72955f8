/**
 * What must change for a workspace to have a model: a list for core.apply_changes, in an
 * order in which each change finds what it needs. Objects and fields are named, not
 * told by id (private.with_ids), so a change may speak of what one before it makes.
 */
import { createField } from "./createField.ts";
import { diffField } from "./diffField.ts";
import { diffRules } from "./diffRules.ts";
import { diffViews } from "./diffViews.ts";
import { changed, type Fault, type KnownModel, type KnownObject, type Model, type ObjectModel, picked, type Values } from "./model.ts";
import { type Change, Plan, type Step } from "./plan.ts";
import { renamed } from "./renames.ts";

export type Difference = {
  changes: Change[];
  /** What the workspace has and the model does not, in words; deleted only when asked to. */
  kept: string[];
  faults: Fault[];
};

const CREATED = ["namePlural", "labelSingular", "labelPlural", "description", "icon"];

/** What a model says of an object's row. */
const valuesOf = ({
  fields: _fields,
  rules: _rules,
  indexes: _indexes,
  views: _views,
  renamedFrom: _renamedFrom,
  ...values
}: ObjectModel): Values => values;

function createObject(plan: Plan, name: string, wanted: ObjectModel): void {
  const path = ["objects", name];
  if (wanted["namePlural"] === undefined) plan.faults.push({ path, message: "A new object has a namePlural." });
  const values = valuesOf(wanted);
  const data = { nameSingular: name, ...picked(values, (key) => CREATED.includes(key)) };
  plan.add("create", { kind: "createObject", data, path, words: `+ object ${name}` });

  // An object comes with a text field called name, by which records are called.
  const fields = { ...wanted.fields };
  const own = fields["name"];
  const hasOwn = own?.["type"] === "TEXT" && !own["settings"];
  const rest = { ...(own && !hasOwn && { labelField: "name" }), ...picked(values, (key) => !CREATED.includes(key)) };
  if (Object.keys(rest).length) plan.add("object", { kind: "updateObject", data: { id: name, ...rest }, path, words: "" });
  if (hasOwn) {
    delete fields["name"];
    const { type: _type, ...said } = own;
    const at = [...path, "fields", "name"];
    if (Object.keys(said).length) plan.add("update", { kind: "updateField", data: { id: `${name}.name`, ...said }, path: at, words: "" });
  } else {
    plan.add("create", { kind: "updateObject", data: { id: name, labelField: "id", searchFields: [] }, path, words: "" });
    plan.add("create", { kind: "deleteField", data: { id: `${name}.name`, force: true }, path, words: "" });
  }
  for (const [field, spec] of Object.entries(fields)) createField(plan, name, field, spec);
  diffRules(plan, name, wanted);
}

/** The objects that the many-to-many relations of a model bring along, by name. */
function junctionsOf(model: Model): Set<string> {
  const relations = Object.entries(model.objects).flatMap(([object, { fields = {} }]) =>
    Object.values(fields).flatMap(({ relation }) => (relation?.["type"] === "MANY_TO_MANY" ? [{ object, relation }] : [])),
  );
  return new Set(
    relations.map(({ object, relation: { junctionName, targetObject } }) => {
      const target = String(targetObject);
      return typeof junctionName === "string" ? junctionName : object + target.charAt(0).toUpperCase() + target.slice(1);
    }),
  );
}

/** What a model says of an object that comes with a relation: it follows once that is made. */
function followJunction(plan: Plan, name: string, wanted: ObjectModel): void {
  const later = new Plan();
  for (const [field, spec] of Object.entries(wanted.fields ?? {})) createField(later, name, field, spec);
  plan.faults.push(...later.faults);
  const values = valuesOf(wanted);
  if (Object.keys(values).length)
    later.add("object", { kind: "updateObject", data: { id: name, ...values }, path: ["objects", name], words: "" });
  for (const change of later.changes(true)) plan.add("junction", change);
  diffRules(plan, name, wanted);
}

function diffObject(plan: Plan, name: string, wanted: ObjectModel, known: KnownObject): void {
  const path = ["objects", name];
  const data = changed(valuesOf(wanted), known.values, known.baseline);
  if (Object.keys(data).length) {
    const words = Object.entries(data).map(
      ([key, value]) => `${key} ${JSON.stringify(known.values[key] ?? null)} → ${JSON.stringify(value)}`,
    );
    plan.add("object", { kind: "updateObject", data: { id: name, ...data }, path, words: `~ object ${name}: ${words.join(", ")}` });
  }
  const fields = wanted.fields ?? {};
  for (const [field, spec] of Object.entries(fields)) {
    const knownField = known.fields[field];
    if (knownField) diffField(plan, name, field, spec, knownField);
    else createField(plan, name, field, spec);
  }
  for (const [field, knownField] of Object.entries(known.fields)) {
    if (Object.hasOwn(fields, field)) continue;
    if (!knownField.isCustom || knownField.isSystem) diffField(plan, name, field, {}, knownField);
    else drop(plan, known.isSystem ? "deleteJoint" : "delete", "field", `${name}.${field}`);
  }
  diffRules(plan, name, wanted, known);
}

/** What the model lacks: told, and deleted when that is asked for. */
function drop(plan: Plan, step: Step, noun: "field" | "object", id: string): void {
  const kind = noun === "field" ? "deleteField" : "deleteObject";
  plan.kept.push(`${noun} ${id}`);
  plan.add(step, { kind, data: { id, force: true }, path: ["objects"], words: `- ${noun} ${id}` });
}

/** Relations point at objects that there are, or will be. */
function checkTargets(plan: Plan, model: Model, known: KnownModel): void {
  for (const [object, { fields = {} }] of Object.entries(model.objects)) {
    for (const [field, { relation }] of Object.entries(fields)) {
      const target = relation?.["targetObject"];
      if (typeof target !== "string" || Object.hasOwn(model.objects, target) || Object.hasOwn(known.objects, target)) continue;
      plan.faults.push({
        path: ["objects", object, "fields", field, "relation", "targetObject"],
        message: `There is no object ${target}.`,
      });
    }
  }
}

/** What gives the `workspace` the `model`; with `prune`, what the model lacks goes. */
export function diff(model: Model, workspace: KnownModel, prune: boolean): Difference {
  const plan = new Plan();
  const known = renamed(plan, model, workspace);
  checkTargets(plan, model, known);
  const junctions = junctionsOf(model);
  for (const [name, wanted] of Object.entries(model.objects)) {
    const knownObject = known.objects[name];
    if (knownObject) diffObject(plan, name, wanted, knownObject);
    else if (junctions.has(name)) followJunction(plan, name, wanted);
    else createObject(plan, name, wanted);
  }
  for (const [name, knownObject] of Object.entries(known.objects)) {
    if (Object.hasOwn(model.objects, name)) continue;
    if (!knownObject.isCustom || knownObject.isSystem) diffObject(plan, name, {}, knownObject);
    else drop(plan, "deleteObject", "object", name);
  }
  // Views are of fields that there are by then.
  for (const name of new Set([...Object.keys(model.objects), ...Object.keys(known.objects)])) {
    const isDropped = !Object.hasOwn(model.objects, name) && known.objects[name]!.isCustom && !known.objects[name]!.isSystem;
    if (!isDropped) diffViews(plan, name, model.objects[name] ?? {}, known.objects[name]);
  }
  return { changes: plan.changes(prune), kept: prune ? [] : plan.kept.sort(), faults: plan.faults };
}
