/**
 * The API as it is printed stands in test/schema/, so that a change of it shows in
 * the diff. `UPDATE_SCHEMA=1 npm run jest -- test/graphql/schema` writes it anew.
 */
import { readFile, writeFile } from "node:fs/promises";
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from "graphql";
import { useApi } from "../helpers/server.ts";

const api = useApi();

async function schemaOf(path: "graphql" | "metadata", email?: string): Promise<GraphQLSchema> {
  const { status, data, errors } = await api[path]<IntrospectionQuery>(getIntrospectionQuery({ inputValueDeprecation: true }), {}, email);
  expect([status, errors]).toEqual([200, undefined]);
  return buildClientSchema(data!);
}

const print = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

/** What is given once to whom it is for, brought by whom it was given to, or only says which way to sign in is open. */
const GIVEN = new Set([
  "ApiKeyToken",
  "AuthToken",
  "accessToken",
  "appTokenId",
  "generateApiKeyToken",
  "isPasswordAuthEnabled",
  "loginToken",
  "password",
  "token",
  "validationToken",
]);

describe.each([
  ["graphql", "core.graphql"],
  ["metadata", "metadata.graphql"],
] as const)("/%s", (path, file) => {
  const address = new URL(`../schema/${file}`, import.meta.url);

  it(`can be read in test/schema/${file}`, async () => {
    const printed = print(await schemaOf(path));
    if (process.env["UPDATE_SCHEMA"]) await writeFile(address, printed);
    expect(printed).toBe(await readFile(address, "utf8"));
  });

  it("can pass GraphQL's own validation", async () => {
    expect(validateSchema(await schemaOf(path))).toEqual([]);
  });

  it("cannot show names that PostGraphile made up, or notes to developers", async () => {
    const printed = print(await schemaOf(path));
    expect(printed).toContain("type Query");
    expect(
      printed.match(
        /\b(?!mainGroupBy)\w+By\w+Id\b|\ball[A-Z]\w*|rowId|nodeId|clientMutationId|@(singular|plural|field|type|behavior)\b/g,
      ) ?? [],
    ).toEqual([]);
  });

  it("cannot show a secret", async () => {
    const printed = print(await schemaOf(path));
    expect(printed).toContain("createdAt");
    const names = printed.replace(/"""[\s\S]*?"""/g, "").match(/\w*(?:password|secret|token|signingKey|session)\w*/gi) ?? [];
    expect([...new Set(names)].filter((name) => !GIVEN.has(name))).toEqual([]);
  });
});

it("can look different in another workspace, which has other objects", async () => {
  const [acme, globex] = [await schemaOf("graphql"), await schemaOf("graphql", "owner@globex.test")];
  expect([acme.getType("Project"), globex.getType("Project")]).toEqual([expect.anything(), undefined]);
  expect(globex.getType("Company")).toBeDefined();
  expect(print(await schemaOf("metadata", "owner@globex.test"))).toBe(print(await schemaOf("metadata")));
});
