/** What createField refuses, with which code and at which field; nothing of it stays. */
import { type ErrorCode, toRelataError } from "../../../src/errors.ts";
import { asAdministrator, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, DISAGREEMENTS, expectNoTrace, idOf, OWNER, type Row, rows } from "../support.ts";

const database = useTestDatabase();

/** A good field of company, of which each test spoils one part. */
const good = { name: "thing", type: "TEXT" };

type Case = [title: string, spoilt: Row, code: ErrorCode, path: string];

const HOSTILE_NAMES = [
  "",
  null,
  undefined,
  " ",
  "Thing",
  "1thing",
  "_thing",
  "__typename",
  "my_thing",
  "my thing",
  "thing;",
  'th"ing',
  "th'ing",
  "thing\\",
  "thing%I",
  "x text); drop table core.users; --",
  "thing\n",
  "th\u00efng",
  "th\u200bing",
  "\ud83c\udfe0",
  42,
  ["thing"],
  { a: 1 },
  "a".repeat(64),
  `a${"Bc".repeat(20)}`,
];

const names: Case[] = [
  ...HOSTILE_NAMES.map((name): Case => [`the name ${JSON.stringify(name)?.slice(0, 40)}`, { name }, "NAME_INVALID", "data.name"]),
  ...["and", "or", "not", "typename"].map((name): Case => [`the reserved name ${name}`, { name }, "NAME_RESERVED", "data.name"]),
  // PostgreSQL has columns of these names on every table.
  ...["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"].map(
    (name): Case => [`the reserved name ${name}`, { name }, "NAME_RESERVED", "data.name"],
  ),
  ...["industry", "inDustry", "id", "createdAt", "searchVector", "position", "createdBy"].map(
    (name): Case => [`the name ${name}, which is taken`, { name }, "NAME_TAKEN", "data.name"],
  ),
  ...["createdByName", "createdBySource", "updatedByWorkspaceMemberId"].map(
    (name): Case => [`the name ${name}, a column of who did it`, { name }, "NAME_TAKEN", "data.name"],
  ),
  ["the name accountOwnerId, which its relation takes too", { name: "accountOwnerId" }, "NAME_TAKEN", "data.name"],
  ["the name accountOwnerID, which differs by case alone", { name: "accountOwnerID" }, "NAME_TAKEN", "data.name"],
  ["the name contacts, the other side of a relation", { name: "contacts" }, "NAME_TAKEN", "data.name"],
  ...["", "  ", "two\nlines", "x".repeat(256)].map(
    (label): Case => [`the label ${JSON.stringify(label).slice(0, 20)}`, { label }, "LABEL_INVALID", "data.label"],
  ),
];

const types: Case[] = [
  ...["", null, undefined, "text", "JSONB", "text; drop table core.users", "TEXT ", 5].map(
    (type): Case => [`the type ${JSON.stringify(type)}`, { type }, "FIELD_TYPE_INVALID", "data.type"],
  ),
  ...["POSITION", "ACTOR", "TS_VECTOR"].map(
    (type): Case => [`the type ${type}, which Relata keeps itself`, { type }, "FIELD_TYPE_INVALID", "data.type"],
  ),
  ...["char", "text", "float8", "int; drop table core.users", "", 5, {}].map(
    (dataType): Case => [
      `the data type ${JSON.stringify(dataType)}`,
      { type: "NUMBER", settings: { dataType } },
      "SETTINGS_INVALID",
      "data.settings.dataType",
    ],
  ),
  ...[{ generatedFrom: ["name"] }, { dataType: "int", other: 1 }, [], ["dataType"], "dataType", 5].map(
    (settings): Case => [`the settings ${JSON.stringify(settings)}`, { type: "NUMBER", settings }, "SETTINGS_INVALID", "data.settings"],
  ),
  ["a data type for a TEXT", { settings: { dataType: "int" } }, "SETTINGS_INVALID", "data.settings"],
  ["a default value that two records would share", { isUnique: true, defaultValue: "x" }, "DEFAULT_INVALID", "data.defaultValue"],
  ...["", "two\nlines", "x".repeat(256)].map(
    (label): Case => [
      `the option label ${JSON.stringify(label).slice(0, 20)}`,
      { type: "SELECT", options: [{ value: "A", label }] },
      "LABEL_INVALID",
      "data.options.label",
    ],
  ),
  ...["", "re\nd", "x".repeat(31)].map(
    (color): Case => [
      `the option color ${JSON.stringify(color).slice(0, 20)}`,
      { type: "SELECT", options: [{ value: "A", color }] },
      "OPTIONS_INVALID",
      "data.options.color",
    ],
  ),
  [
    "a unique number without regard to case",
    { type: "NUMBER", isUnique: true, settings: { isCaseInsensitive: true } },
    "SETTINGS_INVALID",
    "data.settings",
  ],
  [
    "a case that is neither yes nor no",
    { isUnique: true, settings: { isCaseInsensitive: "perhaps" } },
    "SETTINGS_INVALID",
    "data.settings.isCaseInsensitive",
  ],
];

it("can create the field that these tests spoil", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    expect(await createField(db, { objectId: await idOf(db, "company"), ...good })).toBeTruthy();
  }));

it.each([...names, ...types])("cannot create a field with %s", (_title, spoilt, code, path) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "company");
    await expectNoTrace(db, () => createField(db, { objectId, ...good, ...spoilt }), code, path);
  }),
);

it.each(["isNullable", "isUnique"])("cannot create a field whose %s is neither true nor false", (key) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "company");
    const error = await errorOf(db, () => createField(db, { objectId, ...good, [key]: "perhaps" }));
    expect(toRelataError(error)?.status).toBe(400);
  }),
);

it.each(["name", "label", "description", "defaultValue"])(
  "cannot create a field whose %s holds a NUL, and says that it is the text",
  (key) =>
    withMemberDb(database.adminUrl, OWNER, async (db) => {
      const objectId = await idOf(db, "company");
      const error = await errorOf(db, () => createField(db, { objectId, ...good, [key]: "thi\u0000ng" }));
      expect(error).toBeDefined();
      expect(toRelataError(error)?.status).toBe(400);
    }),
);

it.each(["select", "table", "order", "user", "query", "type", "a", "oid", `a${"b".repeat(49)}`])(
  "can create a field called %s, as its name is always quoted",
  (name) =>
    withMemberDb(database.adminUrl, OWNER, async (db) => {
      await createField(db, { objectId: await idOf(db, "company"), ...good, name });
      await db.query(`insert into company ("${name}") values ('x')`);
      expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
    }),
);

it("cannot create a unique field whose index would have the name of a table (NAME_TAKEN)", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "company");
    await asAdministrator(db, () => db.query(`create table "thing_key_${objectId.slice(-8)}" ()`));
    const error = await errorOf(db, () => createField(db, { objectId, ...good, isUnique: true }));
    expect(toRelataError(error)).toMatchObject({ faults: [{ code: "NAME_TAKEN", field: "data.name" }] });
    expect(await createField(db, { objectId, ...good })).toBeTruthy();
  }));

it("can name an object by its id in capital letters", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = (await idOf(db, "company")).toUpperCase();
    expect(await createField(db, { ...good, objectId })).toBeTruthy();
  }));

it("can call the other side of a relation visits beside a field visitsId, as it has no column", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const [company, note] = [await idOf(db, "company"), await idOf(db, "note")];
    await createField(db, { ...good, objectId: company, name: "visitsId" });
    const relation = { targetObjectId: company, targetFieldName: "visits" };
    expect(await createField(db, { objectId: note, name: "visited", type: "RELATION", relation })).toBeTruthy();
  }));
