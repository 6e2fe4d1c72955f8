/** Who has shown one factor of two has the token of a challenge, which opens nothing else (matrix D, row 65). */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PASSWORD, post } from "../helpers/server.ts";
import { Authenticator } from "./authenticator.ts";
import { ACME, codeAt, ORIGIN, refusal, useSecondFactors, wrongCode } from "./secondFactor.ts";

const server = useSecondFactors();
const { send } = server;
const [OWNER, ADMIN] = ACME;
const enforce = () => server.sql("update core.workspaces set is_two_factor_enforced = true where subdomain = 'acme'");

const PLUGINS = fileURLToPath(new URL("../../plugins/", import.meta.url));
/** Every route there is, as the plugins add them. */
const routes = globSync("*.ts", { cwd: PLUGINS }).flatMap((file) =>
  [...readFileSync(PLUGINS + file, "utf8").matchAll(/(?:router\.(get|post|put|patch|delete|all)|\b(post))\(\s*"(\/[^"]*)"/g)].map(
    (match) => ({ method: (match[1] ?? match[2])!.replace("all", "post").toUpperCase(), path: match[3]! }),
  ),
);
/** What the token is for. */
const MEANT = [
  "/auth/second-factor",
  "/auth/second-factor/options",
  "/auth/totp/enrol",
  "/auth/totp/verify",
  "/auth/passkeys/options",
  "/auth/passkeys",
];
/** Where a token may stand in a body or an address. */
const WORDS = [
  "token",
  "loginToken",
  "refreshToken",
  "transientToken",
  "inviteToken",
  "invitationToken",
  "passwordResetToken",
  "emailVerificationToken",
];

/** Asks a route in one of four ways with a token: as bearer or not, in the address or not, and always in the body. */
async function ask({ method, path }: { method: string; path: string }, token: string, isBearer: boolean, isInAddress: boolean) {
  const query = isInAddress ? `?${WORDS.map((word) => `${word}=${token}`).join("&")}` : "";
  const body = { ...Object.fromEntries(WORDS.map((word) => [word, token])), query: "{ companies { totalCount } }", code: "x", id: "x" };
  const response = await fetch(`${server.url}${path.replace(/[:*]\w+/g, "x")}${query}`, {
    method,
    redirect: "manual",
    headers: { "content-type": "application/json", ...(isBearer && { authorization: `Bearer ${token}` }) },
    ...(method !== "GET" && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: `${response.headers.get("location")} ${await response.text()}` };
}

it("can see the routes of the plugins", () => {
  expect(routes.map(({ path }) => path)).toEqual(expect.arrayContaining(["/graphql", "/metadata", "/auth/login", "/auth/totp/enrol"]));
});

it("cannot do more with it on any route than with any other text, and comes no further", async () => {
  const { secret } = await server.enrolled(OWNER);
  await server.sql("delete from private.sessions");
  const [token, other] = [await server.challenge(OWNER), "x".repeat(43)];
  const faults: string[] = [];
  for (const route of routes.filter(({ path }) => !MEANT.includes(path))) {
    for (const [isBearer, isInAddress] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const [mine, nobodys] = [await ask(route, token, isBearer, isInAddress), await ask(route, other, isBearer, isInAddress)];
      const tells = /accessToken"|refreshToken"|acme\.test/.test(mine.text);
      if (mine.status !== nobodys.status || tells) faults.push(`${route.method} ${route.path}: ${mine.status} ${mine.text.slice(0, 200)}`);
    }
  }
  expect(faults).toEqual([]);
  expect(await server.sql("select from private.sessions")).toEqual([]);
  // It was worth something: with a code it lets in.
  expect((await send("/auth/second-factor", { token, code: codeAt(secret) })).status).toBe(200);
});

it("cannot enrol, list or take away anything by it, as one who has a second factor", async () => {
  const { secret } = await server.enrolled(OWNER);
  const token = await server.challenge(OWNER);
  const replies = [
    ...(await Promise.all(["/auth/totp/enrol", "/auth/passkeys/options"].map((path) => send(path, { token })))),
    await send("/auth/totp/verify", { token, code: codeAt(secret) }),
    await send("/auth/second-factors", {}, token, "GET"),
  ];
  expect(replies.map(({ body }) => body.errors[0]!.extensions.code)).toEqual([
    "PROOF_REQUIRED",
    "PROOF_REQUIRED",
    "BAD_CODE",
    "LOGIN_REQUIRED",
  ]);
});

it.each(["/graphql", "/metadata"])("cannot ask anything of %s by it (LOGIN_REQUIRED)", async (path) => {
  await server.enrolled(OWNER);
  const token = await server.challenge(OWNER);
  for (const query of ["{ __typename }", "{ __schema { queryType { name } } }", "mutation { __typename }"]) {
    expect(await post(server.url, path, token, query)).toMatchObject({ status: 401, errors: [{ extensions: { code: "LOGIN_REQUIRED" } }] });
  }
});

describe("where a workspace enforces a second factor", () => {
  it("can enrol an app with the challenge, and comes in by it", async () => {
    await enforce();
    const { body } = await server.login(OWNER);
    expect(body).toEqual({ challenge: { token: expect.any(String), kinds: [], mustEnrol: true } });
    const { token } = body.challenge;
    const { body: app } = await send("/auth/totp/enrol", { token });
    const { status, body: tokens } = await send("/auth/totp/verify", { token, code: codeAt(app.secret) });
    expect([status, tokens.recoveryCodes.length]).toEqual([200, 10]);
    expect(await post(server.url, "/graphql", tokens.accessToken, "{ __typename }")).toMatchObject({ status: 200 });
    expect((await server.login(OWNER)).body.challenge).toMatchObject({ kinds: ["TOTP", "RECOVERY_CODE"], mustEnrol: false });
    expect(await send("/auth/totp/verify", { token, code: codeAt(app.secret, 1) })).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
  });

  it("can enrol a passkey with the challenge, and comes in by it", async () => {
    await enforce();
    const token = await server.challenge(OWNER);
    const { body: offered } = await send("/auth/passkeys/options", { token });
    const { body } = await send("/auth/passkeys", { token, passkey: new Authenticator(ORIGIN).create(offered as never) });
    expect(body).toMatchObject({ accessToken: expect.any(String), recoveryCodes: expect.any(Array) });
  });

  it("cannot come in by the challenge alone, by a wrong code, or by the password again", async () => {
    await enforce();
    const token = await server.challenge(OWNER);
    expect(await send("/auth/second-factor", { token, code: "123456" })).toMatchObject(refusal(403, "BAD_CODE"));
    const { body: app } = await send("/auth/totp/enrol", { token });
    // A seed that nobody has confirmed is no second factor.
    expect(await send("/auth/second-factor", { token, code: codeAt(app.secret) })).toMatchObject(refusal(403, "BAD_CODE"));
    expect(await send("/auth/totp/verify", { token, code: wrongCode(app.secret) })).toMatchObject(refusal(403, "BAD_CODE"));
    expect((await server.login(OWNER)).body).toMatchObject({ challenge: { mustEnrol: true } });
    expect(await server.sql("select from private.sessions")).toEqual([]);
  });

  it("cannot enrol a factor of one's own beside the one that is asked for (PROOF_REQUIRED)", async () => {
    const { secret } = await server.enrolled(OWNER);
    for (const isEnforced of [false, true]) {
      if (isEnforced) await enforce();
      const token = await server.challenge(OWNER);
      for (const path of ["/auth/totp/enrol", "/auth/passkeys/options"]) {
        expect(await send(path, { token, password: PASSWORD })).toMatchObject(refusal(403, "PROOF_REQUIRED"));
      }
      expect(await send("/auth/totp/verify", { token, code: codeAt(secret, 1) })).toMatchObject(refusal(403, "BAD_CODE"));
    }
  });

  it("cannot use a challenge to enrol when somebody has enrolled meanwhile (PROOF_REQUIRED)", async () => {
    await enforce();
    const [mine, thief] = [await server.challenge(OWNER), await server.challenge(OWNER)];
    const { body: offered } = await send("/auth/passkeys/options", { token: thief });
    const { body: app } = await send("/auth/totp/enrol", { token: mine });
    expect((await send("/auth/totp/verify", { token: mine, code: codeAt(app.secret) })).status).toBe(200);
    expect(await send("/auth/passkeys", { token: thief, passkey: new Authenticator(ORIGIN).create(offered as never) })).toMatchObject(
      refusal(403, "PROOF_REQUIRED"),
    );
    expect(await send("/auth/totp/enrol", { token: thief })).toMatchObject(refusal(403, "PROOF_REQUIRED"));
  });

  it("cannot go on in a sign-in that has shown none, from then on (LOGIN_REQUIRED)", async () => {
    const { token: strong } = await server.enrolled(OWNER);
    const { body: weak } = await server.login(ADMIN);
    const works = async (token: string) => (await post(server.url, "/graphql", token, "{ __typename }")).status;
    expect([await works(strong), await works(weak.accessToken)]).toEqual([200, 200]);
    await enforce();
    expect([await works(strong), await works(weak.accessToken)]).toEqual([200, 401]);
    expect((await send("/auth/refresh", { refreshToken: weak.refreshToken })).status).toBe(401);
  });

  it("can have it in one workspace and not in another", async () => {
    await enforce();
    expect((await server.login("owner@globex.test")).body.accessToken).toEqual(expect.any(String));
    expect((await server.login(ADMIN)).body.challenge.mustEnrol).toBe(true);
  });
});
