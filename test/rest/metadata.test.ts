/** /rest/metadata: the operations of /metadata as addresses, with the same codes and the same paths. */
import { useApi } from "../helpers/server.ts";
import { ask, type RestAnswer } from "./rest.ts";

const api = useApi();
const GUEST = "guest@acme.test";

type Json = RestAnswer["json"];
type Row = Record<string, Json>;
async function rest(method: string, path: string, body?: unknown, options: { email?: string; headers?: Record<string, string> } = {}) {
  const { json, ...answer } = await ask(api, method, `/metadata/${path}`, { body, ...options });
  return { ...answer, body: json as Json };
}
const objectIdOf = async (nameSingular: string): Promise<Json> =>
  (await rest("GET", `objects?nameSingular=${nameSingular}`)).body.data.objects[0].id;
const fieldsOf = async (objectId: Json): Promise<Json> =>
  (await rest("GET", `fields?objectMetadataId=${objectId}&limit=200`)).body.data.fields;

it("can list objects with their fields, in pages", async () => {
  const first = await rest("GET", "objects?limit=2");
  expect(first).toMatchObject({
    status: 200,
    body: {
      data: {
        objects: [{ nameSingular: expect.any(String), fields: expect.arrayContaining([expect.objectContaining({ name: "id" })]) }, {}],
      },
      pageInfo: { hasNextPage: true },
      totalCount: expect.any(Number),
    },
  });
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link")!)![1]!;
  const second = await rest("GET", next.replace(/.*\/rest\/metadata\//, ""));
  expect(second.body.data.objects).toHaveLength(2);
  expect(second.body.data.objects[0].id).not.toBe(first.body.data.objects[1].id);
  const before = await rest("GET", `objects?limit=2&ending_before=${second.body.pageInfo.startCursor}`);
  expect(before.body.data).toEqual(first.body.data);
});

it("can filter lists in both grammars", async () => {
  for (const filter of ['filter=nameSingular[in]:["company","person"]', "filter[nameSingular][in]=company,person"]) {
    expect((await rest("GET", `objects?${filter}`)).body.data.objects.map(({ nameSingular }: Row) => nameSingular).sort()).toEqual([
      "company",
      "person",
    ]);
  }
});

it("can make, read, change and delete an object, which is a route at once", async () => {
  const made = await rest("POST", "objects", { nameSingular: "boat", namePlural: "boats", labelSingular: "Boat", labelPlural: "Boats" });
  expect([made.status, made.body.data.createOneObject]).toMatchObject([
    201,
    { nameSingular: "boat", isCustom: true, fields: expect.any(Array) },
  ]);
  const { id } = made.body.data.createOneObject;
  expect(made.headers.get("location")).toBe(`/rest/metadata/objects/${id}`);
  const read = await rest("GET", `objects/${id}`);
  expect(read.body.data.object).toMatchObject({ id, namePlural: "boats" });
  expect((await rest("GET", `objects/${id}`, undefined, { headers: { "if-none-match": read.headers.get("etag")! } })).status).toBe(304);
  const field = await rest("POST", "fields", { objectMetadataId: id, type: "NUMBER", name: "length", label: "Length" });
  expect([field.status, field.body.data.createOneField]).toMatchObject([
    201,
    { name: "length", object: { nameSingular: "boat" }, relation: null },
  ]);
  const { id: fieldId } = field.body.data["createOneField"]!;
  expect((await rest("PATCH", `fields/${fieldId}`, { label: "Metres" })).body).toMatchObject({
    data: { updateOneField: { label: "Metres" } },
  });
  expect((await api.graphql('mutation { createBoat(data: { name: "Ahoy", length: 12 }) { length } }')).data).toEqual({
    createBoat: { length: 12 },
  });
  expect((await rest("DELETE", `fields/${fieldId}`)).body).toMatchObject({ data: { deleteOneField: { id: fieldId } } });
  expect((await rest("PUT", `objects/${id}`, { description: "Floats." })).body).toMatchObject({
    data: { updateOneObject: { description: "Floats." } },
  });
  expect((await rest("DELETE", `objects/${id}`)).status).toBe(200);
  expect(await rest("GET", `objects/${id}`)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
});

it("can relate objects by a field, and read the relation", async () => {
  const [from, to] = [await objectIdOf("opportunity"), await objectIdOf("company")];
  const made = await rest("POST", "fields", {
    objectMetadataId: from,
    type: "RELATION",
    name: "broker",
    label: "Broker",
    relationCreationPayload: { type: "MANY_TO_ONE", targetObjectMetadataId: to, targetFieldLabel: "Brokered" },
  });
  expect(made.body.data.createOneField.relation).toMatchObject({
    type: "MANY_TO_ONE",
    targetObjectMetadata: { nameSingular: "company" },
    targetFieldMetadata: { name: "brokered" },
  });
  const { relations } = (await rest("GET", `relations?fromObjectId=${from}&toObjectId=${to}`)).body.data;
  const relation = relations.find(({ fromFieldId }: Row) => fromFieldId === made.body.data.createOneField.id);
  expect((await rest("GET", `relations/${relation.id}`)).body.data.relation).toEqual(relation);
  expect((await rest("POST", "relations", {})).status).toBe(405);
});

it("can make a view and what it is made of, answered without an envelope", async () => {
  const objectMetadataId = await objectIdOf("opportunity");
  const ids = Object.fromEntries((await fieldsOf(objectMetadataId)).map(({ id, name }: Row) => [name, id]));
  const view = await rest("POST", "views", { name: "Board", objectMetadataId, type: "KANBAN", mainGroupByFieldMetadataId: ids["stage"] });
  expect([view.status, view.body]).toMatchObject([201, { name: "Board", type: "KANBAN", objectMetadataId }]);
  const viewId = view.body.id;
  const parts: [string, object, object][] = [
    ["viewFields", { fieldMetadataId: ids["amount"], position: 1 }, { size: 120 }],
    ["viewFilterGroups", { logicalOperator: "OR" }, { logicalOperator: "AND" }],
    ["viewFilters", { fieldMetadataId: ids["name"], operand: "CONTAINS", value: "a" }, { value: "b" }],
    ["viewSorts", { fieldMetadataId: ids["name"], direction: "ASC" }, { direction: "DESC" }],
    ["viewGroups", { fieldValue: "SCREENING", position: 9 }, { isVisible: false }],
  ];
  for (const [plural, body, change] of parts) {
    let made = await rest("POST", plural, { viewId, ...body });
    if (String(made.body.code) === "CONFLICT")
      made = { ...made, status: 201, body: (await rest("GET", `${plural}?viewId=${viewId}`)).body[0] };
    expect([plural, made.status, made.body]).toMatchObject([plural, 201, { viewId, id: expect.any(String) }]);
    expect((await rest("GET", `${plural}?viewId=${viewId}`)).body).toContainEqual(made.body);
    expect((await rest("PATCH", `${plural}/${made.body.id}`, change)).body).toMatchObject(change);
    expect((await rest("DELETE", `${plural}/${made.body.id}`)).body).toMatchObject({ id: made.body.id, deletedAt: expect.any(String) });
    expect((await rest("GET", `${plural}/${made.body.id}`)).status).toBe(404);
  }
  expect((await rest("DELETE", `views/${viewId}?destroy=true`)).status).toBe(200);
  expect((await rest("GET", `views?objectMetadataId=${objectMetadataId}`)).body.map(({ id }: Row) => id)).not.toContain(viewId);
});

it("can make a role, an API key with it, and the key's token, which then speaks for itself", async () => {
  const role = await rest("POST", "roles", { label: "Reader", permissions: ["companies.read"] });
  expect([role.status, role.body.data.createOneRole]).toMatchObject([201, { permissions: ["companies.read"] }]);
  const key = await rest("POST", "apiKeys", { name: "Program", roleId: role.body.data.createOneRole.id });
  expect([key.status, key.body]).toMatchObject([201, { name: "Program", revokedAt: null, roles: [{ label: "Reader" }] }]);
  expect(key.headers.get("location")).toBe(`/rest/metadata/apiKeys/${key.body.id}`);
  const token = await rest("POST", `apiKeys/${key.body.id}/token`);
  expect([token.status, token.body, token.headers.get("cache-control")]).toMatchObject([
    201,
    { token: expect.stringMatching(/^relata_/) },
    "no-store",
  ]);
  const asKey = (path: string) => fetch(`${api.url}/rest/metadata/${path}`, { headers: { authorization: `Bearer ${token.body.token}` } });
  expect((await asKey("objects")).status).toBe(200);
  expect((await rest("PATCH", `apiKeys/${key.body.id}`, { name: "Other" })).body.name).toBe("Other");
  expect((await rest("DELETE", `apiKeys/${key.body.id}`)).body.revokedAt).toEqual(expect.any(String));
  expect((await asKey("objects")).status).toBe(401);
});

describe("refusals", () => {
  const NOBODY = "00000000-0000-7000-8000-000000000000";
  it.each([
    ["an object that is not there", "GET", `objects/${NOBODY}`, undefined, 404, "NOT_FOUND"],
    ["an id that is none", "GET", "objects/1", undefined, 400, "BAD_INPUT id"],
    ["an address that is none", "GET", "nothing", undefined, 404, "NOT_FOUND"],
    ["a limit that is none", "GET", "objects?limit=x", undefined, 400, "BAD_INPUT limit"],
    ["a parameter that is none", "GET", "objects?colour=red", undefined, 400, "BAD_INPUT colour"],
    ["a cursor that is none", "GET", "objects?starting_after=x", undefined, 400, "INVALID_CURSOR starting_after"],
    ["two cursors", "GET", "objects?starting_after=x&ending_before=y", undefined, 400, "ARGS_CONFLICT ending_before"],
    ["a method that is none there", "DELETE", "objects", undefined, 405, "METHOD_NOT_ALLOWED"],
    [
      "a name that is taken",
      "POST",
      "objects",
      { nameSingular: "company", namePlural: "companies" },
      400,
      "METADATA_VALIDATION_FAILED data.nameSingular",
    ],
    [
      "a name that is none",
      "POST",
      "objects",
      { nameSingular: "drop table;", namePlural: "x" },
      400,
      "METADATA_VALIDATION_FAILED data.nameSingular",
    ],
    ["a body that is no JSON", "POST", "objects", "{", 400, "BAD_INPUT body"],
    ["a body that is a list", "POST", "objects", [], 400, "BAD_INPUT body"],
    ["no body", "POST", "objects", {}, 400, "BAD_INPUT"],
    ["a field that is none", "POST", "objects", { nameSingular: "a", namePlural: "b", colour: "red" }, 400, "BAD_INPUT"],
    ["a view of no object", "POST", "views", { name: "x", objectMetadataId: NOBODY }, 404, "NOT_FOUND objectId"],
    ["another row of a view", "DELETE", `viewFields/${NOBODY}`, undefined, 404, "NOT_FOUND"],
    ["a key of no workspace", "POST", `apiKeys/${NOBODY}/token`, undefined, 404, "NOT_FOUND id"],
  ])("cannot take %s (%s %s)", async (_what, method, path, body, status, code) => {
    const answer = await rest(method, path, body);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect([answer.status, [answer.body.code, answer.body.field].filter(Boolean).join(" "), answer.body.status]).toEqual([
      status,
      code,
      status,
    ]);
  });

  it("cannot change the data model without the permission (PERMISSION_DENIED)", async () => {
    const object = { nameSingular: "raft", namePlural: "rafts" };
    expect(await rest("POST", "objects", object, { email: GUEST })).toMatchObject({ status: 403, body: { code: "PERMISSION_DENIED" } });
    expect(await rest("GET", "objects?limit=1", undefined, { email: GUEST })).toMatchObject({ status: 200 });
  });

  it("cannot ask without a token (LOGIN_REQUIRED)", async () => {
    const sent = await fetch(`${api.url}/rest/metadata/objects`);
    expect([sent.status, sent.headers.get("www-authenticate"), await sent.json()]).toMatchObject([
      401,
      "Bearer",
      { code: "LOGIN_REQUIRED" },
    ]);
  });

  it("tells what GraphQL tells, by the same path", async () => {
    const data = { nameSingular: "company", namePlural: "rafts", labelSingular: "" };
    const { errors } = await api.metadata("mutation ($data: CreateObjectInput) { createOneObject(data: $data) { id } }", { data });
    const { body } = await rest("POST", "objects", data);
    const { message, extensions } = errors![0]!;
    expect({ detail: body.detail, code: body.code, field: body.field, errors: body.errors }).toEqual({ detail: message, ...extensions });
  });
});
