/** A field of type RELATION: a foreign key on the side of the many, and a field on each side. */
import { sqlstateOf } from "../../../src/errors.ts";
import { asAdministrator, become, type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import {
  count,
  createField,
  DISAGREEMENTS,
  expectRefusal,
  idOf,
  MEMBER,
  OWNER,
  type Row,
  rows,
  STRANGER,
  schemaOf,
  value,
} from "../support.ts";

const database = useTestDatabase();
const asOwner = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

/** Relates note to company: note.mainCompany, company.mainNotes. */
const relate = async (db: Db, spec: Row = {}, relation: Row = {}) =>
  createField(db, {
    objectId: await idOf(db, "note"),
    name: "mainCompany",
    type: "RELATION",
    relation: { targetObjectId: await idOf(db, "company"), targetFieldName: "mainNotes", ...relation },
    ...spec,
  });

it("keeps a field on each side, and the relation", () =>
  asOwner(async (db) => {
    const id = await relate(db, { label: "Main company", icon: "IconLink" }, { targetFieldLabel: "Main notes" });
    const fields = await rows(
      db,
      "select name, label, icon, type, column_name, is_custom, is_nullable from core.fields where name in ('mainCompany', 'mainNotes') order by 1",
    );
    const both = { type: "RELATION", is_custom: true, is_nullable: true };
    expect(fields).toEqual([
      { name: "mainCompany", label: "Main company", icon: "IconLink", column_name: "main_company_id", ...both },
      { name: "mainNotes", label: "Main notes", icon: "", column_name: null, ...both },
    ]);
    const [relation] = await rows(
      db,
      `select r.type, r.on_delete, f.name_singular as "from", t.name_singular as "to", g.name as inverse
       from core.relations r join core.objects f on f.id = r.from_object_id join core.objects t on t.id = r.to_object_id join core.fields g on g.id = r.to_field_id
       where r.from_field_id = $1`,
      [id],
    );
    expect(relation).toEqual({ type: "MANY_TO_ONE", on_delete: "SET_NULL", from: "note", to: "company", inverse: "mainNotes" });
  }));

it("makes the column, the key, the index and the comments", () =>
  asOwner(async (db) => {
    await relate(db, { description: "The one that matters." });
    const schema = await schemaOf(db, "acme");
    const ask = (text: string) => asAdministrator(db, () => value<unknown>(db, text, [`${schema}.note`]));
    expect(
      await ask(
        "select concat(atttypid::regtype, attnotnull) from pg_attribute where attrelid = $1::regclass and attname = 'main_company_id'",
      ),
    ).toBe("uuidf");
    const key = "from pg_constraint where conrelid = $1::regclass and conname = 'main_company_id_fkey'";
    expect(await ask(`select pg_get_constraintdef(oid) ${key}`)).toMatch(
      /^FOREIGN KEY \(main_company_id\) REFERENCES (\w+\.)?company\(id\) ON DELETE SET NULL$/,
    );
    expect(await ask(`select confrelid = '${schema}.company'::regclass ${key}`)).toBe(true);
    expect(
      await ask(
        "select count(*) from pg_index where indrelid = $1::regclass and pg_get_indexdef(indexrelid) like '%(main_company_id, id) WHERE (main_company_id IS NOT NULL)'",
      ),
    ).toBe("1");
    expect(await ask(`select obj_description(oid) ${key}`)).toBe("@fieldName mainCompany\n@foreignFieldName mainNotes");
    expect(
      await ask("select col_description(attrelid, attnum) from pg_attribute where attrelid = $1::regclass and attname = 'main_company_id'"),
    ).toBe("@field mainCompanyId\n@type RELATION\nThe one that matters.");
  }));

it("can be written by members, to a record that is there", () =>
  asOwner(async (db) => {
    await relate(db);
    await become(db, MEMBER);
    const company = await value(db, "select id from company limit 1");
    const add = (id: string) => value(db, "insert into note (main_company_id) values ($1) returning main_company_id", [id]);
    expect(await add(company)).toBe(company);
    await expectRefusal(db, () => add("00000000-0000-7000-8000-000000000000"), "RELATED_NOT_FOUND");
    expect((await db.query("update note set main_company_id = null where main_company_id = $1", [company])).rowCount).toBe(1);
  }));

describe("when the record is destroyed", () => {
  const destroy = (
    onDelete: string,
    work: (db: Db, destroyIt: () => ReturnType<typeof errorOf>, notes: () => Promise<number>) => Promise<void>,
  ) =>
    asOwner(async (db) => {
      await relate(db, {}, { onDelete });
      const company = await value(db, "insert into company (name) values ('Initech') returning id");
      const note = await value(db, "insert into note (main_company_id) values ($1) returning id", [company]);
      const there = () => count(db, `note where id = '${note}'`);
      const destroyIt = () => db.query("delete from company where id = $1", [company]);
      await work(db, () => asAdministrator(db, () => errorOf(db, destroyIt)), there);
    });

  it("SET_NULL forgets it", () =>
    destroy("SET_NULL", async (db, destroyIt, notes) => {
      expect(await destroyIt()).toBeUndefined();
      expect(await notes()).toBe(1);
      expect(await count(db, "note where main_company_id is not null")).toBe(0);
    }));

  it("CASCADE takes the others along", () =>
    destroy("CASCADE", async (_db, destroyIt, notes) => {
      expect(await notes()).toBe(1);
      expect(await destroyIt()).toBeUndefined();
      expect(await notes()).toBe(0);
    }));

  it("RESTRICT keeps it (23001; before PostgreSQL 18, 23503)", () =>
    destroy("RESTRICT", async (_db, destroyIt, notes) => {
      expect((await destroyIt())?.code).toMatch(/^(23001|23503)$/);
      expect(await notes()).toBe(1);
    }));
});

it("can relate an object to itself", () =>
  asOwner(async (db) => {
    const company = await idOf(db, "company");
    await relate(db, { objectId: company, name: "parent" }, { targetFieldName: "children" });
    const parent = await value(db, "insert into company (name) values ('Initech') returning id");
    expect(await value(db, "insert into company (parent_id) values ($1) returning parent_id", [parent])).toBe(parent);
  }));

it("can relate two objects twice, by other names", () =>
  asOwner(async (db) => {
    await relate(db);
    await relate(db, { name: "otherCompany" }, { targetFieldName: "otherNotes" });
    expect(
      await count(db, "core.relations r join core.fields f on f.id = r.from_field_id where f.name in ('mainCompany', 'otherCompany')"),
    ).toBe(2);
  }));

it("can name its target by id or by name", () =>
  asOwner(async (db) => {
    await relate(db, {}, { targetObjectId: undefined, targetObject: "company" });
    expect(await count(db, "core.fields where name = 'mainNotes'")).toBe(1);
  }));

it("cannot relate to another workspace's object (NOT_FOUND)", () =>
  asOwner(async (db) => {
    const theirs = await asAdministrator(db, () => idOf(db, "company", "globex"));
    await expectRefusal(db, () => relate(db, {}, { targetObjectId: theirs }), "NOT_FOUND", "data.relation.targetObjectId");
    await become(db, STRANGER);
    expect(
      await createField(db, {
        objectId: await idOf(db, "note", "globex"),
        name: "mainCompany",
        type: "RELATION",
        relation: { targetObjectId: theirs, targetFieldName: "mainNotes" },
      }),
    ).toBeTruthy();
  }));

it("cannot be unique unless an index keeps it so", () =>
  asOwner(async (db) => {
    const error = await errorOf(db, () => relate(db, { isUnique: true }));
    // Refused, or kept: what the metadata promises the catalog must hold.
    if (error) expect(error.code).toBe(sqlstateOf("RELATION_INVALID"));
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));

it("cannot have a default (DEFAULT_INVALID)", () =>
  asOwner(async (db) => {
    const company = await value(db, "select id from company limit 1");
    for (const isNullable of [true, false]) {
      await expectRefusal(db, () => relate(db, { defaultValue: company, isNullable }), "DEFAULT_INVALID", "data.defaultValue");
    }
  }));
