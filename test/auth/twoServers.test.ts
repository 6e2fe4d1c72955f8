/** Two servers over one database: who is signed out on one is out on the other at once, and keys go round without anybody noticing. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { adminQuery, PASSWORD, post, startTestServer, type TestServer, until } from "../helpers/server.ts";
import "../helpers/slow.ts";
import { PROCESS_ENV } from "../helpers/processEnv.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const database = useTestDatabase();
const env = { PG_DATABASE_URL: "", PG_POOL_MAX_CONNECTIONS: "4" };
let a: TestServer;
let b: TestServer;
beforeAll(async () => {
  env.PG_DATABASE_URL = database.adminUrl;
  a = await startTestServer(env);
  b = await startTestServer(env);
});
afterAll(() => Promise.all([a?.stop(), b?.stop()]));

type Tokens = { accessToken: string; refreshToken: string };
async function send(server: TestServer, path: string, body: object, token?: string) {
  const response = await fetch(`${server.url}/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Tokens };
}
const login = async (server: TestServer, email = "owner@acme.test") => (await send(server, "/login", { email, password: PASSWORD })).body;
const statusOf = async (server: TestServer, { accessToken }: Tokens) =>
  (await post(server.url, "/graphql", accessToken, "{ companies(first: 1) { totalCount } }")).status;
const everywhere = (tokens: Tokens) => Promise.all([statusOf(a, tokens), statusOf(b, tokens)]);
const relata = (args: string[], more: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [CLI, ...args], {
    env: { ...PROCESS_ENV, NODE_ENV: "test", APP_SECRET: TEST_SECRET, ...env, ...more },
  });
const kidOf = ({ accessToken }: Tokens) =>
  (JSON.parse(Buffer.from(accessToken.split(".")[0]!, "base64url").toString()) as { kid: string }).kid;

describe("signing out", () => {
  it("can end one sign-in on every server at once, also by its refresh token", async () => {
    const [here, other, third] = [await login(a), await login(b), await login(b)];
    expect(await everywhere(here)).toEqual([200, 200]);
    expect((await send(a, "/logout", {}, here.accessToken)).status).toBe(204);
    expect(await everywhere(here)).toEqual([401, 401]);
    expect((await send(b, "/refresh", { refreshToken: here.refreshToken })).status).toBe(401);
    expect((await send(a, "/logout", { refreshToken: other.refreshToken })).status).toBe(204);
    expect(await everywhere(other)).toEqual([401, 401]);
    expect(await everywhere(third)).toEqual([200, 200]);
    // Once more is no error.
    expect((await send(a, "/logout", {}, here.accessToken)).status).toBe(204);
  });

  it("can end all of a user's, and nobody else's", async () => {
    const [one, two, others] = [await login(a), await login(b), await login(b, "admin@acme.test")];
    expect((await send(b, "/logout-all", {}, one.accessToken)).status).toBe(204);
    expect([await everywhere(one), await everywhere(two), await everywhere(others)]).toEqual([
      [401, 401],
      [401, 401],
      [200, 200],
    ]);
  });

  it("cannot end all by a sign-in that is over", async () => {
    const [old, young] = [await login(a), await login(a)];
    await send(a, "/logout", {}, old.accessToken);
    await send(a, "/logout-all", {}, old.accessToken);
    expect(await everywhere(young)).toEqual([200, 200]);
  });

  it("cannot be done by nobody (LOGIN_REQUIRED)", async () => {
    expect((await send(a, "/logout", {})).status).toBe(401);
    expect((await send(a, "/logout-all", {}, "x")).status).toBe(401);
  });

  it("can come of a sign-in that has expired, of a member removed, of a user gone", async () => {
    const tokens = await login(a, "guest@acme.test");
    expect(await everywhere(tokens)).toEqual([200, 200]);
    await adminQuery(
      database.adminUrl,
      "update private.sessions s set expires_at = now() from core.users u where u.id = s.user_id and u.email = 'guest@acme.test'",
    );
    expect(await everywhere(tokens)).toEqual([401, 401]);
    const again = await login(a, "guest@acme.test");
    await adminQuery(database.adminUrl, "delete from core.users where email = 'guest@acme.test'");
    expect(await everywhere(again)).toEqual([401, 401]);
  });
});

describe("keys", () => {
  it("can be rotated under load: the new one signs, what the old one has signed holds, nobody is refused", async () => {
    const before = await login(a);
    let isOver = false;
    const statuses: number[] = [];
    const load = [a, b].map(async (server) => {
      while (!isOver) {
        const fresh = await login(server === a ? b : a, "member@acme.test");
        statuses.push(await statusOf(server, fresh), await statusOf(server, before));
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    });
    await relata(["keys", "rotate"]);
    // As if its minute were over.
    await adminQuery(database.adminUrl, "update private.signing_keys set starts_at = now() + interval '4 seconds' where starts_at > now()");
    const after = await until(
      async () => [await login(a), await login(b)],
      (tokens) => tokens.every((token) => kidOf(token) !== kidOf(before)),
    );
    isOver = true;
    await Promise.all(load);
    expect(statuses.length).toBeGreaterThan(50);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(kidOf(after[0]!)).toBe(kidOf(after[1]!));
    expect(kidOf(after[0]!)).not.toBe(kidOf(before));
    expect(await everywhere(before)).toEqual([200, 200]);
    expect([await everywhere(after[0]!), await everywhere(after[1]!)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
  });

  it("can forget a former key when all it has signed is over", async () => {
    const [first] = await adminQuery<{ left: number }>(
      database.adminUrl,
      "select round(extract(epoch from expires_at - starts_at)) as left from private.signing_keys where expires_at is not null",
    );
    expect(Number(first!.left)).toBeGreaterThan(1800);
    await adminQuery(database.adminUrl, "update private.signing_keys set expires_at = now() where expires_at is not null");
    await relata(["keys", "rotate"]);
    const [keys] = await adminQuery<{ count: string }>(database.adminUrl, "select count(*) from private.signing_keys");
    expect(keys!.count).toBe("2");
  });

  it("can make another key when the newest has signed for its period, one for all servers", async () => {
    await adminQuery(
      database.adminUrl,
      "update private.signing_keys set created_at = now() - interval '91 days', starts_at = now() - interval '91 days'",
    );
    const [c, d] = await Promise.all([startTestServer(env), startTestServer(env)]);
    try {
      await Promise.all([login(c), login(d)]);
      const made = await adminQuery(database.adminUrl, "select kid from private.signing_keys where created_at > now() - interval '1 hour'");
      expect(made).toHaveLength(1);
    } finally {
      await Promise.all([c.stop(), d.stop()]);
    }
  });

  it("can be replaced at once: what was signed is worth nothing, refresh tokens are", async () => {
    const before = await login(a);
    expect((await relata(["keys", "rotate", "--now"])).stdout).toMatch(/clients refresh/);
    await new Promise((resolve) => setTimeout(resolve, 3200));
    await everywhere(before); // lets them look
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await everywhere(before)).toEqual([401, 401]);
    const { status, body } = await send(b, "/refresh", { refreshToken: before.refreshToken });
    expect([status, await everywhere(body)]).toEqual([200, [200, 200]]);
  });
});
