/** Changes that are refused: with a code and the path at fault, and without a trace in the workspace. */
import type { Change, Done } from "../changeCases.ts";
import { type Answer, adminQuery, useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();
const APPLY = "mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { changes { id changeId } } }";
const apply = (changes: Change[], email?: string) => api.metadata<{ applyChanges: Done }>(APPLY, { changes }, email);

async function make(kind: string, data: object, email?: string): Promise<{ id: string; changeId: string }> {
  const { data: made, errors } = await apply([{ kind, data: data as never }], email);
  expect(errors).toBeUndefined();
  return made!.applyChanges.changes[0]!;
}

/** What there is to refuse changes of: in acme, with records, and some of it in globex too. */
type Ids = Record<
  "object" | "label" | "text" | "number" | "hue" | "relation" | "company" | "companyName" | "theirObject" | "theirField" | "theirChange",
  string
>;
const ids = {} as Ids;

beforeAll(async () => {
  const standard = async (email: string) => {
    const query =
      '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id fields(filter: { name: { eq: "name" } }) { nodes { id } } } } }';
    const { data } = await api.metadata<{ objects: { nodes: { id: string; fields: { nodes: { id: string }[] } }[] } }>(query, {}, email);
    const [object] = data!.objects.nodes;
    return { id: object!.id, nameId: object!.fields.nodes[0]!.id };
  };
  const { id: company, nameId } = await standard("owner@acme.test");
  const { id: object } = await make("createObject", { nameSingular: "rocket", namePlural: "rockets" });
  const field = async (name: string, type: string, more = {}) => (await make("createField", { objectId: object, name, type, ...more })).id;
  const [{ data }, theirs] = [
    await api.metadata<{ fields: { nodes: { id: string }[] } }>(
      `{ fields(filter: { objectId: { eq: "${object}" }, name: { eq: "name" } }) { nodes { id } } }`,
    ),
    await make("createObject", { nameSingular: "secret", namePlural: "secrets" }, "owner@globex.test"),
  ];
  Object.assign(ids, {
    object,
    company,
    companyName: nameId,
    label: data!.fields.nodes[0]!.id,
    text: await field("motto", "TEXT"),
    number: await field("thrust", "NUMBER", { settings: { dataType: "int" } }),
    hue: await field("hue", "SELECT", { options: [{ value: "RED" }, { value: "GREEN" }] }),
    relation: await field("maker", "RELATION", { relation: { targetObjectId: company, targetFieldName: "rockets" } }),
    theirObject: theirs.id,
    theirChange: theirs.changeId,
    theirField: (await standard("owner@globex.test")).nameId,
  } satisfies Ids);
  const { data: list } = await api.graphql<{ companies: { nodes: { id: string }[] } }>("{ companies(first: 1) { nodes { id } } }");
  const CREATE = "mutation ($data: RocketCreateInput!) { createRocket(data: $data) { id } }";
  const made = await api.graphql(CREATE, { data: { name: "Ariane", hue: "RED", makerId: list!.companies.nodes[0]!.id, thrust: 3 } });
  expect(made.errors).toBeUndefined();
});

const trace = () =>
  adminQuery(
    api.adminUrl,
    `select (select sum(metadata_version) from core.workspaces) as versions, (select count(*) from core.changes) as changes, (select count(*) from core.trash) as trash,
            (select sum(hashtextextended(o::text, 0)) from core.objects o) as objects, (select sum(hashtextextended(f::text, 0)) from core.fields f) as fields,
            (select count(*) from pg_class) as classes, (select count(*) from pg_attribute) as columns, (select count(*) from pg_constraint) as constraints`,
  );

/** The first fault of an answer: its code, and the path at fault. */
const faultOf = ({ status, data, errors }: Answer<unknown>) => {
  const { code, field, errors: faults } = errors![0]!.extensions;
  return {
    status,
    data: Object.values((data ?? {}) as object)[0] ?? null,
    code: faults?.[0]?.code ?? code,
    field: faults?.[0]?.field ?? field,
  };
};

async function expectRefused(work: () => Promise<Answer<unknown>>, code: string, field: string | undefined): Promise<void> {
  const before = await trace();
  expect(faultOf(await work())).toEqual({ status: 200, data: null, code, field });
  expect(await trace()).toEqual(before);
}

const NOWHERE = "00000000-0000-4000-8000-000000000000";
type Refused = [what: string, kind: string, data: (of: Ids) => Record<string, unknown>, code: string, field: string | undefined];
const field =
  (name: string, type: string, more = {}) =>
  (of: Ids) => ({ objectId: of.object, name, type, ...more });

const REFUSED: Refused[] = [
  ["a new default of another type", "createField", field("x", "NUMBER", { defaultValue: "many" }), "DEFAULT_INVALID", "data.defaultValue"],
  [
    "a default that an int cannot hold",
    "createField",
    field("x", "NUMBER", { settings: { dataType: "int" }, defaultValue: 3e9 }),
    "DEFAULT_INVALID",
    "data.defaultValue",
  ],
  ["a default that is no date", "createField", field("x", "DATE", { defaultValue: "someday" }), "DEFAULT_INVALID", "data.defaultValue"],
  ["a default that is no option", "updateField", (of) => ({ id: of.hue, defaultValue: "BLUE" }), "DEFAULT_INVALID", "data.defaultValue"],
  [
    "a later default of another type",
    "updateField",
    (of) => ({ id: of.number, defaultValue: "1.5" }),
    "DEFAULT_INVALID",
    "data.defaultValue",
  ],
  ["deleting the field that records are called by", "deleteField", (of) => ({ id: of.label }), "FIELD_IN_USE", "data.id"],
  [
    "hiding the field that records are called by",
    "updateField",
    (of) => ({ id: of.label, isActive: false }),
    "FIELD_IN_USE",
    "data.isActive",
  ],
  [
    "calling records by a field that is not there",
    "updateObject",
    (of) => ({ id: of.object, labelField: "nothing" }),
    "NOT_FOUND",
    "data.labelField",
  ],
  ["searching what is no text", "updateObject", (of) => ({ id: of.object, searchFields: ["thrust"] }), "NOT_FOUND", "data.searchFields"],
  [
    "an option less that records have",
    "updateField",
    (of) => ({ id: of.hue, options: [{ value: "GREEN" }] }),
    "OPTION_IN_USE",
    "data.options",
  ],
  [
    "moving records to an option that goes too",
    "updateField",
    (of) => ({ id: of.hue, options: [{ value: "GREEN" }], removedOptions: { RED: "RED" } }),
    "OPTIONS_INVALID",
    "data.removedOptions.RED",
  ],
  ["no options at all", "updateField", (of) => ({ id: of.hue, options: [] }), "OPTIONS_INVALID", "data.options"],
  ["deleting a relation that joins records", "deleteField", (of) => ({ id: of.relation }), "FIELD_IN_USE", "data.force"],
  ["requiring what records do not have", "updateField", (of) => ({ id: of.text, isNullable: false }), "VALUE_REQUIRED", "data.isNullable"],
  ["another type", "updateField", (of) => ({ id: of.text, type: "NUMBER" }), "TYPE_IMMUTABLE", "data.type"],
  ["another data type", "updateField", (of) => ({ id: of.number, settings: { dataType: "float" } }), "TYPE_IMMUTABLE", "data.settings"],
  ["an unknown type", "createField", field("x", "COLOUR"), "FIELD_TYPE_INVALID", "data.type"],
  ["an unknown kind", "explodeObject", (of) => ({ id: of.object }), "BAD_INPUT", "kind"],
  ["a kind that is a function's name", "options", (of) => ({ id: of.hue }), "BAD_INPUT", "kind"],
  ["a kind of the trash's own", "restoreTrash", (of) => ({ ids: [], targetId: of.object }), "BAD_INPUT", "kind"],
  [
    "values of the trash",
    "updateField",
    (of) => ({ id: of.hue, options: [{ value: "RED" }], restoredValues: NOWHERE }),
    "BAD_INPUT",
    "kind",
  ],
  ["an unknown key of a field", "updateField", (of) => ({ id: of.text, columnName: "id" }), "BAD_INPUT", "data.columnName"],
  ["an unknown key of an object", "updateObject", (of) => ({ id: of.object, tableName: "user" }), "BAD_INPUT", "data.tableName"],
  ["making a field one of Relata's own", "updateField", (of) => ({ id: of.text, isSystem: true }), "BAD_INPUT", "data.isSystem"],
  [
    "a standard object's name",
    "updateObject",
    (of) => ({ id: of.company, nameSingular: "firm", namePlural: "firms" }),
    "NAME_RESERVED",
    "data.nameSingular",
  ],
  ["deleting a standard object", "deleteObject", (of) => ({ id: of.company }), "BAD_INPUT", "data.id"],
  ["deleting a standard field", "deleteField", (of) => ({ id: of.companyName }), "BAD_INPUT", "data.id"],
  ["a name that is taken", "updateField", (of) => ({ id: of.text, name: "hue" }), "NAME_TAKEN", "data.name"],
  ["a name that another spells otherwise", "updateField", (of) => ({ id: of.text, name: "hUe" }), "NAME_TAKEN", "data.name"],
  ["the name of a relation's key", "updateField", (of) => ({ id: of.text, name: "makerId" }), "NAME_TAKEN", "data.name"],
  ["the name of the label", "updateObject", (of) => ({ id: of.object, namePlural: "companies" }), "NAME_TAKEN", "data.namePlural"],
  ["one name for one and for many", "updateObject", (of) => ({ id: of.object, namePlural: "rocket" }), "NAME_TAKEN", "data.namePlural"],
  ["an object that is nowhere", "updateObject", () => ({ id: NOWHERE, icon: "x" }), "NOT_FOUND", "data.id"],
  ["an id that is none", "deleteField", () => ({ id: "1 or 1=1" }), "NOT_FOUND", "data.id"],
  ["no id", "deleteObject", () => ({}), "NOT_FOUND", "data.id"],
  ["another workspace's object, to change it", "updateObject", (of) => ({ id: of.theirObject, icon: "x" }), "NOT_FOUND", "data.id"],
  ["another workspace's object, to delete it", "deleteObject", (of) => ({ id: of.theirObject }), "NOT_FOUND", "data.id"],
  [
    "another workspace's object, for a field",
    "createField",
    (of) => ({ objectId: of.theirObject, name: "x", type: "TEXT" }),
    "NOT_FOUND",
    "data.objectId",
  ],
  [
    "another workspace's object, to relate to",
    "createField",
    (of) => ({ objectId: of.object, name: "x", type: "RELATION", relation: { targetObjectId: of.theirObject, targetFieldName: "xs" } }),
    "NOT_FOUND",
    "data.relation.targetObjectId",
  ],
  ["another workspace's field, to change it", "updateField", (of) => ({ id: of.theirField, label: "x" }), "NOT_FOUND", "data.id"],
  ["another workspace's field, to delete it", "deleteField", (of) => ({ id: of.theirField }), "NOT_FOUND", "data.id"],
  [
    "another workspace's field, to call records by",
    "updateObject",
    (of) => ({ id: of.object, labelFieldId: of.theirField }),
    "NOT_FOUND",
    "data.labelFieldId",
  ],
  [
    "another object's field, to call records by",
    "updateObject",
    (of) => ({ id: of.object, labelFieldId: of.companyName }),
    "NOT_FOUND",
    "data.labelFieldId",
  ],
];

it.each(REFUSED)("cannot have %s", async (_what, kind, data, code, path) => {
  await expectRefused(() => apply([{ kind, data: data(ids) }]), code, path);
});

it("cannot undo another workspace's change, nor one that is not there (NOT_FOUND)", async () => {
  const undo = (id: string) => api.metadata("mutation ($id: UUID!) { undoChange(id: $id) { isPlan } }", { id });
  for (const id of [ids.theirChange, NOWHERE]) await expectRefused(() => undo(id), "NOT_FOUND", "id");
  const { data } = await api.metadata<{ changes: { nodes: { id: string }[] } }>("{ changes { nodes { id } } }");
  expect(data!.changes.nodes.length).toBeGreaterThan(3);
  expect(data!.changes.nodes.map(({ id }) => id)).not.toContain(ids.theirChange);
});

it("cannot make no changes, or more than 200 (LIMIT_EXCEEDED)", async () => {
  await expectRefused(() => apply([]), "LIMIT_EXCEEDED", "changes");
  const change = { kind: "updateField", data: { id: ids.text, label: "Motto" } };
  await expectRefused(() => apply(Array(201).fill(change)), "LIMIT_EXCEEDED", "changes");
  expect((await apply(Array(200).fill(change))).errors).toBeUndefined();
});

it("can create an object once, though two admins do so at once", async () => {
  const make = (email: string) => apply([{ kind: "createObject", data: { nameSingular: "race", namePlural: "races" } }], email);
  const answers = await Promise.all([make("owner@acme.test"), make("admin@acme.test")]);
  expect(answers.filter(({ errors }) => !errors).length).toBe(1);
  expect(faultOf(answers.find(({ errors }) => errors)!)).toMatchObject({ code: "NAME_TAKEN", field: "data.nameSingular" });
});

it("can have 500 fields, which are read and written, and not one more (LIMIT_EXCEEDED)", async () => {
  const { id: objectId } = await make("createObject", { nameSingular: "giant", namePlural: "giants" });
  const [count] = await adminQuery<{ n: number }>(api.adminUrl, "select count(*)::int as n from core.fields where object_id = $1", [
    objectId,
  ]);
  const names = Array.from({ length: 500 - count!.n }, (_, n) => `field${n}`);
  const changes = names.map((name) => ({ kind: "createField", data: { objectId, name, type: "NUMBER" } }));
  for (let from = 0; from < changes.length; from += 200) {
    expect((await apply(changes.slice(from, from + 200))).errors).toBeUndefined();
  }
  await expectRefused(() => apply([{ kind: "createField", data: { objectId, name: "more", type: "TEXT" } }]), "LIMIT_EXCEEDED", "data");
  const data = Object.fromEntries(names.map((name, n) => [name, n]));
  const CREATE = "mutation ($data: GiantCreateInput!) { createGiant(data: $data) { id } }";
  expect((await api.graphql(CREATE, { data })).errors).toBeUndefined();
  expect((await api.graphql(`{ giants { nodes { ${names.slice(-100).join(" ")} } } }`)).data).toEqual({
    giants: { nodes: [Object.fromEntries(names.slice(-100).map((name) => [name, data[name]]))] },
  });
});

describe("members and guests", () => {
  type Input = { name: string; type: Type };
  type Type = { kind: string; name: string | null; ofType: Type | null };
  const TYPE = "type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

  it("cannot make any change (PERMISSION_DENIED)", async () => {
    const { data } = await api.metadata<{
      __schema: { mutationType: { fields: (Input & { args: Input[] })[] }; types: { name: string; inputFields: Input[] | null }[] };
    }>(`{ __schema { mutationType { fields { name ${TYPE} args { name ${TYPE} } } } types { name inputFields { name ${TYPE} } } } }`);
    const inputs = new Map(data!.__schema.types.map(({ name, inputFields }) => [name, inputFields]));
    const sample = ({ kind, name, ofType }: Type): unknown => {
      if (kind === "NON_NULL") return sample(ofType!);
      if (kind === "LIST") return [sample(ofType!)];
      if (inputs.get(name!))
        return Object.fromEntries(
          inputs
            .get(name!)!
            .filter(({ type }) => type.kind === "NON_NULL")
            .map((of) => [of.name, sample(of.type)]),
        );
      return { UUID: ids.object, Boolean: true, Int: 1, JSON: {} }[name!] ?? "x";
    };
    const typeText = ({ kind, name, ofType }: Type): string =>
      kind === "NON_NULL" ? `${typeText(ofType!)}!` : kind === "LIST" ? `[${typeText(ofType!)}]` : name!;
    const mutations = data!.__schema.mutationType.fields.filter(
      ({ name }) => /(Object|Field|Change|Changes|Index|Rule)$/.test(name) && !/View/.test(name),
    );
    expect(mutations.map(({ name }) => name)).toEqual(expect.arrayContaining(["createOneObject", "undoChange", "planChanges"]));

    for (const { name, args, type } of mutations) {
      const given = args.filter((arg) => ["id", "data", "changes"].includes(arg.name) || arg.type.kind === "NON_NULL");
      const query = `mutation (${given.map((arg) => `$${arg.name}: ${typeText(arg.type)}`).join(", ")}) { ${name}(${given.map((arg) => `${arg.name}: $${arg.name}`).join(", ")}) { __typename } }`;
      const variables = Object.fromEntries(given.map((arg) => [arg.name, sample(arg.type)]));
      expect(type).toBeDefined();
      const before = await trace();
      for (const email of ["member@acme.test", "guest@acme.test"]) {
        const answer = await api.metadata(query, variables, email);
        expect([name, email, answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([name, email, ["PERMISSION_DENIED"]]);
      }
      expect(await trace()).toEqual(before);
    }
  });
});
