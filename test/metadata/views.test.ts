import { type Answer, useApi } from "../helpers/server.ts";

const api = useApi();
const MEMBER = "member@acme.test";

type Node = Record<string, unknown> & { id: string };
let objectId = "";
const fields: Record<string, string> = {};
beforeAll(async () => {
  const { data } = await api.metadata<{ object: { id: string; fieldsList: { id: string; name: string }[] } }>(
    '{ object(filter: { nameSingular: { eq: "opportunity" } }) { id fieldsList { id name } } }',
  );
  objectId = data!.object.id;
  for (const { id, name } of data!.object.fieldsList) fields[name] = id;
});

const upperFirst = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
/** `createView(input:)` and its kin, as a member unless told. */
async function mutate(
  name: string,
  selection: string,
  args: { id?: string; input?: object },
  email = MEMBER,
): Promise<Answer<Record<string, Node>>> {
  const noun = upperFirst(name.replace(/^(create|update|delete|restore|destroy)/, ""));
  const verb = upperFirst(name.slice(0, -noun.length));
  const params = [args.id && "$id: UUID!", args.input && `$input: ${verb}${noun}Input!`].filter(Boolean).join(", ");
  const given = [args.id && "id: $id", args.input && "input: $input"].filter(Boolean).join(", ");
  return api.metadata<Record<string, Node>>(`mutation (${params}) { ${name}(${given}) { ${selection} } }`, args, email);
}
async function made(name: string, input: object, email = MEMBER): Promise<string> {
  const { data, errors } = await mutate(name, "id", { input }, email);
  expect(errors).toBeUndefined();
  return data![name]!.id;
}
const makeView = (input: object = {}) => made("createView", { name: "Deals", objectMetadataId: objectId, ...input });

it("can create a board and read it back, in the words of the reference", async () => {
  const { data, errors } = await mutate(
    "createView",
    "name type key icon position isCompact shouldHideEmptyGroups openRecordIn kanbanAggregateOperation kanbanAggregateOperationFieldMetadataId mainGroupByFieldMetadataId calendarLayout calendarFieldMetadataId anyFieldFilterValue visibility objectMetadataId objectId object { nameSingular } mainGroupByField { name }",
    {
      input: {
        name: "Board",
        objectMetadataId: objectId,
        type: "KANBAN",
        icon: "IconLayoutKanban",
        position: 1.5,
        kanbanAggregateOperation: "SUM",
        kanbanAggregateOperationFieldMetadataId: fields["amount"],
        mainGroupByFieldMetadataId: fields["stage"],
        openRecordIn: "RECORD_PAGE",
      },
    },
  );
  expect(errors).toBeUndefined();
  expect(data!["createView"]).toEqual({
    name: "Board",
    type: "KANBAN",
    key: null,
    icon: "IconLayoutKanban",
    position: 1.5,
    isCompact: false,
    shouldHideEmptyGroups: false,
    openRecordIn: "RECORD_PAGE",
    kanbanAggregateOperation: "SUM",
    kanbanAggregateOperationFieldMetadataId: fields["amount"],
    mainGroupByFieldMetadataId: fields["stage"],
    calendarLayout: null,
    calendarFieldMetadataId: null,
    anyFieldFilterValue: null,
    visibility: "WORKSPACE",
    objectMetadataId: objectId,
    objectId,
    object: { nameSingular: "opportunity" },
    mainGroupByField: { name: "stage" },
  });
});

it("can give ids by our names, too, and not by both", async () => {
  const id = await made("createView", { name: "Ours", objectId, type: "CALENDAR", calendarFieldId: fields["closeDate"] });
  expect(id).toBeTruthy();
  const both = await mutate("createView", "id", { input: { name: "Both", objectId, objectMetadataId: objectId } });
  expect(both.errors).toMatchObject([{ extensions: { code: "ARGS_CONFLICT" } }]);
  const neither = await mutate("createView", "id", { input: { name: "Neither" } });
  expect(neither.errors).toMatchObject([{ extensions: { code: "VALUE_REQUIRED", field: "objectId" } }]);
});

/** Noun, what is created, what is changed, and what is answered by then. */
const PARTS: [string, () => object, object, object][] = [
  ["ViewFieldGroup", () => ({ name: "General", position: 2 }), { name: "Other" }, { name: "Other", position: 2, isVisible: true }],
  [
    "ViewField",
    () => ({ fieldMetadataId: fields["name"], size: 210 }),
    { position: 3, aggregateOperation: "COUNT" },
    { size: 210, position: 3, aggregateOperation: "COUNT", isVisible: true },
  ],
  ["ViewFilterGroup", () => ({ logicalOperator: "OR" }), { positionInViewFilterGroup: 4 }, { logicalOperator: "OR", position: 4 }],
  [
    "ViewFilter",
    () => ({ fieldMetadataId: fields["stage"], operand: "IS", value: ["NEW"] }),
    { value: ["NEW", "MEETING"] },
    { operand: "IS", value: ["NEW", "MEETING"], subFieldName: null },
  ],
  ["ViewSort", () => ({ fieldMetadataId: fields["amount"] }), { direction: "DESC" }, { direction: "DESC", position: 0 }],
  ["ViewGroup", () => ({ fieldValue: "NEW" }), { isVisible: false }, { fieldValue: "NEW", isVisible: false }],
];

it.each(PARTS)("can create, read, change, delete, restore and destroy a %s", async (noun, input, change, answer) => {
  const viewId = await makeView({ mainGroupByFieldMetadataId: fields["stage"] });
  const plural = `${noun.charAt(0).toLowerCase()}${noun.slice(1)}s`;
  const id = await made(`create${noun}`, { viewId, ...input() });
  const changed = await mutate(`update${noun}`, `${Object.keys(answer).join(" ")} view { id }`, { id, input: change });
  expect([changed.errors, changed.data]).toEqual([undefined, { [`update${noun}`]: { ...answer, view: { id: viewId } } }]);

  const read = async () => {
    const { data, errors } = await api.metadata(
      `query ($id: UUID!, $viewId: UUID!) {
        get${noun}(id: $id) { id } get${upperFirst(plural)}(viewId: $viewId) { id } getView(id: $viewId) { ${plural} { id } }
        ${plural}(filter: { viewId: { eq: $viewId } }, paging: { first: 5 }) { totalCount edges { node { id } } }
      }`,
      { id, viewId },
    );
    expect(errors).toBeUndefined();
    return data;
  };
  const there = {
    [`get${noun}`]: { id },
    [`get${upperFirst(plural)}`]: [{ id }],
    getView: { [plural]: [{ id }] },
    [plural]: { totalCount: 1, edges: [{ node: { id } }] },
  };
  const gone = {
    [`get${noun}`]: null,
    [`get${upperFirst(plural)}`]: [],
    getView: { [plural]: [] },
    [plural]: { totalCount: 0, edges: [] },
  };
  expect(await read()).toEqual(there);
  expect((await mutate(`delete${noun}`, "id deletedAt", { id })).data).toMatchObject({
    [`delete${noun}`]: { id, deletedAt: expect.any(String) },
  });
  expect(await read()).toEqual(gone);
  expect((await mutate(`restore${noun}`, "id deletedAt", { id })).data).toEqual({ [`restore${noun}`]: { id, deletedAt: null } });
  expect(await read()).toEqual(there);
  expect((await mutate(`destroy${noun}`, "id", { id })).data).toEqual({ [`destroy${noun}`]: { id } });
  expect(await read()).toEqual(gone);
  expect((await mutate(`destroy${noun}`, "id", { id })).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
});

it("can delete, restore and destroy a view, with all that it is made of", async () => {
  const id = await makeView();
  const fieldId = await made("createViewField", { viewId: id, fieldMetadataId: fields["name"] });
  const read = async () => (await api.metadata("query ($id: UUID!) { getView(id: $id) { id } }", { id })).data;
  expect((await mutate("deleteView", "id", { id })).data).toEqual({ deleteView: { id } });
  expect(await read()).toEqual({ getView: null });
  expect((await mutate("restoreView", "viewFields { id }", { id })).data).toEqual({ restoreView: { viewFields: [{ id: fieldId }] } });
  expect((await mutate("destroyView", "id name", { id })).data).toEqual({ destroyView: { id, name: "Deals" } });
  const { data } = await api.metadata("query ($id: UUID!) { getView(id: $id) { id } getViewField(id: $id) { id } }", { id });
  expect(data).toEqual({ getView: null, getViewField: null });
});

it("can list views by object and type, in their order", async () => {
  const later = await makeView({ name: "Later", position: 20, type: "CALENDAR", calendarFieldMetadataId: fields["closeDate"] });
  const sooner = await makeView({ name: "Sooner", position: 10, type: "CALENDAR", calendarFieldMetadataId: fields["closeDate"] });
  const QUERY =
    "query ($object: UUID, $types: [ViewType!]) { getViews(objectMetadataId: $object, viewTypes: $types) { id type objectMetadataId } }";
  const ask = async (variables: object) => {
    const { data, errors } = await api.metadata<{ getViews: Node[] }>(QUERY, variables as never);
    expect(errors).toBeUndefined();
    return data!.getViews;
  };
  const calendars = (await ask({ object: objectId, types: ["CALENDAR"] })).map(({ id }) => id);
  expect(calendars.indexOf(sooner)).toBeGreaterThan(-1);
  expect(calendars.indexOf(later)).toBeGreaterThan(calendars.indexOf(sooner));
  const [all, own] = [await ask({}), await ask({ object: objectId })];
  expect(own.length).toBeGreaterThan(calendars.length);
  expect(all.length).toBeGreaterThan(own.length);
  expect(new Set(own.map((view) => view["objectMetadataId"]))).toEqual(new Set([objectId]));
  expect(await ask({ types: [] })).toEqual([]);
});

it("can create many at once, or none", async () => {
  const viewId = await makeView();
  const MANY =
    "mutation ($inputs: [CreateViewFieldInput!]!) { createManyViewFields(inputs: $inputs) { position isVisible size field { name } } }";
  const create = (inputs: object[]) => api.metadata<{ createManyViewFields: object[] }>(MANY, { inputs }, MEMBER);
  const { data, errors } = await create([
    { viewId, fieldMetadataId: fields["stage"], position: 2 },
    { viewId, fieldId: fields["name"], isVisible: false, position: 1, size: 100 },
  ]);
  expect(errors).toBeUndefined();
  expect(data!.createManyViewFields).toEqual([
    { position: 2, isVisible: true, size: 0, field: { name: "stage" } },
    { position: 1, isVisible: false, size: 100, field: { name: "name" } },
  ]);
  const refused = await create([
    { viewId, fieldMetadataId: fields["amount"] },
    { viewId, fieldMetadataId: fields["stage"] },
  ]);
  expect(refused.errors).toMatchObject([{ extensions: { code: "CONFLICT", field: "inputs.1.fieldId" } }]);
  const read = await api.metadata<{ getViewFields: object[] }>("query ($viewId: UUID!) { getViewFields(viewId: $viewId) { id } }", {
    viewId,
  });
  expect(read.data!.getViewFields).toHaveLength(2);
  expect((await create([])).data).toEqual({ createManyViewFields: [] });
  const both = await create([{ viewId, fieldId: fields["name"], fieldMetadataId: fields["name"] }]);
  expect(both.errors).toMatchObject([{ extensions: { code: "ARGS_CONFLICT", field: expect.stringMatching(/^inputs\.0\.field/) } }]);
  const tooMany = await create(Array.from({ length: 10_001 }, () => ({ viewId, fieldId: fields["name"] })));
  expect(tooMany.errors).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED", field: "inputs" } }]);
  expect((await api.metadata(MANY, { inputs: [{ viewId, fieldId: fields["owner"] }] }, "guest@acme.test")).errors).toMatchObject([
    { extensions: { code: "PERMISSION_DENIED" } },
  ]);
});

it("can change many at once, or none", async () => {
  const viewId = await makeView({ mainGroupByFieldMetadataId: fields["stage"] });
  const [a, b] = [
    await made("createViewGroup", { viewId, fieldValue: "NEW" }),
    await made("createViewGroup", { viewId, fieldValue: "MEETING" }),
  ];
  const MANY = "mutation ($inputs: [UpdateManyViewGroupsInput!]!) { updateManyViewGroups(inputs: $inputs) { id position isVisible } }";
  const update = (inputs: object[], email = MEMBER) => api.metadata<{ updateManyViewGroups: object[] }>(MANY, { inputs }, email);
  const inputs = [
    { id: b, update: { position: 1 } },
    { id: a, update: { position: 2, isVisible: false } },
  ];
  const { data, errors } = await update(inputs);
  const answer = [
    { id: b, position: 1, isVisible: true },
    { id: a, position: 2, isVisible: false },
  ];
  expect([errors, data]).toEqual([undefined, { updateManyViewGroups: answer }]);

  const missing = { id: viewId, update: { position: 9 } };
  expect((await update([{ id: a, update: { position: 9 } }, missing])).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  expect((await update([missing])).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  expect((await update([{ id: a, update: {} }])).errors).toMatchObject([{ extensions: { code: "BAD_INPUT", field: "inputs.0.update" } }]);
  expect((await update([{ id: a, update: { fieldValue: "NEVER" } }])).errors).toMatchObject([{ extensions: { code: "VIEW_INVALID" } }]);
  expect((await update(inputs, "guest@acme.test")).errors).toMatchObject([{ extensions: { code: "PERMISSION_DENIED" } }]);
  const read = await api.metadata("query ($viewId: UUID!) { getViewGroups(viewId: $viewId) { id position isVisible } }", { viewId });
  expect(read.data).toEqual({ getViewGroups: answer });
});

it.each<[string, object, string, string]>([
  ["a board without groups", { type: "KANBAN" }, "VIEW_INVALID", "mainGroupByFieldId"],
  ["no name", { name: "" }, "LABEL_INVALID", "name"],
  ["another id that is none", { objectMetadataId: "11111111-1111-4111-8111-111111111111" }, "NOT_FOUND", "objectId"],
])("cannot create a view with %s", async (_what, input, code, field) => {
  const { status, data, errors } = await mutate("createView", "id", { input: { name: "Bad", objectMetadataId: objectId, ...input } });
  expect([status, data, errors]).toMatchObject([200, { createView: null }, [{ extensions: { code, field } }]]);
});

it("cannot write what a view was not asked for, or nothing at all", async () => {
  const id = await makeView();
  for (const input of [{ objectId }, { creatorId: objectId }, { workspaceId: objectId }, { key: "INDEX" }]) {
    expect((await mutate("updateView", "id", { id, input })).errors).toMatchObject([{ extensions: { code: "BAD_INPUT" } }]);
  }
  expect((await mutate("updateView", "id", { id, input: {} })).errors).toMatchObject([
    { extensions: { code: "BAD_INPUT", field: "input" } },
  ]);
});

it("cannot destroy the view that an object opens with (VIEW_INVALID)", async () => {
  const { data } = await api.metadata<{ views: { nodes: Node[] } }>(
    "query ($id: UUID!) { views(filter: { key: { eq: INDEX }, objectId: { eq: $id } }) { nodes { id name } } }",
    {
      id: objectId,
    },
  );
  const [{ id, name }] = data!.views.nodes as [Node];
  expect(name).toBe("All Opportunities");
  for (const verb of ["delete", "destroy"]) {
    expect((await mutate(`${verb}View`, "id", { id }, "owner@acme.test")).errors).toMatchObject([
      { extensions: { code: "VIEW_INVALID", field: "id" } },
    ]);
  }
  expect((await mutate("updateView", "isCompact", { id, input: { isCompact: true } })).data).toEqual({ updateView: { isCompact: true } });
});

it("cannot be written by a guest (PERMISSION_DENIED), who reads them", async () => {
  const GUEST = "guest@acme.test";
  const id = await makeView();
  const denied = { errors: [{ extensions: { code: "PERMISSION_DENIED" } }] };
  expect(await mutate("createView", "id", { input: { name: "No", objectMetadataId: objectId } }, GUEST)).toMatchObject(denied);
  expect(await mutate("updateView", "id", { id, input: { name: "No" } }, GUEST)).toMatchObject(denied);
  expect(await mutate("deleteView", "id", { id }, GUEST)).toMatchObject(denied);
  expect(await mutate("destroyView", "id", { id }, GUEST)).toMatchObject(denied);
  expect((await api.metadata("query ($id: UUID!) { getView(id: $id) { name } }", { id }, GUEST)).data).toEqual({
    getView: { name: "Deals" },
  });
});

it("can be kept to oneself", async () => {
  const id = await makeView({ visibility: "UNLISTED" });
  const read = async (email: string) => (await api.metadata("query ($id: UUID!) { getView(id: $id) { id } }", { id }, email)).data;
  expect([await read(MEMBER), await read("owner@acme.test")]).toEqual([{ getView: { id } }, { getView: null }]);
  expect((await mutate("updateView", "id", { id, input: { name: "Mine" } }, "owner@acme.test")).errors).toMatchObject([
    { extensions: { code: "NOT_FOUND" } },
  ]);
});

it("come with a new object, and follow its new fields", async () => {
  const object = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "house", namePlural: "houses" }) { id } }',
  );
  const id = object.data!.createOneObject.id;
  await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
    data: { objectId: id, name: "rooms", type: "NUMBER" },
  });
  const { data } = await api.metadata(
    "query ($id: UUID!) { getViews(objectId: $id) { name key viewFields { isVisible field { name } } } }",
    { id },
  );
  expect(data).toEqual({
    getViews: [
      {
        name: "All Houses",
        key: "INDEX",
        viewFields: ["name", "createdAt", "rooms"].map((name) => ({ isVisible: true, field: { name } })),
      },
    ],
  });
});
