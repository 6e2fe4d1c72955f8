import { createHash } from "node:crypto";
import { adminQuery, PASSWORD, post, useTestServer } from "../helpers/server.ts";

const server = useTestServer();

type Tokens = { accessToken: string; refreshToken: string };
const digest = (token: string) => createHash("sha256").update(token).digest();

async function send(path: string, body: unknown) {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Tokens & { errors: { extensions: object }[] },
  };
}
const login = async (email = "owner@acme.test") => (await send("/auth/login", { email, password: PASSWORD })).body;
const refresh = (refreshToken: unknown) => send("/auth/refresh", { refreshToken });
const refused = { status: 401, body: { errors: [{ message: "Sign in first.", extensions: { code: "LOGIN_REQUIRED" } }] } };

/** As if the token had been used `seconds` ago. */
const age = (token: string, seconds: number) =>
  adminQuery(server.adminUrl, "update private.refresh_tokens set used_at = now() - make_interval(secs => $2) where token_hash = $1", [
    digest(token),
    seconds,
  ]);

it("can trade a refresh token for the next, as at sign-in", async () => {
  const first = await login();
  const { status, headers, body: second } = await refresh(first.refreshToken);
  expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
  expect(second).toEqual({
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
    tokenType: "Bearer",
    expiresIn: 1800,
    workspace: { id: expect.any(String), subdomain: "acme" },
  });
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(await post(server.url, "/graphql", second.accessToken, "{ __typename }")).toMatchObject({ status: 200 });
  expect((await refresh(second.refreshToken)).status).toBe(200);
});

it("can trade one token twice at once, as two tabs of a browser do", async () => {
  const { refreshToken } = await login();
  const [one, two] = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
  expect([one.status, two.status]).toEqual([200, 200]);
  expect(one.body.refreshToken).not.toBe(two.body.refreshToken);
});

it("cannot use a traded token again later, and the whole sign-in ends (LOGIN_REQUIRED)", async () => {
  const [stolen, other] = [await login(), await login()];
  const { body: next } = await refresh(stolen.refreshToken);
  await age(stolen.refreshToken, 60);
  expect(await refresh(stolen.refreshToken)).toMatchObject(refused);
  // Its successor, never used, is gone with it; another sign-in of the user is not.
  expect(await refresh(next.refreshToken)).toMatchObject(refused);
  expect((await refresh(other.refreshToken)).status).toBe(200);
});

it("cannot refresh a sign-in past its end (LOGIN_REQUIRED)", async () => {
  const { refreshToken } = await login();
  const expire =
    "update private.sessions s set expires_at = now() - interval '1 second' from private.refresh_tokens t where t.session_id = s.id and t.token_hash = $1 returning s.id";
  expect(await adminQuery(server.adminUrl, expire, [digest(refreshToken)])).toHaveLength(1);
  expect(await refresh(refreshToken)).toMatchObject(refused);
});

it("cannot refresh as a member who was removed (LOGIN_REQUIRED)", async () => {
  const { refreshToken } = await login("guest@acme.test");
  const { status, body } = await refresh(refreshToken);
  expect(status).toBe(200);
  await adminQuery(
    server.adminUrl,
    "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'guest@acme.test'",
  );
  expect(await refresh(body.refreshToken)).toMatchObject(refused);
});

it("cannot refresh with an access token or an unknown one (LOGIN_REQUIRED)", async () => {
  const { accessToken } = await login();
  for (const token of [accessToken, "x", "x".repeat(43)]) {
    const answer = await refresh(token);
    expect(answer).toMatchObject(refused);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
});

it.each([undefined, null, "", 7, {}, ["x"], "x".repeat(2000)])("cannot refresh with %j (BAD_INPUT)", async (token) => {
  expect(await refresh(token)).toMatchObject({
    status: 400,
    body: { errors: [{ extensions: { code: "BAD_INPUT", field: "refreshToken" } }] },
  });
});

it("cannot find a refresh token in the database, only its hash", async () => {
  const { refreshToken } = await login();
  const found = await adminQuery<{ row: string }>(
    server.adminUrl,
    "select t::text as row from private.refresh_tokens t where token_hash = $1",
    [digest(refreshToken)],
  );
  expect(found).toHaveLength(1);
  expect(found[0]!.row).not.toContain(refreshToken);
});
