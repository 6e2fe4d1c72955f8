/** The relation of a field that a workspace has, beside what a model says of it; of a morph field, each of its targets. */
import { changed, type Path, type Values, wordsOf } from "./model.ts";
import { type Plan, stepOf } from "./plan.ts";

/** What a relation says of the field on its other side, by what that is called there. */
const OTHER_SIDE: Record<string, string> = {
  targetFieldLabel: "label",
  targetFieldDescription: "description",
  targetFieldIcon: "icon",
  targetFieldIsActive: "isActive",
};

const show = (value: unknown): string => JSON.stringify(value ?? null);

/** The other side is a field of its own: it gets the name that the model has for it. */
function renameOther(plan: Plan, path: Path, known: Values, targetFieldName: unknown): boolean {
  if (targetFieldName === known["targetFieldName"]) return false;
  const object = String(known["targetObject"]);
  const words = `~ field ${object}.${targetFieldName}: renamed from ${known["targetFieldName"]}`;
  plan.add("rename", { kind: "updateField", data: { id: `${object}.${known["targetFieldName"]}`, name: targetFieldName }, path, words });
  return true;
}

export function diffRelation(plan: Plan, path: Path, id: string, wanted: Values, known: Values, baseline: Values): void {
  const { targetFieldName = known["targetFieldName"] } = wanted;
  const isRenamed = renameOther(plan, path, known, targetFieldName);
  const other = `${known["targetObject"]}.${targetFieldName}`;
  const plain = { ...baseline, targetFieldName, ...(isRenamed && { targetFieldLabel: wordsOf(String(targetFieldName)) }) };
  const data: Values = {};
  for (const [key, value] of Object.entries(changed({ ...wanted, targetFieldName }, { ...known, targetFieldName }, plain))) {
    const name = OTHER_SIDE[key];
    if (name) data[name] = value;
    else if (key === "onDelete") {
      const words = `~ relation ${id}: onDelete ${show(known[key])} → ${show(value)}`;
      plan.add("update", {
        kind: "updateRelation",
        data: { fieldId: id, targetObjectId: known["targetObject"], onDelete: value },
        path,
        words,
      });
    }
    // What is not said, and comes with no default, stays.
    else if (value !== null) {
      const message = `The relation ${id} keeps its ${key}, ${show(known[key])}. Remove it and create another: give the new one another name, or leave it out and apply with --prune first.`;
      plan.faults.push({ path: [...path, key], message });
    }
  }
  if (Object.keys(data).length) {
    const words = Object.entries(data).map(([key, value]) => `${key} → ${show(value)}`);
    plan.add(stepOf(data), { kind: "updateField", data: { id: other, ...data }, path, words: `~ field ${other}: ${words.join(", ")}` });
  }
}

/** A target when nothing more is said of it than its object and its field. */
const plainTarget = (name: unknown): Values => ({
  type: "MANY_TO_ONE",
  onDelete: "SET_NULL",
  targetFieldLabel: wordsOf(String(name)),
  targetFieldDescription: "",
  targetFieldIcon: "",
  targetFieldIsActive: true,
});
const wholeTarget = (target: Values): Values => ({ ...plainTarget(target["targetFieldName"]), ...target });

function addTarget(plan: Plan, path: Path, id: string, target: Values): void {
  const { targetObject, targetFieldDescription, targetFieldIsActive, ...said } = wholeTarget(target);
  const words = `+ target ${targetObject} of ${id}`;
  plan.add("relation", { kind: "addMorphTarget", data: { fieldId: id, targetObjectId: targetObject, ...said }, path, words });
  followTarget(plan, path, { targetObject, ...said, targetFieldDescription, targetFieldIsActive });
}

/** What the field on the side of a new target is, beside what it is made with. */
export function followTarget(plan: Plan, path: Path, target: Values): void {
  const { targetObject, targetFieldName, targetFieldDescription = "", targetFieldIsActive = true } = target;
  if (targetFieldDescription === "" && targetFieldIsActive === true) return;
  const data = { id: `${targetObject}.${targetFieldName}`, description: targetFieldDescription, isActive: targetFieldIsActive };
  plan.add("hide", { kind: "updateField", data, path, words: "" });
}

export function diffMorph(plan: Plan, path: Path, id: string, { targets, ...all }: Values, known: Values): void {
  if (!targets) return; // nothing is said of them
  const wanted = (targets as Values[]).map((target) => ({ ...all, ...target }) as Values);
  const there = known["targets"] as Values[];
  for (const [i, target] of wanted.entries()) {
    const at = [...path, "targets", i];
    const one = there.find(({ targetObject }) => targetObject === target["targetObject"]);
    if (one) diffRelation(plan, at, id, target, wholeTarget(one), plainTarget(target["targetFieldName"] ?? one["targetFieldName"]));
    else addTarget(plan, at, id, target);
  }
  for (const { targetObject } of there) {
    if (wanted.some((target) => target["targetObject"] === targetObject)) continue;
    const words = `target ${targetObject} of ${id}`;
    plan.kept.push(words);
    const data = { fieldId: id, targetObjectId: targetObject, force: true };
    plan.add("delete", { kind: "removeMorphTarget", data, path, words: `- ${words}` });
  }
}
