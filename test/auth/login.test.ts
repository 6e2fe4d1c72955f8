import { adminQuery, PASSWORD, post, useTestServer } from "../helpers/server.ts";

const server = useTestServer();

type Tokens = {
  accessToken: string;
  refreshToken: string;
  tokenType: string;
  expiresIn: number;
  workspace: { id: string; subdomain: string };
};

async function login(body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: text,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function tokensOf(body: object): Promise<Tokens> {
  const { status, text } = await login(body);
  expect(status).toBe(200);
  return JSON.parse(text) as Tokens;
}

/** Code and field of the one error of a refusal. */
const fault = (text: string) =>
  (JSON.parse(text) as { errors: { extensions: { code: string; field?: string } }[] }).errors.map((e) => e.extensions);

it("can sign in without naming a workspace", async () => {
  const tokens = await tokensOf({ email: "owner@acme.test", password: PASSWORD });
  const [acme] = await adminQuery<{ id: string }>(server.adminUrl, "select id from core.workspaces where subdomain = 'acme'");
  expect(tokens).toEqual({
    accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    refreshToken: expect.stringMatching(/^[\w-]{43}$/),
    tokenType: "Bearer",
    expiresIn: 1800,
    workspace: { id: acme!.id, subdomain: "acme" },
  });
});

it("can use the access token on both APIs", async () => {
  const { accessToken } = await tokensOf({ email: "owner@acme.test", password: PASSWORD });
  for (const path of ["/graphql", "/metadata"]) {
    expect(await post(server.url, path, accessToken, "{ __typename }")).toMatchObject({ status: 200, data: { __typename: "Query" } });
  }
});

it("can sign in to a workspace by name", async () => {
  const tokens = await tokensOf({ email: "owner@globex.test", password: PASSWORD, workspace: "globex" });
  expect(tokens.workspace.subdomain).toBe("globex");
});

it("can sign in to the second of two workspaces", async () => {
  await adminQuery(
    server.adminUrl,
    "select private.add_member(w.id, u.id, 'MEMBER') from core.workspaces w, core.users u where w.subdomain = 'globex' and u.email = 'admin@acme.test'",
  );
  const [first, second] = [
    await tokensOf({ email: "admin@acme.test", password: PASSWORD }),
    await tokensOf({ email: "admin@acme.test", password: PASSWORD, workspace: "globex" }),
  ];
  expect([first.workspace.subdomain, second.workspace.subdomain]).toEqual(["acme", "globex"]);
  const totals = await Promise.all(
    [first, second].map(({ accessToken }) => post(server.url, "/graphql", accessToken, "{ companies { totalCount } }")),
  );
  expect(totals.map(({ data }) => data)).toEqual([{ companies: { totalCount: 2000 } }, { companies: { totalCount: 0 } }]);
});

it("can sign in with a null workspace, as with none", async () => {
  expect((await tokensOf({ email: "owner@acme.test", password: PASSWORD, workspace: null })).workspace.subdomain).toBe("acme");
});

it("can write the address in capitals", async () => {
  expect((await tokensOf({ email: "Owner@ACME.test", password: PASSWORD })).workspace.subdomain).toBe("acme");
});

it("cannot keep the answer in a cache", async () => {
  const { headers } = await login({ email: "owner@acme.test", password: PASSWORD });
  expect(headers.get("cache-control")).toBe("no-store");
});

it("cannot tell a wrong password, an unknown address and a wrong workspace apart (BAD_CREDENTIALS)", async () => {
  const attempts = await Promise.all([
    login({ email: "owner@acme.test", password: "not it" }),
    login({ email: "nobody@acme.test", password: PASSWORD }),
    login({ email: "owner@acme.test", password: PASSWORD, workspace: "globex" }),
    login({ email: "owner@acme.test", password: PASSWORD, workspace: "nowhere" }),
  ]);
  const [first, ...others] = attempts;
  expect(fault(first!.text)).toEqual([{ code: "BAD_CREDENTIALS" }]);
  for (const { text } of others) expect(text).toBe(first!.text);
  for (const { status, headers } of attempts) expect([status, headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
});

it("cannot sign in to a workspace one was taken out of (BAD_CREDENTIALS), only without one", async () => {
  const body = { email: "guest@acme.test", password: PASSWORD };
  expect((await login(body)).status).toBe(200);
  await adminQuery(
    server.adminUrl,
    "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'guest@acme.test'",
  );
  const { status, text } = await login({ ...body, workspace: "acme" });
  expect([status, fault(text)]).toEqual([401, [{ code: "BAD_CREDENTIALS" }]]);
  const { userToken, ...others } = JSON.parse((await login(body)).text) as { userToken: string };
  expect(others).toEqual({ expiresIn: 1800, workspaces: [] });
  expect(await post(server.url, "/graphql", userToken, "{ __typename }")).toMatchObject({ status: 401 });
});

const email = "owner@acme.test";
it.each<[string, unknown, string]>([
  ["nothing at all", {}, "email"],
  ["no password", { email }, "password"],
  ["no address", { password: PASSWORD }, "email"],
  ["an empty address", { email: "", password: PASSWORD }, "email"],
  ["an address that is a number", { email: 7, password: PASSWORD }, "email"],
  ["an address that is a list", { email: [email], password: PASSWORD }, "email"],
  ["an address that is an object", { email: { $ne: "" }, password: PASSWORD }, "email"],
  ["a password that is true", { email, password: true }, "password"],
  ["a password of 10 kB less a little", { email, password: "x".repeat(9000) }, "password"],
  ["a workspace that is a number", { email, password: PASSWORD, workspace: 7 }, "workspace"],
  ["an empty workspace", { email, password: PASSWORD, workspace: "" }, "workspace"],
  ["a list for a body", [{ email, password: PASSWORD }], "email"],
])("cannot sign in with %s (BAD_INPUT)", async (_what, body, field) => {
  const { status, text } = await login(body);
  expect([status, fault(text)]).toEqual([400, [{ code: "BAD_INPUT", field }]]);
});

it("cannot sign in with a NUL in the address (INVALID_TEXT)", async () => {
  const { status, text } = await login({ email: `owner\u0000${email}`, password: PASSWORD });
  expect([status, fault(text)[0]!.code]).toEqual([400, "INVALID_TEXT"]);
});

it.each(["{", "null", "7", '"text"', "\u0000", "[1,"])("cannot sign in with the body %j (BAD_INPUT)", async (body) => {
  const { status, text } = await login(body);
  expect([status, fault(text)[0]!.code]).toEqual([400, "BAD_INPUT"]);
});

it.each(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])(
  "cannot sign in with a body of the type %s (BAD_INPUT)",
  async (type) => {
    const { status, text } = await login({ email, password: PASSWORD }, { "content-type": type });
    expect([status, fault(text)]).toEqual([400, [{ code: "BAD_INPUT", field: "email" }]]);
  },
);

it("cannot sign in with a body of 1 MB (BODY_TOO_LARGE)", async () => {
  const { status, text } = await login({ email, password: "x".repeat(1_000_000) });
  expect([status, fault(text)]).toEqual([413, [{ code: "BODY_TOO_LARGE" }]]);
});

it("cannot sign in by an encoding or a charset that is not ours (BAD_INPUT)", async () => {
  const answers = [
    await login({ email, password: PASSWORD }, { "content-encoding": "zstandard" }),
    await login({ email, password: PASSWORD }, { "content-type": "application/json; charset=klingon" }),
  ];
  for (const { status, text } of answers) expect([status, fault(text)[0]!.code]).toEqual([415, "BAD_INPUT"]);
});
