/** The rules and the indexes of an object. An index has no name that people know: it is what it is made of. */
import { canonical, changed, type IndexModel, type KnownObject, type ObjectModel } from "./model.ts";
import type { Plan } from "./plan.ts";

/** With what is not said, so that equal ones are equal. */
const whole = ({ fields, type = "BTREE", isUnique = false }: IndexModel): string => canonical({ fields, type, isUnique });
const describe = ({ fields, isUnique }: IndexModel): string => `${isUnique ? "unique index" : "index"} (${fields.join(", ")})`;

function dropOne(plan: Plan, kind: string, id: string, words: string, object: string): void {
  plan.kept.push(words);
  plan.add("deleteRule", { kind, data: { id }, path: ["objects", object], words: `- ${words}` });
}

/** What gives an object the rules and indexes that a model wants; `known` is undefined for one that is new. */
export function diffRules(plan: Plan, object: string, { rules = {}, indexes = [] }: ObjectModel, known?: KnownObject): void {
  for (const [name, wanted] of Object.entries(rules)) {
    const path = ["objects", object, "rules", name];
    const knownRule = known?.rules[name];
    const data = knownRule && changed(wanted, knownRule.values, knownRule.baseline);
    if (!knownRule)
      plan.add("rule", { kind: "createRule", data: { objectId: object, name, ...wanted }, path, words: `+ rule ${object}.${name}` });
    else if (Object.keys(data!).length) {
      const words = `~ rule ${object}.${name}: ${Object.keys(data!).join(", ")}`;
      plan.add("rule", { kind: "updateRule", data: { id: knownRule.id, ...data }, path, words });
    }
  }
  for (const [name, { id }] of Object.entries(known?.rules ?? {})) {
    if (!Object.hasOwn(rules, name)) dropOne(plan, "deleteRule", id, `rule ${object}.${name}`, object);
  }

  const wanted = new Set(indexes.map(whole));
  const there = new Set(known?.indexes.map(({ values }) => whole(values)));
  for (const [i, index] of indexes.entries()) {
    if (there.has(whole(index))) continue;
    const fields = index.fields.map((name) => {
      const [field, part] = name.split(".");
      return { fieldId: `${object}.${field}`, ...(part && { part }) };
    });
    const data = { ...index, objectId: object, fields };
    plan.add("rule", { kind: "createIndex", data, path: ["objects", object, "indexes", i], words: `+ ${describe(index)} of ${object}` });
  }
  for (const { id, values } of known?.indexes ?? []) {
    if (!wanted.has(whole(values))) dropOne(plan, "deleteIndex", id, `${describe(values)} of ${object}`, object);
  }
}
