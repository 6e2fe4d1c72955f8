/** Morph relations: a key for each target, of which one is set. */
import { become, type Db, useTestDatabase } from "../../helpers/db.ts";
import { createField, expectRefusal, idOf, MEMBER, type Row, rows, value } from "../support.ts";
import { asOwnerWith, indexesOf, relate, relationsOf } from "./relations.ts";

const database = useTestDatabase();
const asOwner = asOwnerWith(database);

describe("MORPH_RELATION", () => {
  const TARGETS = ["company", "person"].map((targetObject) => ({ targetObject, targetFieldName: "things", onDelete: "CASCADE" }));
  const morph = async (db: Db, spec: Row = {}) =>
    createField(db, { objectId: await idOf(db, "note"), name: "thing", type: "MORPH_RELATION", relation: { targets: TARGETS }, ...spec });

  it("has a key for each target, of which one is set", () =>
    asOwner(async (db) => {
      await morph(db);
      expect(await relationsOf(db, ["thing"])).toEqual([
        "note.thing MANY_TO_ONE company.things thing_company_id CASCADE",
        "note.thing MANY_TO_ONE person.things thing_person_id CASCADE",
      ]);
      expect(await indexesOf(db, "note")).toEqual([
        "(thing_company_id, id) WHERE (thing_company_id IS NOT NULL)",
        "(thing_person_id, id) WHERE (thing_person_id IS NOT NULL)",
      ]);
      await become(db, MEMBER);
      const [company, person] = [await value(db, "select id from company limit 1"), await value(db, "select id from person limit 1")];
      const add = (...ids: (string | null)[]) =>
        value(db, "insert into note (thing_company_id, thing_person_id) values ($1, $2) returning id", ids);
      for (const ids of [
        [company, null],
        [null, person],
        [null, null],
      ])
        await add(...ids);
      await expectRefusal(db, () => add(company, person), "CHECK_FAILED");
      await expectRefusal(db, () => add(person, null), "RELATED_NOT_FOUND");
    }));

  it("understands the reference's words, and names the other side by its label", () =>
    asOwner(async (db) => {
      const target = async (object: string) => ({
        targetObjectMetadataId: await idOf(db, object),
        targetFieldLabel: "Old things",
        targetFieldIcon: "IconBox",
        type: "MANY_TO_ONE",
      });
      await morph(db, { relation: undefined, morphRelationsCreationPayload: [await target("company"), await target("person")] });
      const fields = await rows(db, "select name, label, icon from core.fields where label = 'Old things'");
      expect(fields).toEqual(Array(2).fill({ name: "oldThings", label: "Old things", icon: "IconBox" }));
      const payload = { ...(await target("task")), type: "ONE_TO_MANY" };
      await relate(db, "note", "chores", {}, { relation: undefined, relationCreationPayload: payload });
      expect(await relationsOf(db, ["chores"])).toEqual(["task.oldThings MANY_TO_ONE note.chores old_things_id SET_NULL"]);
    }));

  it("can get a target more, by the name that the others have or another", () =>
    asOwner(async (db) => {
      const id = await morph(db);
      // As the change engine would: nobody else can call it.
      await db.query("reset role");
      const add = async (object: string, spec: Row = {}, subdomain = "acme") =>
        value(db, "select private.add_morph_target($1, $2, $3)", [id, await idOf(db, object, subdomain), spec]);
      await add("task");
      await add("opportunity", { targetFieldName: "notesOfIt", targetFieldLabel: "Its notes", onDelete: "RESTRICT" });
      expect(await relationsOf(db, ["thing"])).toEqual([
        "note.thing MANY_TO_ONE company.things thing_company_id CASCADE",
        "note.thing MANY_TO_ONE person.things thing_person_id CASCADE",
        "note.thing MANY_TO_ONE task.things thing_task_id SET_NULL",
        "note.thing MANY_TO_ONE opportunity.notesOfIt thing_opportunity_id RESTRICT",
      ]);
      const [task, company] = [await value(db, "select id from task limit 1"), await value(db, "select id from company limit 1")];
      const both = () => db.query("insert into note (thing_task_id, thing_company_id) values ($1, $2)", [task, company]);
      await expectRefusal(db, both, "CHECK_FAILED");
      await db.query("insert into note (thing_task_id) values ($1)", [task]);
      await expectRefusal(db, () => add("task"), "RELATION_INVALID", "data.targetObjectId");
      await expectRefusal(db, () => add("company", { targetFieldName: "others" }), "RELATION_INVALID", "data.targetObjectId");
      await expectRefusal(db, () => add("task", {}, "globex"), "NOT_FOUND", "data.targetObjectId");
    }));
});
