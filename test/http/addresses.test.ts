/** The workspace of a request: its token says which; an address or a header that says another is refused. */
import { request } from "node:http";
import { signIn, useApi } from "../helpers/server.ts";

const api = useApi({ IS_MULTIWORKSPACE_ENABLED: "true", FRONTEND_URL: "https://crm.test" });
const QUERY = JSON.stringify({ query: "{ companies { totalCount } }" });

/** fetch does not let a client choose its Host. */
function ask(
  token: string,
  headers: Record<string, string>,
  path = "/graphql",
  body = QUERY,
): Promise<{ status: number; code?: string; data?: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${api.url}${path}`,
      { method: "POST", headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }), ...headers } },
      (res) => {
        let text = "";
        res.on("data", (chunk) => (text += chunk));
        res.on("end", () => {
          const { errors, data } = JSON.parse(text);
          resolve({ status: res.statusCode!, code: errors?.[0]?.extensions.code, data });
        });
      },
    );
    sent.on("error", reject).end(body);
  });
}

let token = "";
const ids = new Map<string, string>();
beforeAll(async () => {
  token = await signIn(api.url, "owner@acme.test");
  for (const { id, subdomain } of await api.sql<{ id: string; subdomain: string }>("select id, subdomain from core.workspaces"))
    ids.set(subdomain, id);
  await api.sql("update core.workspaces set custom_domain = 'crm.acme-corp.test', is_custom_domain_proven = true where subdomain = 'acme'");
  await api.sql(
    "update core.workspaces set custom_domain = 'crm.globex-corp.test', is_custom_domain_proven = true where subdomain = 'globex'",
  );
});

describe.each([
  ["nothing", {}],
  ["the frontend's host", { host: "crm.test" }],
  ["a host that leads nowhere", { host: "relata.svc.cluster.local:3000" }],
  ["an address of the machine", { host: "127.0.0.1:3000" }],
  ["an IPv6 address", { host: "[::1]:3000" }],
  ["what is no host", { host: "a b" }],
  ["a shared subdomain", { host: "app.crm.test" }],
  ["its subdomain", { host: "acme.crm.test" }],
  ["its subdomain, otherwise written", { host: "ACME.CRM.test.:443" }],
  ["its own domain", { host: "crm.acme-corp.test" }],
  ["a subdomain of nobody", { host: "nowhere.crm.test" }],
] as [string, Record<string, string>][])("a token with %s", (_name, headers) => {
  it("is let in", async () => {
    expect(await ask(token, headers)).toMatchObject({ status: 200, data: { companies: expect.anything() } });
  });

  it("is let in when the header X-Workspace names its workspace, and refused when it names another or none (WORKSPACE_MISMATCH)", async () => {
    for (const name of ["acme", ids.get("acme")!])
      expect(await ask(token, { ...headers, "x-workspace": name })).toMatchObject({ status: 200 });
    for (const name of ["globex", ids.get("globex")!, "nowhere", "00000000-0000-7000-8000-000000000000"]) {
      expect(await ask(token, { ...headers, "x-workspace": name })).toEqual({ status: 403, code: "WORKSPACE_MISMATCH", data: undefined });
    }
  });
});

it.each(["globex.crm.test", "GLOBEX.crm.test:8443", "crm.globex-corp.test", "crm.globex-corp.test."])(
  "cannot come by another workspace's address %s, whatever else says the right one (WORKSPACE_MISMATCH)",
  async (host) => {
    for (const more of [{}, { "x-workspace": "acme" }, { "x-workspace": "globex" }] as Record<string, string>[]) {
      for (const path of ["/graphql", "/metadata"]) {
        expect(await ask(token, { host, ...more }, path)).toMatchObject({ status: 403, code: "WORKSPACE_MISMATCH" });
      }
    }
    expect(await ask(await signIn(api.url, "owner@globex.test"), { host })).toMatchObject({ status: 200 });
  },
);

it("follows a workspace that moves to another subdomain", async () => {
  await api.sql("update core.workspaces set subdomain = 'initech' where subdomain = 'acme'");
  expect(await ask(token, { host: "initech.crm.test" })).toMatchObject({ status: 200 });
  await api.sql("update core.workspaces set subdomain = 'acme' where subdomain = 'initech'");
});

describe("without a token", () => {
  const open = (query: string, variables: object) => ask("", {}, "/metadata", JSON.stringify({ query, variables }));
  const AT = "query ($o: String!) { getPublicWorkspaceDataByDomain(origin: $o) { displayName } }";

  it.each([
    ["https://acme.crm.test", "Acme"],
    ["https://crm.globex-corp.test/sign-in", "Globex"],
    ["globex.crm.test", "Globex"],
  ])("%s can be asked which workspace it is", async (o, displayName) => {
    expect(await open(AT, { o })).toMatchObject({ status: 200, data: { getPublicWorkspaceDataByDomain: { displayName } } });
  });

  it.each([
    "https://crm.test",
    "https://nowhere.crm.test",
    "https://acme.crm.test.evil.test",
    "https://acme@evil.test",
    "javascript:alert(1)",
    "",
    "//",
  ])("%j is no workspace's (NOT_FOUND)", async (o) => {
    expect(await open(AT, { o })).toMatchObject({ code: "NOT_FOUND" });
  });

  it("can be asked whether an invitation holds, and nothing that needs somebody (LOGIN_REQUIRED)", async () => {
    const VALID = "query ($h: String!) { checkWorkspaceInviteHashIsValid(inviteHash: $h) { isValid } }";
    expect(await open(VALID, { h: "x" })).toMatchObject({ data: { checkWorkspaceInviteHashIsValid: { isValid: false } } });
    for (const query of [
      "{ myWorkspaces { id } }",
      "{ currentUser { id } }",
      "{ findWorkspaceInvitations { id } }",
      "mutation { leaveWorkspace }",
      "mutation { signUpInNewWorkspace { workspace { id } } }",
    ]) {
      expect([query, (await open(query, {})).code]).toEqual([query, "LOGIN_REQUIRED"]);
    }
  });
});
