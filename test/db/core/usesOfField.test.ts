/** What an object says of its own fields: such a field is not deleted, and one whose column is gone is forgotten there, too. */
import { asAdministrator, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { change, createField, createObject, DISAGREEMENTS, expectRefusal, OWNER, type Row, rows } from "../support.ts";

const database = useTestDatabase();
const asOwner = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

/** An object of one's own, of a text called code and a picture. */
async function rocket(db: Db): Promise<{ id: string; code: string; picture: string }> {
  const id = await createObject(db, { nameSingular: "rocket", namePlural: "rockets" });
  const [code, picture] = [
    await createField(db, { objectId: id, name: "code", type: "TEXT" }),
    await createField(db, { objectId: id, name: "picture", type: "LINKS" }),
  ];
  return { id, code, picture };
}

const said = async (db: Db, id: string) =>
  (
    await rows(
      db,
      `select label_field as "labelField", image_field as "imageField", search_fields as "searchFields", duplicate_criteria as "duplicateCriteria"
       from core.objects where id = $1`,
      [id],
    )
  )[0];

const NOTHING = { labelField: "name", imageField: null, duplicateCriteria: null };

it.each<[string, Row]>([
  ["labelField", { labelField: "code" }],
  ["imageField", { imageField: "code" }],
  ["duplicateCriteria", { duplicateCriteria: [["name"], ["name", "code"]] }],
])("cannot delete the field that stands in its object's %s (FIELD_IN_USE), before it is let go", (_what, values) =>
  asOwner(async (db) => {
    const { id, code } = await rocket(db);
    await change(db, "updateObject", { id, ...values });
    await expectRefusal(db, () => change(db, "deleteField", { id: code, force: true }), "FIELD_IN_USE", "data.id");
    await change(db, "updateObject", { id, ...NOTHING });
    await change(db, "deleteField", { id: code, force: true });
    // What the object says is still true of it, and may be said again.
    await change(db, "updateObject", { id, ...(await said(db, id)) });
  }),
);

it("cannot delete a relation whose other side stands in an object's duplicateCriteria (FIELD_IN_USE), nor the object behind it", () =>
  asOwner(async (db) => {
    const { id } = await rocket(db);
    const other = await createObject(db, { nameSingular: "maker", namePlural: "makers" });
    const relation = { targetObject: "rocket", targetFieldName: "maker", type: "ONE_TO_MANY" };
    const rockets = await createField(db, { objectId: other, name: "rockets", type: "RELATION", relation });
    await change(db, "updateObject", { id, duplicateCriteria: [["maker", "code"]] });
    await expectRefusal(db, () => change(db, "deleteField", { id: rockets, force: true }), "FIELD_IN_USE", "data.id");
    await expectRefusal(db, () => change(db, "deleteObject", { id: other }), "FIELD_IN_USE", "data.id");
    await change(db, "updateObject", { id, duplicateCriteria: null });
    await change(db, "deleteObject", { id: other });
  }));

it("can delete an object, whatever it says of its fields, and undo that", () =>
  asOwner(async (db) => {
    const { id } = await rocket(db);
    const values = { labelField: "code", imageField: "picture", searchFields: ["code"], duplicateCriteria: [["code"]] };
    await change(db, "updateObject", { id, ...values });
    await change(db, "deleteObject", { id });
    expect(await said(db, id)).toBeUndefined();
    await db.query(
      "select core.undo_change((select id from core.changes where kind = 'deleteObject' and workspace_id = authz.workspace_id()))",
    );
    expect(await said(db, id)).toEqual(values);
  }));

it("forgets a field whose column is gone in all that its object says, and leaves the rest", () =>
  asOwner(async (db) => {
    const { id, code } = await rocket(db);
    const searchFields = ["name", "code"];
    const duplicateCriteria = [["name"], ["name", "code"], ["code"]];
    await change(db, "updateObject", { id, labelField: "code", imageField: "code", searchFields, duplicateCriteria });
    await asAdministrator(db, () => db.query("alter table rocket drop column code cascade"));
    await change(db, "forgetField", { id: code });
    const left = { labelField: "id", imageField: null, searchFields: ["name"], duplicateCriteria: [["name"]] };
    expect(await said(db, id)).toEqual(left);
    await change(db, "updateObject", { id, ...left });
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));

it("forgets a relation whose key is gone on both sides", () =>
  asOwner(async (db) => {
    const { id } = await rocket(db);
    const relation = { targetObject: "company", targetFieldName: "rockets" };
    const maker = await createField(db, { objectId: id, name: "maker", type: "RELATION", relation });
    await change(db, "updateObject", { id, duplicateCriteria: [["maker"]] });
    await change(db, "updateObject", { id: "company", duplicateCriteria: [["name"], ["rockets"]] });
    await asAdministrator(db, () => db.query("alter table rocket drop column maker_id"));
    await change(db, "forgetField", { id: maker });
    expect(await said(db, id)).toMatchObject({ duplicateCriteria: null });
    const [company] = await rows(db, "select duplicate_criteria as criteria from core.objects where name_singular = 'company'");
    expect(company).toEqual({ criteria: [["name"]] });
  }));
