/** What the documents say: of whom, of which role, of which moment; and the page that shows them. */
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { startTestServer, useApi } from "../helpers/server.ts";
import { documentFrom } from "./openapiSupport.ts";

const api = useApi();
const other = useTestDatabase();
const [OWNER, MEMBER, GUEST] = ["owner@acme.test", "member@acme.test", "guest@acme.test"];
const documentOf = async (name: "core" | "metadata", email?: string) => documentFrom(api.url, name, email && (await api.tokenOf(email)));
const operationsOf = async (name: "core" | "metadata", email?: string) => {
  const { paths } = await documentOf(name, email);
  return Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ operationId }) => operationId ?? []));
};
const propertiesOf = async (component: string, email: string) =>
  Object.keys((await documentOf("core", email)).components.schemas[component]!["properties"] as object);

it("can tell of every operation of an object", async () => {
  const { openapi, paths } = await documentOf("core", OWNER);
  expect(openapi).toBe("3.1.0");
  expect(
    Object.entries(paths)
      .filter(([path]) => path.includes("compan"))
      .map(([path, methods]) => `${path} ${Object.keys(methods).sort()}`),
  ).toEqual(
    [
      "/companies get,post,patch,delete",
      "/companies/{id} get,patch,put,delete",
      "/batch/companies post",
      "/restore/companies/{id} patch",
      "/restore/companies patch",
      "/companies/duplicates post",
      "/companies/merge patch",
      "/companies/groupBy get",
    ].map((line) => line.replace(/ (.*)$/, (_all, methods: string) => ` ${methods.split(",").sort()}`)),
  );
});

it("can tell each role what it may do, and no more", async () => {
  expect(await operationsOf("core", OWNER)).toEqual(
    expect.arrayContaining(["createCompany", "deleteCompany", "companies", "mergeCompanies"]),
  );
  expect(await operationsOf("core", MEMBER)).toContain("deleteCompany");
  const guest = await operationsOf("core", GUEST);
  expect(guest).toEqual(expect.arrayContaining(["companies", "company", "companiesGroupBy", "companyDuplicates", "search"]));
  expect(guest.filter((id) => /^(create|update|put|delete|restore|merge)/.test(id))).toEqual([]);
  expect(await operationsOf("metadata", OWNER)).toEqual(
    expect.arrayContaining(["createOneObject", "createView", "createApiKey", "createOneRole"]),
  );
  const member = await operationsOf("metadata", MEMBER);
  expect(member).toEqual(expect.arrayContaining(["listObjects", "createView"]));
  expect(member).not.toEqual(expect.arrayContaining(["createOneObject"]));
  expect((await operationsOf("metadata", GUEST)).filter((id) => !/^(list|get)/.test(id))).toEqual([]);
});

it("cannot show a field that a role may not read", async () => {
  const { data } = await api.metadata<{
    objects: { nodes: { id: string; fieldsList: { id: string; name: string }[] }[] };
    roles: { nodes: { id: string }[] };
  }>(
    '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id fieldsList { id name } } } roles(filter: { name: { eq: "GUEST" } }) { nodes { id } } }',
  );
  const [company] = data!.objects.nodes;
  expect(await propertiesOf("Company", GUEST)).toContain("employees");
  const { errors } = await api.metadata(
    "mutation ($in: UpsertFieldPermissionsInput!) { upsertFieldPermissions(upsertFieldPermissionsInput: $in) { id } }",
    {
      in: {
        roleId: data!.roles.nodes[0]!.id,
        fieldPermissions: [
          {
            objectMetadataId: company!.id,
            fieldMetadataId: company!.fieldsList.find(({ name }) => name === "employees")!.id,
            canReadFieldValue: false,
          },
        ],
      },
    },
  );
  expect(errors).toBeUndefined();
  expect(await propertiesOf("Company", GUEST)).not.toContain("employees");
  expect(JSON.stringify(await documentOf("core", GUEST))).not.toMatch(/sumEmployees/);
  expect(await propertiesOf("Company", OWNER)).toContain("employees");
});

it("can tell of an object as soon as it is made, on another server, too", async () => {
  const second = await startTestServer({ PG_DATABASE_URL: api.adminUrl });
  try {
    await documentFrom(second.url, "core", await api.tokenOf(OWNER));
    const before = await fetch(`${api.url}/rest/open-api/core`, { headers: { authorization: `Bearer ${await api.tokenOf(OWNER)}` } });
    const made = await fetch(`${api.url}/rest/metadata/objects`, {
      method: "POST",
      headers: { authorization: `Bearer ${await api.tokenOf(OWNER)}`, "content-type": "application/json" },
      body: JSON.stringify({
        nameSingular: "boat",
        namePlural: "boats",
        labelSingular: "Boat",
        labelPlural: "Boats",
        description: "What floats.",
      }),
    });
    expect(made.status).toBe(201);
    for (const url of [api.url, second.url]) {
      const { paths } = await documentFrom(url, "core", await api.tokenOf(OWNER));
      expect(Object.keys(paths)).toContain("/boats/{id}");
    }
    const headers = { authorization: `Bearer ${await api.tokenOf(OWNER)}`, "if-none-match": before.headers.get("etag")! };
    const after = await fetch(`${api.url}/rest/open-api/core`, { headers });
    expect(after.status).toBe(200);
    const same = await fetch(`${api.url}/rest/open-api/core`, { headers: { ...headers, "if-none-match": after.headers.get("etag")! } });
    expect([same.status, await same.text()]).toEqual([304, ""]);
  } finally {
    await second.stop();
  }
});

it("can tell anybody where the documents are, and nothing of a workspace", async () => {
  expect(await operationsOf("core")).toEqual(["coreDocument", "metadataDocument"]);
  const refused = await fetch(`${api.url}/rest/open-api/core`, { headers: { authorization: "Bearer x" } });
  expect([refused.status, refused.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
});

it("can open the page with its own assets alone, under a strict policy", async () => {
  const page = await fetch(`${api.url}/rest/docs`);
  const html = await page.text();
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'nonce-[\w+/=]{24}'; /);
  const script = /src="(\/rest\/docs\/static\/scalar-[\w-]+\.js)"/.exec(html)![1]!;
  for (const encoding of ["br", "identity"]) {
    const sent = await fetch(api.url + script, { headers: { "accept-encoding": encoding } });
    expect([sent.status, sent.headers.get("cache-control"), sent.headers.get("content-encoding")]).toEqual([
      200,
      expect.stringContaining("immutable"),
      encoding === "br" ? "br" : null,
    ]);
    expect((await sent.text()).length).toBeGreaterThan(1_000_000);
  }
  expect((await fetch(`${api.url}/rest/docs/static/scalar-other.js`)).status).toBe(404);
  expect(html).toMatch(/Bearer [\w-]+\.[\w-]+\.[\w-]+/);
});

it("cannot open the page signed in in production, but can open it", async () => {
  const server = await startTestServer({ PG_DATABASE_URL: other.adminUrl, NODE_ENV: "production", APP_SECRET: TEST_SECRET });
  try {
    const page = await fetch(`${server.url}/rest/docs`);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toMatch(/Bearer [\w-]+\.[\w-]+\.[\w-]+/);
  } finally {
    await server.stop();
  }
});
