/** `renamedFrom: old` on an object or a field: what has the old name gets the new one, and keeps its records. */
import { type FieldModel, type KnownField, type KnownModel, type KnownObject, type Model, type Values, wordsOf } from "./model.ts";
import type { Plan } from "./plan.ts";
import { viewsWithNames } from "./renameViews.ts";

/** The entries of `known` that `wanted` calls otherwise: [old, new]. A file that was applied already renames nothing more. */
function renamesOf(wanted: Record<string, Values>, known: object): [string, string][] {
  return Object.entries(wanted).flatMap(([name, values]): [string, string][] => {
    const { renamedFrom } = values as { renamedFrom?: unknown };
    const isNew = typeof renamedFrom === "string" && !Object.hasOwn(known, name) && !Object.hasOwn(wanted, renamedFrom);
    return isNew && Object.hasOwn(known, renamedFrom) ? [[renamedFrom, name]] : [];
  });
}

const withKeys = <T>(map: Record<string, T>, names: ReadonlyMap<string, string>, change: (value: T, old: string, name: string) => T) =>
  Object.fromEntries(
    Object.entries(map).map(([old, value]): [string, T] => {
      const name = names.get(old);
      return name === undefined ? [old, value] : [name, change(value, old, name)];
    }),
  );

function renamedFields(plan: Plan, object: string, wanted: Model["objects"][string], known: KnownObject): KnownObject {
  const names = new Map(renamesOf(wanted.fields ?? {}, known.fields));
  if (!names.size) return known;
  const fields = withKeys<KnownField>(known.fields, names, (field, old, name) => {
    const words = `~ field ${object}.${name}: renamed from ${old}`;
    plan.add("rename", { kind: "updateField", data: { id: `${object}.${old}`, name }, path: ["objects", object, "fields", name], words });
    return { ...field, baseline: { ...field.baseline, label: wordsOf(name) } };
  });
  const { labelField, searchFields } = known.values;
  const newName = (name: string) => names.get(name) ?? name;
  const values = { ...known.values, labelField: newName(labelField as string), searchFields: (searchFields as string[]).map(newName) };
  return { ...known, fields, values, views: viewsWithNames(known.views, newName) };
}

/** Relations name the objects that they point at. */
function retargeted(known: KnownObject, names: ReadonlyMap<string, string>): KnownObject {
  const newTarget = (relation: Values): Values => {
    const target = names.get(relation["targetObject"] as string);
    const targets = (relation["targets"] as Values[] | undefined)?.map(newTarget);
    return { ...relation, ...(target !== undefined && { targetObject: target }), ...(targets && { targets }) };
  };
  const withTarget = (values: FieldModel): FieldModel => (values.relation ? { ...values, relation: newTarget(values.relation) } : values);
  const fields = Object.entries(known.fields).map(([name, field]): [string, KnownField] => [
    name,
    { ...field, values: withTarget(field.values), baseline: withTarget(field.baseline) },
  ]);
  return { ...known, fields: Object.fromEntries(fields) };
}

/** The workspace as it is once the renames of the model are made; they are put into the plan. */
export function renamed(plan: Plan, model: Model, workspace: KnownModel): KnownModel {
  const names = new Map(renamesOf(model.objects, workspace.objects));
  const objects = withKeys<KnownObject>(workspace.objects, names, (object, old, name) => {
    const namePlural = model.objects[name]!["namePlural"] ?? object.values["namePlural"];
    const words = `~ object ${name}: renamed from ${old}`;
    plan.add("rename", { kind: "updateObject", data: { id: old, nameSingular: name, namePlural }, path: ["objects", name], words });
    const labels = { labelSingular: wordsOf(name), labelPlural: wordsOf(String(namePlural)) };
    return { ...object, values: { ...object.values, namePlural }, baseline: { ...object.baseline, ...labels } };
  });
  for (const [name, object] of Object.entries(objects)) {
    const known = names.size ? retargeted(object, names) : object;
    objects[name] = Object.hasOwn(model.objects, name) ? renamedFields(plan, name, model.objects[name]!, known) : known;
  }
  return { objects };
}
