/** A field that a workspace has, beside what a model says of it. */
import { diffMorph, diffRelation } from "./diffRelation.ts";
import { changed, type FieldModel, isSame, type KnownField } from "./model.ts";
import { comparable, inWords, wholeOptions } from "./options.ts";
import { type Plan, stepOf } from "./plan.ts";

const show = (value: unknown): string => JSON.stringify(value ?? null);

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
  if (relation?.["targets"]) diffMorph(plan, [...path, "relation"], id, wantedRelation, relation);
  else if (relation) diffRelation(plan, [...path, "relation"], id, wantedRelation, relation, known.baseline.relation ?? {});
}
