/** The shared views of a workspace in its model: exported, planned and applied to another workspace. */
import { adminQuery, useApi } from "../helpers/server.ts";
import { relata } from "./cli.ts";
import "../helpers/slow.ts";

const api = useApi();
const run = (args: string[], input = "") => relata(args, { PG_DATABASE_URL: api.adminUrl }, input);
const exported = async (workspace: string) => (await run(["model", "export", workspace])).out;
const applied = (workspace: string, model: string, ...more: string[]) => run(["model", "apply", workspace, "-", ...more], model);
const make = (name: string) => adminQuery(api.adminUrl, "select private.create_workspace($1, $1)", [name]);
const apply = (changes: { kind: string; data: object }[], workspace = "acme") =>
  adminQuery(
    api.adminUrl,
    "select core.apply_changes($1) from (select set_config('relata.permissions', '*', false)) x",
    [JSON.stringify(changes)],
    workspace,
  );
const change = (kind: string, data: object, workspace?: string) => apply([{ kind, data }], workspace);

async function shapeRockets(): Promise<void> {
  const field = (name: string, type: string, more: object = {}) => ({
    kind: "createField",
    data: { objectId: "rocket", name, type, ...more },
  });
  const options = [{ value: "NEW" }, { value: "OFF" }, { value: "TRUE" }];
  await apply([
    { kind: "createObject", data: { nameSingular: "rocket", namePlural: "rockets" } },
    field("zeal", "TEXT"),
    field("stage", "SELECT", { options }),
    field("price", "NUMERIC"),
    field("day", "DATE"),
    field("isReady", "BOOLEAN"),
    field("maker", "RELATION", { relation: { targetObject: "company", targetFieldName: "rockets" } }),
  ]);
}

/** Views of all sorts: two that are called alike, one of a standard object, one that is a member's own, one about a record. */
async function shapeViews(): Promise<void> {
  const view = (objectId: string, name: string, more: object = {}) => change("createView", { objectId, name, ...more });
  await view("rocket", "Pad: west", {
    type: "KANBAN",
    icon: "IconPad",
    mainGroupByFieldId: "rocket.stage",
    kanbanAggregateOperation: "SUM",
    kanbanAggregateOperationFieldId: "rocket.price",
    openRecordIn: "RECORD_PAGE",
    viewFields: [
      { fieldId: "rocket.price", size: 120, aggregateOperation: "AVG" },
      { fieldId: "rocket.name", isVisible: false },
    ],
    viewFieldGroups: [
      { name: "People", viewFields: [{ fieldId: "rocket.maker" }] },
      { name: "People", isVisible: false, viewFields: [] },
    ],
    viewFilters: [{ fieldId: "rocket.stage", operand: "IS", value: ["NEW", "TRUE"] }],
    viewFilterGroups: [
      {
        logicalOperator: "OR",
        viewFilters: [
          { fieldId: "rocket.createdBy", operand: "CONTAINS", value: "on: off", subFieldName: "name" },
          { fieldId: "rocket.day", operand: "IS_TODAY" },
        ],
        viewFilterGroups: [{ logicalOperator: "NOT", viewFilters: [{ fieldId: "rocket.isReady", operand: "IS", value: true }] }],
      },
    ],
    viewSorts: [{ fieldId: "rocket.price", direction: "DESC" }, { fieldId: "rocket.name" }],
  });
  await view("rocket", "Mine", { viewFields: [{ fieldId: "rocket.name" }] });
  await view("rocket", "Mine", { type: "CALENDAR", calendarFieldId: "rocket.day", anyFieldFilterValue: "x" });
  await view("company", "Trades", { viewFields: [{ fieldId: "company.industry" }], isCompact: true });
  await change("updateView", { objectId: "opportunity", key: "INDEX", name: "Deals", viewSorts: [{ fieldId: "opportunity.amount" }] });
  const own =
    "insert into core.views (workspace_id, object_id, name, visibility) select workspace_id, id, $1, $2 from core.objects where name_singular = 'rocket'";
  await adminQuery(api.adminUrl, own, ["Secret", "UNLISTED"], "acme");
  const [record] = await adminQuery<{ id: string }>(api.adminUrl, "select id from company limit 1", [], "acme");
  await view("rocket", "Of one", { viewFilters: [{ fieldId: "rocket.maker", operand: "IS", value: [record!.id] }] });
}

it("can carry the views of a workspace to an empty one, to the byte, and changes nothing a second time", async () => {
  await shapeRockets();
  await shapeViews();
  const acme = await exported("acme");
  expect(acme).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|Secret|Of one/); // neither ids nor what is a member's or a record's own
  await make("empty");
  expect(await applied("empty", acme)).toMatchObject({ code: 0, err: "" });
  expect(await exported("empty")).toBe(acme);
  expect(await applied("empty", acme)).toEqual({ code: 0, out: "empty has this model: no changes.\n", err: "" });
  expect(await applied("acme", acme)).toMatchObject({ out: expect.stringContaining("acme has this model: no changes.") });
});

it("shows the fields of an index view in the order in which they came", async () => {
  expect(await exported("empty")).toContain(
    "      - key: INDEX\n        fields:\n          - name\n          - createdAt\n          - zeal\n          - stage\n",
  );
});

const MODEL = `relata: 1
objects:
  rocket:
    namePlural: rockets
    fields:
      name: { type: TEXT }
      stage: { type: SELECT, options: [NEW, OLD] }
    views:
      - { key: INDEX, name: Fleet, fields: [stage, { field: name, size: 90 }] }
      - { name: Board, type: KANBAN, mainGroupByField: stage }
      - { name: List, fields: [name], sorts: [stage] }
`;
const names = (model: string, ...pairs: [string, string][]) => pairs.reduce((text, [from, to]) => text.replaceAll(from, to), model);

it("can change views, with the fields and options that they are made of", async () => {
  await make("changed");
  const first = await applied("changed", MODEL);
  expect([first.code, first.err]).toEqual([0, ""]);
  for (const line of ["  ~ index view of rocket: name, fields", '  + view "Board" of rocket', '  + view "List" of rocket'])
    expect(first.out.split("\n")).toContain(line);
  expect(await exported("changed")).not.toContain("groups:"); // a board has its options, and that is as it comes
  const next = names(
    MODEL,
    ["name: List", "name: Table, renamedFrom: List"],
    ["stage:", "phase: { renamedFrom: stage, type: SELECT, options: [NEW, MORE, { value: GONE, renamedFrom: OLD }] } #"],
    ["stage", "phase"],
    ["renamedFrom: phase", "renamedFrom: stage"],
    ["size: 90", "isVisible: false"],
  );
  const done = await applied("changed", next);
  expect([done.code, done.err]).toEqual([0, ""]);
  expect(await applied("changed", next)).toMatchObject({ out: "changed has this model: no changes.\n" });
  expect(await exported("changed")).toContain("name: Table");
  expect(await exported("changed")).not.toMatch(/List|groups:/);
});

it("can put views into another order", async () => {
  const [head, index, board, list] = /^(.*views:\n)(.*\n)(.*\n)(.*\n)$/s.exec(MODEL)!.slice(1) as [string, string, string, string];
  await make("ordered");
  await applied("ordered", MODEL);
  expect(await applied("ordered", head + index + list + board)).toMatchObject({ code: 0, err: "" });
  expect(await exported("ordered")).toMatch(/name: List.*name: Board/s);
  expect(await applied("ordered", head + list + board)).toMatchObject({ out: "ordered has this model: no changes.\n" });
});

it("keeps views that a model lacks, and deletes them with --prune", async () => {
  const views = "      - { name: Board, type: KANBAN, mainGroupByField: stage }\n";
  await make("pruned");
  await applied("pruned", MODEL);
  await change("updateView", { objectId: "company", key: "INDEX", name: "Firms" }, "pruned");
  const kept = await applied("pruned", MODEL.replace(views, ""));
  expect(kept.out).toContain('--prune deletes them:\n  arrangement of the index view of company\n  view "Board" of rocket');
  expect(await applied("pruned", MODEL.replace(views, ""), "--prune")).toMatchObject({ code: 0, err: "" });
  expect(await exported("pruned")).not.toMatch(/Board|Firms/);
  expect(await applied("pruned", "relata: 1\nobjects: {}\n", "--prune")).toMatchObject({ code: 0, err: "" });
  expect(await exported("pruned")).toContain("objects: {}");
});

it.each<[string, string, RegExp]>([
  ["without a name", "{ type: TABLE }", /^-:4: objects\.company\.views\.0: A view has a name\./],
  ["of no such key", "{ name: A, colour: red }", /^-:4: objects\.company\.views\.0\.colour: There is no such key/],
  ["of no such field", "{ name: A, fields: [nope] }", /^-:4: objects\.company\.views\.0\.\S+: The view's object has no such field\./],
  ["of no such type", "{ name: A, type: PIE }", /^-:4: /],
  ["of a board without groups", "{ name: A, type: KANBAN }", /^-:4: .* A board is grouped by a field of type SELECT\./],
  [
    "of a sum of texts",
    "{ name: A, fields: [{ field: name, aggregateOperation: SUM }] }",
    /^-:4: .*aggregateOperation: A field of type TEXT has no SUM\./,
  ],
])("cannot apply a view %s, and says where", async (_what, view, sentence) => {
  const { code, out, err } = await applied("globex", `relata: 1\nobjects:\n  company:\n    views: [${view}]\n`);
  expect([code, out, err]).toEqual([1, "", expect.stringMatching(sentence)]);
});
