/**
 * The API as it is printed stands in test/schema/, so that a change of it shows in
 * the diff. `UPDATE_SCHEMA=1 npm run jest -- test/graphql/schema` writes it anew.
 */
import { readFile, writeFile } from "node:fs/promises";
import {
  buildClientSchema,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from "graphql";
import { useApi } from "../helpers/server.ts";

const api = useApi();

/** What signing in is about, and the names of settings. */
const SIGN_IN =
  /^(AuthToken|AuthTokenPair|AuthChallenge|AuthTokens|LoginToken|SignUp|SignUpOutput|ImpersonateOutput|InviteLink|AuthProviders|WorkspaceInviteHashValid|AvailableWorkspace|AvailableWorkspacesAndAccessTokens|ValidatePasswordResetToken)\.|^Query\.(validatePasswordResetToken|checkWorkspaceInviteHashIsValid|findWorkspaceFromInviteHash)$|^Workspace\.(isPasswordAuthEnabled|inviteHash)$/;
/** Fields of answers that hold a secret made by the request, which nobody can read again. */
const SHOWN_ONCE = ["ApiKeyToken.token", "OTPProvisioning.secret"];
/** What the world may know: a text to publish in the DNS. */
const PUBLIC = ["IdentityProviderDomain.token"];

async function schemaOf(path: "graphql" | "metadata", email?: string): Promise<GraphQLSchema> {
  const { status, data, errors } = await api[path]<IntrospectionQuery>(getIntrospectionQuery({ inputValueDeprecation: true }), {}, email);
  expect([status, errors]).toEqual([200, undefined]);
  return buildClientSchema(data!);
}

const print = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

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

  it("cannot show a secret, but for those that are made by the answer itself", async () => {
    const types = Object.values((await schemaOf(path)).getTypeMap()).filter((type) => isObjectType(type) && type.name !== "Mutation");
    const fields = types.flatMap((type) => Object.keys((type as GraphQLObjectType).getFields()).map((field) => `${type.name}.${field}`));
    expect(fields).toContainEqual(expect.stringMatching(/createdAt$/));
    expect(
      fields.filter(
        (field) =>
          /password|secret|token|signingKey|session|hash/i.test(field) &&
          !/\.is[A-Z]/.test(field) &&
          !SIGN_IN.test(field) &&
          ![...SHOWN_ONCE, ...PUBLIC].includes(field),
      ),
    ).toEqual([]);
  });
});

it("can look different in another workspace, which has other objects", async () => {
  const [acme, globex] = [await schemaOf("graphql"), await schemaOf("graphql", "owner@globex.test")];
  expect([acme.getType("Project"), globex.getType("Project")]).toEqual([expect.anything(), undefined]);
  expect(globex.getType("Company")).toBeDefined();
  expect(print(await schemaOf("metadata", "owner@globex.test"))).toBe(print(await schemaOf("metadata")));
});
