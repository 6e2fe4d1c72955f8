/** Relations that stand: another onDelete, and what a morph field points at. */
import { asAdministrator, type Db, useTestDatabase } from "../../helpers/db.ts";
import { createField, expectRefusal, idOf, type Row, rows, value } from "../support.ts";
import { asOwnerWith, relate, relationsOf } from "./relations.ts";
import { fieldId, fieldsOf, indexViewId } from "./viewSupport.ts";

const database = useTestDatabase();
const asOwner = asOwnerWith(database);

const apply = async (db: Db, kind: string, data: Row) =>
  (
    (await value<Row>(db, "select core.apply_changes($1)", [JSON.stringify([{ kind, data }])]))["changes"] as {
      id: string;
      changeId: string;
    }[]
  )[0]!;
const undo = async (db: Db, { changeId }: { changeId: string }) =>
  ((await value<Row>(db, "select core.undo_change($1)", [changeId]))["changes"] as { id: string; changeId: string }[])[0]!;

const TARGETS = ["company", "person"].map((targetObject) => ({ targetObject, targetFieldName: "things" }));
const morph = async (db: Db) =>
  createField(db, { objectId: await idOf(db, "note"), name: "thing", type: "MORPH_RELATION", relation: { targets: TARGETS } });
const shown = (db: Db) => relationsOf(db, ["thing"]);
const BOTH = [
  "note.thing MANY_TO_ONE company.things thing_company_id SET_NULL",
  "note.thing MANY_TO_ONE person.things thing_person_id SET_NULL",
];
const TASK = "note.thing MANY_TO_ONE task.things thing_task_id SET_NULL";

it("can point at one object more, shown in its index view, and undo it", () =>
  asOwner(async (db) => {
    const fieldId = await morph(db);
    const added = await apply(db, "addMorphTarget", { fieldId, targetObjectId: "task" });
    expect(added.id).toBe(fieldId);
    expect(await shown(db)).toEqual([...BOTH, TASK]);
    expect(await fieldsOf(db, await indexViewId(db, "task"))).toContain("things");
    const undone = await undo(db, added);
    expect(await shown(db)).toEqual(BOTH);
    await undo(db, undone);
    expect(await shown(db)).toEqual([...BOTH, TASK]);
  }));

it("can point no longer at an object, by force when records do, and gets them back", () =>
  asOwner(async (db) => {
    const fieldId = await morph(db);
    await db.query("update note set thing_person_id = (select min(id::text)::uuid from person)");
    const joined = () => value<number>(db, "select count(thing_person_id)::int from note");
    const before = await joined();
    expect(before).toBeGreaterThan(0);
    const data = { fieldId, targetObjectId: "person" };
    await expectRefusal(db, () => apply(db, "removeMorphTarget", data), "FIELD_IN_USE", "data.force");
    const removed = await apply(db, "removeMorphTarget", { ...data, force: true });
    expect(await shown(db)).toEqual([BOTH[0]]);
    const restored = await undo(db, removed);
    expect([await shown(db), await joined()]).toEqual([BOTH, before]);
    await undo(db, restored);
    expect(await shown(db)).toEqual([BOTH[0]]);
  }));

it("can be given all its targets at once, in one change that is undone as one", () =>
  asOwner(async (db) => {
    const id = await morph(db);
    const targets = [{ targetObject: "task" }, { targetObjectId: await idOf(db, "company"), onDelete: "CASCADE" }];
    const changed = await apply(db, "updateField", { id, label: "Matter", relation: { targets } });
    expect(await shown(db)).toEqual([BOTH[0]!.replace("SET_NULL", "CASCADE"), TASK]);
    const undone = await undo(db, changed);
    expect(await shown(db)).toEqual(BOTH);
    expect(await value(db, "select label from core.fields where id = $1", [id])).toBe("Thing");
    await undo(db, undone);
    expect(await shown(db)).toEqual([BOTH[0]!.replace("SET_NULL", "CASCADE"), TASK]);
  }));

it("can be given targets beside those it has", () =>
  asOwner(async (db) => {
    await apply(db, "updateField", {
      id: await morph(db),
      relation: { moreTargets: [{ targetObject: "task" }, { targetObject: "person" }] },
    });
    expect(await shown(db)).toEqual([...BOTH, TASK]);
  }));

it.each(["note.maker", "company.made"])("can have another onDelete, told of %s, which the database follows, and undo it", (id) =>
  asOwner(async (db) => {
    await relate(db, "note", "maker", { targetObject: "company", targetFieldName: "made" });
    await db.query("update note set maker_id = (select min(id::text)::uuid from company)");
    const action = () =>
      asAdministrator(db, () =>
        rows(
          db,
          "select confdeltype as type, convalidated as valid, obj_description(oid) like '%@fieldName maker%' as told from pg_constraint where conname = 'maker_id_fkey'",
        ),
      );
    expect(await action()).toEqual([{ type: "n", valid: true, told: true }]);
    const changed = await apply(db, "updateField", { id, relation: { onDelete: "RESTRICT" } });
    expect(await action()).toEqual([{ type: "r", valid: true, told: true }]);
    await undo(db, changed);
    expect(await action()).toEqual([{ type: "n", valid: true, told: true }]);
  }),
);

it.each<[string, Row, "RELATION_INVALID" | "TYPE_IMMUTABLE" | "NOT_FOUND" | "NAME_TAKEN" | "FIELD_IN_USE" | "BAD_INPUT"]>([
  ["of another type", { id: "note.maker", relation: { type: "ONE_TO_ONE" } }, "TYPE_IMMUTABLE"],
  ["of another target", { id: "note.maker", relation: { targetObject: "person" } }, "RELATION_INVALID"],
  ["with an onDelete of its own", { id: "note.maker", relation: { onDelete: "EXPLODE" } }, "RELATION_INVALID"],
  ["without any target", { id: "note.thing", relation: { targets: [] } }, "RELATION_INVALID"],
  ["with a target that is none", { id: "note.thing", relation: { targets: [{ targetObject: "moon" }] } }, "NOT_FOUND"],
  ["of a text", { id: "company.name", relation: { onDelete: "CASCADE" } }, "RELATION_INVALID"],
  ["of a text to an object", { id: "company.name", relation: { targets: [{ targetObject: "task" }] } }, "RELATION_INVALID"],
  ["that Relata keeps", { id: "noteTarget.targetProject", relation: { onDelete: "SET_NULL" } }, "BAD_INPUT"],
])("cannot become one %s (%j: %s)", (_what, data, code) =>
  asOwner(async (db) => {
    await morph(db);
    await relate(db, "note", "maker", { targetObject: "company", targetFieldName: "made" });
    await expectRefusal(db, () => apply(db, "updateField", data), code);
  }),
);

it("cannot lose a target that a rollup goes along (FIELD_IN_USE)", () =>
  asOwner(async (db) => {
    const id = await morph(db);
    const rollup = { relation: "things", function: "count" };
    await createField(db, { objectId: await idOf(db, "company"), name: "noted", type: "NUMBER", settings: { dataType: "bigint", rollup } });
    const data = { fieldId: id, targetObjectId: "company", force: true };
    await expectRefusal(db, () => apply(db, "removeMorphTarget", data), "FIELD_IN_USE");
    expect(await fieldId(db, "company", "things")).toBeTruthy();
  }));
