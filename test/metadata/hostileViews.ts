/** Hostile views, relations that stand and overrides: where test/metadata/hostileInput.ts puts its texts in changes of these. */
import type { Targets } from "./hostileInput.ts";

export const VIEW_PLACES: [kind: string, key: string, weight: number][] = [
  ["createView", "name", 2],
  ["createView", "type", 1],
  ["createView", "icon", 1],
  ["createView", "position", 1],
  ["createView", "mainGroupByFieldId", 1],
  ["createView", "anyFieldFilterValue", 1],
  ["createView", "kanbanAggregateOperation", 1],
  ["createView", "viewFields", 4],
  ["createView", "viewFieldGroups", 2],
  ["createView", "viewFilters", 4],
  ["createView", "viewFilterGroups", 2],
  ["createView", "viewSorts", 2],
  ["createView", "viewGroups", 2],
  ["createView", "*", 1],
  ["updateView", "viewFields", 2],
  ["updateView", "restoredRows", 1],
  ["deleteView", "id", 1],
  ["restoreView", "rows", 1],
  ["makeChanges", "changes", 1],
  ["addMorphTarget", "targetObjectId", 1],
  ["addMorphTarget", "targetFieldName", 2],
  ["addMorphTarget", "targetFieldLabel", 1],
  ["addMorphTarget", "onDelete", 1],
  ["removeMorphTarget", "fieldId", 1],
  ["removeMorphTarget", "targetObjectId", 1],
  ["updateRelation", "onDelete", 2],
  ["updateRelation", "type", 1],
  ["updateField", "relation", 3],
  ["updateField", "standardOverrides", 2],
  ["updateObject", "standardOverrides", 2],
];

type Random = { one: <T>(of: readonly T[]) => T; text: () => string; value: () => unknown; targets: () => Targets };

/** A part of a view with one thing in it that is not as it should be. */
const part = ({ one, text, value, targets }: Random): unknown => {
  const { textId } = targets();
  return one([
    () => ({ fieldId: value() }),
    () => ({ fieldId: textId, operand: value() }),
    () => ({ fieldId: textId, value: value(), subFieldName: value() }),
    () => ({ fieldId: textId, size: value() }),
    () => ({ fieldId: textId, aggregateOperation: value(), isVisible: value() }),
    () => ({ fieldId: textId, direction: value() }),
    () => ({ fieldValue: value() }),
    () => ({ name: value(), viewFields: value() }),
    () => ({ logicalOperator: value(), viewFilters: [value()], viewFilterGroups: [value()] }),
    () => ({ [text()]: value() }),
    () => value(),
  ])();
};

/** What a standard field or object is called here instead. */
const overrides = ({ one, text, value }: Random): unknown =>
  one([
    () => ({ label: value() }),
    () => ({ description: text() }),
    () => ({ labelSingular: text() }),
    () => ({ [text()]: null }),
    () => ({ icon: value(), [text()]: value() }),
    value,
  ])();

const parts = (random: Random) => () => random.one([() => [part(random)], () => [part(random), part(random)], random.value])();

export const viewValues = (random: Random): Record<string, () => unknown> =>
  Object.fromEntries([
    ...["viewFields", "viewFieldGroups", "viewFilters", "viewFilterGroups", "viewSorts", "viewGroups", "rows", "changes"].map(
      (key) => [key, parts(random)] as const,
    ),
    ["restoredRows", () => ({ viewFields: part(random) })],
    ["standardOverrides", () => overrides(random)],
  ]);
