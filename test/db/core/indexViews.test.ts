/** The view that an object opens with, and how views follow the data model. */
import { asAdministrator, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { count, createField, createObject, expectRefusal, idOf, OWNER, rows, value } from "../support.ts";
import { fieldId, fieldsOf, indexViewId, insert } from "./viewSupport.ts";

const database = useTestDatabase();
const as = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

it("is there for every object that is offered to people, and for no other", () =>
  as(async (db) => {
    const found = await rows(
      db,
      `select o.is_system as system, count(v.id)::int as views, bool_and(v.name = 'All ' || o.label_plural and v.type = 'TABLE' and v.creator_id is null) as named
       from core.objects o left join core.views v on v.object_id = o.id and v.key = 'INDEX' group by o.id, o.is_system`,
    );
    expect(found.length).toBeGreaterThan(8);
    for (const { system, views, named } of found) expect([views, named]).toEqual(system ? [0, null] : [1, true]);
  }));

it("shows what a record is called first, then its fields in their order", () =>
  as(async (db) => {
    const names = await fieldsOf(db, await indexViewId(db, "opportunity"));
    expect(names.slice(0, 5)).toEqual(["name", "amount", "closeDate", "stage", "createdAt"]);
    // Relations come once all objects stand.
    expect(names.slice(5).sort()).toEqual(["company", "owner", "pointOfContact"]);
  }));

it("comes with a new object, and follows its new fields and relations", () =>
  as(async (db) => {
    const objectId = await createObject(db, { nameSingular: "house", namePlural: "houses", labelPlural: "Houses & homes" });
    const view = await indexViewId(db, "house");
    expect(await value(db, "select name from core.views where id = $1", [view])).toBe("All Houses & homes");
    await createField(db, { objectId, name: "rooms", type: "NUMBER" });
    await createField(db, {
      objectId,
      name: "keeper",
      type: "RELATION",
      relation: { targetObjectId: await idOf(db, "person"), targetFieldName: "houses" },
    });
    expect(await fieldsOf(db, view)).toEqual(["name", "createdAt", "rooms", "keeper"]);
    expect((await fieldsOf(db, await indexViewId(db, "person"))).at(-1)).toBe("houses");
  }));

it("cannot be destroyed or deleted, but goes with its object (VIEW_INVALID)", () =>
  as(async (db) => {
    const objectId = await createObject(db, { nameSingular: "house", namePlural: "houses" });
    const view = await indexViewId(db, "house");
    await expectRefusal(db, () => db.query("delete from core.views where id = $1", [view]), "VIEW_INVALID", "id");
    await expectRefusal(db, () => db.query("update core.views set deleted_at = now() where id = $1", [view]), "VIEW_INVALID", "id");
    expect((await db.query("update core.views set name = 'Every house', is_compact = true where id = $1", [view])).rowCount).toBe(1);
    await asAdministrator(db, () => db.query("delete from core.objects where id = $1", [objectId]));
    expect(await count(db, `core.views where id = '${view}'`)).toBe(0);
    expect(await count(db, `core.view_fields where view_id = '${view}'`)).toBe(0);
  }));

/** One view of each kind made of opportunity's stage and closeDate; answers their ids. */
async function makeViews(db: Db) {
  const object_id = await idOf(db, "opportunity");
  const [stage, day, amount] = [
    await fieldId(db, "opportunity", "stage"),
    await fieldId(db, "opportunity", "closeDate"),
    await fieldId(db, "opportunity", "amount"),
  ];
  const board = await insert(db, "views", { object_id, name: "Board", type: "KANBAN", main_group_by_field_id: stage });
  const calendar = await insert(db, "views", { object_id, name: "Calendar", type: "CALENDAR", calendar_field_id: day });
  const table = await insert(db, "views", {
    object_id,
    name: "Table",
    main_group_by_field_id: stage,
    kanban_aggregate_operation: "SUM",
    kanban_aggregate_operation_field_id: amount,
  });
  // A board has its groups already.
  await insert(db, "view_groups", { view_id: table, field_value: "NEW" });
  await insert(db, "view_filters", { view_id: table, field_id: stage, operand: "IS", value: ["NEW", "MEETING"] });
  await insert(db, "view_filters", { view_id: board, field_id: stage, operand: "IS", value: '["NEW"]' });
  await insert(db, "view_sorts", { view_id: table, field_id: stage });
  await insert(db, "view_fields", { view_id: table, field_id: stage });
  return { board, calendar, table, stage, day, amount };
}

const groups = (db: Db, view: string) => count(db, `core.view_groups where view_id = '${view}'`);

it("forget a field that is deactivated: boards and calendars of it go, tables lose their groups, filters and sorts", () =>
  as(async (db) => {
    const { board, calendar, table, stage, day, amount } = await makeViews(db);
    const index = await indexViewId(db, "opportunity");
    await db.query("update core.views set type = 'KANBAN', main_group_by_field_id = $2 where id = $1", [index, stage]);
    await asAdministrator(db, async () => {
      for (const field of [stage, day, amount]) await db.query("select private.forget_field_in_views($1)", [field]);
    });
    expect(await count(db, `core.views where id in ('${board}', '${calendar}')`)).toBe(0);
    const left =
      "select type, main_group_by_field_id as by, kanban_aggregate_operation as sum, kanban_aggregate_operation_field_id as of from core.views where id = any($1)";
    const plain = { type: "TABLE", by: null, sum: null, of: null };
    expect(await rows(db, left, [[table, index]])).toEqual([plain, plain]);
    expect([
      await groups(db, table),
      await count(db, `core.view_filters where view_id = '${table}'`),
      await count(db, `core.view_sorts where view_id = '${table}'`),
    ]).toEqual([0, 0, 0]);
    expect(await fieldsOf(db, table)).toEqual(["stage"]);
  }));

it("forget an option that is removed: its groups go, and filters that name no other", () =>
  as(async (db) => {
    const { board, table, stage } = await makeViews(db);
    const before = await groups(db, board);
    await asAdministrator(db, () => db.query("select private.forget_option_in_views($1, 'NEW')", [stage]));
    expect([await groups(db, board), await groups(db, table)]).toEqual([before - 1, 0]);
    expect(await rows(db, "select view_id, value from core.view_filters where field_id = $1", [stage])).toEqual([
      { view_id: table, value: ["MEETING"] },
    ]);
  }));

it("lose a field that is deleted with all that is made of it, and stay when they only count it", () =>
  as(async (db) => {
    const { board, calendar, table, stage, day, amount } = await makeViews(db);
    // As the machine would; the columns are not this test's.
    await asAdministrator(db, () => db.query("delete from core.fields where id = any($1)", [[day, amount]]));
    expect(await rows(db, "select id from core.views where id = any($1) order by name", [[board, calendar, table]])).toEqual([
      { id: board },
      { id: table },
    ]);
    await asAdministrator(db, () => db.query("delete from core.fields where id = $1", [stage]));
    expect(await count(db, `core.views where id in ('${board}', '${table}')`)).toBe(0);
  }));

it("lose their groups when they are grouped by another field", () =>
  as(async (db) => {
    const { table } = await makeViews(db);
    expect(await groups(db, table)).toBe(1);
    await db.query("update core.views set main_group_by_field_id = null where id = $1", [table]);
    expect(await groups(db, table)).toBe(0);
  }));
