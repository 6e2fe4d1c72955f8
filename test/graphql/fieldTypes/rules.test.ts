/** What fields of several columns share with all others: uniqueness, being required, names, places, search. */
import { type Answer, useApi } from "../../helpers/server.ts";

const api = useApi();
let objectId = "";
beforeAll(async () => {
  const { data } = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "thing", namePlural: "things" }) { id } }',
  );
  objectId = data!.createOneObject.id;
});

const createField = (data: object) =>
  api.metadata<{ createOneField: { id: string; options: object[] } }>(
    "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id options } }",
    { data: { objectId, ...data } },
  );
const create = (data: object) =>
  api.graphql<{ createThing: { id: string } }>("mutation ($data: ThingCreateInput!) { createThing(data: $data) { id } }", { data });
/** What is wrong: of a change of the data model, the first of its faults. */
const codeOf = ({ errors }: Pick<Answer, "errors">) => {
  const { code, field, errors: faults } = errors?.[0]?.extensions ?? {};
  return faults ? { code: faults[0]!.code, field: faults[0]!.field } : { code, ...(field && { field }) };
};

it.each<[string, object, object, object, string]>([
  [
    "EMAILS",
    { primaryEmail: "a@a.test" },
    { primaryEmail: "A@A.test", additionalEmails: ["c@c.test"] },
    { primaryEmail: "b@a.test" },
    ".primaryEmail",
  ],
  ["LINKS", { primaryLinkUrl: "a.test" }, { primaryLinkUrl: "https://A.test/" }, { primaryLinkUrl: "a.test/b" }, ".primaryLinkUrl"],
  [
    "PHONES",
    { primaryPhoneNumber: "+33612345678" },
    { primaryPhoneNumber: "0612345678", primaryPhoneCountryCode: "FR" },
    { primaryPhoneNumber: "612345678" },
    "",
  ],
  ["FULL_NAME", { firstName: "A", lastName: "B" }, { firstName: "A", lastName: "B" }, { firstName: "A" }, ""],
])("can be unique: %s, among living records (CONFLICT)", async (type, one, same, other, path) => {
  const name = `unique${type.charAt(0)}${type.slice(1, 4).toLowerCase()}`;
  expect((await createField({ name, type, isUnique: true })).errors).toBeUndefined();
  const first = await create({ [name]: one });
  expect(first.errors).toBeUndefined();
  expect(codeOf(await create({ [name]: same }))).toEqual({ code: "CONFLICT", field: name + path });
  expect((await create({ [name]: other })).errors).toBeUndefined();
  // Nothing is nobody's.
  for (let n = 0; n < 2; n++) expect((await create({})).errors).toBeUndefined();
  await api.graphql("mutation ($id: UUID!) { deleteThing(id: $id) { id } }", { id: first.data!.createThing.id });
  expect((await create({ [name]: same })).errors).toBeUndefined();
});

it.each(["ADDRESS", "CURRENCY", "RICH_TEXT", "RAW_JSON", "ARRAY", "RATING"])("cannot make a field of the type %s unique", async (type) => {
  expect(codeOf(await createField({ name: "once", type, isUnique: true }))).toEqual({ code: "FIELD_TYPE_INVALID", field: "data.isUnique" });
});

it("can be required: a composite must have its main part (VALUE_REQUIRED)", async () => {
  const field = { name: "mustHave", type: "EMAILS", isNullable: false };
  const refused = { code: "DEFAULT_INVALID", field: "data.defaultValue" };
  expect(codeOf(await createField(field))).toEqual(refused);
  expect(codeOf(await createField({ ...field, defaultValue: { additionalEmails: [] } }))).toEqual(refused);
  expect((await createField({ ...field, defaultValue: { primaryEmail: "a@a.test" } })).errors).toBeUndefined();
  expect((await create({ mustHave: { additionalEmails: [] } })).errors).toBeUndefined();
  expect(codeOf(await create({ mustHave: { primaryEmail: null } }))).toEqual({ code: "VALUE_REQUIRED", field: "mustHave.primaryEmail" });
  expect(codeOf(await create({ mustHave: null }))).toEqual({ code: "VALUE_REQUIRED", field: "mustHave.primaryEmail" });
});

it("can be required and empty: a list needs no default", async () => {
  expect((await createField({ name: "lists", type: "ARRAY", isNullable: false })).errors).toBeUndefined();
  const { data, errors } = await api.graphql("mutation { createThing(data: { lists: null }) { lists } }");
  expect([errors, data]).toEqual([undefined, { createThing: { lists: [] } }]);
});

it.each([
  ["a column of a composite there is", { name: "contact", type: "EMAILS" }, { name: "contactPrimaryEmail", type: "TEXT" }],
  ["a composite over a column there is", { name: "billPrimaryEmail", type: "TEXT" }, { name: "bill", type: "EMAILS" }],
  ["a composite over a composite", { name: "place", type: "ADDRESS" }, { name: "placeAddressStreet1", type: "TEXT" }],
  ["another type of the same name", { name: "sum", type: "CURRENCY" }, { name: "sum", type: "TEXT" }],
])("cannot name a field like %s (NAME_TAKEN)", async (_what, first, second) => {
  expect((await createField(first)).errors).toBeUndefined();
  expect(codeOf(await createField(second))).toEqual({ code: "NAME_TAKEN", field: "data.name" });
});

it("cannot give a composite a name that its columns would be cut off at (NAME_INVALID)", async () => {
  const name = (length: number) => `p${"x".repeat(length - 1)}`;
  expect((await createField({ name: name(28), type: "PHONES" })).errors).toBeUndefined();
  expect(codeOf(await createField({ name: name(31), type: "PHONES" }))).toEqual({ code: "NAME_INVALID", field: "data.name" });
});

it.each(["fullName", "emails", "phones", "richText", "position", "actor"])(
  "cannot call an object %s, as a type is (NAME_RESERVED)",
  async (name) => {
    const data = { nameSingular: name, namePlural: "whatevers" };
    const answer = await api.metadata("mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }", { data });
    expect(codeOf(answer)).toEqual({ code: "NAME_RESERVED", field: "data.nameSingular" });
  },
);

it("can call an object email, whose plural is the name of no type", async () => {
  const data = { nameSingular: "email", namePlural: "emails" };
  const answer = await api.metadata("mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }", { data });
  expect(answer.errors).toBeUndefined();
  expect((await api.graphql("{ emails { totalCount } }")).data).toEqual({ emails: { totalCount: 0 } });
});

it("can be written by place: first and last", async () => {
  const ids: string[] = [];
  for (const position of ["last", "first", "last"]) ids.push((await create({ position, name: "placed" })).data!.createThing.id);
  const inOrder = async () => {
    const query = '{ things(filter: { name: { eq: "placed" } }, orderBy: [{ position: AscNullsLast }]) { nodes { id } } }';
    const { data } = await api.graphql<{ things: { nodes: { id: string }[] } }>(query);
    return data!.things.nodes.map(({ id }) => ids.indexOf(id));
  };
  expect(await inOrder()).toEqual([1, 0, 2]);
  const move = "mutation ($id: UUID!, $position: Position) { updateThing(id: $id, data: { position: $position }) { position } }";
  await api.graphql(move, { id: ids[1], position: "last" });
  expect(await inOrder()).toEqual([0, 2, 1]);
  expect((await api.graphql(move, { id: ids[1], position: 0.5 })).data).toEqual({ updateThing: { position: 0.5 } });
  expect(await inOrder()).toEqual([1, 0, 2]);
  for (const position of ["middle", "1", true, {}])
    expect(codeOf(await api.graphql(move, { id: ids[1], position }))).toMatchObject({ code: "BAD_INPUT" });
});

it("can find and sort by who made a record, and cannot write it", async () => {
  await create({ name: "by the owner" });
  type Names = { things: { nodes: { createdBy: { name: string; source: string; context: null } }[] } };
  const { data, errors } = await api.graphql<Names>(`{ things(
    filter: { createdBy: { name: { eq: "Olivia Owner" }, source: { in: [API, MANUAL] }, context: { is: NULL } } },
    orderBy: [{ updatedBy: { name: AscNullsLast } }], first: 1
  ) { nodes { createdBy { name source context } } } }`);
  expect([errors, data!.things.nodes]).toEqual([undefined, [{ createdBy: { name: "Olivia Owner", source: "API", context: null } }]]);
  expect(codeOf(await create({ createdBy: { source: "IMPORT" } }))).toMatchObject({ code: "BAD_INPUT" });
});

it("cannot order by two parts in one object (BAD_INPUT)", async () => {
  const { errors } = await api.graphql("{ things(orderBy: [{ createdBy: { name: AscNullsLast, source: AscNullsLast } }]) { totalCount } }");
  expect(errors).toMatchObject([{ extensions: { code: "BAD_INPUT" } }]);
});

it("can page by a part with a cursor", async () => {
  expect((await createField({ name: "paged", type: "FULL_NAME" })).errors).toBeUndefined();
  for (const firstName of ["C", null, "A", "B", null])
    expect((await create({ name: "page", paged: { firstName } })).errors).toBeUndefined();
  const seen: (string | null)[] = [];
  type Page = { things: { edges: { cursor: string; node: { paged: { firstName: string | null } } }[] } };
  for (let after: string | null = null; ; ) {
    const { data } = await api.graphql<Page>(
      `query ($after: String) { things(filter: { name: { eq: "page" } }, first: 2, after: $after, orderBy: [{ paged: { firstName: DescNullsLast } }]) {
        edges { cursor node { paged { firstName } } } } }`,
      { after },
    );
    const { edges } = data!.things as Page["things"];
    seen.push(...edges.map(({ node }) => node.paged.firstName));
    if (edges.length < 2) break;
    after = edges[1]!.cursor;
  }
  expect(seen).toEqual(["C", "B", "A", null, null]);
});

describe("options", () => {
  const select = (options: object[]) => createField({ name: `choice${(counter++).toString(36)}`, type: "SELECT", options });
  let counter = 0;
  const ID = "0190A0B1-0000-7000-8000-000000000001";

  it("can come with ids, and in the order of their positions", async () => {
    const { data, errors } = await select([
      { value: "B", position: 7, id: ID },
      { value: "A", position: 3, label: " First " },
    ]);
    expect(errors).toBeUndefined();
    expect(data!.createOneField.options).toEqual([
      { id: expect.any(String), value: "A", label: "First", color: "gray", position: 0 },
      { id: ID.toLowerCase(), value: "B", label: "B", color: "gray", position: 1 },
    ]);
  });

  it.each<[string, object[], string, string]>([
    [
      "one id twice",
      [
        { value: "A", id: ID },
        { value: "B", id: ID.toLowerCase() },
      ],
      "OPTIONS_INVALID",
      ".id",
    ],
    [
      "one position twice",
      [
        { value: "A", position: 1 },
        { value: "B", position: 1 },
      ],
      "OPTIONS_INVALID",
      ".position",
    ],
    ["a position for one alone", [{ value: "A", position: 1 }, { value: "B" }], "OPTIONS_INVALID", ".position"],
    ["a position below zero", [{ value: "A", position: -1 }], "OPTIONS_INVALID", ".position"],
    ["a label with a comma", [{ value: "A", label: "a, b" }], "LABEL_INVALID", ".label"],
    ["a blank label", [{ value: "A", label: "  " }], "LABEL_INVALID", ".label"],
    ["a label too long", [{ value: "A", label: "x".repeat(64) }], "LABEL_INVALID", ".label"],
    ["a value that begins with a digit", [{ value: "1A" }], "OPTIONS_INVALID", ".value"],
  ])("cannot have %s", async (_what, options, code, path) => {
    expect(codeOf(await select(options))).toEqual({ code, field: `data.options${path}` });
  });

  it("cannot be given to a RATING, which has its own", async () => {
    expect(codeOf(await createField({ name: "stars", type: "RATING", options: [{ value: "A" }] }))).toEqual({
      code: "OPTIONS_INVALID",
      field: "data.options",
    });
  });
});

it.each<[string, object | undefined, string]>([
  ["FILES", undefined, ".maxNumberOfValues"],
  ["FILES", { maxNumberOfValues: 0 }, ".maxNumberOfValues"],
  ["FILES", { maxNumberOfValues: 1.5 }, ".maxNumberOfValues"],
  ["EMAILS", { maxNumberOfValues: "3" }, ".maxNumberOfValues"],
  ["EMAILS", { maxNumberOfValues: 1e30 }, ".maxNumberOfValues"],
  ["NUMBER", { decimals: -1 }, ".decimals"],
  ["NUMBER", { type: "money" }, ".type"],
  ["DATE", { displayFormat: ["RELATIVE"] }, ".displayFormat"],
  ["CURRENCY", { format: 7 }, ".format"],
  ["ADDRESS", { subFields: "addressCity" }, ".subFields"],
  ["ADDRESS", { subFields: ["city"] }, ".subFields"],
  ["BOOLEAN", { anything: 1 }, ""],
])("cannot set a %s to %j (SETTINGS_INVALID)", async (type, settings, path) => {
  expect(codeOf(await createField({ name: "setThing", type, settings }))).toEqual({
    code: "SETTINGS_INVALID",
    field: `data.settings${path}`,
  });
});
