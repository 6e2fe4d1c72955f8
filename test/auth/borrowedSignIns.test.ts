/**
 * Sign-ins that stand for somebody in one workspace alone: by its own identity provider, whose administrator
 * may say that anybody is there, and by impersonation. They reach nothing that is the person's elsewhere.
 */
import { adminQuery, post, signIn, useTestServer } from "../helpers/server.ts";

const server = useTestServer({ FRONTEND_URL: "https://crm.example", IS_MULTIWORKSPACE_ENABLED: "true" });
const MEMBER = "member@acme.test";
const sql = (text: string, values: unknown[] = []) => adminQuery(server.adminUrl, text, values);
const count = async (text: string) => Number(Object.values((await sql(text, [MEMBER]))[0]!)[0]);

/** A sign-in of the member's, made by `method`. */
async function by(method: string): Promise<string> {
  const token = await signIn(server.url, MEMBER, "acme");
  const { sid } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString("utf8"));
  await sql("update private.sessions set method = $2 where id = $1", [sid, method]);
  if (method !== "IMPERSONATION") return token;
  await sql(
    `with behind as (
       insert into private.sessions (user_id, workspace_id, expires_at)
         select u.id, authz.workspace_id(), now() + interval '1 hour' from core.users u where u.email = 'owner@acme.test' returning id, user_id)
     insert into private.impersonations select $1, id, user_id from behind`,
    [sid],
  );
  return token;
}
async function send(path: string, token: string, body: object | null = {}) {
  const response = await fetch(`${server.url}/auth${path}`, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const { errors } = (text ? JSON.parse(text) : {}) as { errors?: { extensions: { code: string } }[] };
  return errors?.[0]?.extensions.code ?? response.status;
}
const ask = (token: string, query: string) => post<Record<string, unknown>>(server.url, "/metadata", token, query);
const code = async (token: string, query: string) => (await ask(token, query)).errors?.[0]?.extensions.code;

beforeAll(async () => {
  await sql("update core.workspaces set allows_impersonation = true");
  await sql("update core.users set is_server_admin = true where email = $1", [MEMBER]);
  await adminQuery(
    server.adminUrl,
    "select private.add_member(authz.workspace_id(), u.id, 'GUEST') from core.users u where u.email = $1",
    [MEMBER],
    "globex",
  );
});
beforeEach(() => sql("delete from private.totp_secrets"));

describe.each(["OIDC", "SAML", "IMPERSONATION"])("who comes in by %s", (method) => {
  const refused = method === "IMPERSONATION" ? "PERMISSION_DENIED" : "PROOF_REQUIRED";

  it.each(["/passkeys/options", "/totp/enrol"])(
    "cannot enrol a second factor, which would open all workspaces: POST /auth%s",
    async (path) => {
      expect(await send(path, await by(method))).toBe(refused);
      expect(await send(path, await by("PASSWORD"))).toBe(200);
    },
  );

  it("cannot take the account away", async () => {
    expect(await code(await by(method), "mutation { deleteUser }")).toBe(refused);
    expect(await count("select count(*) from core.users where email = $1")).toBe(1);
  });

  it("cannot administer the server", async () => {
    const [{ id }] = (await sql("select id from core.workspaces where subdomain = 'globex'")) as [{ id: string }];
    const suspend = (is: boolean) => `mutation { suspendWorkspace(workspaceId: "${id}", isSuspended: ${is}) }`;
    expect(await code(await by(method), suspend(true))).toBe(refused);
    expect(await code(await by("PASSWORD"), suspend(false))).toBeUndefined();
  });

  it("cannot see in which other workspaces the person is", async () => {
    const query = "{ myWorkspaces { displayName } }";
    expect((await ask(await by(method), query)).data).toEqual({ myWorkspaces: [{ displayName: "Acme" }] });
    expect((await ask(await by("PASSWORD"), query)).data).toEqual({ myWorkspaces: [{ displayName: "Acme" }, { displayName: "Globex" }] });
  });

  it("cannot sign the person out elsewhere", async () => {
    const elsewhere = await signIn(server.url, MEMBER, "globex");
    const token = await by(method);
    expect(await send("/logout-all", token)).toBe(204);
    expect(await code(token, "{ currentUser { id } }")).toBe("LOGIN_REQUIRED");
    expect(await code(elsewhere, "{ currentUser { id } }")).toBeUndefined();
    expect(await send("/logout-all", await by("PASSWORD"))).toBe(204);
    expect(await code(elsewhere, "{ currentUser { id } }")).toBe("LOGIN_REQUIRED");
  });
});

it("who impersonates cannot see another's second factors (PERMISSION_DENIED)", async () => {
  expect(await send("/second-factors", await by("IMPERSONATION"), null)).toBe("PERMISSION_DENIED");
});
