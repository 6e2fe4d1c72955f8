/** A field that a workspace has, beside what a model says of it. */
import { changed, type FieldModel, isSame, type KnownField, type Path, type Values, wordsOf } from "./model.ts";
import { comparable, inWords, wholeOptions } from "./options.ts";
import type { Plan } from "./plan.ts";

/** What a relation says of the field on its other side, by what that is called there. */
const OTHER_SIDE: Record<string, string> = {
  targetFieldLabel: "label",
  targetFieldDescription: "description",
  targetFieldIcon: "icon",
  targetFieldIsActive: "isActive",
};

const show = (value: unknown): string => JSON.stringify(value ?? null);

/** Shown fields come before whatever needs them, hidden ones after whatever needed them. */
const stepOf = (data: Values) => (data["isActive"] === true ? "show" : data["isActive"] === false ? "hide" : "update");

function diffRelation(plan: Plan, path: Path, id: string, wanted: Values, known: Values, baseline: Values): void {
  const { targetFieldName = known["targetFieldName"] } = wanted;
  const isRenamed = targetFieldName !== known["targetFieldName"];
  const other = `${known["targetObject"]}.${targetFieldName}`;
  if (isRenamed) {
    const data = { id: `${known["targetObject"]}.${known["targetFieldName"]}`, name: targetFieldName };
    plan.add("rename", { kind: "updateField", data, path, words: `~ field ${other}: renamed from ${known["targetFieldName"]}` });
  }
  const plain = { ...baseline, targetFieldName, ...(isRenamed && { targetFieldLabel: wordsOf(String(targetFieldName)) }) };
  const data: Values = {};
  for (const [key, value] of Object.entries(changed({ ...wanted, targetFieldName }, { ...known, targetFieldName }, plain))) {
    const name = OTHER_SIDE[key];
    if (name) data[name] = value;
    // What is not said, and comes with no default, stays.
    else if (value !== null) {
      const message = `The relation ${id} keeps its ${key}, ${show(known[key])}: give the new one another name, or leave it out and apply with --prune first.`;
      plan.faults.push({ path: [...path, key], message });
    }
  }
  if (Object.keys(data).length) {
    const words = Object.entries(data).map(([key, value]) => `${key} → ${show(value)}`);
    plan.add(stepOf(data), { kind: "updateField", data: { id: other, ...data }, path, words: `~ field ${other}: ${words.join(", ")}` });
  }
}

export function diffField(plan: Plan, object: string, field: string, spec: FieldModel, known: KnownField): void {
  const path = ["objects", object, "fields", field];
  const id = `${object}.${field}`;
  const { relation: wantedRelation = {}, options, removedOptions, renamedFrom: _renamedFrom, ...wanted } = spec;
  const { relation, options: knownOptions, ...values } = known.values;
  const data = changed(wanted, values, { ...known.baseline, type: values["type"] }); // a type that is not said is no other
  if (data["type"] !== undefined) {
    const message = `A field keeps its type, ${values["type"]}: give the new one another name, or leave it out and apply with --prune first.`;
    plan.faults.push({ path: [...path, "type"], message });
  }
  const words = Object.entries(data).map(([key, value]) => `${key} ${show(values[key])} → ${show(value)}`);

  const wantedOptions = options ?? known.baseline["options"] ?? knownOptions;
  if (!isSame(comparable(wantedOptions), comparable(knownOptions))) {
    data["options"] = wholeOptions(wantedOptions, known);
    if (removedOptions) data["removedOptions"] = removedOptions;
    words.push(`options ${inWords(knownOptions)} → ${inWords(wantedOptions)}`);
  }
  if (Object.keys(data).length) {
    plan.add(stepOf(data), { kind: "updateField", data: { id, ...data }, path, words: `~ field ${id}: ${words.join(", ")}` });
  }
  if (relation) diffRelation(plan, [...path, "relation"], id, wantedRelation, relation, known.baseline.relation ?? {});
}
