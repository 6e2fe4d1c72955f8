/** How long a description, an icon, a shortcut and a colour may be, wherever they are given, and of what type. */
import { type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { change, expectRefusal, OWNER, type Row } from "../support.ts";

const database = useTestDatabase();
const asOwner = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

const OBJECT = { nameSingular: "rocket", namePlural: "rockets" };
const LONGEST = { description: 10_000, icon: 255, shortcut: 255, color: 255 };

/** Every change that takes these, and what else it needs. */
const KINDS: [kind: string, data: Row, keys: (keyof typeof LONGEST)[]][] = [
  ["createObject", OBJECT, ["description", "icon", "shortcut", "color"]],
  ["updateObject", { id: "company" }, ["description", "icon", "shortcut", "color"]],
  ["createField", { objectId: "company", name: "mass", type: "NUMBER" }, ["description", "icon"]],
  ["updateField", { id: "company.industry" }, ["description", "icon"]],
  ["createView", { objectId: "company", name: "All of them" }, ["icon"]],
  ["updateView", { objectId: "company", key: "INDEX" }, ["icon"]],
];
const CASES = KINDS.flatMap(([kind, data, keys]) => keys.map((key) => [kind, key, data] as const));

it.each(CASES)("can be long in %s: %s", (kind, key, data) =>
  asOwner((db) => change(db, kind, { ...data, [key]: "\u00e4".repeat(LONGEST[key]) })),
);

it.each(CASES)("cannot be longer in %s: %s (LIMIT_EXCEEDED)", (kind, key, data) =>
  asOwner((db) =>
    expectRefusal(db, () => change(db, kind, { ...data, [key]: "\u00e4".repeat(LONGEST[key] + 1) }), "LIMIT_EXCEEDED", `data.${key}`),
  ),
);

it.each(CASES)("cannot ring a bell in %s: %s (LABEL_INVALID)", (kind, key, data) =>
  asOwner((db) => expectRefusal(db, () => change(db, kind, { ...data, [key]: "bell\u0007" }), "LABEL_INVALID", `data.${key}`)),
);

it.each(CASES)("cannot be a number in %s: %s (BAD_INPUT)", (kind, key, data) =>
  asOwner((db) => expectRefusal(db, () => change(db, kind, { ...data, [key]: 3 }), "BAD_INPUT", `data.${key}`)),
);

it.each<[key: string, value: unknown]>([
  ["icon", "x".repeat(256)],
  ["color", "x".repeat(256)],
  ["description", "x".repeat(10_001)],
])("cannot be longer as a standard's override: %s (LIMIT_EXCEEDED)", (key, value) =>
  asOwner((db) => {
    const data = { id: "company", standardOverrides: { [key]: value } };
    return expectRefusal(db, () => change(db, "updateObject", data), "LIMIT_EXCEEDED", `data.${key}`);
  }),
);

it.each<[kind: string, data: Row, key: string, value: unknown]>([
  ["updateObject", { id: "company" }, "isSearchable", "perhaps"],
  ["updateObject", { id: "company" }, "isLabelSyncedWithName", "perhaps"],
  ["updateObject", { id: "company" }, "imageField", ["name"]],
  ["updateObject", { id: "company" }, "duplicateCriteria", "name"],
  ["createObject", OBJECT, "isLabelSyncedWithName", 1],
  ["updateField", { id: "company.industry" }, "isUiEditable", "perhaps"],
  ["updateField", { id: "company.industry" }, "isLabelSyncedWithName", {}],
])("cannot be of another type in %s (%j): %s (BAD_INPUT)", (kind, data, key, value) =>
  asOwner((db) => expectRefusal(db, () => change(db, kind, { ...data, [key]: value }), "BAD_INPUT", `data.${key}`)),
);
