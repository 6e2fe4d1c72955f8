/** Roles: made, changed and given by those who may, within what they may do themselves. */
import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();
const OWNER = "owner@acme.test";
const ADMIN = "admin@acme.test";
const MEMBER = "member@acme.test";
const GUEST = "guest@acme.test";

type Role = { id: string; name: string; label: string; permissions: string[] };
const codes = (errors: { extensions: { code: string; field?: string } }[] | undefined) =>
  errors?.map(({ extensions: { code, field } }) => (field ? `${code} ${field}` : code));

const CREATE = "mutation ($data: CreateRoleInput!) { createOneRole(data: $data) { id name label permissions isCustom } }";
async function createRole(data: object, email = OWNER): Promise<Role> {
  const { data: made, errors } = await api.metadata<{ createOneRole: Role }>(CREATE, { data }, email);
  expect(errors).toBeUndefined();
  return made!.createOneRole;
}
const memberIds = new Map<string, string>();
async function memberId(email: string): Promise<string> {
  const [row] = await api.sql<{ id: string }>("select id from workspace_member where user_email = $1", [email]);
  memberIds.set(email, row!.id);
  return row!.id;
}
const roleId = async (name: string) =>
  (
    await adminQuery<{ id: string }>(api.adminUrl, "select id from core.roles where name = $1 and workspace_id = authz.workspace_id()", [
      name,
    ])
  )[0]!.id;
const ASSIGN = "mutation ($id: UUID!, $roles: [UUID!]!) { assignRolesToMember(memberId: $id, roleIds: $roles) { id } }";
const assign = async (email: string, roles: string[], by = OWNER) => api.metadata(ASSIGN, { id: await memberId(email), roles }, by);

describe("a role", () => {
  it("can be made, changed and deleted", async () => {
    const role = await createRole({ label: "Sales, north", permissions: ["companies.read", "companies.read", "people.update"] });
    expect(role).toMatchObject({
      name: "SALES_NORTH",
      label: "Sales, north",
      permissions: ["companies.read", "people.update"],
      isCustom: true,
    });
    const update =
      "mutation ($id: UUID!, $data: UpdateRoleInput!) { updateOneRole(id: $id, data: $data) { label permissions description } }";
    const changed = await api.metadata(update, { id: role.id, data: { label: "North", permissions: ["*.read"] } });
    expect(changed.data).toEqual({ updateOneRole: { label: "North", permissions: ["*.read"], description: "" } });
    const erase = "mutation ($id: UUID!) { deleteOneRole(id: $id) { name } }";
    expect((await api.metadata(erase, { id: role.id })).data).toEqual({ deleteOneRole: { name: "SALES_NORTH" } });
    expect(codes((await api.metadata(erase, { id: role.id })).errors)).toEqual(["NOT_FOUND id"]);
  });

  it("can be made as other CRM servers take it", async () => {
    const query = "mutation ($in: CreateRoleInput!) { createOneRole(createRoleInput: $in) { name permissions } }";
    const { data } = await api.metadata(query, {
      in: { label: "Reader", canReadAllObjectRecords: true, canUpdateAllObjectRecords: false, canSoftDeleteAllObjectRecords: true },
    });
    expect(data).toEqual({ createOneRole: { name: "READER", permissions: ["*.delete", "*.read"] } });
  });

  it.each([
    [{ label: "" }, "LABEL_INVALID data.label"],
    [{ name: "lower", label: "L" }, "NAME_INVALID data.name"],
    [{ name: "MEMBER", label: "M" }, "NAME_TAKEN data.name"],
    [{ label: "P", permissions: ["nothings.read"] }, "ROLE_INVALID data.permissions"],
    [{ label: "P", permissions: ["companies.fly"] }, "ROLE_INVALID data.permissions"],
    [{ label: "P", permissions: ["companies.read.more"] }, "ROLE_INVALID data.permissions"],
    [{ label: "P", permissions: ["companies.read,*"] }, "ROLE_INVALID data.permissions"],
    [{ label: "P", permissions: [""] }, "ROLE_INVALID data.permissions"],
  ])("cannot be made of %j (%s)", async (data, code) => {
    const { errors } = await api.metadata(CREATE, { data });
    // What is about a name or a label comes as faults of metadata do.
    const told = errors!.flatMap(({ extensions }) => extensions.errors ?? [extensions]).map(({ code, field }) => `${code} ${field}`);
    expect(told).toEqual([code]);
  });

  it.each([MEMBER, GUEST])("cannot be made or given by %s (PERMISSION_DENIED)", async (email) => {
    expect(codes((await api.metadata(CREATE, { data: { label: "Mine", permissions: [] } }, email)).errors)).toEqual(["PERMISSION_DENIED"]);
    expect(codes((await assign(email, [await roleId("OWNER")], email)).errors)).toEqual(["PERMISSION_DENIED"]);
  });

  it("cannot be made or given by an admin with more than he has (PERMISSION_DENIED)", async () => {
    expect(codes((await api.metadata(CREATE, { data: { label: "All", permissions: ["*"] } }, ADMIN)).errors)).toEqual([
      "PERMISSION_DENIED data.permissions",
    ]);
    expect(codes((await api.metadata(CREATE, { data: { label: "I", permissions: ["impersonate"] } }, ADMIN)).errors)).toEqual([
      "PERMISSION_DENIED data.permissions",
    ]);
    expect(codes((await assign(MEMBER, [await roleId("OWNER")], ADMIN)).errors)).toEqual(["PERMISSION_DENIED roleIds"]);
    expect(codes((await assign(OWNER, [await roleId("MEMBER")], ADMIN)).errors)).toEqual(["PERMISSION_DENIED roleIds"]);
    expect(codes((await assign(ADMIN, [await roleId("MEMBER")], ADMIN)).errors)).toEqual(["PERMISSION_DENIED id"]);
    const update = "mutation ($id: UUID!) { updateOneRole(id: $id, data: { permissions: [] }) { id } }";
    expect(codes((await api.metadata(update, { id: await roleId("ADMIN") }, ADMIN)).errors)).toEqual(["PERMISSION_DENIED id"]);
    expect(codes((await api.metadata(update, { id: await roleId("OWNER") }, OWNER)).errors)).toEqual(["ROLE_INVALID id"]);
    // He may give what he has.
    expect((await assign(MEMBER, [await roleId("MEMBER")], ADMIN)).errors).toBeUndefined();
  });

  it("cannot be given over to another workspace's members, or be theirs (NOT_FOUND)", async () => {
    const [theirs] = await adminQuery<{ id: string; role: string }>(
      api.adminUrl,
      "select m.id, (select id from core.roles where workspace_id = m.workspace_id limit 1) as role from core.workspace_members m where m.workspace_id = authz.workspace_id() limit 1",
      [],
      "globex",
    );
    expect(codes((await api.metadata(ASSIGN, { id: theirs!.id, roles: [] })).errors)).toEqual(["NOT_FOUND id"]);
    expect(codes((await assign(MEMBER, [theirs!.role])).errors)).toEqual(["NOT_FOUND roleIds"]);
  });
});

it("can be the sum of several roles", async () => {
  const companies = await createRole({ label: "Companies", permissions: ["companies.read"] });
  const people = await createRole({ label: "People", permissions: ["people.read", "people.update"] });
  const ask = "{ companies { totalCount } people { totalCount } opportunities { totalCount } }";
  type Counts = Record<string, { totalCount: number }>;
  const visible = async () => {
    const { data } = await api.graphql<Counts>(ask, {}, GUEST);
    return Object.entries(data!).flatMap(([name, { totalCount }]) => (totalCount ? [name] : []));
  };
  await assign(GUEST, [companies.id]);
  expect(await visible()).toEqual(["companies"]);
  await assign(GUEST, [companies.id, people.id]);
  expect(await visible()).toEqual(["companies", "people"]);
  await assign(GUEST, []);
  expect(await visible()).toEqual([]);
  await assign(GUEST, [await roleId("GUEST")]);
  expect(await visible()).toEqual(["companies", "people", "opportunities"]);
});

it("can take one object out of a role for all, and hold back one of its fields", async () => {
  const role = await createRole({ label: "Nearly all", permissions: ["*.read"] });
  const [company] = await adminQuery<{ object: string; field: string }>(
    api.adminUrl,
    `select o.id as object, f.id as field from core.objects o join core.fields f on f.object_id = o.id and f.name = 'employees'
     where o.workspace_id = authz.workspace_id() and o.name_singular = 'company'`,
  );
  const fields = `mutation ($in: UpsertFieldPermissionsInput!) { upsertFieldPermissions(upsertFieldPermissionsInput: $in) { fieldPermissions { nodes { canRead field { name } } } } }`;
  const held = await api.metadata(fields, {
    in: { roleId: role.id, fieldPermissions: [{ fieldMetadataId: company!.field, canReadFieldValue: false }] },
  });
  expect(held.data).toEqual({
    upsertFieldPermissions: { fieldPermissions: { nodes: [{ canRead: false, field: { name: "employees" } }] } },
  });
  await assign(GUEST, [role.id]);
  expect(codes((await api.graphql("{ companies { nodes { employees } } }", {}, GUEST)).errors)).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
  const freed = await api.metadata(fields, { in: { roleId: role.id, fieldPermissions: [{ fieldId: company!.field }] } });
  expect(freed.data).toEqual({ upsertFieldPermissions: { fieldPermissions: { nodes: [] } } });
  expect((await api.graphql("{ companies(first: 1) { nodes { employees } } }", {}, GUEST)).errors).toBeUndefined();

  const objects = `mutation ($in: UpsertObjectPermissionsInput!) { upsertObjectPermissions(upsertObjectPermissionsInput: $in) { permissions } }`;
  await api.metadata(objects, {
    in: { roleId: role.id, objectPermissions: [{ objectId: company!.object, canReadObjectRecords: false, canDestroyObjectRecords: true }] },
  });
  expect((await api.graphql("{ companies { totalCount } people { totalCount } }", {}, GUEST)).data).toMatchObject({
    companies: { totalCount: 0 },
    people: { totalCount: 8000 },
  });
  await assign(GUEST, [await roleId("GUEST")]);
});

it("cannot hold back a field that Relata needs, or one from a role that shapes the data model (ROLE_INVALID)", async () => {
  const fieldId = async (name: string) =>
    (
      await adminQuery<{ id: string }>(
        api.adminUrl,
        "select f.id from core.fields f join core.objects o on o.id = f.object_id where o.name_singular = 'company' and f.name = $1 and f.workspace_id = authz.workspace_id()",
        [name],
      )
    )[0]!.id;
  const query = `mutation ($in: UpsertFieldPermissionsInput!) { upsertFieldPermissions(upsertFieldPermissionsInput: $in) { id } }`;
  const hold = async (role: string, field: string) =>
    codes(
      (
        await api.metadata(query, {
          in: { roleId: await roleId(role), fieldPermissions: [{ fieldId: await fieldId(field), canRead: false }] },
        })
      ).errors,
    );
  expect(await hold("MEMBER", "createdAt")).toEqual(["ROLE_INVALID fieldPermissions.0.fieldId"]);
  expect(await hold("ADMIN", "employees")).toEqual(["ROLE_INVALID roleId"]);
});

it("cannot mean another object that has the name of a deleted one", async () => {
  const create = `mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }`;
  const make = async (nameSingular: string, namePlural: string) =>
    (await api.metadata<{ createOneObject: { id: string } }>(create, { data: { nameSingular, namePlural } })).data!.createOneObject.id;
  const permissionsOf = async (id: string) =>
    (await adminQuery<{ permissions: string[] }>(api.adminUrl, "select permissions from core.roles where id = $1", [id]))[0]!.permissions;
  const first = await make("dossier", "dossiers");
  const role = await createRole({ label: "Archive", permissions: ["companies.read", "dossiers.read"] });
  await api.metadata("mutation ($id: UUID!) { deleteOneObject(id: $id) { id } }", { id: first });
  await make("dossier", "dossiers");
  expect(await permissionsOf(role.id)).toEqual(["companies.read"]);
  // A role that names an object goes on meaning it under its new name, and no other.
  const update = "mutation ($id: UUID!, $data: UpdateRoleInput!) { updateOneRole(id: $id, data: $data) { id } }";
  await api.metadata(update, { id: role.id, data: { permissions: ["dossiers.read"] } });
  const second = await make("folder", "folders");
  const rename = "mutation ($id: UUID!, $data: UpdateObjectInput!) { updateOneObject(id: $id, data: $data) { id } }";
  const [dossier] = await adminQuery<{ id: string }>(api.adminUrl, "select id from core.objects where name_singular = 'dossier'");
  await api.metadata(rename, { id: dossier!.id, data: { nameSingular: "binder", namePlural: "binders" } });
  await api.metadata(rename, { id: second, data: { nameSingular: "dossier", namePlural: "dossiers" } });
  expect(await permissionsOf(role.id)).toEqual(["binders.read"]);
});
