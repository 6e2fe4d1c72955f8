/** Two processes over one database: what one of them creates, the other one answers for at once. */
import { useTestDatabase } from "../helpers/db.ts";
import { post, signIn, startTestServer, type TestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();
let a: TestServer;
let b: TestServer;
let token = "";
beforeAll(async () => {
  const env = { PG_DATABASE_URL: "", PG_POOL_MAX_CONNECTIONS: "4" };
  env.PG_DATABASE_URL = database.adminUrl;
  a = await startTestServer(env);
  b = await startTestServer(env);
  token = await signIn(a.url, "owner@acme.test");
});
afterAll(() => Promise.all([a?.stop(), b?.stop()]));

type Created = { createOneObject: { id: string } };
async function createObject(server: TestServer, nameSingular: string): Promise<string> {
  const { data, errors } = await post<Created>(
    server.url,
    "/metadata",
    token,
    "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }",
    {
      data: { nameSingular, namePlural: `${nameSingular}s` },
    },
  );
  expect(errors).toBeUndefined();
  return data!.createOneObject.id;
}
async function createField(server: TestServer, data: object): Promise<void> {
  const { errors } = await post(
    server.url,
    "/metadata",
    token,
    "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }",
    { data },
  );
  expect(errors).toBeUndefined();
}
const ask = <T = Record<string, never>>(server: TestServer, query: string, variables?: object) =>
  post<T>(server.url, "/graphql", token, query, { ...variables });

it("can use a token of one server on the other", async () => {
  for (const server of [a, b])
    expect(await ask(server, "{ companies { totalCount } }")).toMatchObject({ status: 200, data: { companies: { totalCount: 2000 } } });
});

it.each(["alpha", "beta", "gamma", "delta"])("can create the object %s on one and query it on the other at once", async (name) => {
  const [maker, other] = name < "c" ? [a, b] : [b, a];
  const query = `{ ${name}s { totalCount edges { node { id name } } } }`;
  // The other has parsed this very document before, and found it wrong.
  expect((await ask(other, query)).errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
  await createObject(maker, name);
  expect(await ask(other, query)).toMatchObject({ status: 200, data: { [`${name}s`]: { totalCount: 0, edges: [] } } });
  expect((await ask(maker, query)).errors).toBeUndefined();
});

it.each(["epsilon", "zeta"])("can see the new object %s in the other's introspection at once", async (name) => {
  const typeName = name.charAt(0).toUpperCase() + name.slice(1);
  const query = `{ __type(name: "${typeName}") { name } __schema { queryType { fields { name } } } }`;
  expect((await ask(b, query)).data).toMatchObject({ __type: null });
  await createObject(a, name);
  const { data, errors } = await ask<{ __type: { name: string }; __schema: { queryType: { fields: { name: string }[] } } }>(b, query);
  expect([errors, data!.__type]).toEqual([undefined, { name: typeName }]);
  expect(data!.__schema.queryType.fields.map((field) => field.name)).toContain(`${name}s`);
});

it("can write to the new object on the other at once", async () => {
  await createObject(a, "eta");
  const made = await ask(b, 'mutation { createEta(data: { name: "First" }) { name } }');
  expect([made.errors, made.data]).toEqual([undefined, { createEta: { name: "First" } }]);
  expect((await ask(a, "{ etas { nodes { name } } }")).data).toEqual({ etas: { nodes: [{ name: "First" }] } });
});

it("can use a new field on the other at once, in queries, filters, orders and input", async () => {
  const objectId = await createObject(a, "theta");
  expect((await ask(b, "{ thetas { totalCount } }")).errors).toBeUndefined();
  await createField(a, { objectId, name: "size", type: "NUMBER" });
  const made = await ask(b, "mutation ($data: ThetaCreateInput!) { createTheta(data: $data) { size } }", { data: { size: 4 } });
  expect([made.errors, made.data]).toEqual([undefined, { createTheta: { size: 4 } }]);
  await createField(a, { objectId, name: "width", type: "NUMBER" });
  const read = await ask(
    b,
    "query ($filter: ThetaFilterInput) { thetas(filter: $filter, orderBy: [{ width: AscNullsLast }]) { nodes { size width } } }",
    { filter: { width: { is: "NULL" } } },
  );
  expect([read.errors, read.data]).toEqual([undefined, { thetas: { nodes: [{ size: 4, width: null }] } }]);
});

it("can pass a new field in a variable to a document that the other knows", async () => {
  const objectId = await createObject(a, "iota");
  const CREATE = "mutation ($data: IotaCreateInput!) { createIota(data: $data) { name } }";
  expect((await ask(b, CREATE, { data: { name: "Old" } })).errors).toBeUndefined();
  await createField(a, { objectId, name: "extra", type: "TEXT" });
  const made = await ask(b, CREATE, { data: { name: "New", extra: "yes" } });
  expect([made.errors, made.data]).toEqual([undefined, { createIota: { name: "New" } }]);
  expect((await ask(a, '{ iotas(filter: { extra: { eq: "yes" } }) { nodes { name } } }')).data).toEqual({
    iotas: { nodes: [{ name: "New" }] },
  });
});

it("can keep asking the other what it knew, while objects are made", async () => {
  let isDone = false;
  const answers: { status: number; ok: boolean }[] = [];
  const client = async (query: string) => {
    while (!isDone) {
      const { status, errors } = await ask(b, query);
      answers.push({ status, ok: errors === undefined });
    }
  };
  const clients = [
    client("{ companies(first: 5) { totalCount nodes { name contacts(first: 2) { nodes { name } } } } }"),
    client("{ thetas { totalCount } }"),
    client('mutation { createNote(data: { title: "Meanwhile" }) { id } }'),
  ];
  for (const name of ["kappa", "lambda", "mu", "nu"]) {
    await createObject(a, name);
    expect((await ask(b, `{ ${name}s { totalCount } }`)).data).toEqual({ [`${name}s`]: { totalCount: 0 } });
  }
  isDone = true;
  await Promise.all(clients);
  expect(answers.length).toBeGreaterThan(50);
  expect(answers.filter(({ status, ok }) => status !== 200 || !ok)).toEqual([]);
});

it("can go on when one of the two stops", async () => {
  expect(await b.stop()).toBe(0);
  await createObject(a, "omega");
  expect((await ask(a, "{ omegas { totalCount } }")).data).toEqual({ omegas: { totalCount: 0 } });
});
