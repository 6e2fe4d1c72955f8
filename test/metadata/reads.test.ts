import { type Answer, useApi } from "../helpers/server.ts";

const api = useApi();

type Objects = {
  objects: { totalCount: number; nodes: { nameSingular: string; namePlural: string; isCustom: boolean; isSystem: boolean }[] };
};

it("can list the objects of the workspace", async () => {
  const { data, errors } = await api.metadata<Objects>(
    "{ objects(first: 1000, orderBy: [{ nameSingular: AscNullsLast }]) { totalCount nodes { nameSingular namePlural isCustom isSystem } } }",
  );
  expect(errors).toBeUndefined();
  expect(data!.objects.nodes.map(({ nameSingular, namePlural, isCustom }) => [nameSingular, namePlural, isCustom])).toEqual([
    ["attachment", "attachments", false],
    ["company", "companies", false],
    ["note", "notes", false],
    ["noteTarget", "noteTargets", false],
    ["opportunity", "opportunities", false],
    ["person", "people", false],
    ["project", "projects", true],
    ["task", "tasks", false],
    ["taskTarget", "taskTargets", false],
    ["workspaceMember", "workspaceMembers", false],
  ]);
  expect(data!.objects.totalCount).toBe(10);
  expect(data!.objects.nodes.filter(({ isSystem }) => isSystem).map(({ nameSingular }) => nameSingular)).toEqual([
    "attachment",
    "noteTarget",
    "taskTarget",
    "workspaceMember",
  ]);
});

it("can list an object's fields, with their types and options", async () => {
  type Found = { object: { fields: { nodes: { name: string; type: string; isSystem: boolean; isNullable: boolean }[] } } };
  const { data, errors } = await api.metadata<Found>(
    '{ object(filter: { nameSingular: { eq: "company" } }) { fields(first: 1000) { nodes { name type isSystem isNullable } } } }',
  );
  expect(errors).toBeUndefined();
  const types = Object.fromEntries(data!.object.fields.nodes.map(({ name, type }) => [name, type]));
  expect(types).toMatchObject({
    id: "UUID",
    createdAt: "DATE_TIME",
    updatedAt: "DATE_TIME",
    deletedAt: "DATE_TIME",
    createdBy: "ACTOR",
    updatedBy: "ACTOR",
    position: "POSITION",
    searchVector: "TS_VECTOR",
    name: "TEXT",
    industry: "TEXT",
    employees: "NUMBER",
    annualRecurringRevenue: "NUMERIC",
    idealCustomerProfile: "BOOLEAN",
    accountOwner: "RELATION",
    contacts: "RELATION",
    opportunities: "RELATION",
  });
  const stage = await api.metadata<{ field: { options: { value: string; label: string; position: number }[] } }>(
    '{ field(filter: { name: { eq: "stage" } }) { type defaultValue options } }',
  );
  expect(stage.data!.field.options.map(({ value, position }) => [value, position])).toEqual([
    ["NEW", 0],
    ["SCREENING", 1],
    ["MEETING", 2],
    ["PROPOSAL", 3],
    ["CUSTOMER", 4],
  ]);
});

it("can find in the records' API every field that the metadata tells of", async () => {
  type Found = { objects: { nodes: { nameSingular: string; fields: { nodes: { name: string; type: string }[] } }[] } };
  const { data } = await api.metadata<Found>(
    "{ objects(first: 1000) { nodes { nameSingular fields(first: 1000) { nodes { name type } } } } }",
  );
  for (const { nameSingular, fields } of data!.objects.nodes) {
    const typeName = nameSingular.charAt(0).toUpperCase() + nameSingular.slice(1);
    const type = await api.graphql<{ __type: { fields: { name: string }[] } }>(`{ __type(name: "${typeName}") { fields { name } } }`);
    const names = type.data!.__type.fields.map(({ name }) => name);
    const told = fields.nodes.filter((field) => field.type !== "TS_VECTOR").map(({ name }) => name);
    expect({ nameSingular, missing: told.filter((name) => !names.includes(name)) }).toEqual({ nameSingular, missing: [] });
  }
});

it("can filter, order and walk metadata like records", async () => {
  type Found = {
    fields: {
      totalCount: number;
      nodes: { name: string; object: { nameSingular: string } }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  };
  const QUERY =
    'query ($after: String) { fields(first: 3, after: $after, filter: { type: { eq: "NUMERIC" } }, orderBy: [{ name: AscNullsLast }]) { totalCount nodes { name object { nameSingular } } pageInfo { endCursor hasNextPage } } }';
  const met: string[] = [];
  let after: string | null = null;
  do {
    const { data, errors }: Answer<Found> = await api.metadata<Found>(QUERY, { after });
    expect([errors, data!.fields.totalCount]).toEqual([undefined, 3]);
    met.push(...data!.fields.nodes.map(({ name, object }) => `${object.nameSingular}.${name}`));
    after = data!.fields.pageInfo.hasNextPage ? data!.fields.pageInfo.endCursor : null;
  } while (after);
  expect(met).toEqual(["opportunity.amount", "company.annualRecurringRevenue", "project.budget"]);
});

it("can read the workspace, its roles and its members", async () => {
  const { data, errors } = await api.metadata(
    "{ workspaces { nodes { name subdomain } } roles(orderBy: [{ name: AscNullsLast }]) { nodes { name } } members { totalCount } }",
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    workspaces: { nodes: [{ name: "Acme", subdomain: "acme" }] },
    roles: { nodes: ["ADMIN", "GUEST", "MEMBER", "OWNER"].map((name) => ({ name })) },
    members: { totalCount: 4 },
  });
});

it("cannot see another workspace's data model, members or roles", async () => {
  const ids = await api.metadata<{
    objects: { nodes: { id: string }[] };
    roles: { nodes: { id: string }[] };
    members: { nodes: { id: string; userId: string }[] };
  }>("{ objects { nodes { id } } roles { nodes { id } } members { nodes { id userId } } }");
  const asStranger = <T>(query: string, variables?: Record<string, unknown>) => api.metadata<T>(query, variables, "owner@globex.test");
  const own = await asStranger<Objects>("{ objects(first: 1000) { totalCount nodes { nameSingular } } }");
  expect(own.data!.objects.nodes.map(({ nameSingular }) => nameSingular)).not.toContain("project");
  expect(own.data!.objects.totalCount).toBe(9);
  const theirs = await asStranger(
    "query ($objects: [UUID!], $roles: [UUID!], $members: [UUID!]) { objects(filter: { id: { in: $objects } }) { totalCount } roles(filter: { id: { in: $roles } }) { totalCount } members(filter: { id: { in: $members } }) { totalCount } fields(filter: { objectId: { in: $objects } }) { totalCount } relations(filter: { fromObjectId: { in: $objects } }) { totalCount } }",
    {
      objects: ids.data!.objects.nodes.map(({ id }) => id),
      roles: ids.data!.roles.nodes.map(({ id }) => id),
      members: ids.data!.members.nodes.map(({ id }) => id),
    },
  );
  expect(theirs.errors).toBeUndefined();
  expect(theirs.data).toEqual({
    objects: { totalCount: 0 },
    roles: { totalCount: 0 },
    members: { totalCount: 0 },
    fields: { totalCount: 0 },
    relations: { totalCount: 0 },
  });
  const workspaces = await asStranger("{ workspaces { nodes { subdomain } } }");
  expect(workspaces.data).toEqual({ workspaces: { nodes: [{ subdomain: "globex" }] } });
});

it("cannot change another workspace's objects (NOT_FOUND)", async () => {
  const { data } = await api.metadata<{ object: { id: string } }>('{ object(filter: { nameSingular: { eq: "project" } }) { id } }');
  const ADD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
  const stranger = await api.metadata(ADD, { data: { objectId: data!.object.id, name: "intruder", type: "TEXT" } }, "owner@globex.test");
  expect(stranger.errors).toMatchObject([{ extensions: { errors: [{ code: "NOT_FOUND", field: "data.objectId" }] } }]);
  const own = await api.metadata<{ object: { id: string } }>(
    '{ object(filter: { nameSingular: { eq: "company" } }) { id } }',
    {},
    "owner@globex.test",
  );
  const relation = { targetObjectId: data!.object.id, targetFieldName: "intruders" };
  const related = await api.metadata(
    ADD,
    { data: { objectId: own.data!.object.id, name: "intruder", type: "RELATION", relation } },
    "owner@globex.test",
  );
  expect(related.errors).toMatchObject([{ extensions: { errors: [{ code: "NOT_FOUND", field: "data.relation.targetObjectId" }] } }]);
  expect((await api.metadata(ADD, { data: { objectId: data!.object.id, name: "insider", type: "TEXT" } })).errors).toBeUndefined();
});
