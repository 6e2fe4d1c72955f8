/** What createField refuses of a RELATION, with which code and at which field; nothing of it stays. */
import type { ErrorCode } from "../../../src/errors.ts";
import { useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, expectNoTrace, idOf, OWNER, type Row } from "../support.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();

type Case = [title: string, field: Row, relation: unknown, code: ErrorCode, path: string];

const inverse = (title: string, targetFieldName: unknown, code: ErrorCode): Case => [
  title,
  {},
  { targetFieldName },
  code,
  "data.relation.targetFieldName",
];

const CASES: Case[] = [
  ["no relation", { relation: undefined }, {}, "NOT_FOUND", "data.relation.targetObjectId"],
  ["null for a relation", { relation: null }, {}, "NOT_FOUND", "data.relation.targetObjectId"],
  ["a word for a relation", { relation: "company" }, {}, "RELATION_INVALID", "data.relation"],
  ...[null, undefined, "", "nowhere", "' or true --", "00000000-0000-7000-8000-000000000000"].map(
    (targetObjectId): Case => [
      `the target ${JSON.stringify(targetObjectId)}`,
      {},
      { targetObjectId },
      "NOT_FOUND",
      "data.relation.targetObjectId",
    ],
  ),
  ...["MORPH", "many_to_one", "", 5, {}].map(
    (type): Case => [`the type ${JSON.stringify(type)}`, {}, { type }, "RELATION_INVALID", "data.relation.type"],
  ),
  ...["SET NULL", "set_null", "NO ACTION", "CASCADE; drop table core.users", ""].map(
    (onDelete): Case => [`the rule ${JSON.stringify(onDelete)}`, {}, { onDelete }, "RELATION_INVALID", "data.relation.onDelete"],
  ),
  ...[null, undefined, "", "Things", "my_things", "things;", "th\u00efngs", "a".repeat(64)].map((name) =>
    inverse(`${JSON.stringify(name)?.slice(0, 30)} on the other side`, name, "NAME_INVALID"),
  ),
  inverse("a reserved name on the other side", "not", "NAME_RESERVED"),
  inverse("a name that the other side has", "industry", "NAME_TAKEN"),
  inverse("a name that the other side has in another case", "inDustry", "NAME_TAKEN"),
  inverse("a name that a relation of the other side takes too", "accountOwnerId", "NAME_TAKEN"),
  ["a name that another relation has", { name: "note", objectId: "noteTarget" }, {}, "NAME_TAKEN", "data.name"],
  ["a name whose column is taken", { name: "user", objectId: "workspaceMember" }, {}, "NAME_TAKEN", "data.name"],
  ["an empty label on the other side", {}, { targetFieldLabel: "" }, "LABEL_INVALID", "data.relation.targetFieldLabel"],
  ["a label of two lines on the other side", {}, { targetFieldLabel: "two\nlines" }, "LABEL_INVALID", "data.relation.targetFieldLabel"],
  ["a unique key, but for a one-to-one", { isUnique: true }, {}, "RELATION_INVALID", "data.isUnique"],
  ["a unique list", { isUnique: true }, { type: "ONE_TO_MANY" }, "RELATION_INVALID", "data.isUnique"],
  ["a list that must be there", { isNullable: false }, { type: "ONE_TO_MANY" }, "RELATION_INVALID", "data.isNullable"],
  ["a default on the other side of a key", { defaultValue: "x" }, { type: "ONE_TO_MANY" }, "DEFAULT_INVALID", "data.defaultValue"],
  [
    "a key on the other side that is a field there",
    {},
    { type: "ONE_TO_MANY", targetFieldName: "industry" },
    "NAME_TAKEN",
    "data.relation.targetFieldName",
  ],
  [
    "a key on the other side whose id is a field there",
    { objectId: "noteTarget" },
    { type: "ONE_TO_MANY", targetFieldName: "accountOwner" },
    "NAME_TAKEN",
    "data.relation.targetFieldName",
  ],
  ["pairs that outlive their records", {}, { type: "MANY_TO_MANY", onDelete: "SET_NULL" }, "RELATION_INVALID", "data.relation.onDelete"],
  ["a junction that is not needed", {}, { junctionName: "pair" }, "RELATION_INVALID", "data.relation.junctionName"],
  ...["Pair", "", "note", "notes", "query", "pairEdge", "things;", "a".repeat(60)].map(
    (junctionName): Case => [
      `the junction ${junctionName.slice(0, 10)}`,
      {},
      { type: "MANY_TO_MANY", junctionName },
      /^(note|notes)$/.test(junctionName) ? "NAME_TAKEN" : /^(query|pairEdge)$/.test(junctionName) ? "NAME_RESERVED" : "NAME_INVALID",
      "data.relation.junctionName",
    ],
  ),
  [
    "a junction whose plural is taken",
    {},
    { type: "MANY_TO_MANY", junctionName: "pair", junctionNamePlural: "notes" },
    "NAME_TAKEN",
    "data.relation.junctionName",
  ],
  ["the list of pairs' name", { name: "noteCompanies" }, { type: "MANY_TO_MANY" }, "NAME_TAKEN", "data.relation.junctionName"],
  ["records that must have one, where there are some without", { isNullable: false }, {}, "RELATION_INVALID", "data.isNullable"],
];

it.each(CASES)("cannot create a relation with %s", (_title, field, relation, code, path) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const target = { targetObjectId: await idOf(db, "company"), targetFieldName: "things" };
    const good = { name: "thing", type: "RELATION", relation: target };
    const objectId = await idOf(db, String(field["objectId"] ?? "note"));
    const spoilt = { ...good, relation: { ...target, ...(relation as Row) }, ...field, objectId };
    await expectNoTrace(db, () => createField(db, spoilt), code, path);
    expect(await createField(db, { ...good, objectId })).toBeTruthy();
  }),
);

it("cannot create a relation to itself under one name (NAME_TAKEN)", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "company");
    const relate = (targetFieldName: string) => () =>
      createField(db, { objectId, name: "parent", type: "RELATION", relation: { targetObjectId: objectId, targetFieldName } });
    await expectNoTrace(db, relate("parent"), "NAME_TAKEN", "data.relation.targetFieldName");
    await expectNoTrace(db, relate("parentId"), "NAME_TAKEN", "data.relation.targetFieldName");
    expect(await relate("children")()).toBeTruthy();
  }));

it("cannot create a relation whose id is a field already (NAME_TAKEN)", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "note");
    await createField(db, { objectId, name: "thingId", type: "TEXT" });
    const relation = { targetObjectId: await idOf(db, "company"), targetFieldName: "things" };
    await expectNoTrace(db, () => createField(db, { objectId, name: "thing", type: "RELATION", relation }), "NAME_TAKEN", "data.name");
    expect(await createField(db, { objectId, name: "other", type: "RELATION", relation })).toBeTruthy();
  }));

type Morph = [title: string, field: Row, targets: unknown, code: ErrorCode, path: string];
const TARGET = { targetObject: "company", targetFieldName: "things" };
const PATH = "data.relation.targets";

const MORPHS: Morph[] = [
  ...[undefined, null, [], "company", {}].map(
    (targets): Morph => [`the targets ${JSON.stringify(targets)}`, {}, targets, "RELATION_INVALID", PATH],
  ),
  ["a word for a target", {}, ["company"], "NOT_FOUND", `${PATH}.targetObjectId`],
  [
    "a target that is not there",
    {},
    [TARGET, { targetObject: "nothing", targetFieldName: "things" }],
    "NOT_FOUND",
    `${PATH}.targetObjectId`,
  ],
  ["a target twice", {}, [TARGET, { ...TARGET, targetFieldName: "others" }], "RELATION_INVALID", `${PATH}.targetObjectId`],
  ...["ONE_TO_MANY", "ONE_TO_ONE", "MANY_TO_MANY", "x"].map(
    (type): Morph => [`the type ${type}`, {}, [{ ...TARGET, type }], "RELATION_INVALID", `${PATH}.type`],
  ),
  ["an unknown rule", {}, [{ ...TARGET, onDelete: "x" }], "RELATION_INVALID", `${PATH}.onDelete`],
  ["a target without a name for it", {}, [{ targetObject: "company" }], "NAME_INVALID", `${PATH}.targetFieldName`],
  ["a name that a target has", {}, [{ ...TARGET, targetFieldName: "industry" }], "NAME_TAKEN", `${PATH}.targetFieldName`],
  ["an empty label on a target", {}, [{ ...TARGET, targetFieldLabel: "" }], "LABEL_INVALID", `${PATH}.targetFieldLabel`],
  ["a default", { defaultValue: "x" }, [TARGET], "DEFAULT_INVALID", "data.defaultValue"],
  ["a unique key", { isUnique: true }, [TARGET], "RELATION_INVALID", "data.isUnique"],
  ["a key that must be there", { isNullable: false }, [TARGET], "RELATION_INVALID", "data.isNullable"],
  ["the name of a field", { name: "title" }, [TARGET], "NAME_TAKEN", "data.name"],
  ["the name of another's key", { name: "target", objectId: "noteTarget" }, [TARGET], "NAME_TAKEN", "data.name"],
  ["a long name", { name: "a".repeat(50) }, [TARGET], "NAME_INVALID", "data.name"],
];

it.each(MORPHS)("cannot create a morph relation with %s", (_title, field, targets, code, path) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, String(field["objectId"] ?? "note"));
    const good = { name: "thing", type: "MORPH_RELATION", relation: { targets: [TARGET] } };
    await expectNoTrace(db, () => createField(db, { ...good, relation: { targets }, ...field, objectId }), code, path);
    expect(await createField(db, { ...good, objectId })).toBeTruthy();
  }),
);

it.each([
  { name: "thingCompany", type: "TEXT" },
  { name: "thingCompanyId", type: "TEXT" },
  { name: "thingCompany", type: "RELATION", relation: { targetObject: "company", targetFieldName: "others" } },
  { name: "thing", type: "TEXT" },
])("cannot create %j beside a morph relation's keys of that name, nor the other way round (NAME_TAKEN)", (field) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    const objectId = await idOf(db, "note");
    const morph = { objectId, name: "thing", type: "MORPH_RELATION", relation: { targets: [TARGET] } };
    await db.query("savepoint before");
    await createField(db, morph);
    await expectNoTrace(db, () => createField(db, { ...field, objectId }), "NAME_TAKEN", "data.name");
    await db.query("rollback to before");
    await createField(db, { ...field, objectId });
    await expectNoTrace(db, () => createField(db, morph), "NAME_TAKEN", "data.name");
  }),
);
