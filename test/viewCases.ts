/** Changes of views; part of test/changeCases.ts. */
import type { Change, ChangeCase, Model } from "./changeModel.ts";
import type { Row } from "./db/support.ts";

/** An object with a choice, an amount and a day, and those fields. */
async function fields(model: Model): Promise<{ objectId: string; stage: string; amount: string; day: string; name: string }> {
  const objectId = await model.object();
  const options = ["RED", "GREEN"].map((value) => ({ value }));
  return {
    objectId,
    stage: await model.field({ type: "SELECT", options }, undefined, objectId),
    amount: await model.field({ type: "NUMERIC" }, undefined, objectId),
    day: await model.field({ type: "DATE" }, undefined, objectId),
    name: await model.fieldOf(objectId, "name"),
  };
}

/** A view with something of everything. */
const board = async (model: Model): Promise<Row> => {
  const { objectId, stage, amount, name } = await fields(model);
  return {
    objectId,
    name: "It's a board",
    type: "KANBAN",
    mainGroupByFieldId: stage,
    kanbanAggregateOperation: "SUM",
    kanbanAggregateOperationFieldId: amount,
    viewFields: [{ fieldId: amount, aggregateOperation: "AVG", size: 90 }],
    viewFieldGroups: [{ name: "More", viewFields: [{ fieldId: name, isVisible: false }] }],
    viewFilters: [{ fieldId: stage, operand: "IS", value: ["RED"] }],
    viewFilterGroups: [{ logicalOperator: "OR", viewFilterGroups: [{ viewFilters: [{ fieldId: name, value: "x" }] }] }],
    viewSorts: [{ fieldId: amount, direction: "DESC" }],
  };
};

const changed = async (model: Model): Promise<Change[]> => {
  const data = await board(model);
  const id = await model.make("createView", data);
  const { viewSorts } = data;
  return [
    {
      kind: "updateView",
      data: { id, name: "A table", type: "TABLE", mainGroupByFieldId: null, viewSorts, viewFilters: [], viewFieldGroups: [] },
    },
  ];
};
const deleted = async (model: Model): Promise<Change[]> => [
  { kind: "deleteView", data: { id: await model.make("createView", await board(model)) } },
];

/** A change of the field that a board is grouped by. */
const ofStage = async (model: Model, change: (options: Row[]) => Row): Promise<Change[]> => {
  const data = await board(model);
  await model.make("createView", data);
  const id = data["mainGroupByFieldId"] as string;
  return [{ kind: "updateField", data: { id, ...change(await model.options(id)) } }];
};

export const viewCases: ChangeCase[] = [
  ["a view is created", async (model) => [{ kind: "createView", data: await board(model) }]],
  ["a view is changed", changed],
  [
    "a view is changed: the one that an object opens with",
    async (model) => {
      const { objectId, day, name } = await fields(model);
      const viewFields = [{ fieldId: day }, { fieldId: name, size: 200 }];
      return [{ kind: "updateView", data: { objectId, key: "INDEX", name: "Fleet", viewFields } }];
    },
  ],
  ["a view is deleted", deleted],
  ["undone: a view that was changed", (model) => model.undo(changed)],
  ["undone: a view that was deleted", (model) => model.undo(deleted)],
  ["a field is changed: hidden, while a board is grouped by it", (model) => ofStage(model, () => ({ isActive: false }))],
  [
    "a field is changed: an option less, while a view filters by it",
    (model) => ofStage(model, (options) => ({ options: options.slice(1) })),
  ],
  [
    "a field is changed: options that change places, while a view filters by one",
    (model) =>
      ofStage(model, ([red, green]) => ({
        options: [
          { ...red, value: "GREEN" },
          { ...green, value: "RED" },
        ],
      })),
  ],
];
