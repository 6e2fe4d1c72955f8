/** One-to-many and one-to-one: the rows, and what the catalog makes of them. */
import { become, useTestDatabase } from "../../helpers/db.ts";
import { expectRefusal, MEMBER, rows, value } from "../support.ts";
import { asOwnerWith, indexesOf, relate, relationsOf } from "./relations.ts";

const database = useTestDatabase();
const asOwner = asOwnerWith(database);

it("ONE_TO_MANY is the relation told from its other end", () =>
  asOwner(async (db) => {
    const relation = { type: "ONE_TO_MANY", targetObject: "note", targetFieldName: "mainCompany", onDelete: "CASCADE" };
    const id = await relate(db, "company", "mainNotes", relation, { label: "Main notes" });
    expect(await rows(db, "select name, label, column_name from core.fields where id = $1", [id])).toEqual([
      { name: "mainNotes", label: "Main notes", column_name: null },
    ]);
    expect(await relationsOf(db, ["mainNotes"])).toEqual(["note.mainCompany MANY_TO_ONE company.mainNotes main_company_id CASCADE"]);
    await become(db, MEMBER);
    const company = await value(db, "select id from company limit 1");
    expect(await value(db, "insert into note (main_company_id) values ($1) returning main_company_id", [company])).toBe(company);
  }));

it("NO_ACTION is RESTRICT", () =>
  asOwner(async (db) => {
    await relate(db, "note", "mainCompany", { targetObject: "company", targetFieldName: "mainNotes", onDelete: "NO_ACTION" });
    expect(await relationsOf(db, ["mainNotes"])).toEqual(["note.mainCompany MANY_TO_ONE company.mainNotes main_company_id RESTRICT"]);
  }));

it("ONE_TO_ONE keeps the key unique among living records", () =>
  asOwner(async (db) => {
    await relate(db, "note", "twin", { type: "ONE_TO_ONE", targetObject: "company", targetFieldName: "twinNote" });
    expect(await relationsOf(db, ["twin"])).toEqual(["note.twin ONE_TO_ONE company.twinNote twin_id SET_NULL"]);
    expect(await indexesOf(db, "note")).toEqual([
      "(twin_id) WHERE ((deleted_at IS NULL) AND (twin_id IS NOT NULL))",
      "(twin_id, id) WHERE (twin_id IS NOT NULL)",
    ]);
    expect(await value(db, "select is_unique from core.fields where name = 'twin'")).toBe(true);
    await become(db, MEMBER);
    const [first, second] = [await value(db, "select min(id::text) from company"), await value(db, "select max(id::text) from company")];
    const add = (company: string) => value(db, "insert into note (twin_id) values ($1) returning id", [company]);
    const note = await add(first);
    await add(second);
    await expectRefusal(db, () => add(first), "CONFLICT");
    await db.query("update note set deleted_at = now() where id = $1", [note]);
    await add(first);
    await expectRefusal(db, () => db.query("update note set deleted_at = null where id = $1", [note]), "CONFLICT");
  }));
