/** What notes, tasks and files are about: custom objects, too. */
import { asAdministrator, useTestDatabase } from "../../helpers/db.ts";
import { count, createField, createObject, expectRefusal, idOf, rows, value } from "../support.ts";
import { asOwnerWith, relationsOf } from "./relations.ts";

const database = useTestDatabase();
const asOwner = asOwnerWith(database);

describe("the targets of notes, tasks and files", () => {
  const OWNERS = ["attachment", "noteTarget", "taskTarget"];

  it("are every custom object, in one change of each table", () =>
    asOwner(async (db) => {
      await createObject(db, { nameSingular: "house", namePlural: "houses" });
      const statements = await value<string[]>(db, "select statements from core.changes order by id desc limit 1");
      const altered = statements.filter((text) => /^alter table .*(attachment|_target) /.test(text));
      expect(altered).toHaveLength(3);
      expect(await relationsOf(db, ["targetHouse"])).toEqual(
        OWNERS.map((owner) => `${owner}.targetHouse MANY_TO_ONE house.${owner}s target_house_id CASCADE`),
      );
      const flags = await rows(db, "select distinct is_custom, is_system from core.fields where name in ('targetHouse', 'targetCompany')");
      expect(flags).toEqual([{ is_custom: false, is_system: true }]);
    }));

  it("go with their record", () =>
    asOwner(async (db) => {
      await createObject(db, { nameSingular: "house", namePlural: "houses" });
      const house = await value(db, "insert into house (name) values ('a') returning id");
      await db.query("insert into note_target (target_house_id) values ($1)", [house]);
      await asAdministrator(db, () => db.query("delete from house where id = $1", [house]));
      expect(await count(db, "note_target where target_house_id is not null")).toBe(0);
    }));

  it("can have the longest names", () =>
    asOwner(async (db) => {
      const nameSingular = `h${"o".repeat(48)}`;
      await createObject(db, { nameSingular, namePlural: `${nameSingular}s` });
      const house = await value(db, `insert into ${nameSingular} (name) values ('a') returning id`);
      await db.query(`insert into attachment (target_${nameSingular}_id) values ($1)`, [house]);
    }));

  it("cannot be, where the name is taken (NAME_TAKEN)", () =>
    asOwner(async (db) => {
      await createField(db, { objectId: await idOf(db, "taskTarget"), name: "targetHouseId", type: "TEXT" });
      const house = () => createObject(db, { nameSingular: "house", namePlural: "houses" });
      await expectRefusal(db, house, "NAME_TAKEN", "data.nameSingular");
    }));
});
