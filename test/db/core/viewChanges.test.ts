/** Shared views as changes of the data model: made with their parts, undone, and refused with the path of what is wrong. */
import type { ErrorCode } from "../../../src/errors.ts";
import { become, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, expectDenied, expectRefusal, idOf, OWNER, type Row, rows, value } from "../support.ts";
import { fieldsOf, indexViewId, insert } from "./viewSupport.ts";

const database = useTestDatabase();
const as = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);
const apply = async (db: Db, kind: string, data: Row) =>
  (
    (await value<Row>(db, "select core.apply_changes($1)", [JSON.stringify([{ kind, data }])]))["changes"] as {
      id: string;
      changeId: string;
    }[]
  )[0]!;
const undo = (db: Db, { changeId }: { changeId: string }) => value(db, "select core.undo_change($1)", [changeId]);

const NAME = { fieldId: "opportunity.name" };
const DEALS = { objectId: "opportunity", name: "Deals" };

it("can be made with all that they are made of, each at its place", () =>
  as(async (db) => {
    const { id } = await apply(db, "createView", {
      ...DEALS,
      viewFields: [NAME],
      viewFieldGroups: [{ name: "Money", viewFields: [{ fieldId: "opportunity.amount", aggregateOperation: "SUM" }] }],
      viewFilters: [{ ...NAME, value: "a" }],
      viewFilterGroups: [
        { logicalOperator: "OR", viewFilters: [{ ...NAME, value: "b" }], viewFilterGroups: [{ viewFilters: [{ ...NAME, value: "c" }] }] },
      ],
      viewSorts: [NAME],
    });
    expect(await fieldsOf(db, id)).toEqual(["name", "amount"]);
    expect(await rows(db, "select visibility, creator_id = authz.member_id() as mine from core.views where id = $1", [id])).toEqual([
      { visibility: "WORKSPACE", mine: true },
    ]);
    const filters = await rows(
      db,
      `select f.value, g.logical_operator as of, p.logical_operator as "inside" from core.view_filters f
       left join core.view_filter_groups g on g.id = f.view_filter_group_id left join core.view_filter_groups p on p.id = g.parent_view_filter_group_id
       where f.view_id = $1 order by f.value`,
      [id],
    );
    expect(filters).toEqual([
      { value: "a", of: null, inside: null },
      { value: "b", of: "OR", inside: null },
      { value: "c", of: "AND", inside: "OR" },
    ]);
  }));

it("can be changed in part, and come back with the rows that they were made of", () =>
  as(async (db) => {
    const { id } = await apply(db, "createView", { ...DEALS, viewFields: [NAME], viewSorts: [NAME] });
    const state = () =>
      rows(
        db,
        "select v.name, f.id as field, s.id as sort from core.views v, core.view_fields f, core.view_sorts s where f.view_id = v.id and s.view_id = v.id and v.id = $1",
        [id],
      );
    const before = await state();
    const changed = await apply(db, "updateView", { id, name: "Sales", viewFields: [{ fieldId: "opportunity.stage" }] });
    const [{ name, sort, field }] = (await state()) as [Row];
    expect([name, sort, field === before[0]!["field"]]).toEqual(["Sales", before[0]!["sort"], false]);
    await undo(db, changed);
    expect(await state()).toEqual(before);
  }));

it("can be the one that an object opens with, told by its key", () =>
  as(async (db) => {
    await apply(db, "updateView", {
      objectId: "opportunity",
      key: "INDEX",
      viewFields: [NAME, { fieldId: "opportunity.stage", isVisible: false }],
    });
    expect(await fieldsOf(db, await indexViewId(db, "opportunity"))).toEqual(["name", "(stage)"]);
  }));

it.each<[string, string, Row, ErrorCode, string]>([
  ["of no object", "createView", { name: "A" }, "NOT_FOUND", "data.objectId"],
  ["without a name", "createView", { objectId: "opportunity" }, "LABEL_INVALID", "data.name"],
  ["a second index view", "createView", { ...DEALS, key: "INDEX" }, "VIEW_INVALID", "data.key"],
  ["a member's own", "createView", { ...DEALS, visibility: "UNLISTED" }, "BAD_INPUT", "data.visibility"],
  ["a board without groups", "createView", { ...DEALS, type: "KANBAN" }, "VIEW_INVALID", "data.mainGroupByFieldId"],
  ["of parts that are no list", "createView", { ...DEALS, viewFields: "name" }, "BAD_INPUT", "data.viewFields"],
  ["of lists of lists", "createView", { ...DEALS, viewFields: [[]] }, "BAD_INPUT", "data.viewFields"],
  ["of an unknown field", "createView", { ...DEALS, viewFields: [NAME, { fieldId: "x" }] }, "NOT_FOUND", "data.viewFields.1.fieldId"],
  [
    "of another object's field",
    "createView",
    { ...DEALS, viewSorts: [{ fieldId: "company.name" }] },
    "NOT_FOUND",
    "data.viewSorts.0.fieldId",
  ],
  ["of a field twice", "createView", { ...DEALS, viewFields: [NAME, NAME] }, "CONFLICT", "data.viewFields.1.fieldId"],
  ["of a wide text", "createView", { ...DEALS, viewFields: [{ ...NAME, size: "wide" }] }, "BAD_INPUT", "data.viewFields.0.size"],
  ["with an id", "createView", { ...DEALS, viewFields: [{ ...NAME, id: "x" }] }, "BAD_INPUT", "data.viewFields.0.id"],
  [
    "of an operand that does not fit, deep inside",
    "createView",
    { ...DEALS, viewFilterGroups: [{ viewFilters: [NAME, { ...NAME, operand: "IS_TODAY" }] }] },
    "VIEW_INVALID",
    "data.viewFilterGroups.0.viewFilters.1.operand",
  ],
  [
    "of an option that is none",
    "createView",
    { ...DEALS, viewGroups: [{ fieldValue: "NEW" }] },
    "VIEW_INVALID",
    "data.viewGroups.0.viewId",
  ],
  ["rows of one's own", "updateView", { objectId: "opportunity", key: "INDEX", restoredRows: { viewSorts: [] } }, "BAD_INPUT", "kind"],
  ["what was never deleted", "restoreView", { id: "x", rows: [] }, "BAD_INPUT", "kind"],
])("cannot be %s (%s)", (_what, kind, data, code, path) => as((db) => expectRefusal(db, () => apply(db, kind, data), code, path)));

it("cannot be deleted when an object opens with it (VIEW_INVALID)", () =>
  as(async (db) => {
    const id = await indexViewId(db, "opportunity");
    await expectRefusal(db, () => apply(db, "deleteView", { id }), "VIEW_INVALID", "data.id");
  }));

it("cannot be a member's own, nor another workspace's (NOT_FOUND)", () =>
  as(async (db) => {
    const object_id = await idOf(db, "opportunity");
    const own = await insert(db, "views", { object_id, name: "Mine", visibility: "UNLISTED" });
    await become(db, ADMIN);
    for (const kind of ["updateView", "deleteView"]) await expectRefusal(db, () => apply(db, kind, { id: own }), "NOT_FOUND", "data.id");
    const shared = (await apply(db, "createView", DEALS)).id;
    await become(db, "owner@globex.test");
    for (const kind of ["updateView", "deleteView"]) await expectRefusal(db, () => apply(db, kind, { id: shared }), "NOT_FOUND", "data.id");
  }));

it("cannot be changed by who may change the data model, but no views (PERMISSION_DENIED)", () =>
  as(async (db) => {
    const { id } = await apply(db, "createView", DEALS);
    await db.query("select set_config('relata.permissions', 'data_model', true)");
    for (const [kind, data] of Object.entries({ createView: DEALS, updateView: { id }, deleteView: { id } }))
      await expectDenied(db, () => apply(db, kind, data));
    await db.query("select set_config('relata.permissions', 'data_model,views', true)");
    await apply(db, "deleteView", { id });
  }));
