/** The shape decides which workspaces share a compiled GraphQL schema. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { createField, createObject, idOf, type Row, STRANGER, value } from "../support.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();

const shapeOf = (db: Db, subdomain: string) =>
  asAdministrator(db, () => value(db, "select shape from core.workspaces where subdomain = $1", [subdomain]));

/** Two workspaces as new as they can be. */
const withTwins = (work: (db: Db) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query("set local role relata_owner");
    for (const name of ["castor", "pollux"]) await db.query("select private.create_workspace($1, $1)", [name]);
    await db.query("reset role");
    await work(db);
  });

it("is equal for two new workspaces", () =>
  withTwins(async (db) => {
    expect(await shapeOf(db, "castor")).toMatch(/^[0-9a-f]{64}$/);
    expect(await shapeOf(db, "castor")).toBe(await shapeOf(db, "pollux"));
  }));

it("is the same however often it is asked for", () =>
  withTwins(async (db) => {
    const fresh = () => value(db, "select private.workspace_shape(id) from core.workspaces where subdomain = 'castor'");
    expect(await fresh()).toBe(await shapeOf(db, "castor"));
    expect(await fresh()).toBe(await fresh());
  }));

describe("through the API", () => {
  /** As the owner of globex, who changes his workspace. */
  const asStranger = (work: (db: Db) => Promise<void>) =>
    withAdminDb(database.adminUrl, async (db) => {
      await become(db, STRANGER);
      await work(db);
    });

  const options = [{ value: "A" }];
  const fields: Row[] = [
    { type: "UUID" },
    { type: "TEXT" },
    { type: "NUMBER" },
    { type: "NUMBER", settings: { dataType: "int" } },
    { type: "NUMERIC" },
    { type: "BOOLEAN" },
    { type: "DATE" },
    { type: "DATE_TIME" },
    { type: "SELECT", options },
    { type: "SELECT", options: [{ value: "B" }] },
    { type: "TEXT", isUnique: true },
    { type: "TEXT", description: "A thing." },
    { type: "TEXT", defaultValue: "a" },
    { type: "TEXT", defaultValue: "a", isNullable: false },
  ];

  it("changes with every object and field, and never comes again", () =>
    asStranger(async (db) => {
      const seen = [await shapeOf(db, "globex")];
      const objectId = await idOf(db, "note", "globex");
      await createObject(db, { nameSingular: "house", namePlural: "houses" });
      seen.push(await shapeOf(db, "globex"));
      for (const spec of fields) {
        await db.query("savepoint before");
        await createField(db, { objectId, name: "thing", ...spec });
        seen.push(await shapeOf(db, "globex"));
        await db.query("rollback to before");
      }
      const relation = { targetObjectId: await idOf(db, "company", "globex"), targetFieldName: "things" };
      const kinds = [
        ...["MANY_TO_ONE", "ONE_TO_MANY", "ONE_TO_ONE", "MANY_TO_MANY"].map((type) => ({
          type: "RELATION",
          relation: { ...relation, type },
        })),
        { type: "RELATION", relation: { ...relation, type: "MANY_TO_MANY", junctionName: "junction" } },
        { type: "MORPH_RELATION", relation: { targets: [relation] } },
      ];
      for (const kind of kinds) {
        await db.query("savepoint before");
        await createField(db, { objectId, name: "thing", ...kind });
        seen.push(await shapeOf(db, "globex"));
        await db.query("rollback to before");
      }
      expect(new Set(seen).size).toBe(fields.length + kinds.length + 2);
    }));

  it("does not change another workspace's", () =>
    asStranger(async (db) => {
      const before = await shapeOf(db, "acme");
      await createObject(db, { nameSingular: "house", namePlural: "houses" });
      expect(await shapeOf(db, "acme")).toBe(before);
    }));

  it("is equal after the same changes, made in another order", () =>
    withTwins(async (db) => {
      const speakFor = (name: string) =>
        asAdministrator(db, async () => {
          await db.query(
            "select set_config('relata.workspace_id', id::text, true), set_config('relata.permissions', '*', true) from core.workspaces where subdomain = $1",
            [name],
          );
        });
      const house = () => createObject(db, { nameSingular: "house", namePlural: "houses" });
      const motto = async (name: string) => createField(db, { objectId: await idOf(db, "company", name), name: "motto", type: "TEXT" });
      const before = await shapeOf(db, "castor");
      await speakFor("castor");
      await house();
      await motto("castor");
      await speakFor("pollux");
      await motto("pollux");
      await house();
      expect(await shapeOf(db, "castor")).toBe(await shapeOf(db, "pollux"));
      expect(await shapeOf(db, "castor")).not.toBe(before);
    }));
});

describe("by the metadata's rows", () => {
  const shape = "select private.workspace_shape(id) from core.workspaces where subdomain = 'globex'";
  const globex = "workspace_id = (select id from core.workspaces where subdomain = 'globex')";
  const field = (change: string, name: string) => `update core.fields set ${change} where name = '${name}' and ${globex}`;
  const object = (change: string) => `update core.objects set ${change} where name_singular = 'company' and ${globex}`;

  const changes = async (change: string) =>
    withAdminDb(database.adminUrl, async (db) => {
      const before = await value(db, shape);
      expect((await db.query(change)).rowCount).toBeGreaterThan(0);
      return (await value(db, shape)) !== before;
    });

  it.each([
    object("name_singular = 'firm'"),
    object("name_plural = 'firms'"),
    object("table_name = 'firm'"),
    object("description = 'A firm.'"),
    object("label_field = 'industry'"),
    object("search_fields = '{industry}'"),
    object("is_active = false"),
    field("name = 'motto'", "industry"),
    field("description = 'What they do.'", "industry"),
    field("type = 'NUMERIC'", "industry"),
    field("column_name = 'motto'", "industry"),
    field("is_nullable = false", "industry"),
    field("is_unique = true", "industry"),
    field("default_value = '\"IT\"'", "industry"),
    field("default_value = null", "stage"),
    field("is_active = false", "industry"),
    field(`settings = '{"dataType": "bigint"}'`, "employees"),
    field("options = options - 0", "stage"),
    field("options = jsonb_set(options, '{0,value}', '\"LEAD\"')", "stage"),
    `delete from core.relations where ${globex}`,
    `update core.relations set type = 'ONE_TO_ONE' where ${globex}`,
    `update core.relations set column_name = 'other_id' where ${globex}`,
  ])("changes by: %s", async (change) => {
    expect(await changes(change)).toBe(true);
  });

  it.each([
    object("label_singular = 'Firm'"),
    object("icon = 'IconFirm'"),
    field("label = 'Line'", "industry"),
    field("icon = 'IconLine'", "industry"),
    field(`default_value = '"MEETING"'`, "stage"),
    "update core.workspaces set name = 'Globex Inc.' where subdomain = 'globex'",
    field(`options = jsonb_set(options, '{0,id}', '"01890000-0000-7000-8000-000000000000"')`, "stage"),
    field(`options = jsonb_set(options, '{0,label}', '"Fresh"')`, "stage"),
    field(`options = jsonb_set(options, '{0,color}', '"blue"')`, "stage"),
  ])("does not change by what the GraphQL schema does not show: %s", async (change) => {
    expect(await changes(change)).toBe(false);
  });
});
