import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();

let objectId = "";
let companyId = "";
beforeAll(async () => {
  const made = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "thing", namePlural: "things" }) { id } }',
  );
  const company = await api.metadata<{ object: { id: string } }>('{ object(filter: { nameSingular: { eq: "company" } }) { id } }');
  [objectId, companyId] = [made.data!.createOneObject.id, company.data!.object.id];
});

let counter = 0;
/** A name that no field has had, so that one case cannot stand in the way of the next. */
const fresh = () => `x${counter++}`;

const CREATE = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id name } }";
const create = (data: object) => api.metadata(CREATE, { data: { objectId, ...data } });
const versionOf = async () =>
  Number((await adminQuery(api.adminUrl, "select metadata_version as v from core.workspaces where subdomain = 'acme'"))[0]!["v"]);

it.each<[string, object, string, string]>([
  ["a name with a capital first", { name: "Bad", type: "TEXT" }, "NAME_INVALID", "data.name"],
  ["a name that is taken", { name: "name", type: "TEXT" }, "NAME_TAKEN", "data.name"],
  ["a name that is taken but for its case", { name: "NAME".toLowerCase(), type: "NUMBER" }, "NAME_TAKEN", "data.name"],
  ["a name that every object has", { name: "createdAt", type: "TEXT" }, "NAME_TAKEN", "data.name"],
  ["a name that the filter uses", { name: "or", type: "TEXT" }, "NAME_RESERVED", "data.name"],
  ["a column of the actor", { name: "createdBySource", type: "TEXT" }, "NAME_TAKEN", "data.name"],
  ["an unknown type", { name: fresh(), type: "COLOUR" }, "FIELD_TYPE_INVALID", "data.type"],
  ["a type that Relata keeps itself", { name: fresh(), type: "TS_VECTOR" }, "FIELD_TYPE_INVALID", "data.type"],
  ["an empty label", { name: fresh(), type: "TEXT", label: "" }, "LABEL_INVALID", "data.label"],
  ["a SELECT without options", { name: fresh(), type: "SELECT" }, "OPTIONS_INVALID", "data.options"],
  ["no options", { name: fresh(), type: "SELECT", options: [] }, "OPTIONS_INVALID", "data.options"],
  ["options in small letters", { name: fresh(), type: "SELECT", options: [{ value: "new" }] }, "OPTIONS_INVALID", "data.options.value"],
  [
    "options named alike",
    { name: fresh(), type: "SELECT", options: [{ value: "A" }, { value: "A" }] },
    "OPTIONS_INVALID",
    "data.options.value",
  ],
  ["options of a TEXT", { name: fresh(), type: "TEXT", options: [{ value: "A" }] }, "OPTIONS_INVALID", "data.options"],
  [
    "a default that is no option",
    { name: fresh(), type: "SELECT", options: [{ value: "A" }], defaultValue: "B" },
    "DEFAULT_INVALID",
    "data.defaultValue",
  ],
  ["a default of another type", { name: fresh(), type: "NUMBER", defaultValue: "many" }, "DEFAULT_INVALID", "data.defaultValue"],
  ["a default that is SQL", { name: fresh(), type: "DATE", defaultValue: "now(); drop table x" }, "DEFAULT_INVALID", "data.defaultValue"],
  ["no default where it may not be empty", { name: fresh(), type: "TEXT", isNullable: false }, "DEFAULT_INVALID", "data.defaultValue"],
  [
    "settings that are not for admins",
    { name: fresh(), type: "TEXT", settings: { generatedFrom: ["name"] } },
    "SETTINGS_INVALID",
    "data.settings",
  ],
  [
    "a data type that is none",
    { name: fresh(), type: "NUMBER", settings: { dataType: "text; drop table x" } },
    "SETTINGS_INVALID",
    "data.settings.dataType",
  ],
  ["settings that are a list", { name: fresh(), type: "TEXT", settings: [1] }, "SETTINGS_INVALID", "data.settings"],
  [
    "a relation to nowhere",
    { name: fresh(), type: "RELATION", relation: { targetObjectId: "00000000-0000-0000-0000-000000000000", targetFieldName: "xs" } },
    "NOT_FOUND",
    "data.relation.targetObjectId",
  ],
  ["a relation without its other side", { name: fresh(), type: "RELATION" }, "NOT_FOUND", "data.relation.targetObjectId"],
  [
    "an object that is not there",
    { objectId: "00000000-0000-0000-0000-000000000000", name: fresh(), type: "TEXT" },
    "NOT_FOUND",
    "data.objectId",
  ],
])("cannot add a field with %s", async (_what, data, code, field) => {
  const before = await versionOf();
  const answer = await create(data);
  expect([answer.status, answer.data, answer.errors]).toMatchObject([
    200,
    { createOneField: null },
    [{ extensions: { code: "METADATA_VALIDATION_FAILED", field, errors: [{ code, field }] } }],
  ]);
  expect(await versionOf()).toBe(before);
});

it.each<[string, object, string]>([
  ["whose other side has a name that is taken", { targetFieldName: "name" }, "NAME_TAKEN"],
  ["whose other side has a bad name", { targetFieldName: "Bad Name" }, "NAME_INVALID"],
  ["of a type that is none", { targetFieldName: "xs", type: "MANY_TO_NONE" }, "RELATION_INVALID"],
  ["that does what is none on delete", { targetFieldName: "xs", onDelete: "EXPLODE" }, "RELATION_INVALID"],
])("cannot add a relation %s", async (_what, relation, code) => {
  const [name, before] = [fresh(), await versionOf()];
  expect((await create({ name, type: "RELATION", relation: { targetObjectId: companyId, ...relation } })).errors).toMatchObject([
    { extensions: { code: "METADATA_VALIDATION_FAILED", errors: [{ code, field: expect.stringMatching(/^data\.relation\./) }] } },
  ]);
  expect(await versionOf()).toBe(before);
  const [left] = await adminQuery(api.adminUrl, "select count(*)::int as count from core.fields where name = $1", [name]);
  expect(left).toEqual({ count: 0 });
});
