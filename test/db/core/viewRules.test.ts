/** What a view may be made of: a table of refusals, each beside what is accepted. */

import type { ErrorCode } from "../../../src/errors.ts";
import { type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, createObject, expectRefusal, idOf, OWNER, type Row, rows, value } from "../support.ts";
import { fieldId, fieldsOf, indexViewId, insert } from "./viewSupport.ts";

const database = useTestDatabase();
const as = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

/** `opportunity.stage` stands for the id of that field. */
async function resolved(db: Db, row: Row): Promise<Row> {
  const found: Row = {};
  for (const [column, given] of Object.entries(row)) {
    const [, object, field] = /^(\w+)\.(\w+)$/.exec(column.endsWith("_id") ? String(given) : "") ?? [];
    found[column] = object ? await fieldId(db, object, field!) : given;
  }
  return found;
}

const makeView = async (db: Db, row: Row = {}) =>
  insert(db, "views", { object_id: await idOf(db, "opportunity"), name: "Deals", ...(await resolved(db, row)) });
const NOBODY = "11111111-1111-4111-8111-111111111111";

it.each<[string, Row]>([
  ["a table", {}],
  ["a table in groups", { main_group_by_field_id: "opportunity.stage" }],
  [
    "a board",
    {
      type: "KANBAN",
      main_group_by_field_id: "opportunity.stage",
      kanban_aggregate_operation: "SUM",
      kanban_aggregate_operation_field_id: "opportunity.amount",
    },
  ],
  ["a calendar", { type: "CALENDAR", calendar_field_id: "opportunity.closeDate", calendar_layout: "WEEK" }],
])("can be %s", (_what, row) => as(async (db) => expect(await makeView(db, row)).toBeTruthy()));

it("shows a month when a calendar does not say", () =>
  as(async (db) => {
    const id = await makeView(db, { type: "CALENDAR", calendar_field_id: "opportunity.closeDate" });
    expect(await value(db, "select calendar_layout from core.views where id = $1", [id])).toBe("MONTH");
  }));

it.each<[string, Row, ErrorCode, string]>([
  ["of no object", { object_id: NOBODY }, "NOT_FOUND", "objectId"],
  ["without a name", { name: " " }, "LABEL_INVALID", "name"],
  ["a second index view", { key: "INDEX" }, "CONFLICT", "key"],
  ["a board without groups", { type: "KANBAN" }, "VIEW_INVALID", "mainGroupByFieldId"],
  ["a board by a number", { type: "KANBAN", main_group_by_field_id: "opportunity.amount" }, "VIEW_INVALID", "mainGroupByFieldId"],
  ["a board by another object's field", { type: "KANBAN", main_group_by_field_id: "task.status" }, "NOT_FOUND", "mainGroupByFieldId"],
  ["a calendar without a day", { type: "CALENDAR" }, "VIEW_INVALID", "calendarFieldId"],
  ["a calendar by a text", { type: "CALENDAR", calendar_field_id: "opportunity.name" }, "VIEW_INVALID", "calendarFieldId"],
  [
    "a sum of another object's field",
    { kanban_aggregate_operation_field_id: "company.employees" },
    "NOT_FOUND",
    "kanbanAggregateOperationFieldId",
  ],
])("cannot be %s", (_what, row, code, path) =>
  as(async (db) => {
    const given = await resolved(db, row);
    await expectRefusal(db, () => makeView(db, given), code, path);
  }),
);

it("cannot become a board without groups", () =>
  as(async (db) => {
    const id = await makeView(db);
    await expectRefusal(
      db,
      () => db.query("update core.views set type = 'KANBAN' where id = $1", [id]),
      "VIEW_INVALID",
      "mainGroupByFieldId",
    );
    await db.query("update core.views set type = 'KANBAN', main_group_by_field_id = $2 where id = $1", [
      id,
      await fieldId(db, "opportunity", "stage"),
    ]);
  }));

it.each<[string, string, Row]>([
  ["a field", "view_fields", { field_id: "opportunity.name", size: 200, aggregate_operation: "COUNT" }],
  ["a text", "view_filters", { field_id: "opportunity.name", operand: "CONTAINS", value: "Villa" }],
  ["an option", "view_filters", { field_id: "opportunity.stage", operand: "IS", value: ["NEW", "MEETING"] }],
  ["an option as one text", "view_filters", { field_id: "opportunity.stage", operand: "IS_NOT", value: '["NEW"]' }],
  ["a day", "view_filters", { field_id: "opportunity.closeDate", operand: "IS_RELATIVE", value: "NEXT_1_MONTH" }],
  ["emptiness", "view_filters", { field_id: "opportunity.company", operand: "IS_EMPTY" }],
  ["a part of a field", "view_filters", { field_id: "opportunity.createdBy", operand: "CONTAINS", value: "Mia", sub_field_name: "name" }],
  ["a key to sort by", "view_sorts", { field_id: "opportunity.amount", direction: "DESC" }],
  ["a group of records", "view_groups", { field_value: "NEW" }],
  ["the group of records that have none", "view_groups", { field_value: "" }],
])("can hold %s", (_what, table, row) =>
  as(async (db) => {
    const view_id = await makeView(db, { main_group_by_field_id: "opportunity.stage" });
    expect(await insert(db, table, { view_id, ...(await resolved(db, row)) })).toBeTruthy();
  }),
);

it.each<[string, string, Row, ErrorCode, string]>([
  ["a field of no view", "view_fields", { view_id: NOBODY, field_id: "opportunity.name" }, "NOT_FOUND", "viewId"],
  ["another object's field", "view_fields", { field_id: "company.name" }, "NOT_FOUND", "fieldId"],
  ["a field twice", "view_fields", { field_id: "opportunity.id" }, "CONFLICT", "fieldId"],
  [
    "a field in another view's group",
    "view_fields",
    { field_id: "opportunity.name", view_field_group_id: NOBODY },
    "RELATED_NOT_FOUND",
    "viewFieldGroupId",
  ],
  ["a column that is too wide", "view_fields", { field_id: "opportunity.name", size: 10_001 }, "CHECK_FAILED", "size"],
  [
    "an operand of another type",
    "view_filters",
    { field_id: "opportunity.name", operand: "IS_BEFORE", value: "x" },
    "VIEW_INVALID",
    "operand",
  ],
  ["an operand that a relation lacks", "view_filters", { field_id: "opportunity.company", operand: "CONTAINS" }, "VIEW_INVALID", "operand"],
  [
    "an option that is none",
    "view_filters",
    { field_id: "opportunity.stage", operand: "IS", value: ["NEW", "NEVER"] },
    "VIEW_INVALID",
    "value",
  ],
  [
    "an option that is none, in a text",
    "view_filters",
    { field_id: "opportunity.stage", operand: "IS", value: '["NEVER"]' },
    "VIEW_INVALID",
    "value",
  ],
  ["another object's field in a filter", "view_filters", { field_id: "company.name", operand: "CONTAINS" }, "NOT_FOUND", "fieldId"],
  [
    "a part of a field that has none",
    "view_filters",
    { field_id: "opportunity.name", operand: "IS", sub_field_name: "street" },
    "VIEW_INVALID",
    "subFieldName",
  ],
  [
    "a part with a hostile name",
    "view_filters",
    { field_id: "opportunity.createdBy", operand: "IS", sub_field_name: "name'--" },
    "VIEW_INVALID",
    "subFieldName",
  ],
  [
    "a filter in no group",
    "view_filters",
    { field_id: "opportunity.name", view_filter_group_id: NOBODY },
    "RELATED_NOT_FOUND",
    "viewFilterGroupId",
  ],
  ["a filter of 10,001 characters", "view_filters", { field_id: "opportunity.name", value: "x".repeat(10_001) }, "CHECK_FAILED", "value"],
  ["another object's field to sort by", "view_sorts", { field_id: "company.name" }, "NOT_FOUND", "fieldId"],
  ["a key to sort by twice", "view_sorts", { field_id: "opportunity.id" }, "CONFLICT", "fieldId"],
  ["a group of an option that is none", "view_groups", { field_value: "NEVER" }, "VIEW_INVALID", "fieldValue"],
  ["a group twice", "view_groups", { field_value: "MEETING" }, "CONFLICT", "fieldValue"],
  ["a heading without words", "view_field_groups", { name: " " }, "CHECK_FAILED", "name"],
])("cannot hold %s", (_what, table, row, code, path) =>
  as(async (db) => {
    const view_id = await makeView(db, { main_group_by_field_id: "opportunity.stage" });
    const id = await fieldId(db, "opportunity", "id");
    await insert(db, "view_fields", { view_id, field_id: id });
    await insert(db, "view_sorts", { view_id, field_id: id });
    await insert(db, "view_groups", { view_id, field_value: "MEETING" });
    const given = { view_id, ...(await resolved(db, row)) };
    // By src/errors.ts, which makes a path of the constraint's name when PostgreSQL speaks.
    const { toRelataError } = await import("../../../src/errors.ts");
    await db.query("savepoint before");
    const error = toRelataError(await insert(db, table, given).catch((thrown) => thrown));
    expect([error?.code, error?.field]).toEqual([code, path]);
    await db.query("rollback to before");
  }),
);

it("cannot hold a group in a view without groups", () =>
  as(async (db) => {
    const view_id = await makeView(db);
    await expectRefusal(db, () => insert(db, "view_groups", { view_id, field_value: "NEW" }), "VIEW_INVALID", "viewId");
  }));

it("cannot stand a group of filters inside of itself, or in another view's", () =>
  as(async (db) => {
    const [view_id, other] = [await makeView(db), await makeView(db)];
    const outer = await insert(db, "view_filter_groups", { view_id });
    const inner = await insert(db, "view_filter_groups", { view_id, parent_view_filter_group_id: outer });
    const move = () => db.query("update core.view_filter_groups set parent_view_filter_group_id = $2 where id = $1", [outer, inner]);
    await expectRefusal(db, move, "VIEW_INVALID", "parentViewFilterGroupId");
    await expectRefusal(
      db,
      () => insert(db, "view_filter_groups", { view_id: other, parent_view_filter_group_id: outer }),
      "RELATED_NOT_FOUND",
    );
    await db.query("delete from core.view_filter_groups where id = $1", [outer]);
    expect(await rows(db, "select from core.view_filter_groups where view_id = $1", [view_id])).toEqual([]);
  }));

it("shows at most 30 fields, and hides any number (LIMIT_EXCEEDED)", () =>
  as(async (db) => {
    const objectId = await createObject(db, { nameSingular: "wide", namePlural: "wides" });
    for (let n = 0; n < 30; n++) await createField(db, { objectId, name: `field${n}`, type: "TEXT" });
    const index = await indexViewId(db, "wide");
    const names = await fieldsOf(db, index);
    expect(names).toHaveLength(32);
    expect(names.slice(0, 3)).toEqual(["name", "createdAt", "field0"]);
    expect(names.slice(-3)).toEqual(["field27", "(field28)", "(field29)"]);
    const show = () => db.query("update core.view_fields set is_visible = true where view_id = $1 and not is_visible", [index]);
    await expectRefusal(db, show, "LIMIT_EXCEEDED", "isVisible");
    const all = () =>
      db.query("insert into core.view_fields (view_id, field_id) select $1, f.id from core.fields f where f.object_id = $2", [
        own,
        objectId,
      ]);
    const own = await insert(db, "views", { object_id: objectId, name: "Own" });
    await expectRefusal(db, all, "LIMIT_EXCEEDED", "isVisible");
    await db.query("delete from core.view_fields where id = (select id from core.view_fields where view_id = $1 and is_visible limit 1)", [
      index,
    ]);
    await db.query(
      "update core.view_fields set is_visible = true where id = (select id from core.view_fields where view_id = $1 and not is_visible limit 1)",
      [index],
    );
  }));
