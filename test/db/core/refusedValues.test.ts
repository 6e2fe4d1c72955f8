/** Which options and defaults createField refuses, with which code and at which field; nothing of it stays. */
import type { ErrorCode } from "../../../src/errors.ts";
import { useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, expectNoTrace, idOf, OWNER, type Row } from "../support.ts";

const database = useTestDatabase();

/** A good field of company, of which each test spoils one part. */
const good = { name: "thing", type: "TEXT" };
const options = [{ value: "SMALL" }, { value: "LARGE" }];
const select = { type: "SELECT", options };

type Case = [title: string, spoilt: Row, code: ErrorCode, path: string];

const HOSTILE_VALUES = [
  "",
  "small",
  "1A",
  "A-B",
  "A B",
  "A'B",
  'A"B',
  "A;",
  "A\n",
  "__A",
  "\u00c4",
  "A".repeat(64),
  null,
  5,
  "A) or true --",
];

const choices: Case[] = [
  ...[undefined, null, [], {}, "SMALL", 5].map(
    (list): Case => [`the options ${JSON.stringify(list)}`, { type: "SELECT", options: list }, "OPTIONS_INVALID", "data.options"],
  ),
  [
    "501 options",
    { type: "SELECT", options: Array.from({ length: 501 }, (_, n) => ({ value: `A${n}` })) },
    "OPTIONS_INVALID",
    "data.options",
  ],
  ...HOSTILE_VALUES.map(
    (value): Case => [
      `the option ${JSON.stringify(value).slice(0, 30)}`,
      { type: "SELECT", options: [{ value: "GOOD" }, { value }] },
      "OPTIONS_INVALID",
      "data.options.value",
    ],
  ),
  ...["SMALL", null, []].map(
    (option): Case => [
      `an option that is ${JSON.stringify(option)}`,
      { type: "SELECT", options: [option] },
      "OPTIONS_INVALID",
      "data.options.value",
    ],
  ),
  ["one option twice", { type: "SELECT", options: [...options, { value: "SMALL" }] }, "OPTIONS_INVALID", "data.options.value"],
  ...["TEXT", "NUMBER", "RELATION"].map((type): Case => [`options for a ${type}`, { type, options }, "OPTIONS_INVALID", "data.options"]),
];

const defaults: Case[] = [
  ...(["MEDIUM", "small", "", ["SMALL"]] as const).map(
    (defaultValue): Case => [
      `the default ${JSON.stringify(defaultValue)} of a SELECT`,
      { ...select, defaultValue },
      "DEFAULT_INVALID",
      "data.defaultValue",
    ],
  ),
  ...(
    [
      ["NUMBER", "many"],
      ["NUMBER", "1); drop table core.users; --"],
      ["NUMBER", "1e999"],
      ["NUMBER", [1]],
      ["NUMBER", ""],
      ["NUMERIC", "ten"],
      ["BOOLEAN", "perhaps"],
      ["BOOLEAN", 2],
      ["DATE", "soon"],
      ["DATE", "2026-02-30"],
      ["DATE", "tomorrow"],
      ["DATE", "infinity"],
      ["DATE_TIME", "now()"],
      ["DATE_TIME", {}],
      ["UUID", "x"],
      ["UUID", "authz.uuid_v7()"],
    ] as const
  ).map(
    ([type, defaultValue]): Case => [
      `the default ${JSON.stringify(defaultValue)} of a ${type}`,
      { type, defaultValue },
      "DEFAULT_INVALID",
      "data.defaultValue",
    ],
  ),
  [
    "the default 1.5 of a whole NUMBER",
    { type: "NUMBER", settings: { dataType: "int" }, defaultValue: 1.5 },
    "DEFAULT_INVALID",
    "data.defaultValue",
  ],
  [
    "a default too large for its NUMBER",
    { type: "NUMBER", settings: { dataType: "int" }, defaultValue: 2 ** 31 },
    "DEFAULT_INVALID",
    "data.defaultValue",
  ],
  ["a default longer than a TEXT", { defaultValue: "x".repeat(1_048_577) }, "DEFAULT_INVALID", "data.defaultValue"],
  ...["TEXT", "NUMBER", "BOOLEAN", "DATE", "UUID"].map(
    (type): Case => [`no default for a ${type} that may not be empty`, { type, isNullable: false }, "DEFAULT_INVALID", "data.defaultValue"],
  ),
];

it.each([good, select])("can create the field that these tests spoil: %j", (spec) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    expect(await createField(db, { objectId: await idOf(db, "company"), ...good, ...spec })).toBeTruthy();
  }),
);

it.each([...choices, ...defaults])("cannot create a field with %s", (_title, spoilt, code, path) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "company");
    await expectNoTrace(db, () => createField(db, { objectId, ...good, ...spoilt }), code, path);
  }),
);
