/** The data model is changed, planned and undone through /metadata, and /graphql follows. */
import { type Answer, useApi } from "../helpers/server.ts";

const api = useApi();
type Made = { id: string };

async function ask<T>(query: string, variables?: Record<string, unknown>): Promise<T> {
  const { data, errors } = await api.metadata<T>(query, variables);
  expect(errors).toBeUndefined();
  return data!;
}
const CREATE_OBJECT = "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }";
const CREATE_FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
const UPDATE_FIELD = "mutation ($id: UUID!, $data: UpdateFieldInput!) { updateOneField(id: $id, data: $data) { id name isActive } }";
const createObject = async (nameSingular: string) =>
  (await ask<{ createOneObject: Made }>(CREATE_OBJECT, { data: { nameSingular, namePlural: `${nameSingular}s` } })).createOneObject.id;
const createField = async (data: object) => (await ask<{ createOneField: Made }>(CREATE_FIELD, { data })).createOneField.id;
const lastChange = async () =>
  (await ask<{ changes: { nodes: { id: string }[] } }>("{ changes(orderBy: [{ createdAt: DescNullsLast }], first: 1) { nodes { id } } }"))
    .changes.nodes[0]!.id;
const fieldsOf = async (type: string) => {
  const { data } = await api.graphql<{ __type: { fields: { name: string }[] } | null }>(`{ __type(name: "${type}") { fields { name } } }`);
  return data!.__type?.fields.map(({ name }) => name) ?? [];
};
const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => [extensions.code, extensions.errors?.[0]?.code, extensions.field]);

it("can rename an object, and its records answer under the new name", async () => {
  const id = await createObject("rocket");
  await api.graphql('mutation { createRocket(data: { name: "Ariane" }) { id } }');
  const UPDATE =
    "mutation ($id: UUID!, $data: UpdateObjectInput!) { updateOneObject(id: $id, data: $data) { nameSingular namePlural labelSingular } }";
  expect(await ask(UPDATE, { id, data: { nameSingular: "starship", namePlural: "starships", labelSingular: "Starship" } })).toEqual({
    updateOneObject: { nameSingular: "starship", namePlural: "starships", labelSingular: "Starship" },
  });
  expect((await api.graphql("{ starships { nodes { name } } }")).data).toEqual({ starships: { nodes: [{ name: "Ariane" }] } });
  expect((await api.graphql("{ rockets { totalCount } }")).errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
});

it("can rename a field, and its values answer under the new name", async () => {
  const objectId = await createObject("planet");
  const id = await createField({ objectId, name: "moons", type: "NUMBER" });
  await api.graphql('mutation { createPlanet(data: { name: "Mars", moons: 2 }) { id } }');
  await ask(UPDATE_FIELD, { id, data: { name: "satellites" } });
  expect((await api.graphql("{ planets(filter: { satellites: { gt: 1 } }) { nodes { satellites } } }")).data).toEqual({
    planets: { nodes: [{ satellites: 2 }] },
  });
});

it("can hide an object and a field, and show them again with their data", async () => {
  const objectId = await createObject("comet");
  const id = await createField({ objectId, name: "tail", type: "TEXT" });
  await api.graphql('mutation { createComet(data: { name: "Halley", tail: "long" }) { id } }');
  await ask(UPDATE_FIELD, { id, data: { isActive: false } });
  expect(await fieldsOf("Comet")).not.toContain("tail");
  await ask(UPDATE_FIELD, { id, data: { isActive: true } });
  const HIDE = "mutation ($id: UUID!, $data: UpdateObjectInput!) { updateOneObject(id: $id, data: $data) { isActive } }";
  await ask(HIDE, { id: objectId, data: { isActive: false } });
  expect(await fieldsOf("Comet")).toEqual([]);
  expect((await api.graphql("{ companies(first: 1) { totalCount } }")).errors).toBeUndefined();
  await ask(HIDE, { id: objectId, data: { isActive: true } });
  expect((await api.graphql("{ comets { nodes { name tail } } }")).data).toEqual({ comets: { nodes: [{ name: "Halley", tail: "long" }] } });
});

it("can delete a field, and undo that with its data", async () => {
  const objectId = await createObject("star");
  const id = await createField({ objectId, name: "mass", type: "NUMBER" });
  await api.graphql('mutation { createStar(data: { name: "Sun", mass: 1 }) { id } }');
  expect(await ask("mutation ($id: UUID!) { deleteOneField(id: $id) { name type } }", { id })).toEqual({
    deleteOneField: { name: "mass", type: "NUMBER" },
  });
  expect(await fieldsOf("Star")).not.toContain("mass");
  const change = await lastChange();
  await ask("mutation ($id: UUID!) { undoChange(id: $id) { changes { kind } } }", { id: change });
  expect((await api.graphql("{ stars { nodes { name mass } } }")).data).toEqual({ stars: { nodes: [{ name: "Sun", mass: 1 }] } });
  const again = await api.metadata("mutation ($id: UUID!) { undoChange(id: $id) { isPlan } }", { id: change });
  expect(codesOf(again)).toEqual([["METADATA_VALIDATION_FAILED", "CHANGE_NOT_UNDOABLE", "id"]]);
});

it("can delete an object, and undo that with its records and relations", async () => {
  const objectId = await createObject("galaxy");
  const company = (await ask<{ objects: { nodes: Made[] } }>('{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id } } }'))
    .objects.nodes[0]!.id;
  await createField({ objectId, name: "owner", type: "RELATION", relation: { targetObjectId: company, targetFieldName: "galaxies" } });
  const { data } = await api.graphql<{ companies: { nodes: Made[] } }>("{ companies(first: 1) { nodes { id } } }");
  const ownerId = data!.companies.nodes[0]!.id;
  await api.graphql("mutation ($data: GalaxyCreateInput!) { createGalaxy(data: $data) { id } }", { data: { name: "Andromeda", ownerId } });
  await ask("mutation ($id: UUID!) { deleteOneObject(id: $id) { nameSingular } }", { id: objectId });
  expect(await fieldsOf("Galaxy")).toEqual([]);
  expect(await fieldsOf("Company")).not.toContain("galaxies");
  await ask("mutation ($id: UUID!) { undoChange(id: $id) { isPlan } }", { id: await lastChange() });
  expect((await api.graphql(`{ company(filter: { id: { eq: "${ownerId}" } }) { galaxies { nodes { name } } } }`)).data).toEqual({
    company: { galaxies: { nodes: [{ name: "Andromeda" }] } },
  });
});

it("can plan a change, and nothing is changed", async () => {
  const objectId = await createObject("meteor");
  const before = await lastChange();
  const planned = await api.metadata(`mutation ($data: CreateFieldInput!) { createOneField(data: $data, plan: true) { id } }`, {
    data: { objectId, name: "speed", type: "NUMBER" },
  });
  expect(planned).toMatchObject({
    data: { createOneField: null },
    extensions: { plan: [{ isPlan: true, report: { api: { added: ["Meteor.speed"], removed: [] } } }] },
  });
  expect(await fieldsOf("Meteor")).not.toContain("speed");
  expect(await lastChange()).toBe(before);
});

it("can plan and make a list of changes", async () => {
  const changes = [
    { kind: "createObject", data: { nameSingular: "moon", namePlural: "moons" } },
    { kind: "createObject", data: { nameSingular: "ring", namePlural: "rings" } },
  ];
  const PARTS = "{ isPlan changes { kind statements } report { tables { table effect rows } api { added removed } } }";
  const { planChanges } = await ask<{ planChanges: { report: object } }>(
    `mutation ($changes: [ChangeInput!]!) { planChanges(changes: $changes) ${PARTS} }`,
    {
      changes,
    },
  );
  expect(await fieldsOf("Moon")).toEqual([]);
  const { applyChanges } = await ask<{ applyChanges: { report: object } }>(
    `mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) ${PARTS} }`,
    {
      changes,
    },
  );
  expect(planChanges).toMatchObject({ isPlan: true });
  expect(applyChanges).toMatchObject({ isPlan: false });
  expect(applyChanges.report).toEqual(planChanges.report);
  expect(await fieldsOf("Ring")).toContain("name");
});

it("cannot make half of a list (METADATA_VALIDATION_FAILED with the path)", async () => {
  const changes = [
    { kind: "createObject", data: { nameSingular: "half", namePlural: "halves" } },
    { kind: "createObject", data: { nameSingular: "company", namePlural: "otherHalves" } },
  ];
  const answer = await api.metadata("mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { isPlan } }", { changes });
  expect(codesOf(answer)).toEqual([["METADATA_VALIDATION_FAILED", "NAME_TAKEN", "changes.1.data.nameSingular"]]);
  expect(await fieldsOf("Half")).toEqual([]);
});

it("can be asked in the form of other CRM servers", async () => {
  const { createOneObject } = await ask<{ createOneObject: Made }>(
    'mutation { createOneObject(input: { object: { nameSingular: "asteroid", namePlural: "asteroids" } }) { id } }',
  );
  const { createOneField } = await ask<{ createOneField: Made }>(
    "mutation ($input: CreateOneFieldInput!) { createOneField(input: $input) { id } }",
    { input: { field: { objectMetadataId: createOneObject.id, name: "size", label: "Size", type: "NUMBER" } } },
  );
  await ask("mutation ($input: UpdateOneFieldInput!) { updateOneField(input: $input) { id } }", {
    input: { id: createOneField.id, update: { label: "Diameter" } },
  });
  await ask("mutation ($input: DeleteOneFieldInput!) { deleteOneField(input: $input) { id } }", { input: { id: createOneField.id } });
  await ask("mutation ($input: DeleteOneObjectInput!) { deleteOneObject(input: $input) { id } }", { input: { id: createOneObject.id } });
});

it.each<[string, string, object, string, string]>([
  ["type", "notes.title", { type: "NUMBER" }, "TYPE_IMMUTABLE", "data.type"],
  ["name, of a standard field", "notes.body", { name: "text" }, "NAME_RESERVED", "data.name"],
  ["label field, to hide it", "notes.title", { isActive: false }, "FIELD_IN_USE", "data.isActive"],
  ["system field", "notes.createdAt", { isNullable: true }, "BAD_INPUT", "data.id"],
])("cannot change a field's %s", async (_what, where, data, code, path) => {
  const [plural, name] = where.split(".");
  const { fields } = await ask<{ fields: { nodes: Made[] } }>("query ($f: FieldFilterInput) { fields(filter: $f) { nodes { id } } }", {
    f: { name: { eq: name }, object: { namePlural: { eq: plural } } },
  });
  expect(codesOf(await api.metadata(UPDATE_FIELD, { id: fields.nodes[0]!.id, data }))).toEqual([
    ["METADATA_VALIDATION_FAILED", code, path],
  ]);
});

it("can hear all that is wrong at once", async () => {
  const answer = await api.metadata(CREATE_OBJECT, { data: { nameSingular: "Bad Name", namePlural: "1", labelPlural: "" } });
  expect(answer.errors![0]!.extensions.errors!.map(({ code, field }) => [code, field])).toEqual([
    ["NAME_INVALID", "data.nameSingular"],
    ["NAME_INVALID", "data.namePlural"],
    ["LABEL_INVALID", "data.labelPlural"],
  ]);
  const objectId = await createObject("quasar");
  const field = await api.metadata(CREATE_FIELD, {
    data: { objectId, name: "a-b", label: " ", type: "NUMBER", options: [{ value: "A" }], settings: { decimals: -1 } },
  });
  expect(field.errors![0]!.extensions.errors!.map(({ code }) => code)).toEqual([
    "NAME_INVALID",
    "LABEL_INVALID",
    "SETTINGS_INVALID",
    "OPTIONS_INVALID",
  ]);
});
