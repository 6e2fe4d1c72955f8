/** createField: who may, what is kept, and what it leaves alone. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, count, createField, createObject, expectDenied, expectRefusal, GUEST, idOf, MEMBER, OWNER, rows } from "../support.ts";

const database = useTestDatabase();
const as = <T>(email: string, work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, email, work);

const motto = async (db: Db) => ({ objectId: await asAdministrator(db, () => idOf(db, "company")), name: "companyMotto", type: "TEXT" });

describe("who", () => {
  it.each([OWNER, ADMIN])("%s can create a field", (email) =>
    as(email, async (db) => {
      const id = await createField(db, await motto(db));
      expect(await rows(db, "select id, column_name from core.fields where name = 'companyMotto'")).toEqual([
        { id, column_name: "company_motto" },
      ]);
      expect(await count(db, "company where company_motto is null")).toBeGreaterThan(0);
    }),
  );

  it.each([MEMBER, GUEST])("%s cannot create a field (42501)", (email) =>
    as(email, async (db) => {
      const data = await motto(db);
      await expectDenied(db, () => createField(db, data));
      expect(await asAdministrator(db, () => count(db, "pg_attribute where attname = 'company_motto'"))).toBe(0);
      await become(db, OWNER);
      expect(await createField(db, data)).toBeTruthy();
    }),
  );

  it.each(["relata_anonymous", "relata_server", "relata_worker", "relata_admin"])(
    "%s cannot create a field without a claim (42501)",
    (role) =>
      withAdminDb(database.adminUrl, async (db) => {
        const data = await motto(db);
        await db.query(`set local role ${role}`);
        await expectDenied(db, () => createField(db, data));
      }),
  );
});

it("cannot add a field to another workspace's object (NOT_FOUND)", () =>
  as(OWNER, async (db) => {
    const theirs = await asAdministrator(db, () => idOf(db, "company", "globex"));
    expect(theirs).toBeTruthy();
    await expectRefusal(db, async () => createField(db, { ...(await motto(db)), objectId: theirs }), "NOT_FOUND", "data.objectId");
    for (const objectId of ["x", "", null, "00000000-0000-7000-8000-000000000000", "' or true --"]) {
      await expectRefusal(db, async () => createField(db, { ...(await motto(db)), objectId }), "NOT_FOUND", "data.objectId");
    }
    expect(await createField(db, await motto(db))).toBeTruthy();
  }));

it("keeps the field's row, and fills in what was not said", () =>
  as(OWNER, async (db) => {
    const id = await createField(db, await motto(db));
    const [kept] = await rows(db, "select * from core.fields where id = $1", [id]);
    expect(kept).toMatchObject({
      name: "companyMotto",
      label: "Company motto",
      description: "",
      icon: "",
      type: "TEXT",
      column_name: "company_motto",
      is_nullable: true,
      is_unique: false,
      default_value: null,
      options: null,
      settings: {},
      is_custom: true,
      is_system: false,
      is_active: true,
    });
  }));

it("keeps what was said", () =>
  as(OWNER, async (db) => {
    const said = {
      label: "Motto",
      description: "What they say.",
      icon: "IconQuote",
      isNullable: false,
      defaultValue: "…",
      settings: { isCaseInsensitive: true },
    };
    const id = await createField(db, { ...(await motto(db)), ...said });
    const [kept] = await rows(db, "select * from core.fields where id = $1", [id]);
    expect(kept).toMatchObject({
      label: "Motto",
      description: "What they say.",
      icon: "IconQuote",
      is_nullable: false,
      default_value: "…",
      settings: { isCaseInsensitive: true },
    });
  }));

it("takes null for what was not said, as GraphQL sends it", () =>
  as(OWNER, async (db) => {
    const unsaid = {
      label: null,
      description: null,
      icon: null,
      isNullable: null,
      isUnique: null,
      defaultValue: null,
      options: null,
      relation: null,
      settings: null,
    };
    const id = await createField(db, { ...(await motto(db)), ...unsaid });
    expect(await rows(db, "select label, is_nullable, settings from core.fields where id = $1", [id])).toEqual([
      { label: "Company motto", is_nullable: true, settings: {} },
    ]);
  }));

it("cannot be told what is Relata's to say", () =>
  as(OWNER, async (db) => {
    const claims = { isSystem: true, isCustom: false, isInverse: true, columnName: "name", workspaceId: "x" };
    const id = await createField(db, { ...(await motto(db)), ...claims });
    const [kept] = await rows(db, "select * from core.fields where id = $1", [id]);
    expect(kept).toMatchObject({ is_system: false, is_custom: true, column_name: "company_motto" });
    const required = { ...(await motto(db)), name: "other", isNullable: false };
    await expectRefusal(
      db,
      () => createField(db, { ...required, onEmptyTable: true, isSystem: true }),
      "DEFAULT_INVALID",
      "data.defaultValue",
    );
  }));

it.each([
  [{ isUnique: true }, "CREATE UNIQUE INDEX .* USING btree \\(company_motto\\) WHERE \\(deleted_at IS NULL\\)$"],
  [
    { isUnique: true, settings: { isCaseInsensitive: true } },
    "CREATE UNIQUE INDEX .* USING btree \\(lower\\(company_motto\\)\\) WHERE \\(deleted_at IS NULL\\)$",
  ],
])("%j makes a unique index over living records", (spec, index) =>
  as(OWNER, async (db) => {
    await createField(db, { ...(await motto(db)), ...spec });
    const [made] = await asAdministrator(db, () =>
      rows<{ indexdef: string }>(db, "select indexdef from pg_indexes where indexdef ~ 'company_motto'"),
    );
    expect(made!.indexdef).toMatch(new RegExp(index));
    const add = (text: string) => () => db.query("insert into company (company_motto) values ($1)", [text]);
    await add("Onward")();
    await expectRefusal(db, add("Onward"), "CONFLICT");
    await db.query("update company set deleted_at = now() where company_motto = 'Onward'");
    expect((await add("Onward")()).rowCount).toBe(1);
  }),
);

it("grows the metadata version by one, in the same transaction", () =>
  as(OWNER, async (db) => {
    const versions = async () =>
      (
        await rows<{ now: number; old: number }>(
          db,
          "select metadata_version::int as now, compatible_from::int as old from core.workspaces",
        )
      )[0]!;
    const before = await versions();
    await db.query("savepoint before");
    await createField(db, await motto(db));
    expect(await versions()).toEqual({ now: before.now + 1, old: before.old });
    const relation = { targetObjectId: await idOf(db, "person"), targetFieldName: "companiesKept" };
    await createField(db, { objectId: await idOf(db, "company"), name: "keeper", type: "RELATION", relation });
    expect(await versions()).toEqual({ now: before.now + 2, old: before.old });
    await db.query("rollback to before");
    expect(await versions()).toEqual(before);
  }));

it("cannot hold more than 500 fields (LIMIT_EXCEEDED)", () =>
  as(OWNER, async (db) => {
    const objectId = await createObject(db, { nameSingular: "house", namePlural: "houses" });
    await asAdministrator(db, () =>
      db.query(
        `insert into core.fields (workspace_id, object_id, name, label, type, column_name)
         select authz.workspace_id(), $1, 'x' || n, 'x', 'TEXT', 'x' || n from generate_series(1, 500 - (select count(*) from core.fields where object_id = $1)) n`,
        [objectId],
      ),
    );
    const data = { objectId, name: "last", type: "TEXT" };
    await expectRefusal(db, () => createField(db, data), "LIMIT_EXCEEDED", "data");
    await asAdministrator(db, () => db.query("delete from core.fields where name = 'x1'"));
    expect(await createField(db, data)).toBeTruthy();
  }));
