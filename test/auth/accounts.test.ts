/** Signing up, proving an address, another password, links that sign in: each token works once, for what it is, in its time. */

import { mailsTo, tokenTo } from "../helpers/mails.ts";
import { adminQuery, PASSWORD, post, useTestServer } from "../helpers/server.ts";

const server = useTestServer();
const GOOD = "correct horse battery";
type Body = {
  accessToken: string;
  refreshToken: string;
  userToken: string;
  workspaces: object[];
  errors: { extensions: { code: string; field?: string } }[];
};

async function send(path: string, body: unknown, token?: string) {
  const response = await fetch(`${server.url}/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: (text ? JSON.parse(text) : {}) as Body };
}
const sql = (text: string, values: unknown[] = []) => adminQuery(server.adminUrl, text, values);
const login = (email: string, password = PASSWORD) => send("/login", { email, password });
const fault = ({ status, body }: Awaited<ReturnType<typeof send>>) => [status, body.errors?.[0]?.extensions.code];
const OVER = [401, "LOGIN_REQUIRED"];
const answers = async (token: string) => (await post(server.url, "/graphql", token, "{ __typename }")).status;
const tooOld = "update private.one_time_tokens set expires_at = now() - interval '1 second'";

describe("a new account", () => {
  const email = "new@person.test";

  it("can be made by who reads the address's mail, and not before", async () => {
    expect(await send("/sign-up", { email: "New@Person.test", password: GOOD, firstName: "Nora" })).toMatchObject({ status: 202 });
    expect(fault(await login(email, GOOD))).toEqual([401, "BAD_CREDENTIALS"]);
    const [mail] = await mailsTo(server.adminUrl, email);
    expect(mail).toMatchObject({ template: "verify_address", data: { link: expect.stringMatching(/\/verify-email#token=[\w-]{43}$/) } });
    const token = await tokenTo(server.adminUrl, email);
    expect((await send("/verify-email", { token })).body).toEqual({ userToken: expect.any(String), expiresIn: 1800, workspaces: [] });
    expect(fault(await send("/verify-email", { token }))).toEqual(OVER);
    expect((await login(email, GOOD)).status).toBe(200);
  });

  it("cannot be told from one that is there, but by its mail", async () => {
    const [known, unknown] = [
      await send("/sign-up", { email: "owner@acme.test", password: GOOD }),
      await send("/sign-up", { email: "someone@person.test", password: GOOD }),
    ];
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    expect((await mailsTo(server.adminUrl, "owner@acme.test"))[0]).toMatchObject({ template: "account_exists" });
    expect((await login("owner@acme.test")).status).toBe(200);
  });

  it("cannot be taken by who signs up second, once the first has proven the address", async () => {
    const both = { email: "two@person.test" };
    await send("/sign-up", { ...both, password: GOOD });
    const first = await tokenTo(server.adminUrl, both.email);
    await send("/sign-up", { ...both, password: "another one entirely" });
    const second = await tokenTo(server.adminUrl, both.email);
    expect((await send("/verify-email", { token: first })).status).toBe(200);
    expect(fault(await send("/verify-email", { token: second }))).toEqual(OVER);
    expect((await login(both.email, GOOD)).status).toBe(200);
  });

  it("cannot be kept in the database with its password or its token", async () => {
    await send("/sign-up", { email: "third@person.test", password: GOOD });
    const token = await tokenTo(server.adminUrl, "third@person.test");
    const [row] = await sql("select string_agg(t::text, ' ') as all from private.one_time_tokens t");
    const [mails] = await sql("select string_agg(m::text, ' ') as all from private.mails m");
    const [jobs] = await sql("select string_agg(j.payload::text, ' ') as all from graphile_worker._private_jobs j");
    for (const text of [row!["all"], mails!["all"], jobs!["all"]]) {
      expect(text).toEqual(expect.any(String));
      expect(text).not.toContain(token);
      expect(text).not.toContain(GOOD);
    }
  });
});

describe("a password", () => {
  it.each([
    ["too short", "short 7"],
    ["too long", "x y".repeat(43)],
    ["common", "trustno1"],
    ["common in capitals", "Password1"],
    ["a walk on the keyboard", "qwertyuiop"],
    ["a row of digits", "23456789"],
    ["a row backwards", "hgfedcba"],
    ["one sign", "aaaaaaaaaaaa"],
    ["two signs", "abababababab"],
    ["the address", "weak@person.test"],
    ["a word of the address and digits", "person2024!"],
    ["the product", "relata2024"],
    ["eight bytes of two characters", "🔑🔑"],
    ["common, typed in full width", "ｐａｓｓｗｏｒｄ１２３"],
  ])("cannot be %s (PASSWORD_REFUSED)", async (_what, password) => {
    expect(fault(await send("/sign-up", { email: "weak@person.test", password }))).toEqual([400, "PASSWORD_REFUSED"]);
  });

  it.each([
    " spaces count ",
    "пароль мой длинный",
    "日本語パスワード",
    "🔑🗝🔒🔓🔏🔐🧩🎲",
    "no-digits-no-capitals",
    "x y z ".repeat(21),
    "nul\u0000in it, fine",
  ])("can be %j", async (password) => {
    const email = `p${Buffer.from(password).toString("hex").slice(0, 20)}@person.test`;
    expect(await send("/sign-up", { email, password })).toMatchObject({ status: 202 });
    await send("/verify-email", { token: await tokenTo(server.adminUrl, email) });
    expect((await login(email, password)).status).toBe(200);
    expect((await login(email, password.slice(0, -1))).status).toBe(401);
  });

  it("can be typed composed or not, and is told apart behind its 72nd byte", async () => {
    const [composed, twin] = [`${"é".repeat(40)} one`.normalize("NFC"), `${"é".repeat(40)} two`];
    await send("/sign-up", { email: "nfc@person.test", password: composed });
    await send("/verify-email", { token: await tokenTo(server.adminUrl, "nfc@person.test") });
    expect((await login("nfc@person.test", composed.normalize("NFD"))).status).toBe(200);
    expect((await login("nfc@person.test", twin)).status).toBe(401);
  });

  it("cannot be longer than 1 kB (BAD_INPUT), or than a small body (BODY_TOO_LARGE)", async () => {
    expect(fault(await send("/sign-up", { email: "weak@person.test", password: "ü".repeat(600) }))).toEqual([400, "BAD_INPUT"]);
    expect(fault(await send("/login", { email: "weak@person.test", password: "x".repeat(1025) }))).toEqual([400, "BAD_INPUT"]);
    expect(fault(await send("/sign-up", { email: "weak@person.test", password: "x".repeat(1_000_000) }))).toEqual([413, "BODY_TOO_LARGE"]);
  });

  it("can be changed by who knows it; his other sign-ins end", async () => {
    const [here, there] = [(await login("admin@acme.test")).body, (await login("admin@acme.test")).body];
    const change = (body: object) => send("/password", body, here.accessToken);
    expect(fault(await change({ currentPassword: "not it at all", newPassword: GOOD }))).toEqual([401, "BAD_CREDENTIALS"]);
    expect(fault(await change({ currentPassword: PASSWORD, newPassword: "12345678" }))).toEqual([400, "PASSWORD_REFUSED"]);
    expect((await change({ currentPassword: PASSWORD, newPassword: GOOD })).status).toBe(204);
    expect([await answers(here.accessToken), await answers(there.accessToken)]).toEqual([200, 401]);
    expect((await send("/refresh", { refreshToken: there.refreshToken })).status).toBe(401);
    expect([(await login("admin@acme.test")).status, (await login("admin@acme.test", GOOD)).status]).toEqual([401, 200]);
  });
});

describe("a reset", () => {
  const email = "member@acme.test";
  const ask = async () => {
    expect((await send("/password-reset", { email })).status).toBe(202);
    return tokenTo(server.adminUrl, email);
  };

  it("can set another password once, ends every sign-in, and tells by mail", async () => {
    const before = (await login(email)).body;
    const token = await ask();
    expect(fault(await send("/password-reset/confirm", { token, password: "12345678" }))).toEqual([400, "PASSWORD_REFUSED"]);
    expect((await send("/password-reset/confirm", { token, password: GOOD })).status).toBe(204);
    expect(await answers(before.accessToken)).toBe(401);
    expect((await send("/refresh", { refreshToken: before.refreshToken })).status).toBe(401);
    expect([(await login(email)).status, (await login(email, GOOD)).status]).toEqual([401, 200]);
    expect((await mailsTo(server.adminUrl, email))[0]).toMatchObject({ template: "password_changed" });
    expect(fault(await send("/password-reset/confirm", { token, password: "something else again" }))).toEqual(OVER);
  });

  it("cannot be done by two at once", async () => {
    const token = await ask();
    const both = await Promise.all(
      ["one of the two", "two of the two"].map((password) => send("/password-reset/confirm", { token, password })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([204, 401]);
  });

  it("cannot be done with an older link, or one that is too old", async () => {
    const [older, newer] = [await ask(), await ask()];
    expect(fault(await send("/password-reset/confirm", { token: older, password: GOOD }))).toEqual(OVER);
    await sql(tooOld);
    expect(fault(await send("/password-reset/confirm", { token: newer, password: GOOD }))).toEqual(OVER);
  });

  it("cannot tell a known address from an unknown one", async () => {
    const [known, unknown] = [await send("/password-reset", { email }), await send("/password-reset", { email: "nobody@acme.test" })];
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    expect(await mailsTo(server.adminUrl, "nobody@acme.test")).toEqual([]);
  });

  it("cannot lead elsewhere, whatever the request says of its host", async () => {
    await fetch(`${server.url}/auth/password-reset`, {
      method: "POST",
      headers: { "content-type": "application/json", host: "evil.test", "x-forwarded-host": "evil.test", origin: "https://evil.test" },
      body: JSON.stringify({ email }),
    });
    const [mail] = await mailsTo(server.adminUrl, email);
    expect(mail!.data["link"]).toMatch(/^http:\/\/localhost:\d+\/reset-password#/);
  });
});

describe("a magic link", () => {
  const email = "guest@acme.test";
  const ask = async (door: object = {}) => {
    expect((await send("/magic-link", { email, ...door })).status).toBe(202);
    return tokenTo(server.adminUrl, email);
  };
  const use = (token: string) => send("/magic-link/sign-in", { token });

  it("can sign in, once", async () => {
    const token = await ask();
    const { body } = await use(token);
    expect(await answers(body.accessToken)).toBe(200);
    expect(fault(await use(token))).toEqual(OVER);
  });

  it("cannot be used by two at once", async () => {
    const token = await ask();
    const all = await Promise.all(Array.from({ length: 8 }, () => use(token)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("cannot be used when it is older than another, or too old", async () => {
    const [older, newer] = [await ask(), await ask()];
    expect(fault(await use(older))).toEqual(OVER);
    await sql(tooOld);
    expect(fault(await use(newer))).toEqual(OVER);
  });

  it("cannot be used for what it is not, nor another token for it", async () => {
    const link = await ask();
    expect(fault(await send("/password-reset/confirm", { token: link, password: GOOD }))).toEqual(OVER);
    expect(fault(await send("/verify-email", { token: link }))).toEqual(OVER);
    expect(fault(await send("/token", { loginToken: link }))).toEqual(OVER);
    expect(fault(await send("/refresh", { refreshToken: link }))).toEqual(OVER);
    expect((await use(link)).status).toBe(200);
    await send("/password-reset", { email });
    expect(fault(await use(await tokenTo(server.adminUrl, email)))).toEqual(OVER);
    expect(fault(await use("x".repeat(43)))).toEqual(OVER);
  });

  it("cannot tell a known address from an unknown one", async () => {
    const [known, unknown] = [await send("/magic-link", { email }), await send("/magic-link", { email: "nobody@acme.test" })];
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    expect(await mailsTo(server.adminUrl, "nobody@acme.test")).toEqual([]);
  });

  it("cannot be used where the workspace lets nobody in that way (SIGN_IN_METHOD_DISABLED)", async () => {
    const methods = async () => (await (await fetch(`${server.url}/auth/methods?workspace=acme`)).json()) as { methods: string[] };
    expect((await methods()).methods).toContain("MAGIC_LINK");
    await sql("update core.workspaces set is_magic_link_enabled = false where subdomain = 'acme'");
    expect((await methods()).methods).not.toContain("MAGIC_LINK");
    expect(fault(await use(await ask()))).toEqual([403, "SIGN_IN_METHOD_DISABLED"]);
  });

  it("can let somebody join by the domain of his address, and makes him a user", async () => {
    await sql("update core.workspaces set is_magic_link_enabled = true where subdomain = 'acme'");
    await sql(
      "insert into core.approved_domains (workspace_id, domain, is_validated) select id, 'joining.test', true from core.workspaces where subdomain = 'acme'",
    );
    await send("/magic-link", { email: "jo@joining.test" });
    expect(await mailsTo(server.adminUrl, "jo@joining.test")).toEqual([]);
    await send("/magic-link", { email: "jo@joining.test", workspace: "acme" });
    const { body } = await use(await tokenTo(server.adminUrl, "jo@joining.test"));
    expect(await answers(body.accessToken)).toBe(200);
  });
});
