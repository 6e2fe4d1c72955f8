/** Changes of the data model: each is made, planned, recorded and undone through core.apply_changes. */
import { asAdministrator, type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import {
  ADMIN,
  createField,
  createObject,
  DISAGREEMENTS,
  expectDenied,
  expectRefusal,
  idOf,
  MEMBER,
  OWNER,
  type Row,
  rows,
  value,
} from "../support.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();
const asOwner = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

type Done = {
  changes: { id: string; kind: string; changeId: string }[];
  report: {
    tables: { table: string; effect: string; rows: number }[];
    locks: { table: string; mode: string; blocks: string }[];
    api: { added: string[]; removed: string[] };
    access: { added: string[]; removed: string[] };
  };
  isPlan?: boolean;
};
const change = (db: Db, kind: string, data: Row, plan = false): Promise<Done> =>
  value(db, "select core.apply_changes($1, $2)", [JSON.stringify([{ kind, data }]), plan]);
const undo = (db: Db, done: Done): Promise<Done> => value(db, "select core.undo_change($1)", [done.changes[0]!.changeId]);
const version = (db: Db) => value(db, "select metadata_version from core.workspaces where id = authz.workspace_id()");
const fieldId = (db: Db, object: string, name: string) =>
  value(
    db,
    "select f.id from core.fields f join core.objects o on o.id = f.object_id where o.name_singular = $1 and f.name = $2 and f.workspace_id = authz.workspace_id()",
    [object, name],
  );
const checksum = (db: Db, table: string, column: string) =>
  value(db, `select md5(string_agg(t.id::text || coalesce(${column}::text, '-'), ',' order by t.id)) from ${table} t`);

it("can plan a change: it says what would be, and nothing is", () =>
  asOwner(async (db) => {
    const before = await version(db);
    const planned = await change(db, "createField", { objectId: await idOf(db, "company"), name: "rating", type: "NUMBER" }, true);
    expect(planned.isPlan).toBe(true);
    expect(planned.report.api).toEqual({ added: ["Company.rating"], removed: [] });
    expect(planned.report.tables).toEqual([]);
    expect(planned.report.locks).toEqual([{ table: "company", mode: "AccessExclusiveLock", blocks: "READS_AND_WRITES" }]);
    expect(planned.report.access.added).toContain("relata_member may insert company.rating");
    expect(await version(db)).toBe(before);
    expect(await fieldId(db, "company", "rating")).toBeUndefined();
    expect(await rows(db, "select 1 from core.changes where data ->> 'name' = 'rating'")).toEqual([]);
  }));

it("can read who changed what, and the SQL that ran", () =>
  asOwner(async (db) => {
    await change(db, "createField", { objectId: await idOf(db, "company"), name: "rating", type: "NUMBER" });
    const [row] = await rows<{ kind: string; actor_name: string; statements: string[] }>(
      db,
      "select * from core.changes order by id desc limit 1",
    );
    expect(row).toMatchObject({ kind: "createField", actor_name: "Olivia Owner" });
    expect(row!.statements[0]).toMatch(/^alter table workspace_\w+\.company add column rating float8/);
  }));

it("cannot change anything as a member (PERMISSION_DENIED)", () =>
  withMemberDb(database.adminUrl, MEMBER, async (db) => {
    await expectDenied(db, () => change(db, "createObject", { nameSingular: "rocket", namePlural: "rockets" }));
  }));

it("can make a list of changes, all or none", () =>
  withMemberDb(database.adminUrl, ADMIN, async (db) => {
    const list = (second: string) =>
      value(db, "select core.apply_changes($1)", [
        JSON.stringify([
          { kind: "createObject", data: { nameSingular: "rocket", namePlural: "rockets" } },
          { kind: "createObject", data: { nameSingular: second, namePlural: "others" } },
        ]),
      ]);
    await expectRefusal(db, () => list("rocket"), "NAME_TAKEN", "changes.1.data.nameSingular");
    expect(await idOf(db, "rocket")).toBeUndefined();
    await list("other");
    expect(await idOf(db, "rocket")).toBeDefined();
  }));

it("can rename an object: its table, API and permissions follow", () =>
  asOwner(async (db) => {
    const id = await createObject(db, { nameSingular: "rocket", namePlural: "rockets" });
    await db.query("insert into rocket (name) values ('Ariane')");
    const done = await change(db, "updateObject", { id, nameSingular: "starShip", namePlural: "starShips" });
    expect(done.report.tables).toEqual([{ table: "star_ship", effect: "RENAMED", rows: 0 }]);
    expect(done.report.api.added).toContain("Query.starShips");
    expect(done.report.api.removed).toContain("Query.rockets");
    expect(await value(db, "select name from star_ship")).toBe("Ariane");
    expect(await value(db, "select qual from pg_policies where tablename = 'star_ship' and policyname = 'readers'")).toContain(
      "starShips.read",
    );
    await undo(db, done);
    expect(await value(db, "select name from rocket")).toBe("Ariane");
  }));

it("can hide a field and show it again, and its data are kept", () =>
  asOwner(async (db) => {
    const id = await createField(db, {
      objectId: await idOf(db, "company"),
      name: "rating",
      type: "NUMBER",
      isNullable: false,
      defaultValue: 3,
    });
    const before = await checksum(db, "company", "rating");
    const hidden = await change(db, "updateField", { id, isActive: false });
    expect(hidden.report.api).toEqual({ added: [], removed: ["Company.rating"] });
    const shown = await change(db, "updateField", { id, isActive: true });
    expect(shown.report.api).toEqual({ added: ["Company.rating"], removed: [] });
    expect(await checksum(db, "company", "rating")).toBe(before);
  }));

it("can delete a field and undo that, and the table is as it was", () =>
  asOwner(async (db) => {
    const id = await createField(db, { objectId: await idOf(db, "company"), name: "rating", type: "NUMBER", isUnique: true });
    await db.query(
      "update company set rating = n from (select id, row_number() over (order by id) n from company) x where x.id = company.id and n < 1000",
    );
    const before = await checksum(db, "company", "rating");
    const done = await change(db, "deleteField", { id });
    expect(done.report.tables).toEqual([]); // nothing was rewritten
    expect(await fieldId(db, "company", "rating")).toBeUndefined();
    // The name is free again.
    const second = await createField(db, { objectId: await idOf(db, "company"), name: "rating", type: "TEXT", isUnique: true });
    await expectRefusal(db, () => undo(db, done), "NAME_TAKEN", "id");
    await change(db, "deleteField", { id: second });
    await undo(db, done);
    expect(await checksum(db, "company", "rating")).toBe(before);
    expect(await fieldId(db, "company", "rating")).toBe(id);
    await expectRefusal(db, () => undo(db, done), "CHANGE_NOT_UNDOABLE", "id");
  }));

it("can delete a relation by force only while it joins records, and undo that", () =>
  asOwner(async (db) => {
    const [companyId, personId] = [await idOf(db, "company"), await idOf(db, "person")];
    const id = await createField(db, {
      objectId: personId,
      name: "employer",
      type: "RELATION",
      relation: { targetObjectId: companyId, targetFieldName: "workforce" },
    });
    await db.query("update person set employer_id = company_id");
    const before = await checksum(db, "person", "employer_id");
    await expectRefusal(db, () => change(db, "deleteField", { id }), "FIELD_IN_USE", "data.force");
    const done = await change(db, "deleteField", { id, force: true });
    expect(done.report.api).toEqual({ added: [], removed: ["Company.workforce", "Person.employer", "Person.employerId"] });
    await undo(db, done);
    expect(await checksum(db, "person", "employer_id")).toBe(before);
    expect(await value(db, "select count(*)::int from pg_constraint where conname = 'employer_id_fkey'")).toBe(1);
  }));

it("can delete an object with its relations and undo that", () =>
  asOwner(async (db) => {
    const id = await createObject(db, { nameSingular: "rocket", namePlural: "rockets" });
    await createField(db, {
      objectId: id,
      name: "owner",
      type: "RELATION",
      relation: { targetObjectId: await idOf(db, "company"), targetFieldName: "fleet" },
    });
    await createField(db, { objectId: id, name: "stage", type: "SELECT", options: [{ value: "NEW" }], isUnique: false });
    await db.query("insert into rocket (name, owner_id, stage) select name, id, 'NEW' from company limit 10");
    const before = await checksum(db, "rocket", "owner_id");
    const done = await change(db, "deleteObject", { id });
    expect(done.report.tables).toEqual([{ table: "rocket", effect: "REMOVED", rows: 0 }]);
    const other = await createObject(db, { nameSingular: "rocket", namePlural: "rockets" });
    await change(db, "deleteObject", { id: other });
    const undone = await undo(db, done);
    expect(await checksum(db, "rocket", "owner_id")).toBe(before);
    expect(undone.report.access.added).toEqual(done.report.access.removed);
    expect(undone.report.api.added).toEqual(done.report.api.removed);
  }));

it("can take an option away: the caller says what becomes of its records, and undoing gives them back", () =>
  asOwner(async (db) => {
    const options = [{ value: "COLD" }, { value: "WARM" }, { value: "HOT" }];
    const id = await createField(db, { objectId: await idOf(db, "company"), name: "heat", type: "SELECT", options });
    await db.query("update company set heat = (array['COLD', 'WARM', 'HOT', null])[1 + hashtext(id::text) & 3]");
    const before = await checksum(db, "company", "heat");
    await expectRefusal(db, () => change(db, "updateField", { id, options: options.slice(1) }), "OPTION_IN_USE", "data.options");
    const done = await change(db, "updateField", { id, options: options.slice(1), removedOptions: { COLD: "WARM" } });
    expect(await value(db, "select count(*)::int from company where heat = 'COLD'")).toBe(0);
    await expectRefusal(db, () => db.query("update company set heat = 'COLD'"), "CHECK_FAILED");
    await undo(db, done);
    expect(await checksum(db, "company", "heat")).toBe(before);
  }));

const relate = async (db: Db, type: string, relation: Row) =>
  createField(db, { objectId: await createObject(db, { nameSingular: "rocket", namePlural: "rockets" }), name: "link", type, relation });

it.each([
  ["ONE_TO_MANY", "RELATION", "link"],
  ["ONE_TO_ONE", "RELATION", "link"],
  ["MANY_TO_MANY", "RELATION", "links"],
])("can delete a relation of type %s from either side, and undo that", (type, kind, targetFieldName) =>
  asOwner(async (db) => {
    const id = await relate(db, kind, { type, targetObjectId: await idOf(db, "company"), targetFieldName });
    for (const side of [id, await fieldId(db, "company", targetFieldName)]) {
      const done = await change(db, "deleteField", { id: side });
      expect(await fieldId(db, "rocket", "link")).toBeUndefined();
      expect(await fieldId(db, "company", targetFieldName)).toBeUndefined();
      const undone = await undo(db, done);
      expect(undone.report.api.added).toEqual(done.report.api.removed);
      expect(undone.report.access.added).toEqual(done.report.access.removed);
    }
  }),
);

it("can delete one target of a morph relation and keep the others, and undo that", () =>
  asOwner(async (db) => {
    await relate(db, "MORPH_RELATION", {
      targets: [
        { targetObjectId: await idOf(db, "company"), targetFieldName: "rocketLinks" },
        { targetObjectId: await idOf(db, "person"), targetFieldName: "rocketLinks" },
      ],
    });
    await db.query("insert into rocket (name, link_company_id) select 'Ariane', id from company limit 1");
    const before = await checksum(db, "rocket", "link_company_id");
    const done = await change(db, "deleteField", { id: await fieldId(db, "company", "rocketLinks"), force: true });
    expect(done.report.api.removed).toEqual(["Company.rocketLinks", "Rocket.linkCompany", "Rocket.linkCompanyId"]);
    // The one that is left may be set, whatever the trash holds.
    await db.query("update rocket set link_person_id = (select id from person limit 1)");
    await db.query("update rocket set link_person_id = null");
    const undone = await undo(db, done);
    expect(undone.report.api.added).toEqual(done.report.api.removed);
    expect(await checksum(db, "rocket", "link_company_id")).toBe(before);
    await expectRefusal(db, () => db.query("update rocket set link_person_id = (select id from person limit 1)"), "CHECK_FAILED");
  }));

it("can rename an object that notes and morph relations point at", () =>
  asOwner(async (db) => {
    const target = await createObject(db, { nameSingular: "planet", namePlural: "planets" });
    await relate(db, "MORPH_RELATION", { targets: [{ targetObjectId: target, targetFieldName: "visitors" }] });
    const done = await change(db, "updateObject", { id: target, nameSingular: "world", namePlural: "worlds" });
    expect(done.report.api.added).toEqual(
      expect.arrayContaining(["NoteTarget.targetWorld", "Attachment.targetWorldId", "Rocket.linkWorld"]),
    );
    expect(await value(db, "select count(*)::int from note_target where target_world_id is null")).toEqual(expect.any(Number));
    const undone = await undo(db, done);
    expect(undone.report.api.added).toEqual(done.report.api.removed);
  }));

it.each<[string, Row, string]>([
  ["EMAILS", { isUnique: true }, "contact_primary_email = id || '@x.test'"],
  [
    "PHONES",
    { isUnique: true },
    "contact_primary_phone_number = (100 + length(name))::text || right(translate(id::text, 'abcdef-', ''), 6)",
  ],
  ["FULL_NAME", { isNullable: false, defaultValue: { firstName: "A", lastName: "B" } }, "contact_first_name = name"],
  ["MULTI_SELECT", { options: [{ value: "A" }, { value: "B" }] }, "contact = '{A,B}'"],
  ["RATING", {}, "contact = 'RATING_3'"],
  ["CURRENCY", {}, "contact_amount_micros = 7000000, contact_currency_code = 'EUR'"],
])("can rename, hide, delete and have back a field of type %s", (type, more, values) =>
  asOwner(async (db) => {
    const id = await createField(db, { objectId: await idOf(db, "company"), name: "contact", type, ...more });
    await db.query(`update company set ${values} where id in (select id from company order by id limit 50)`);
    const [column] = await rows<{ attname: string }>(
      db,
      "select attname from pg_attribute where attrelid = 'company'::regclass and attname like 'contact%' order by attnum limit 1",
    );
    const before = await checksum(db, "company", column!.attname);
    const dump = () =>
      rows(
        db,
        `select attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum), attacl::text from pg_attribute
         where attrelid = 'company'::regclass and attnum > 0 and not attisdropped
         union all
         select conname, pg_get_constraintdef(oid), null, null, null from pg_constraint where conrelid = 'company'::regclass
         union all
         select indexrelid::regclass::text, pg_get_indexdef(indexrelid), null, null, null from pg_index where indrelid = 'company'::regclass
         order by 1`,
      );
    const [was, catalog] = [await version(db), await dump()];
    for (const step of [
      () => change(db, "updateField", { id, name: "reachAt" }),
      () => change(db, "updateField", { id, isActive: false }),
      () => change(db, "deleteField", { id }),
    ]) {
      const done = await step();
      const undone = await undo(db, done);
      expect(undone.report.api.added).toEqual(done.report.api.removed);
      expect(await checksum(db, "company", column!.attname)).toBe(before);
      // A check that was NOT VALID may come back valid.
      const now = await dump();
      const words = (list: Row[]) => list.map((line) => JSON.stringify(line).replace(" NOT VALID", ""));
      expect(words(now)).toEqual(words(catalog));
    }
    expect(Number(await version(db))).toBe(Number(was) + 6);
  }),
);

it("can take an option of a MULTI_SELECT away, and undo that", () =>
  asOwner(async (db) => {
    const options = [{ value: "A" }, { value: "B" }, { value: "C" }];
    const id = await createField(db, { objectId: await idOf(db, "company"), name: "tags", type: "MULTI_SELECT", options });
    await db.query("update company set tags = '{A,C}' where id in (select id from company limit 9)");
    const before = await checksum(db, "company", "tags");
    const done = await change(db, "updateField", { id, options: options.slice(1), removedOptions: { A: "B" } });
    expect(await value(db, "select count(*)::int from company where tags = '{B,C}'")).toBe(9);
    const again = await change(db, "updateField", { id, options: options.slice(2), removedOptions: { B: null } });
    expect(await value(db, "select count(*)::int from company where tags = '{C}'")).toBe(9);
    await undo(db, again);
    await undo(db, done);
    expect(await checksum(db, "company", "tags")).toBe(before);
  }));

it("can rename an option, and its records keep it", () =>
  asOwner(async (db) => {
    const id = await createField(db, {
      objectId: await idOf(db, "company"),
      name: "heat",
      type: "SELECT",
      options: [{ value: "COLD" }, { value: "HOT" }],
    });
    await db.query("update company set heat = 'COLD' where id in (select id from company limit 9)");
    const [cold, hot] = await value<{ id: string }[]>(db, "select options from core.fields where id = $1", [id]);
    const done = await change(db, "updateField", {
      id,
      options: [hot!, { ...cold!, value: "ICY", position: 5 }].map((o, position) => ({ ...o, position })),
    });
    expect(await value(db, "select count(*)::int from company where heat = 'ICY'")).toBe(9);
    expect(done.report.api).toEqual({ added: ["CompanyHeatEnum.ICY"], removed: ["CompanyHeatEnum.COLD"] });
    await undo(db, done);
    expect(await value(db, "select count(*)::int from company where heat = 'COLD'")).toBe(9);
  }));

it("cannot delete a field that a formula, a rule or an index is made of (FIELD_IN_USE), nor a relation that a rollup goes along", () =>
  asOwner(async (db) => {
    const objectId = await idOf(db, "company");
    const id = await createField(db, { objectId, name: "rating", type: "NUMBER" });
    const formula = { op: "multiply", args: [{ field: "rating" }, 2] };
    const twice = await createField(db, { objectId, name: "twice", type: "NUMBER", settings: { formula } });
    await expectRefusal(db, () => change(db, "deleteField", { id, force: true }), "FIELD_IN_USE", "data.id");
    const gone = await change(db, "deleteField", { id: twice });
    await db.query("update company set rating = 21 where id = (select id from company limit 1)");
    const without = await change(db, "deleteField", { id });
    await undo(db, without);
    await undo(db, gone);
    expect(await value(db, "select max(twice)::int from company")).toBe(42);

    const settings = { rollup: { relation: "contacts", function: "count" } };
    const rollup = await createField(db, { objectId, name: "people", type: "NUMBER", settings });
    const contacts = await fieldId(db, "company", "contacts");
    const counted = await value(db, "select sum(people)::int from company");
    expect(counted).toBeGreaterThan(1000);
    await asAdministrator(db, () => db.query("update core.fields set is_custom = true where id = $1", [contacts]));
    await expectRefusal(db, () => change(db, "deleteField", { id: contacts, force: true }), "FIELD_IN_USE", "data.id");
    const away = await change(db, "deleteField", { id: rollup });
    await db.query("update person set company_id = null where id in (select id from person where company_id is not null limit 5)");
    await undo(db, away);
    expect(await value(db, "select sum(people)::int from company")).toBe(Number(counted) - 5);
  }));

it("can change a formula, and undo that", () =>
  asOwner(async (db) => {
    const objectId = await idOf(db, "company");
    const formula = (n: number) => ({ op: "multiply", args: [{ field: "employees" }, n] });
    const id = await createField(db, { objectId, name: "made", type: "NUMBER", settings: { formula: formula(2) } });
    const before = await checksum(db, "company", "made");
    const done = await change(db, "updateField", { id, settings: { formula: formula(3) } });
    expect(done.report.tables).toEqual([{ table: "company", effect: "REWRITTEN", rows: 2000 }]);
    expect(await value(db, "select count(*)::int from company where made = employees * 3")).toBeGreaterThan(1000);
    await undo(db, done);
    expect(await checksum(db, "company", "made")).toBe(before);
  }));

it("can delete an object with formulas, rollups, rules and indexes, and undo that", () =>
  asOwner(async (db) => {
    const objectId = await createObject(db, { nameSingular: "rocket", namePlural: "rockets" });
    const n = await createField(db, { objectId, name: "stages", type: "NUMBER" });
    await createField(db, { objectId, name: "maker", type: "RELATION", relation: { targetObject: "company", targetFieldName: "rockets" } });
    await createField(db, {
      objectId,
      name: "twice",
      type: "NUMBER",
      settings: { formula: { op: "multiply", args: [{ field: "stages" }, 2] } },
    });
    await change(db, "createRule", { objectId, name: "some", expression: { op: "greater", args: [{ field: "stages" }, 0] } });
    await change(db, "createIndex", { objectId, fields: [{ fieldId: n }] });
    const rollup = await createField(db, {
      objectId: await idOf(db, "company"),
      name: "rocketStages",
      type: "NUMBER",
      settings: { rollup: { relation: "rockets", function: "sum", field: "stages" } },
    });
    await db.query("insert into rocket (stages, maker_id) select 3, id from company limit 7");
    await expectRefusal(db, () => change(db, "deleteObject", { id: objectId }), "FIELD_IN_USE", "data.id");
    const first = await change(db, "deleteField", { id: rollup });
    const second = await change(db, "deleteObject", { id: objectId });
    await undo(db, second);
    await undo(db, first);
    expect(await value(db, "select sum(twice)::int from rocket")).toBe(42);
    await db.query("update rocket set stages = 4");
    expect(await value(db, "select sum(rocket_stages)::int from company")).toBe(28);
    expect((await errorOf(db, () => db.query("update rocket set stages = 0")))?.code).toBe("RULED");
    expect(await asAdministrator(db, () => rows(db, DISAGREEMENTS))).toEqual([]);
  }));
