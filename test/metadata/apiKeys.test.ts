/** API keys: a program's way in, with roles of its own, shown once. */
import { adminQuery, post, useApi } from "../helpers/server.ts";

const api = useApi();
const roleId = async (name: string) =>
  (
    await adminQuery<{ id: string }>(api.adminUrl, "select id from core.roles where name = $1 and workspace_id = authz.workspace_id()", [
      name,
    ])
  )[0]!.id;
const codes = (errors: { extensions: { code: string; field?: string } }[] | undefined) =>
  errors?.map(({ extensions: { code, field } }) => (field ? `${code} ${field}` : code));

const CREATE = "mutation ($in: CreateApiKeyInput!) { createApiKey(input: $in) { id name expiresAt } }";
const TOKEN = "mutation ($id: UUID!) { generateApiKeyToken(apiKeyId: $id) { token } }";

async function createKey(role: string, name = "Program"): Promise<{ id: string; token: string }> {
  const made = await api.metadata<{ createApiKey: { id: string } }>(CREATE, { in: { name, roleId: await roleId(role) } });
  expect(made.errors).toBeUndefined();
  const { id } = made.data!.createApiKey;
  const { data } = await api.metadata<{ generateApiKeyToken: { token: string } }>(TOKEN, { id });
  return { id, token: data!.generateApiKeyToken.token };
}
const ask = (token: string, query = "{ companies { totalCount } }", variables = {}) =>
  post<Record<string, unknown>>(api.url, "/graphql", token, query, variables);

it("can read and write as its role lets it, and what it writes bears its name", async () => {
  const { token } = await createKey("MEMBER", "Importer");
  expect(token).toMatch(/^relata_[\w-]{43}$/);
  expect((await ask(token)).data).toMatchObject({ companies: { totalCount: expect.any(Number) } });
  const made = await ask(token, 'mutation { createCompany(data: { name: "By a key" }) { createdBy { name source workspaceMemberId } } }');
  expect(made.data).toEqual({ createCompany: { createdBy: { name: "Importer", source: "API", workspaceMemberId: null } } });
});

it("cannot do more than its role (PERMISSION_DENIED)", async () => {
  const { token } = await createKey("GUEST");
  expect(codes((await ask(token, 'mutation { createCompany(data: { name: "No" }) { id } }')).errors)).toEqual(["PERMISSION_DENIED"]);
  expect(
    codes((await post(api.url, "/metadata", token, CREATE, { in: { name: "Another", roleId: await roleId("GUEST") } })).errors),
  ).toEqual(["PERMISSION_DENIED"]);
});

it("cannot go on once it is revoked, at the next request (LOGIN_REQUIRED)", async () => {
  const { id, token } = await createKey("MEMBER");
  expect((await ask(token)).errors).toBeUndefined();
  const { data } = await api.metadata("mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { revokedAt } }", { id });
  expect(data).toEqual({ revokeApiKey: { revokedAt: expect.any(String) } });
  const refused = await ask(token);
  expect([refused.status, codes(refused.errors)]).toEqual([401, ["LOGIN_REQUIRED"]]);
  expect(codes((await api.metadata(TOKEN, { id })).errors)).toEqual(["BAD_INPUT id"]);
});

it("cannot go on once its time is over, or under its former token (LOGIN_REQUIRED)", async () => {
  const { id, token } = await createKey("MEMBER");
  await ask(token);
  const next = (await api.metadata<{ generateApiKeyToken: { token: string } }>(TOKEN, { id })).data!.generateApiKeyToken.token;
  expect((await ask(next)).errors).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(codes((await ask(token)).errors)).toEqual(["LOGIN_REQUIRED"]);
  await adminQuery(api.adminUrl, "update core.api_keys set expires_at = now() - interval '1 second' where id = $1", [id]);
  expect(codes((await ask(next)).errors)).toEqual(["LOGIN_REQUIRED"]);
});

it.each(["relata_", `relata_${"A".repeat(43)}`, "relata_' or true --", `relata_${"é".repeat(40)}`])(
  "cannot be guessed: %s (LOGIN_REQUIRED)",
  async (token) => {
    const refused = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${encodeURI(token)}` },
      body: JSON.stringify({ query: "{ companies { totalCount } }" }),
    });
    expect(refused.status).toBe(401);
  },
);

it("cannot be read again anywhere: the token and its hash are in no answer", async () => {
  const { id, token } = await createKey("MEMBER");
  const { data } = await api.metadata('{ __type(name: "ApiKey") { fields { name } } apiKeys { nodes { id name expiresAt revokedAt } } }');
  expect(JSON.stringify(data)).not.toContain(token);
  const [row] = await adminQuery<{ hash: string }>(
    api.adminUrl,
    "select encode(token_hash, 'hex') as hash from private.api_key_secrets where api_key_id = $1",
    [id],
  );
  expect(row!.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(data)).not.toMatch(/token|hash|secret/i);
});

it("cannot be kept with an Idempotency-Key: the second answer says so (IDEMPOTENCY_KEY_REUSED)", async () => {
  const { id } = await createKey("MEMBER");
  const send = async () =>
    (
      await fetch(`${api.url}/metadata`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${await api.tokenOf("owner@acme.test")}`,
          "idempotency-key": "once",
        },
        body: JSON.stringify({ query: TOKEN, variables: { id } }),
      })
    ).json() as Promise<{ data?: { generateApiKeyToken: { token: string } }; errors?: { extensions: { code: string } }[] }>;
  const first = await send();
  expect(first.data!.generateApiKeyToken.token).toMatch(/^relata_/);
  expect(codes((await send()).errors)).toEqual(["IDEMPOTENCY_KEY_REUSED"]);
  const kept = await adminQuery<{ answer: string }>(api.adminUrl, "select answer from private.idempotency_keys");
  expect(kept.map(({ answer }) => answer).join()).not.toContain("relata_");
});

it("can use an Idempotency-Key of its own", async () => {
  const { token } = await createKey("MEMBER");
  const send = async () =>
    (
      await fetch(`${api.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "idempotency-key": "mine" },
        body: JSON.stringify({ query: 'mutation { createCompany(data: { name: "Once" }) { id } }' }),
      })
    ).json();
  expect(await send()).toEqual(await send());
});

it.each([
  [{ name: "" }, "LABEL_INVALID data.name"],
  [{ name: "x", expiresAt: "2020-01-01T00:00:00Z" }, "BAD_INPUT data.expiresAt"],
  [{ name: "x", roleIds: [] }, "BAD_INPUT data.roleIds"],
  [{ name: "x", roleIds: ["00000000-0000-0000-0000-000000000000"] }, "NOT_FOUND data.roleIds"],
])("cannot be made of %j (%s)", async (input, code) => {
  const { errors } = await api.metadata(CREATE, { in: { roleId: await roleId("GUEST"), ...input } });
  const told = errors!.flatMap(({ extensions }) => extensions.errors ?? [extensions]).map(({ code, field }) => `${code} ${field}`);
  expect(told).toEqual([code]);
});

it("cannot be made by a member, nor hold more than who makes it (PERMISSION_DENIED)", async () => {
  const roles = { owner: await roleId("OWNER"), member: await roleId("MEMBER") };
  const make = (role: string, email: string) => api.metadata(CREATE, { in: { name: "x", roleId: role } }, email);
  expect(codes((await make(roles.member, "member@acme.test")).errors)).toEqual(["PERMISSION_DENIED"]);
  expect(codes((await make(roles.owner, "admin@acme.test")).errors)).toEqual(["PERMISSION_DENIED data.roleIds"]);
  expect((await make(roles.member, "admin@acme.test")).errors).toBeUndefined();
});
