import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();

const OBJECT = "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { nameSingular } }";
const FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { name } }";
const MODEL = ["objects", "fields", "relations", "views", "viewFields"];
const companyId = async () =>
  (
    await adminQuery<{ id: string }>(
      api.adminUrl,
      "select o.id from core.objects o join core.workspaces w on w.id = o.workspace_id where w.subdomain = 'acme' and o.name_singular = 'company'",
    )
  )[0]!.id;
const state = () =>
  adminQuery(
    api.adminUrl,
    "select metadata_version, (select count(*) from core.objects) as objects, (select count(*) from core.fields) as fields from core.workspaces where subdomain = 'acme'",
  );

describe.each([
  ["owner@acme.test", "ownersThing"],
  ["admin@acme.test", "adminsThing"],
])("%s", (email, name) => {
  it("can create objects and fields", async () => {
    const object = await api.metadata(OBJECT, { data: { nameSingular: name, namePlural: `${name}s` } }, email);
    expect([object.errors, object.data]).toEqual([undefined, { createOneObject: { nameSingular: name } }]);
    const field = await api.metadata(FIELD, { data: { objectId: await companyId(), name, type: "TEXT" } }, email);
    expect([field.errors, field.data]).toEqual([undefined, { createOneField: { name } }]);
  });

  it.each([...MODEL, "roles"])("can read %s", async (list) => {
    const { data, errors } = await api.metadata<Record<string, { totalCount: number }>>(`{ ${list} { totalCount } }`, {}, email);
    expect(errors).toBeUndefined();
    expect(data![list]!.totalCount).toBeGreaterThan(3);
  });
});

describe.each(["member@acme.test", "guest@acme.test"])("%s", (email) => {
  it("cannot create an object (PERMISSION_DENIED)", async () => {
    const before = await state();
    const { status, data, errors } = await api.metadata(OBJECT, { data: { nameSingular: "forbidden", namePlural: "forbiddens" } }, email);
    expect([status, data, errors]).toMatchObject([200, { createOneObject: null }, [{ extensions: { code: "PERMISSION_DENIED" } }]]);
    expect(await state()).toEqual(before);
  });

  it("cannot create a field (PERMISSION_DENIED)", async () => {
    const before = await state();
    const { data, errors } = await api.metadata(FIELD, { data: { objectId: await companyId(), name: "forbidden", type: "TEXT" } }, email);
    expect([data, errors]).toMatchObject([{ createOneField: null }, [{ extensions: { code: "PERMISSION_DENIED" } }]]);
    expect(await state()).toEqual(before);
  });

  it.each(MODEL)("can read %s, as whoever builds screens must", async (list) => {
    const QUERY = `{ ${list} { totalCount } }`;
    const { data, errors } = await api.metadata(QUERY, {}, email);
    expect([errors, data]).toEqual([undefined, (await api.metadata(QUERY)).data]);
  });

  it("can read the role he holds, and no other", async () => {
    const { data, errors } = await api.metadata("{ roles { nodes { name } } }", {}, email);
    expect([errors, data]).toEqual([undefined, { roles: { nodes: [{ name: email.split("@")[0]!.toUpperCase() }] } }]);
    expect((await api.metadata("{ roles { totalCount } }")).data).toEqual({ roles: { totalCount: 4 } });
  });

  it("can read the workspace and the own membership, and no other's", async () => {
    const { data, errors } = await api.metadata<{ members: { nodes: { userId: string }[] } }>(
      "{ workspaces { nodes { subdomain } } members { nodes { userId } } }",
      {},
      email,
    );
    const [user] = await adminQuery<{ id: string }>(api.adminUrl, "select id from core.users where email = $1", [email]);
    expect([errors, data]).toEqual([
      undefined,
      { workspaces: { nodes: [{ subdomain: "acme" }] }, members: { nodes: [{ userId: user!.id }] } },
    ]);
  });
});
