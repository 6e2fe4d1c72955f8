/** Many-to-many: the junction, its keys, and its pairs. */
import { asAdministrator, become, useTestDatabase } from "../../helpers/db.ts";
import { count, expectRefusal, MEMBER, rows, value } from "../support.ts";
import { asOwnerWith, indexesOf, relate, relationsOf } from "./relations.ts";

const database = useTestDatabase();
const asOwner = asOwnerWith(database);

describe("MANY_TO_MANY", () => {
  it("has a junction, named by both sides, with a key to each", () =>
    asOwner(async (db) => {
      await relate(db, "note", "about", { type: "MANY_TO_MANY", targetObject: "company", targetFieldName: "told" });
      expect(await relationsOf(db, ["about", "noteCompanies"])).toEqual([
        "note.about MANY_TO_MANY company.told noteCompany CASCADE",
        "noteCompany.note MANY_TO_ONE note.noteCompanies note_id CASCADE",
        "noteCompany.company MANY_TO_ONE company.noteCompanies company_id CASCADE",
      ]);
      expect(
        await rows(db, "select name_plural, is_system, is_custom, label_field from core.objects where name_singular = 'noteCompany'"),
      ).toEqual([{ name_plural: "noteCompanies", is_system: true, is_custom: true, label_field: "id" }]);
      expect(await indexesOf(db, "note_company")).toEqual([
        "(company_id, id)",
        "(note_id, company_id) WHERE (deleted_at IS NULL)",
        "(note_id, id)",
      ]);
      // It is no target of notes itself.
      expect(await count(db, "core.fields where name = 'targetNoteCompany'")).toBe(0);
    }));

  it("keeps a pair once, and ends it with either record", () =>
    asOwner(async (db) => {
      await relate(db, "note", "about", {
        type: "MANY_TO_MANY",
        targetObject: "company",
        targetFieldName: "told",
        junctionName: "mention",
      });
      await become(db, MEMBER);
      const note = await value(db, "insert into note (title) values ('a') returning id");
      const company = await value(db, "insert into company (name) values ('Initech') returning id");
      const pair = () => value(db, "insert into mention (note_id, company_id) values ($1, $2) returning id", [note, company]);
      const id = await pair();
      await expectRefusal(db, pair, "CONFLICT");
      await db.query("update mention set deleted_at = now() where id = $1", [id]);
      await pair();
      await expectRefusal(db, () => db.query("insert into mention (note_id) values ($1)", [note]), "VALUE_REQUIRED", "company_id");
      await asAdministrator(db, () => db.query("delete from company where id = $1", [company]));
      expect(await count(db, "mention")).toBe(0);
      expect(await count(db, `note where id = '${note}'`)).toBe(1);
    }));

  it("can join an object to itself, and two objects twice", () =>
    asOwner(async (db) => {
      await relate(db, "note", "links", { type: "MANY_TO_MANY", targetObject: "note", targetFieldName: "linkedBy", junctionName: "link1" });
      expect(await relationsOf(db, ["links", "link1sAsSource", "link1sAsTarget"])).toEqual([
        "note.links MANY_TO_MANY note.linkedBy link1 CASCADE",
        "link1.sourceNote MANY_TO_ONE note.link1sAsSource source_note_id CASCADE",
        "link1.targetNote MANY_TO_ONE note.link1sAsTarget target_note_id CASCADE",
      ]);
      for (const name of ["about", "against"]) {
        const relation = { type: "MANY_TO_MANY", targetObject: "company", targetFieldName: `${name}Notes` };
        await relate(db, "note", name, {
          ...relation,
          ...(name === "against" && { junctionName: "attack", junctionNamePlural: "attackList" }),
        });
      }
      const again = { type: "MANY_TO_MANY", targetObject: "company", targetFieldName: "third" };
      await expectRefusal(db, () => relate(db, "note", "thirdly", again), "NAME_TAKEN", "data.relation.junctionName");
    }));

  it("tells PostGraphile which list goes through which key", () =>
    asOwner(async (db) => {
      await relate(db, "note", "links", { type: "MANY_TO_MANY", targetObject: "note", targetFieldName: "linkedBy", junctionName: "edge1" });
      const told = await asAdministrator(db, () =>
        rows(
          db,
          "select conname, obj_description(oid, 'pg_constraint') as comment from pg_constraint where conrelid = 'edge1'::regclass and contype = 'f' order by 1",
        ),
      );
      expect(told).toEqual([
        { conname: "source_note_id_fkey", comment: "@fieldName sourceNote\n@foreignFieldName edge1sAsSource\n@through links" },
        { conname: "target_note_id_fkey", comment: "@fieldName targetNote\n@foreignFieldName edge1sAsTarget\n@through linkedBy" },
      ]);
    }));
});
