/** Indexes that admins ask for: what they are made of, what they keep apart, and what is refused. */
import { type ErrorCode, toRelataError } from "../../../src/errors.ts";
import { asAdministrator, become, type Db, errorOf, useTestDatabase } from "../../helpers/db.ts";
import { change, createField, DISAGREEMENTS, expectDenied, expectRefusal, idOf, MEMBER, type Row, rows, value } from "../support.ts";
import { createFormula, createThings, field, op, useMade } from "../things.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();

type Things = { objectId: string; ids: Record<string, string> };
const withThings = useMade(database, async (db): Promise<Things> => {
  const objectId = await createThings(db);
  const found = await rows<{ name: string; id: string }>(db, "select name, id from core.fields where object_id = $1", [objectId]);
  return { objectId, ids: Object.fromEntries(found.map(({ name, id }) => [name, id])) };
});

const create = (db: Db, data: Row) => change(db, "createIndex", data);
const on = ({ objectId, ids }: Things, names: string[], more: Row = {}) => ({
  objectId,
  fields: names.map((name) => ({ fieldId: ids[name] })),
  ...more,
});
const definition = (db: Db, id: string) =>
  value(db, "select substring(indexdef from 'USING.*') from pg_indexes join core.indexes i on i.name = indexname where i.id = $1", [id]);
const agrees = async (db: Db) => expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);

it.each<[string[], Row, string]>([
  [["n"], {}, "USING btree (n, id)"],
  [["t", "d"], {}, "USING btree (t, d, id)"],
  [["t", "n"], { isUnique: true }, "USING btree (t, n) WHERE (deleted_at IS NULL)"],
  [["createdAt", "n"], { type: "BTREE" }, "USING btree (created_at, n, id)"],
])("can be made over %j with %j", (names, more, wanted) =>
  withThings(async (db, things) => {
    const id = await create(db, on(things, names, more));
    expect(await definition(db, id)).toBe(wanted);
    expect(await rows(db, "select type, is_unique, is_custom, status, fields from core.indexes where id = $1", [id])).toEqual([
      {
        type: "BTREE",
        is_unique: Boolean(more["isUnique"]),
        is_custom: true,
        status: "READY",
        fields: names.map((name) => ({ fieldId: things.ids[name] })),
      },
    ]);
    await agrees(db);
  }),
);

it("can be over a part of a composite, and over a formula", () =>
  withThings(async (db, things) => {
    const fields = [{ fieldId: things.ids["createdBy"]!.toUpperCase(), part: "name" }];
    const id = await create(db, { objectId: things.objectId, type: "BTREE", fields });
    expect(await definition(db, id)).toBe("USING btree (created_by_name, id)");
    const twice = await createFormula(db, things.objectId, "twice", "NUMBER", op("multiply", field("n"), 2));
    expect(await definition(db, await create(db, { objectId: things.objectId, fields: [{ fieldId: twice }] }))).toBe(
      "USING btree (twice, id)",
    );
    await agrees(db);
  }));

it("can look into texts by trigrams", () =>
  withThings(async (db, things) => {
    expect(await definition(db, await create(db, on(things, ["t"], { type: "GIN" })))).toBe("USING gin (t extensions.gin_trgm_ops)");
    await agrees(db);
  }));

it("keeps two living records from having the same values, and names their fields (CONFLICT)", () =>
  withThings(async (db, things) => {
    await create(db, on(things, ["t", "createdAt", "n"], { isUnique: true }));
    await become(db, MEMBER);
    const insert = "insert into thing (t, created_at, n) values ('x', '2026-01-01', 1)";
    await db.query(insert);
    expect(toRelataError(await errorOf(db, () => db.query(insert)))?.extensions).toEqual({ code: "CONFLICT", field: "t, createdAt, n" });
    await db.query(insert.replace("1)", "2)"));
    await db.query(insert.replace("1)", "null)"));
    await db.query(insert.replace("1)", "null)"));
    await db.query("update thing set deleted_at = now() where n = 1");
    await db.query(insert);
  }));

it("cannot be unique over records that are twice the same, and tells how many (EXISTING_RECORDS)", () =>
  withThings(async (db, things) => {
    await db.query("insert into thing (t, n) values ('a', 1), ('a', 1), ('a', 1), ('b', 1), ('b', 1), ('a', 2), ('c', null), ('c', null)");
    const error = toRelataError(await errorOf(db, () => create(db, on(things, ["t", "n"], { isUnique: true }))));
    expect([error?.faults?.[0]?.code, error?.field, error?.message]).toEqual([
      "EXISTING_RECORDS",
      "data.fields",
      expect.stringMatching(/^5 of the records/),
    ]);
    await db.query("update thing set n = extract(epoch from clock_timestamp()) + random() * 1000000 where n = 1");
    expect(await create(db, on(things, ["t", "n"], { isUnique: true }))).toBeTruthy();
  }));

it("does not mind capital letters where its field does not", () =>
  withThings(async (db, things) => {
    const code = await createField(db, { objectId: things.objectId, name: "code", type: "TEXT", settings: { isCaseInsensitive: true } });
    await create(db, { objectId: things.objectId, isUnique: true, fields: [{ fieldId: code }, { fieldId: things.ids["n"] }] });
    await agrees(db);
    await db.query("insert into thing (code, n) values ('A', 1)");
    const error = await errorOf(db, () => db.query("insert into thing (code, n) values ('a', 1)"));
    expect(toRelataError(error)?.extensions).toEqual({ code: "CONFLICT", field: "code, n" });
  }));

it("can be deleted, and made again by what undoes that", () =>
  withThings(async (db, things) => {
    const id = await create(db, on(things, ["t", "n"], { isUnique: true }));
    const before = [await definition(db, id), await rows(db, "select id, name, fields from core.indexes")];
    const make = (kind: string, data: Row) =>
      asAdministrator(db, () => value<{ inverse: { kind: string; data: Row } }>(db, `select private.change_${kind}_index($1)`, [data]));
    const { inverse } = await make("delete", { id });
    expect([await definition(db, id), inverse.kind]).toEqual([undefined, "createIndex"]);
    await agrees(db);
    await make("create", inverse.data);
    expect([await definition(db, id), await rows(db, "select id, name, fields from core.indexes")]).toEqual(before);
    expect(await change(db, "deleteIndex", { id })).toBe(id);
    await expectRefusal(db, () => change(db, "deleteIndex", { id }), "NOT_FOUND", "data.id");
  }));

it.each<[string, (things: Things) => Row, ErrorCode, string]>([
  ["no fields", (things) => on(things, []), "INDEX_INVALID", "data.fields"],
  ["fields that are no list", (things) => on(things, [], { fields: "t" }), "INDEX_INVALID", "data.fields"],
  ["a field that is not there", (things) => on(things, ["t", "gone"]), "INDEX_INVALID", "data.fields[1]"],
  [
    "a hostile field",
    (things) => on(things, [], { fields: [{ fieldId: "t); drop table core.users; --" }] }),
    "INDEX_INVALID",
    "data.fields[0]",
  ],
  [
    "a hostile part",
    (things) => on(things, [], { fields: [{ fieldId: things.ids["createdBy"], part: "name) --" }] }),
    "INDEX_INVALID",
    "data.fields[0]",
  ],
  ["a composite as a whole", (things) => on(things, ["createdBy"]), "INDEX_INVALID", "data.fields[0]"],
  ["a field twice", (things) => on(things, ["t", "t"]), "INDEX_INVALID", "data.fields"],
  ["more than eight fields", (things) => on(things, ["n", "m", "i", "t", "u", "b", "c", "d", "e"]), "INDEX_INVALID", "data.fields"],
  ["a type of another kind", (things) => on(things, ["t"], { type: "HASH" }), "INDEX_INVALID", "data.type"],
  ["a GIN that is unique", (things) => on(things, ["t"], { type: "GIN", isUnique: true }), "INDEX_INVALID", "data.type"],
  ["a GIN of numbers", (things) => on(things, ["n"], { type: "GIN" }), "INDEX_INVALID", "data.fields[0]"],
  ["a BTREE of what search looks through", (things) => on(things, ["searchVector"]), "INDEX_INVALID", "data.fields[0]"],
  ["what every object has already", (things) => on(things, ["createdAt"]), "NAME_TAKEN", "data.fields"],
  ["an object that is not there", () => ({ objectId: "x", fields: [] }), "NOT_FOUND", "data.objectId"],
])("cannot be made with %s", (_title, spoilt, code, path) =>
  withThings(async (db, things) => {
    await expectRefusal(db, () => create(db, spoilt(things)), code, path);
    expect(await create(db, on(things, ["t"]))).toBeTruthy();
    await expectRefusal(db, () => create(db, on(things, ["t"])), "NAME_TAKEN", "data.fields");
  }),
);

it("cannot be one of more than ten (LIMIT_EXCEEDED), or another workspace's (NOT_FOUND), or made by a member (42501)", () =>
  withThings(async (db, things) => {
    const names = ["n", "m", "i", "t", "u", "b", "c", "d", "e", "at"];
    for (const name of names) await create(db, on(things, [name]));
    await expectRefusal(db, () => create(db, on(things, ["link"])), "LIMIT_EXCEEDED", "data");
    await become(db, MEMBER);
    await expectDenied(db, () => create(db, on(things, ["link"])));
    await become(db, "owner@globex.test");
    const theirs = await asAdministrator(db, () => value(db, "select id from core.indexes limit 1"));
    await expectRefusal(db, () => change(db, "deleteIndex", { id: theirs }), "NOT_FOUND", "data.id");
    await expectRefusal(db, () => create(db, on(things, ["link"])), "NOT_FOUND", "data.objectId");
    expect(await asAdministrator(db, () => idOf(db, "company", "globex"))).toBeTruthy();
  }));

it("is left to a job where the table is large, in the same transaction", () =>
  withThings(async (db, things) => {
    await asAdministrator(db, () => db.query("update pg_class set reltuples = 50001 where oid = 'thing'::regclass"));
    const id = await create(db, on(things, ["t"]));
    expect(await value(db, "select status from core.indexes where id = $1", [id])).toBe("BUILDING");
    expect(await definition(db, id)).toBeUndefined();
    await agrees(db);
    const jobs = () =>
      asAdministrator(db, () => rows(db, "select task_identifier, key from graphile_worker.jobs where task_identifier = 'build_index'"));
    expect(await jobs()).toEqual([{ task_identifier: "build_index", key: expect.stringContaining(id) }]);
    expect(await asAdministrator(db, () => value(db, "select private.index_statement($1)", [id]))).toMatch(
      /^create index concurrently index_\w+ on \S+ using btree \(t, id\)$/,
    );
    await change(db, "deleteIndex", { id });
    await agrees(db);
  }));
