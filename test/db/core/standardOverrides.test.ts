/** Standard objects and fields: what a workspace calls them, and back to what the standard says. */
import { type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, createObject, expectRefusal, idOf, OWNER, type Row, rows, value } from "../support.ts";

const database = useTestDatabase();
const as = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

const apply = (db: Db, kind: string, data: Row) => value<Row>(db, "select core.apply_changes($1)", [JSON.stringify([{ kind, data }])]);
const undoLast = async (db: Db) =>
  value(
    db,
    "select core.undo_change((select id from core.changes where workspace_id = authz.workspace_id() order by created_at desc limit 1))",
  );
const objectOf = async (db: Db) =>
  (
    await rows(
      db,
      `select label_singular as "labelSingular", label_plural as "labelPlural", description, icon, color, shortcut, standard_overrides as overrides
       from core.objects where id = $1`,
      [await idOf(db, "company")],
    )
  )[0]!;
const fieldOf = async (db: Db, object: string, name: string) =>
  (
    await rows(db, "select label, description, icon, standard_overrides as overrides from core.fields where object_id = $1 and name = $2", [
      await idOf(db, object),
      name,
    ])
  )[0]!;

const OTHER = { labelSingular: "Firm", labelPlural: "Firms", description: "Who pays.", icon: "IconCash", color: "red", shortcut: "F" };

it("can call an object otherwise in all that a standard says, and go back at once", () =>
  as(async (db) => {
    const standard = await objectOf(db);
    expect(standard["overrides"]).toBeNull();
    await apply(db, "updateObject", { id: "company", ...OTHER });
    expect(await objectOf(db)).toEqual({ ...OTHER, overrides: OTHER });
    await apply(db, "updateObject", { id: "company", standardOverrides: null });
    expect(await objectOf(db)).toEqual(standard);
    await undoLast(db);
    expect(await objectOf(db)).toEqual({ ...OTHER, overrides: OTHER });
  }));

it.each(Object.keys(OTHER))("can go back to the %s that the standard says, and keeps the others", (key) =>
  as(async (db) => {
    const standard = await objectOf(db);
    await apply(db, "updateObject", { id: "company", ...OTHER });
    await apply(db, "updateObject", { id: "company", standardOverrides: { [key]: null } });
    const { [key as "icon"]: _gone, ...overrides } = OTHER;
    expect(await objectOf(db)).toEqual({ ...OTHER, [key]: standard[key], overrides });
  }),
);

it("goes back when it is called as the standard says", () =>
  as(async (db) => {
    const standard = await objectOf(db);
    await apply(db, "updateObject", { id: "company", ...OTHER });
    const { overrides: _overrides, ...values } = standard;
    await apply(db, "updateObject", { id: "company", ...values });
    expect(await objectOf(db)).toEqual(standard);
  }));

it("takes a null for nothing said, but of a colour and a shortcut for none", () =>
  as(async (db) => {
    const standard = await objectOf(db);
    const nothing = { labelSingular: null, labelPlural: null, description: null, icon: null };
    await apply(db, "updateObject", { id: "company", ...nothing });
    expect(await objectOf(db)).toEqual(standard);
    await apply(db, "updateObject", { id: "company", ...OTHER });
    await apply(db, "updateObject", { id: "company", ...nothing });
    expect(await objectOf(db)).toEqual({ ...OTHER, overrides: OTHER });
    await apply(db, "updateObject", { id: "company", color: null, shortcut: null });
    const { color: _color, shortcut: _shortcut, ...overrides } = OTHER;
    expect(await objectOf(db)).toEqual({ ...OTHER, color: null, shortcut: null, overrides });
    const field = await fieldOf(db, "company", "industry");
    await apply(db, "updateField", { id: "company.industry", label: null, description: null, icon: null });
    expect(await fieldOf(db, "company", "industry")).toEqual({ ...field, overrides: null });
  }));

it("can be called otherwise by standardOverrides, too", () =>
  as(async (db) => {
    await apply(db, "updateObject", { id: "company", standardOverrides: { labelSingular: "Firm", color: "red" } });
    expect(await objectOf(db)).toMatchObject({
      labelSingular: "Firm",
      color: "red",
      overrides: { labelSingular: "Firm", color: "red" },
    });
  }));

it.each([
  ["company", "industry"],
  ["company", "createdAt"],
  ["company", "contacts"],
  ["person", "company"],
  ["person", "linkedinLink"],
  ["person", "name"],
])("can call %s.%s otherwise, and go back to what the standard says", (object, name) =>
  as(async (db) => {
    const standard = await fieldOf(db, object, name);
    const other = { label: "Other", description: "Otherwise.", icon: "IconX" };
    await apply(db, "updateField", { id: `${object}.${name}`, ...other });
    expect(await fieldOf(db, object, name)).toEqual({ ...other, overrides: other });
    await apply(db, "updateField", { id: `${object}.${name}`, standardOverrides: { label: null, icon: null } });
    expect(await fieldOf(db, object, name)).toEqual({ ...standard, description: "Otherwise.", overrides: { description: "Otherwise." } });
    await apply(db, "updateField", { id: `${object}.${name}`, standardOverrides: null });
    expect(await fieldOf(db, object, name)).toEqual(standard);
    await undoLast(db);
    expect(await fieldOf(db, object, name)).toMatchObject({ overrides: { description: "Otherwise." } });
  }),
);

it.each<[string, string, Row]>([
  ["of an object of one's own", "updateObject", { id: "rocket", standardOverrides: null }],
  ["of a field of one's own", "updateField", { id: "rocket.mass", standardOverrides: { label: null } }],
  ["that are a list", "updateObject", { id: "company", standardOverrides: [] }],
  ["of a name", "updateObject", { id: "company", standardOverrides: { nameSingular: "firm" } }],
  ["that are numbers", "updateObject", { id: "company", standardOverrides: { icon: 3 } }],
  ["of a field's type", "updateField", { id: "company.industry", standardOverrides: { type: null } }],
])("cannot be overrides %s (BAD_INPUT)", (_what, kind, data) =>
  as(async (db) => {
    await createObject(db, { nameSingular: "rocket", namePlural: "rockets" });
    await createField(db, { objectId: await idOf(db, "rocket"), name: "mass", type: "NUMBER" });
    await expectRefusal(db, () => apply(db, kind, data), "BAD_INPUT");
  }),
);
