/** The groups of a board: one for each option of the field that it is grouped by, which they follow. */
import { type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { expectRefusal, idOf, OWNER, type Row, rows, value } from "../support.ts";
import { fieldId, insert } from "./viewSupport.ts";

const database = useTestDatabase();
const as = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

const apply = (db: Db, kind: string, data: Row) =>
  value<Row>(db, "select core.apply_changes($1)", [JSON.stringify([{ kind, data }])]).then((done) => (done["changes"] as Row[])[0]!);
const undo = (db: Db, changeId: unknown) => value(db, "select core.undo_change($1)", [changeId]);
const groupsOf = async (db: Db, viewId: string) =>
  (
    await rows(db, "select field_value as v from core.view_groups where view_id = $1 and deleted_at is null order by position", [viewId])
  ).map((row) => row["v"]);

/** A board of tasks by a SELECT of their own. */
async function makeBoard(db: Db, row: Row = {}) {
  const options = ["A", "B", "C"].map((option) => ({ value: option }));
  await apply(db, "createField", { objectId: "task", name: "lane", type: "SELECT", options });
  const field = await fieldId(db, "task", "lane");
  const object_id = await idOf(db, "task");
  const board = await insert(db, "views", { object_id, name: "Board", type: "KANBAN", main_group_by_field_id: field, ...row });
  return { board, field, options: await value<Row[]>(db, "select options from core.fields where id = $1", [field]) };
}

it("are one for each option, in their order, and one for records without", () =>
  as(async (db) => expect(await groupsOf(db, (await makeBoard(db)).board)).toEqual(["A", "B", "C", ""])));

it("have none for records without when each has one", () =>
  as(async (db) => {
    const { board, field } = await makeBoard(db, { type: "TABLE" });
    await db.query("update core.views set main_group_by_field_id = null where id = $1", [board]);
    await apply(db, "updateField", { id: field, defaultValue: "A" });
    await db.query("update task set lane = 'A'");
    await apply(db, "updateField", { id: field, isNullable: false });
    await db.query("update core.views set main_group_by_field_id = $2, type = 'KANBAN' where id = $1", [board, field]);
    expect(await groupsOf(db, board)).toEqual(["A", "B", "C"]);
  }));

it("come when a table becomes a board, beside those it has", () =>
  as(async (db) => {
    const { board } = await makeBoard(db, { type: "TABLE" });
    expect(await groupsOf(db, board)).toEqual([]);
    await insert(db, "view_groups", { view_id: board, field_value: "B" });
    await db.query("update core.views set type = 'KANBAN' where id = $1", [board]);
    expect(await groupsOf(db, board)).toEqual(["B", "A", "C", ""]);
  }));

it("are others when a board is grouped by another field", () =>
  as(async (db) => {
    const { board } = await makeBoard(db);
    await db.query("update core.views set main_group_by_field_id = $2 where id = $1", [board, await fieldId(db, "task", "status")]);
    expect(await groupsOf(db, board)).not.toContain("A");
    expect((await groupsOf(db, board)).length).toBeGreaterThan(1);
  }));

it("stay away when somebody took them away", () =>
  as(async (db) => {
    const { board, field, options } = await makeBoard(db);
    await db.query("delete from core.view_groups where view_id = $1 and field_value = 'B'", [board]);
    await db.query("update core.views set name = 'Other', type = 'KANBAN' where id = $1", [board]);
    await apply(db, "updateField", { id: field, options: [...options.map(({ id, value }) => ({ id, value })), { value: "D" }] });
    expect(await groupsOf(db, board)).toEqual(["A", "C", "", "D"]);
  }));

it("follow options that change places, with the filters that name them", () =>
  as(async (db) => {
    const { board, field, options } = await makeBoard(db);
    const filter = await insert(db, "view_filters", { view_id: board, field_id: field, operand: "IS", value: ["A", "C"] });
    await db.query("update core.view_groups set is_visible = false where view_id = $1 and field_value = 'A'", [board]);
    const [a, b, c] = options as [Row, Row, Row];
    const swapped = [
      { ...a, value: "B" },
      { ...b, value: "A" },
      { ...c, value: "Z" },
    ];
    const { changeId } = await apply(db, "updateField", { id: field, options: swapped });
    const state = async () => [
      await groupsOf(db, board),
      await value(db, "select field_value from core.view_groups where view_id = $1 and not is_visible", [board]),
      await value(db, "select value from core.view_filters where id = $1", [filter]),
    ];
    expect(await state()).toEqual([["B", "A", "Z", ""], "B", ["B", "Z"]]);
    await undo(db, changeId);
    expect(await state()).toEqual([["A", "B", "C", ""], "A", ["A", "C"]]);
  }));

const TYPES: Record<string, string> = {
  number: "opportunity.amount",
  text: "opportunity.name",
  relation: "opportunity.company",
  day: "opportunity.closeDate",
  choice: "opportunity.stage",
};

it.each<[operation: string, fits: string[]]>([
  ["COUNT", ["number", "text", "relation", "day", "choice"]],
  ["COUNT_UNIQUE_VALUES", ["number", "text", "day", "choice"]],
  ["PERCENTAGE_EMPTY", ["number", "text", "day", "choice"]],
  ["SUM", ["number"]],
  ["AVG", ["number"]],
  ["MIN", ["number", "day"]],
  ["MAX", ["number", "day"]],
  ["COUNT_TRUE", []],
])("can stand below a column as %s of %j, and of nothing else", (aggregate_operation, fits) =>
  as(async (db) => {
    const object_id = await idOf(db, "opportunity");
    for (const [type, field] of Object.entries(TYPES)) {
      const field_id = await fieldId(db, ...(field.split(".") as [string, string]));
      const view_id = await insert(db, "views", { object_id, name: "Deals" });
      const add = () => insert(db, "view_fields", { view_id, field_id, aggregate_operation });
      const above = () =>
        insert(db, "views", {
          object_id,
          name: "Sums",
          kanban_aggregate_operation: aggregate_operation,
          kanban_aggregate_operation_field_id: field_id,
        });
      if (fits.includes(type)) expect([await add(), await above()]).toEqual([expect.any(String), expect.any(String)]);
      else for (const work of [add, above]) await expectRefusal(db, work, "METADATA_VALIDATION_FAILED");
    }
  }),
);

it("cannot become the sum of a text (METADATA_VALIDATION_FAILED)", () =>
  as(async (db) => {
    const view_id = await insert(db, "views", { object_id: await idOf(db, "opportunity"), name: "Deals" });
    const id = await insert(db, "view_fields", { view_id, field_id: await fieldId(db, "opportunity", "name") });
    const sum = () => db.query("update core.view_fields set aggregate_operation = 'SUM' where id = $1", [id]);
    await expectRefusal(db, sum, "METADATA_VALIDATION_FAILED");
  }));
