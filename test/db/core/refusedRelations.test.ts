/** What core.create_field refuses of a RELATION, with which code and at which field; nothing of it stays. */
import type { ErrorCode } from "../../../src/errors.ts";
import { useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, expectNoTrace, idOf, OWNER, type Row } from "../support.ts";

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
  ["a word for a relation", { relation: "company" }, {}, "NOT_FOUND", "data.relation.targetObjectId"],
  ...[null, undefined, "", "company", "' or true --", "00000000-0000-7000-8000-000000000000"].map(
    (targetObjectId): Case => [
      `the target ${JSON.stringify(targetObjectId)}`,
      {},
      { targetObjectId },
      "NOT_FOUND",
      "data.relation.targetObjectId",
    ],
  ),
  ...["ONE_TO_MANY", "MANY_TO_MANY", "many_to_one", "", 5].map(
    (type): Case => [`the type ${JSON.stringify(type)}`, {}, { type }, "RELATION_INVALID", "data.relation.type"],
  ),
  ...["SET NULL", "set_null", "NO_ACTION", "CASCADE; drop table core.users", ""].map(
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
