/** Changes of relations other than many-to-one, and of relations that stand; part of test/changeCases.ts. */
import type { Change, ChangeCase, Model } from "./changeModel.ts";

const ofType = async (model: Model, type: string): Promise<Change> => {
  const [objectId, targetObjectId] = [await model.object(), await model.object()];
  const relation = { targetObjectId, targetFieldName: model.name(), type };
  return { kind: "createField", data: { objectId, name: model.name(), type: "RELATION", relation } };
};
const deletedJoint = async (model: Model): Promise<Change[]> => {
  const { kind, data } = await ofType(model, "MANY_TO_MANY");
  return [{ kind: "deleteField", data: { id: await model.make(kind, data), force: true } }];
};

/** A morph field of a new object that points at two others, and joins records with the first. */
async function morph(model: Model): Promise<{ fieldId: string; objectId: string; targets: [string, string, string] }> {
  const [objectId, name] = [await model.object(), model.name()];
  const targets = [await model.object(), await model.object(), await model.object()] as [string, string, string];
  const spec = targets.slice(0, 2).map((targetObjectId) => ({ targetObjectId, targetFieldName: model.name() }));
  const fieldId = await model.make("createField", { objectId, name, type: "MORPH_RELATION", relation: { targets: spec } });
  const first = await model.table(targets[0]);
  await model.query(`update ${await model.table(objectId)} set ${name}_${first}_id = (select min(id::text)::uuid from ${first})`);
  return { fieldId, objectId, targets };
}

const removedTarget = async (model: Model): Promise<Change[]> => {
  const { fieldId, targets } = await morph(model);
  return [{ kind: "removeMorphTarget", data: { fieldId, targetObjectId: targets[0], force: true } }];
};
const otherTargets = async (model: Model): Promise<Change[]> => {
  const { fieldId, targets } = await morph(model);
  const spec = [
    { targetObjectId: targets[2], targetFieldName: model.name() },
    { targetObjectId: targets[1], onDelete: "CASCADE" },
  ];
  return [{ kind: "updateField", data: { id: fieldId, label: "Matter", relation: { targets: spec }, force: true } }];
};

export const relationCases: ChangeCase[] = [
  ["a field is created: one-to-one", async (model) => [await ofType(model, "ONE_TO_ONE")]],
  ["a field is created: one-to-many", async (model) => [await ofType(model, "ONE_TO_MANY")]],
  ["a field is created: many-to-many", async (model) => [await ofType(model, "MANY_TO_MANY")]],
  ["a field is deleted: many-to-many, by force", deletedJoint],
  ["undone: a many-to-many that was deleted", (model) => model.undo(deletedJoint)],
  [
    "a relation is changed: what becomes of records when others are destroyed",
    async (model) => [{ kind: "updateRelation", data: { fieldId: (await model.joined()).id, onDelete: "CASCADE" } }],
  ],
  [
    "a morph relation gets a target",
    async (model) => {
      const { fieldId, targets } = await morph(model);
      return [{ kind: "addMorphTarget", data: { fieldId, targetObjectId: targets[2], targetFieldName: model.name() } }];
    },
  ],
  ["a morph relation loses a target, by force", removedTarget],
  ["a field is changed: all that a morph relation points at", otherTargets],
  [
    "an object is deleted: a morph relation points at it",
    async (model) => [{ kind: "deleteObject", data: { id: (await morph(model)).targets[0] } }],
  ],
  [
    "a field is deleted: a morph relation, by force",
    async (model) => [{ kind: "deleteField", data: { id: (await morph(model)).fieldId, force: true } }],
  ],
  ["undone: a morph relation's target that went", (model) => model.undo(removedTarget)],
  ["undone: all that a morph relation points at", (model) => model.undo(otherTargets)],
];
