/** Changes of what is made of fields: formulas, rollups, rules and indexes; part of test/changeCases.ts. */
import type { Change, ChangeCase, Model } from "./changeModel.ts";

const field = (name: string) => ({ field: name });
const op = (name: string, ...args: unknown[]) => ({ op: name, args });

/** An object of records with an amount, and a field of it by `settings`. */
async function amounts(model: Model): Promise<string> {
  const id = await model.object();
  await model.field({ name: "amount", type: "NUMERIC" }, "42", id);
  return id;
}
const formula = (factor: number) => ({ type: "NUMERIC", settings: { formula: op("multiply", field("amount"), factor) } });

/** A list of records, and what it is called on the side of what adds them up. */
async function listed(model: Model): Promise<{ parentId: string; list: string }> {
  const [childId, parentId, list] = [await amounts(model), await model.object(), model.name()];
  const relation = { targetObjectId: parentId, targetFieldName: list };
  await model.field({ type: "RELATION", relation }, `(select min(id::text)::uuid from ${await model.table(parentId)})`, childId);
  return { parentId, list };
}
const rollup = (relation: string, of: object = { function: "sum", field: "amount" }) => ({
  type: "NUMERIC",
  settings: { rollup: { relation, ...of } },
});

const rule = async (model: Model, objectId: string): Promise<string> =>
  model.make("createRule", { objectId, name: "isPaid", expression: op("greater", field("amount"), 0) });
const index = async (model: Model, more: object = {}): Promise<Change> => {
  const objectId = await amounts(model);
  return { kind: "createIndex", data: { objectId, fields: [{ fieldId: await model.fieldOf(objectId, "name") }], ...more } };
};

const deletedRule = async (model: Model): Promise<Change[]> => [
  { kind: "deleteRule", data: { id: await rule(model, await amounts(model)) } },
];
const deletedIndex = async (model: Model): Promise<Change[]> => {
  const { kind, data } = await index(model);
  return [{ kind: "deleteIndex", data: { id: await model.make(kind, data) } }];
};
const deletedFormula = async (model: Model): Promise<Change[]> => [
  { kind: "deleteField", data: { id: await model.field(formula(2), undefined, await amounts(model)) } },
];
const deletedRollup = async (model: Model): Promise<Change[]> => {
  const { parentId, list } = await listed(model);
  return [{ kind: "deleteField", data: { id: await model.field(rollup(list), undefined, parentId) } }];
};

const formulaCases: ChangeCase[] = [
  [
    "a field is created: a formula",
    async (model) => [{ kind: "createField", data: { objectId: await amounts(model), name: model.name(), ...formula(2) } }],
  ],
  [
    "a field is created: a formula of a formula, in one list",
    async (model) => {
      const [objectId, name] = [await amounts(model), model.name()];
      const settings = { formula: op("add", field(name), 1) };
      return [
        { kind: "createField", data: { objectId, name, ...formula(2) } },
        { kind: "createField", data: { objectId, name: model.name(), type: "NUMERIC", settings } },
      ];
    },
  ],
  [
    "a field is changed: its formula, of which another is made",
    async (model) => {
      const [objectId, name] = [await amounts(model), model.name()];
      const id = await model.field({ name, ...formula(2) }, undefined, objectId);
      await model.field({ type: "NUMERIC", settings: { formula: op("add", field(name), 1) } }, undefined, objectId);
      return [{ kind: "updateField", data: { id, settings: formula(3).settings } }];
    },
  ],
  [
    "a field is changed: its name, of which a formula, a rule and an index are made",
    async (model) => {
      const objectId = await amounts(model);
      await model.field(formula(2), undefined, objectId);
      await rule(model, objectId);
      const id = await model.fieldOf(objectId, "amount");
      await model.make("createIndex", { objectId, fields: [{ fieldId: id }] });
      return [{ kind: "updateField", data: { id, name: model.name() } }];
    },
  ],
  ["a field is deleted: a formula", deletedFormula],
  ["undone: a formula that was deleted", (model) => model.undo(deletedFormula)],
];

const rollupCases: ChangeCase[] = [
  [
    "a field is created: a rollup",
    async (model) => {
      const { parentId, list } = await listed(model);
      return [{ kind: "createField", data: { objectId: parentId, name: model.name(), ...rollup(list) } }];
    },
  ],
  [
    "a field is changed: its rollup",
    async (model) => {
      const { parentId, list } = await listed(model);
      const id = await model.field(rollup(list), undefined, parentId);
      return [{ kind: "updateField", data: { id, settings: rollup(list, { function: "max", field: "amount" }).settings } }];
    },
  ],
  ["a field is deleted: a rollup", deletedRollup],
  ["undone: a rollup that was deleted", (model) => model.undo(deletedRollup)],
];

const ruleCases: ChangeCase[] = [
  [
    "a rule is created",
    async (model) => [
      {
        kind: "createRule",
        data: { objectId: await amounts(model), name: "isPaid", message: "It's 'free'.", expression: op("greater", field("amount"), 0) },
      },
    ],
  ],
  [
    "a rule is changed",
    async (model) => [
      {
        kind: "updateRule",
        data: {
          id: await rule(model, await amounts(model)),
          name: "isDear",
          expression: op("greater", field("amount"), 41),
          onlyNewRecords: true,
        },
      },
    ],
  ],
  ["a rule is deleted", deletedRule],
  ["undone: a rule that was deleted", (model) => model.undo(deletedRule)],
];

const indexCases: ChangeCase[] = [
  ["an index is created", async (model) => [await index(model)]],
  ["an index is created: unique", async (model) => [await index(model, { isUnique: true })]],
  [
    "an index is created: GIN",
    async (model) => {
      const objectId = await model.object();
      const fieldId = await model.field({ type: "RAW_JSON" }, undefined, objectId);
      return [{ kind: "createIndex", data: { objectId, fields: [{ fieldId }], type: "GIN" } }];
    },
  ],
  ["an index is deleted", deletedIndex],
  ["undone: an index that was deleted", (model) => model.undo(deletedIndex)],
];

export const derivedCases: ChangeCase[] = [...formulaCases, ...rollupCases, ...ruleCases, ...indexCases];
