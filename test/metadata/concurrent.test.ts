import { type Answer, adminQuery, post, startTestServer, useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();

const OBJECT = "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id nameSingular } }";
const FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
const versionOf = async (subdomain: string) =>
  Number((await adminQuery(api.adminUrl, "select metadata_version as v from core.workspaces where subdomain = $1", [subdomain]))[0]!["v"]);
const CLEAN = new Set(["BUSY", "NAME_TAKEN"]);

/** How many of the answers were successes; each other one must be a clean refusal. */
function successesOf(answers: Answer[]): number {
  expect(answers.filter(({ status }) => status !== 200).map(({ status }) => status)).toEqual([]);
  const codes = answers.flatMap(({ errors }) => errors ?? []).map(({ extensions }) => extensions.errors?.[0]?.code ?? extensions.code);
  expect(codes.filter((code) => !CLEAN.has(code))).toEqual([]);
  return answers.filter(({ errors }) => !errors).length;
}

it("can create ten objects in one workspace at once, while others read and write", async () => {
  expect((await api.graphql("{ companies(first: 1) { totalCount } }")).errors).toBeUndefined();
  const before = await versionOf("acme");
  let isDone = false;
  const reads: Answer[] = [];
  const reader = async () => {
    while (!isDone) reads.push(await api.graphql("{ companies(first: 3) { nodes { contacts(first: 1) { totalCount } } } }"));
  };
  const writer = async () => {
    while (!isDone) reads.push(await api.graphql('mutation { createTask(data: { title: "Meanwhile" }) { id } }', {}, "member@acme.test"));
  };
  const others = [reader(), reader(), writer()];
  const names = Array.from("abcdefghij", (letter) => `parallel${letter.toUpperCase()}`);
  const answers = await Promise.all(names.map((name) => api.metadata(OBJECT, { data: { nameSingular: name, namePlural: `${name}s` } })));
  isDone = true;
  await Promise.all(others);

  const successes = successesOf(answers);
  expect(successes).toBeGreaterThan(0);
  expect(await versionOf("acme")).toBe(before + successes);
  const [row] = await adminQuery(
    api.adminUrl,
    "select count(*)::int as objects, count(to_regclass(format('%I.%I', w.schema_name, o.table_name)))::int as tables from core.objects o join core.workspaces w on w.id = o.workspace_id where o.name_singular like 'parallel%'",
  );
  expect(row).toEqual({ objects: successes, tables: successes });
  expect(reads.length).toBeGreaterThan(20);
  expect(reads.filter(({ status, errors }) => status !== 200 || errors).map(({ status, errors }) => ({ status, errors }))).toEqual([]);
  for (const [n, name] of names.entries()) {
    const { errors } = await api.graphql(`{ ${name}s { totalCount } }`);
    expect({ name, isThere: !errors }).toEqual({ name, isThere: !answers[n]!.errors });
  }
});

it("can create one object of a name, however many ask for it at once (NAME_TAKEN)", async () => {
  const before = await versionOf("acme");
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => api.metadata(OBJECT, { data: { nameSingular: "only", namePlural: "onlys" } })),
  );
  expect(successesOf(answers)).toBe(1);
  expect(await versionOf("acme")).toBe(before + 1);
  const fields = answers.flatMap(({ errors }) => errors ?? []).filter(({ extensions }) => extensions.code === "METADATA_VALIDATION_FAILED");
  for (const { extensions } of fields) expect(extensions.field).toBe("data.nameSingular");
  expect((await api.graphql("{ onlys { totalCount } }")).data).toEqual({ onlys: { totalCount: 0 } });
});

it("can add ten fields to one object at once", async () => {
  const before = await versionOf("acme");
  const [object] = await adminQuery<{ id: string }>(api.adminUrl, "select o.id from core.objects o where o.name_singular = 'project'");
  const names = Array.from("abcdefghij", (letter) => `field${letter.toUpperCase()}`);
  const answers = await Promise.all(names.map((name) => api.metadata(FIELD, { data: { objectId: object!.id, name, type: "TEXT" } })));
  const successes = successesOf(answers);
  expect(await versionOf("acme")).toBe(before + successes);
  const made = names.filter((_name, n) => !answers[n]!.errors);
  expect(made.length).toBeGreaterThan(0);
  expect((await api.graphql(`{ projects(first: 1) { nodes { ${made.join(" ")} } } }`)).errors).toBeUndefined();
});

it("can create objects of one name in two workspaces at once", async () => {
  const versions = [await versionOf("acme"), await versionOf("globex")];
  const data = { nameSingular: "shared", namePlural: "shareds" };
  const answers = await Promise.all([api.metadata(OBJECT, { data }), api.metadata(OBJECT, { data }, "owner@globex.test")]);
  expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  expect([await versionOf("acme"), await versionOf("globex")]).toEqual(versions.map((version) => version + 1));
  const made = await api.graphql('mutation { createShared(data: { name: "Globex only" }) { name } }', {}, "owner@globex.test");
  expect(made.errors).toBeUndefined();
  const seen = [await api.graphql("{ shareds { totalCount } }"), await api.graphql("{ shareds { totalCount } }", {}, "owner@globex.test")];
  expect(seen.map(({ data }) => data)).toEqual([{ shareds: { totalCount: 0 } }, { shareds: { totalCount: 1 } }]);
});

it("can get the first answer of a server while the data model changes and changes", async () => {
  const server = await startTestServer({ PG_DATABASE_URL: api.adminUrl });
  try {
    const token = await api.tokenOf("owner@acme.test");
    const objects = Array.from("abcdefgh", (letter) => ({ nameSingular: `cold${letter}`, namePlural: `cold${letter}s` }));
    const making = Promise.all(objects.map((data) => api.metadata(OBJECT, { data })));
    const [first, answers] = await Promise.all([post(server.url, "/graphql", token, "{ companies(first: 1) { totalCount } }"), making]);
    expect(successesOf(answers)).toBeGreaterThan(0);
    expect([first.status, first.errors]).toEqual([200, undefined]);
  } finally {
    await server.stop();
  }
});
