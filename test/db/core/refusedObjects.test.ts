/** What createObject refuses, with which code and at which field; nothing of it stays. */
import { type ErrorCode, toRelataError } from "../../../src/errors.ts";
import { asAdministrator, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createObject, DISAGREEMENTS, expectNoTrace, OWNER, type Row, rows } from "../support.ts";

const database = useTestDatabase();

/** A good object, of which each test spoils one part. */
const good = { nameSingular: "house", namePlural: "houses" };
const long = "a".repeat(64);

const HOSTILE_NAMES: [name: unknown, why: string][] = [
  ["", "is empty"],
  [null, "is null"],
  [undefined, "is not there"],
  [" ", "is a space"],
  ["House", "starts with a capital"],
  ["1house", "starts with a digit"],
  ["_house", "starts with an underscore"],
  ["__typename", "is GraphQL's own"],
  ["my_house", "is snake_case"],
  ["my-house", "has a hyphen"],
  ["my house", "has a space"],
  ["house;", "has a semicolon"],
  ['ho"use', "has a double quote"],
  ["ho'use", "has a quote"],
  ["house`", "has a backtick"],
  ["house\\", "has a backslash"],
  ["house$1", "has a dollar"],
  ["house%I", "has a placeholder"],
  ['x" (id int); drop table core.users; --', "is SQL"],
  ["house\n", "ends with a line feed"],
  ["house\nhut", "has two lines"],
  ["haus\u00e4", "has an umlaut"],
  ["\u0440\u0430y", "is Cyrillic to the eye"],
  ["hou\u200bse", "has a space that nobody sees"],
  ["\ud83c\udfe0", "is a picture"],
  [42, "is a number"],
  [["house"], "is a list"],
  [{ a: 1 }, "is an object"],
  [long, "has 64 characters"],
  [`a${"Bc".repeat(20)}`, "has over 50 characters in snake_case"],
  ["a".repeat(10_000), "has 10,000 characters"],
];

const RESERVED = [
  "query",
  "mutation",
  "subscription",
  "node",
  "type",
  "enum",
  "workspace",
  "role",
  "user",
  "null",
  "true",
  "pageInfo",
  "pageinfo",
  "id",
  "position",
];

type Case = [title: string, spoilt: Row, code: ErrorCode, path: string];

const CASES: Case[] = [
  ...HOSTILE_NAMES.flatMap(([name, why]): Case[] => [
    [`a singular name that ${why}`, { nameSingular: name }, "NAME_INVALID", "data.nameSingular"],
    [`a plural name that ${why}`, { namePlural: name }, "NAME_INVALID", "data.namePlural"],
  ]),
  ...RESERVED.flatMap((name): Case[] => [
    [`the reserved singular name ${name}`, { nameSingular: name }, "NAME_RESERVED", "data.nameSingular"],
    [`the reserved plural name ${name}`, { namePlural: name }, "NAME_RESERVED", "data.namePlural"],
  ]),
  // pg_catalog comes first in every search_path: pg_user there would hide ours.
  ["the name of a table of PostgreSQL", { nameSingular: "pgUser", namePlural: "pgUsers" }, "NAME_RESERVED", "data.nameSingular"],
  // Each is a type of the API's own: two of one name, and the workspace's schema compiles no more.
  ...[
    "bigInt",
    "companyConnection",
    "companyEdge",
    "companyCreateInput",
    "companyUpdateInput",
    "companyFilterInput",
    "companyOrderByInput",
    "stringFilter",
    "opportunityStageEnum",
  ].map((name): Case => [`the type name ${name}`, { nameSingular: name }, "NAME_RESERVED", "data.nameSingular"]),
  ["a singular name that is another's singular", { nameSingular: "company" }, "NAME_TAKEN", "data.nameSingular"],
  ["a singular name that is another's plural", { nameSingular: "companies" }, "NAME_TAKEN", "data.nameSingular"],
  ["a plural name that is another's singular", { namePlural: "person" }, "NAME_TAKEN", "data.namePlural"],
  ["a plural name that is another's plural", { namePlural: "people" }, "NAME_TAKEN", "data.namePlural"],
  ["a name that differs by case alone", { nameSingular: "comPany" }, "NAME_TAKEN", "data.nameSingular"],
  ["a name that is taken by an index", { nameSingular: "companyPkey" }, "NAME_TAKEN", "data.nameSingular"],
  ["one name for both", { namePlural: "house" }, "NAME_TAKEN", "data.namePlural"],
  ["names that differ by case alone", { namePlural: "hOuse" }, "NAME_TAKEN", "data.namePlural"],
  ...["labelSingular", "labelPlural"].flatMap((label): Case[] =>
    ["", "   ", "two\nlines", "a\ttab", "x".repeat(256), "bell\u0007"].map((text) => [
      `${label} ${JSON.stringify(text.slice(0, 20))}`,
      { [label]: text },
      "LABEL_INVALID",
      `data.${label}`,
    ]),
  ),
];

it.each(CASES)("cannot create an object with %s", (_title, spoilt, code, path) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    await expectNoTrace(db, () => createObject(db, { ...good, ...spoilt }), code, path);
  }),
);

it("can create the object that these tests spoil", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    expect(await createObject(db, good)).toBeTruthy();
  }));

it.each(["nameSingular", "labelPlural", "description"])(
  "cannot create an object whose %s holds a NUL, and says that it is the text",
  (key) =>
    withMemberDb(database.adminUrl, OWNER, async (db) => {
      const error = await errorOf(db, () => createObject(db, { ...good, [key]: "hou\u0000se" }));
      expect(error).toBeDefined();
      expect(toRelataError(error)?.status).toBe(400);
    }),
);

it("can have labels, a description and an icon of any language", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const said = {
      labelSingular: "Дом 🏠 'n' \"co\"; --",
      labelPlural: "x".repeat(255),
      description: "%s %I $1 \\ ' \" \n-- */",
      icon: "🏠'",
    };
    const id = await createObject(db, { ...good, ...said });
    const [kept] = await rows(db, "select label_singular, label_plural, description, icon from core.objects where id = $1", [id]);
    expect(Object.values(kept!)).toEqual(Object.values(said));
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));

it.each(["select", "table", "order", "group", "from", "offset", "authorization", "xmin", "a", `a${"b".repeat(49)}`, "aBCD", "x1"])(
  "can create an object called %s, as its name is always quoted",
  (name) =>
    withMemberDb(database.adminUrl, OWNER, async (db) => {
      const id = await createObject(db, { nameSingular: name, namePlural: `${name.slice(0, 40)}Many` });
      const [made] = await rows<{ table_name: string }>(db, "select table_name from core.objects where id = $1", [id]);
      await db.query(`insert into "${made!.table_name}" (name) values ('x')`);
      expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
    }),
);
