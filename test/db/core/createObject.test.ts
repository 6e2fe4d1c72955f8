/** createObject: an admin's object is a table, with all that a table needs, in one transaction. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, count, createObject, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const HOUSE = { nameSingular: "summerHouse", namePlural: "summerHouses", description: "A house by the sea.", icon: "IconHome" };
const SYSTEM = ["id", "createdAt", "updatedAt", "deletedAt", "createdBy", "updatedBy", "position", "searchVector"];

const database = useTestDatabase();
const as = <T>(email: string, work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, email, work);

/** As the owner, with summerHouse made. */
const withHouse = (work: (db: Db, id: string) => Promise<void>) => as(OWNER, async (db) => work(db, await createObject(db, HOUSE)));

describe("who", () => {
  it.each([OWNER, ADMIN])("%s can create an object", (email) =>
    as(email, async (db) => {
      const id = await createObject(db, HOUSE);
      expect(await rows(db, "select id, name_singular from core.objects where table_name = 'summer_house'")).toEqual([
        { id, name_singular: "summerHouse" },
      ]);
      expect(await count(db, "summer_house")).toBe(0);
    }),
  );

  it.each([MEMBER, GUEST])("%s cannot create an object (42501)", (email) =>
    as(email, async (db) => {
      await expectDenied(db, () => createObject(db, HOUSE));
      expect(await asAdministrator(db, () => count(db, "core.objects where name_singular = 'summerHouse'"))).toBe(0);
      await become(db, OWNER);
      expect(await createObject(db, HOUSE)).toBeTruthy();
    }),
  );

  it.each(["relata_anonymous", "relata_server", "relata_worker"])("%s cannot create an object (42501)", (role) =>
    withAdminDb(database.adminUrl, async (db) => {
      await db.query(`set local role ${role}`);
      await expectDenied(db, () => createObject(db, HOUSE));
    }),
  );

  it("relata_admin cannot without a claim, or without the permission data_model (42501)", () =>
    as(GUEST, async (db) => {
      const permissions = await value(db, "select current_setting('relata.permissions')");
      await db.query("reset role");
      await db.query("set local role relata_admin");
      for (const held of [permissions, ""]) {
        await db.query("select set_config('relata.permissions', $1, true)", [held]);
        await expectDenied(db, () => createObject(db, HOUSE));
      }
      await db.query("select set_config('relata.permissions', 'data_model', true)");
      expect(await createObject(db, HOUSE)).toBeTruthy();
    }));
});

it("keeps the object's row, and fills in what was not said", () =>
  withHouse(async (db, id) => {
    const [kept] = await rows(db, "select * from core.objects where id = $1", [id]);
    expect(kept).toMatchObject({
      name_singular: "summerHouse",
      name_plural: "summerHouses",
      label_singular: "Summer house",
      label_plural: "Summer houses",
      description: "A house by the sea.",
      icon: "IconHome",
      table_name: "summer_house",
      label_field: "name",
      search_fields: ["name"],
      is_custom: true,
      is_system: false,
      is_active: true,
    });
  }));

it("keeps a row for each field: those of Relata, and a name", () =>
  withHouse(async (db, id) => {
    const fields = await rows<{ name: string; is_system: boolean; is_custom: boolean }>(
      db,
      "select * from core.fields where object_id = $1",
      [id],
    );
    const lists = ["attachments", "noteTargets", "taskTargets"];
    expect(fields.map(({ name }) => name).sort()).toEqual([...SYSTEM, ...lists, "name"].sort());
    for (const { name, is_system, is_custom } of fields)
      expect({ name, is_system, is_custom }).toEqual({ name, is_system: name !== "name", is_custom: name === "name" });
  }));

it("cannot be told what is Relata's to say", () =>
  as(OWNER, async (db) => {
    const claims = {
      isSystem: true,
      isCustom: false,
      labelField: "id",
      searchFields: ["id"],
      fields: [{ name: "evil", type: "TS_VECTOR" }],
      tableName: "company",
      workspaceId: "x",
    };
    const id = await createObject(db, { ...HOUSE, ...claims });
    const [kept] = await rows(db, "select * from core.objects where id = $1", [id]);
    expect(kept).toMatchObject({
      is_system: false,
      is_custom: true,
      label_field: "name",
      search_fields: ["name"],
      table_name: "summer_house",
    });
    expect(await count(db, `core.fields where object_id = '${id}' and name = 'evil'`)).toBe(0);
  }));

describe("the metadata version", () => {
  const version = (db: Db) => value(db, "select metadata_version::int from core.workspaces").then(Number);

  it("grows by one, in the same transaction", () =>
    as(OWNER, async (db) => {
      const before = await version(db);
      await db.query("savepoint before");
      await createObject(db, HOUSE);
      expect(await version(db)).toBe(before + 1);
      await createObject(db, { nameSingular: "boat", namePlural: "boats" });
      expect(await version(db)).toBe(before + 2);
      await db.query("rollback to before");
      expect(await version(db)).toBe(before);
    }));

  it("lets schemas compiled before go on answering, as nothing was taken away", () =>
    as(OWNER, async (db) => {
      const compatible = () => value(db, "select compatible_from from core.workspaces");
      const before = await compatible();
      await createObject(db, HOUSE);
      expect(await compatible()).toBe(before);
    }));

  it("does not grow in another workspace, and nothing is made there", () =>
    as(OWNER, async (db) => {
      const others = () =>
        asAdministrator(db, () =>
          rows(
            db,
            `select w.metadata_version, w.shape, count(o.id), (select count(*) from pg_class where relnamespace = w.schema_name::regnamespace)
             from core.workspaces w join core.objects o on o.workspace_id = w.id where w.subdomain = 'globex' group by w.id`,
          ),
        );
      const before = await others();
      await createObject(db, HOUSE);
      expect(await others()).toEqual(before);
    }));
});

it("two workspaces can have an object of the same name", () =>
  as(OWNER, async (db) => {
    await createObject(db, HOUSE);
    await become(db, STRANGER);
    expect(await createObject(db, HOUSE)).toBeTruthy();
    expect(await asAdministrator(db, () => count(db, "pg_class where relname = 'summer_house'"))).toBe(2);
  }));

it("cannot create more than 1000 objects (LIMIT_EXCEEDED)", () =>
  as(OWNER, async (db) => {
    await asAdministrator(db, () =>
      db.query(
        `insert into core.objects (workspace_id, name_singular, name_plural, label_singular, label_plural, table_name)
         select authz.workspace_id(), 'x' || n, 'y' || n, 'x', 'y', 'x' || n
         from generate_series(1, 1000 - (select count(*) from core.objects where workspace_id = authz.workspace_id())) n`,
      ),
    );
    await expectRefusal(db, () => createObject(db, HOUSE), "LIMIT_EXCEEDED", "data");
    await asAdministrator(db, () => db.query("delete from core.objects where name_singular = 'x1'"));
    expect(await createObject(db, HOUSE)).toBeTruthy();
  }));
