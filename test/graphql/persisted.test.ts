/** Documents that are kept on the server, and asked for by their hashes. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useTestDatabase } from "../helpers/db.ts";
import { send } from "../helpers/send.ts";
import { runMain, useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const folder = mkdtempSync(join(tmpdir(), "relata-documents-"));
const COUNT = "query Count { companies { totalCount } }\n";
const CREATE = "mutation Create($name: String) { createCompany(data: { name: $name }) { name } }";
mkdirSync(join(folder, "deep"));
writeFileSync(join(folder, "count.graphql"), COUNT);
writeFileSync(join(folder, "deep/create.gql"), CREATE);
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const byHash = (hash: unknown) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } });
const UNKNOWN = hashOf("unknown");

const only = useApi({ PERSISTED_DOCUMENTS_DIR: folder, PERSISTED_DOCUMENTS_ONLY: "true" });
const also = useApi({ PERSISTED_DOCUMENTS_DIR: folder });
const counted = { status: 200, data: { companies: { totalCount: expect.any(Number) } } };

describe.each([
  ["only these", only],
  ["these too", also],
])("when %s may run", (_when, api) => {
  it.each<[string, object]>([
    ["documentId", { documentId: hashOf(COUNT) }],
    ["documentId with its kind", { documentId: `sha256:${hashOf(COUNT)}` }],
    ["documentId in upper case", { documentId: hashOf(COUNT).toUpperCase() }],
    ["persistedQuery", byHash(hashOf(COUNT))],
    ["its hash and its text", { ...byHash(hashOf(COUNT)), query: COUNT }],
    ["its text", { query: COUNT }],
  ])("can be asked for by %s", async (_how, body) => {
    expect(await send(api, body)).toMatchObject(counted);
  });

  it("can take variables and an operation's name, and write", async () => {
    const body = { documentId: hashOf(CREATE), operationName: "Create", variables: { name: "Persisted" } };
    expect(await send(api, body)).toMatchObject({ status: 200, data: { createCompany: { name: "Persisted" } } });
  });

  it("can be asked for by GET", async () => {
    const extensions = encodeURIComponent(JSON.stringify(byHash(hashOf(COUNT)).extensions));
    for (const search of [`documentId=${hashOf(COUNT)}`, `extensions=${extensions}`]) {
      expect(await send(api, {}, {}, { path: `/graphql?${search}`, method: "GET" })).toMatchObject(counted);
    }
  });

  it.each<[string, object, string, string]>([
    ["an unknown documentId", { documentId: UNKNOWN }, "DOCUMENT_NOT_FOUND", "documentId"],
    ["an unknown hash", byHash(UNKNOWN), "DOCUMENT_NOT_FOUND", "extensions.persistedQuery.sha256Hash"],
    ["no hash", byHash(7), "BAD_INPUT", "extensions.persistedQuery.sha256Hash"],
    ["a path", { documentId: "../count.graphql" }, "BAD_INPUT", "documentId"],
    ["another document's hash", { ...byHash(hashOf(COUNT)), query: CREATE }, "ARGS_CONFLICT", "extensions.persistedQuery.sha256Hash"],
  ])("cannot be asked for by %s (%s)", async (_how, body, code, field) => {
    expect(await send(api, body)).toMatchObject({ status: 200, errors: [{ extensions: { code, field } }] });
  });
});

describe("other documents", () => {
  it.each([
    "{ companies { totalCount } }",
    `${COUNT} `,
    "{ __schema { types { name } } }",
    'mutation { createCompany(data: { name: "Smuggled" }) { id } }',
    "{",
    "",
  ])("cannot run when only these may: %s (DOCUMENT_NOT_ALLOWED)", async (query) => {
    for (const path of ["/graphql", "/metadata"]) {
      const { data, errors } = await send(only, { query }, {}, { path });
      expect([data, errors]).toMatchObject([undefined, [{ extensions: { code: "DOCUMENT_NOT_ALLOWED" } }]]);
    }
    expect(await only.sql("select 1 from company where name = 'Smuggled'")).toEqual([]);
  });

  it("cannot run when only these may, with a hash of their own (DOCUMENT_NOT_FOUND)", async () => {
    const query = "{ people { totalCount } }";
    expect(await send(only, { query, ...byHash(hashOf(query)) })).toMatchObject({
      errors: [{ extensions: { code: "DOCUMENT_NOT_FOUND" } }],
    });
  });

  it("can run when these may run too", async () => {
    expect(await send(also, { query: "{ people { totalCount } }" })).toMatchObject({ status: 200, data: { people: {} } });
  });

  it("cannot be told to strangers (LOGIN_REQUIRED)", async () => {
    const response = await fetch(`${only.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ documentId: UNKNOWN }),
    });
    expect([response.status, ((await response.json()) as { errors: { extensions: object }[] }).errors[0]!.extensions]).toEqual([
      401,
      { code: "LOGIN_REQUIRED" },
    ]);
  });
});

describe("a server", () => {
  const database = useTestDatabase();
  it.each<[Record<string, string>, string]>([
    [{ PERSISTED_DOCUMENTS_ONLY: "true" }, "PERSISTED_DOCUMENTS_DIR"],
    [{ PERSISTED_DOCUMENTS_DIR: join(folder, "nowhere") }, "holds no .graphql files"],
  ])("cannot start with %j, and says why", async (env, words) => {
    const { code, output } = await runMain("server", { PG_DATABASE_URL: database.adminUrl, ...env });
    expect([code, output]).toEqual([1, expect.stringContaining(words)]);
  });
});
