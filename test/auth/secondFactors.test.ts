/** Authenticator apps and recovery codes, from enrolment to sign-in (matrix D, row 64). */
import { PASSWORD, post } from "../helpers/server.ts";
import { Authenticator } from "./authenticator.ts";
import { ACME, codeAt, ORIGIN, refusal, useSecondFactors, wrongCode } from "./secondFactor.ts";

const server = useSecondFactors();
const { send } = server;
const [OWNER, ADMIN, MEMBER] = ACME;

const badCode = refusal(403, "BAD_CODE");
const statuses = (replies: { status: number }[]) => replies.map(({ status }) => status).sort();
const pass = (token: string, code: string) => send("/auth/second-factor", { token, code });

describe("enrolling", () => {
  it("can enrol an app, and is then asked for its code at sign-in", async () => {
    const token = await server.signIn(OWNER);
    const { status, headers, body } = await send("/auth/totp/enrol", {}, token);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: expect.stringContaining("otpauth://totp/Relata:owner%40acme.test?"),
      qrCode: expect.stringMatching(/^data:image\/svg\+xml;base64,/),
    });
    // Nothing is asked of him before he has shown a code.
    expect((await server.login(OWNER)).body.accessToken).toEqual(expect.any(String));

    const code = codeAt(body.secret);
    const confirmed = await send("/auth/totp/verify", { code }, token);
    expect(confirmed.body).toEqual({ recoveryCodes: expect.arrayContaining([expect.any(String)]) });
    expect((await server.login(OWNER)).body).toEqual({
      challenge: { token: expect.any(String), kinds: ["TOTP", "RECOVERY_CODE"], mustEnrol: false },
    });
    // The code that has confirmed it is used up.
    expect(await pass(await server.challenge(OWNER), code)).toMatchObject(badCode);
    await server.later();
    const { body: tokens } = await pass(await server.challenge(OWNER), codeAt(body.secret));
    expect(await post(server.url, "/graphql", tokens.accessToken, "{ __typename }")).toMatchObject({ status: 200 });
    expect((await send("/auth/refresh", { refreshToken: tokens.refreshToken })).status).toBe(200);
  });

  it("cannot enrol with a sign-in of eleven minutes ago (PROOF_REQUIRED), but with the password", async () => {
    const token = await server.signIn(MEMBER);
    await server.age(9);
    expect((await send("/auth/totp/enrol", {}, token)).status).toBe(200);
    await server.age(2);
    expect(await send("/auth/totp/enrol", {}, token)).toMatchObject(refusal(403, "PROOF_REQUIRED"));
    expect(await send("/auth/passkeys/options", {}, token)).toMatchObject(refusal(403, "PROOF_REQUIRED"));
    expect(await send("/auth/totp/enrol", { password: "wrong" }, token)).toMatchObject(refusal(401, "BAD_CREDENTIALS"));
    expect((await send("/auth/totp/enrol", { password: PASSWORD }, token)).status).toBe(200);
  });

  it("cannot enrol a factor beside the one there is, in a sign-in that has shown none (PROOF_REQUIRED)", async () => {
    const weak = await server.signIn(OWNER);
    const { body: offered } = await send("/auth/passkeys/options", {}, weak);
    const { token: strong, secret } = await server.enrolled(OWNER);
    for (const body of [{}, { password: PASSWORD }]) {
      expect(await send("/auth/passkeys/options", body, weak)).toMatchObject(refusal(403, "PROOF_REQUIRED"));
      expect(await send("/auth/totp/enrol", body, weak)).toMatchObject(refusal(403, "PROOF_REQUIRED"));
    }
    expect(await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(offered as never) }, weak)).toMatchObject(
      refusal(403, "PROOF_REQUIRED"),
    );
    expect((await send("/auth/passkeys/options", {}, strong)).status).toBe(200);
    const { body: anew } = await pass(await server.challenge(OWNER), codeAt(secret));
    expect((await send("/auth/passkeys/options", {}, anew.accessToken)).status).toBe(200);
  });

  it("cannot guess a password by enrolling (RATE_LIMITED)", async () => {
    const token = await server.signIn(MEMBER);
    await server.age(11);
    const guesses = [];
    for (let n = 0; n < 6; n++) guesses.push(await send("/auth/totp/enrol", { password: `guess ${n}` }, token));
    expect(statuses(guesses)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(await send("/auth/totp/enrol", { password: PASSWORD }, token)).toMatchObject(refusal(429, "RATE_LIMITED"));
  });

  it("cannot enrol without a token, or by one that is none (LOGIN_REQUIRED)", async () => {
    for (const token of [undefined, "x", "x".repeat(43)]) {
      expect(await send("/auth/totp/enrol", {}, token)).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
      expect(await send("/auth/totp/enrol", { token })).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
    }
  });

  it("cannot put another app in the place of one that stands (CONFLICT)", async () => {
    const { secret, token } = await server.enrolled(OWNER);
    expect(await send("/auth/totp/enrol", { password: PASSWORD }, token)).toMatchObject(refusal(409, "CONFLICT"));
    expect((await pass(await server.challenge(OWNER), codeAt(secret))).status).toBe(200);
  });

  it("cannot confirm with a wrong code, an old seed or one that was begun too long ago (BAD_CODE)", async () => {
    const token = await server.signIn(OWNER);
    const { body: first } = await send("/auth/totp/enrol", {}, token);
    const { body: second } = await send("/auth/totp/enrol", {}, token);
    expect(await send("/auth/totp/verify", { code: wrongCode(second.secret) }, token)).toMatchObject(badCode);
    expect(await send("/auth/totp/verify", { code: codeAt(first.secret) }, token)).toMatchObject(badCode);
    await server.sql("update private.totp_secrets set created_at = now() - interval '16 minutes'");
    expect(await send("/auth/totp/verify", { code: codeAt(second.secret) }, token)).toMatchObject(badCode);
    expect((await server.login(OWNER)).body.accessToken).toEqual(expect.any(String));
  });

  it("can find no seed and no recovery code in the database, and no seed opens in another's row", async () => {
    const [mine, other] = [await server.enrolled(OWNER), await server.enrolled(ADMIN)];
    const dump = JSON.stringify(
      await server.sql("select to_jsonb(t) from private.totp_secrets t union all select to_jsonb(c) from private.recovery_codes c"),
    );
    expect(dump).toContain("sealed_seed");
    for (const secret of [mine.secret, mine.recoveryCodes[0]!, mine.recoveryCodes[0]!.replaceAll("-", "")]) {
      for (const encoding of ["utf8", "hex", "base64"] as const) expect(dump).not.toContain(Buffer.from(secret).toString(encoding));
    }
    await server.sql(
      `update private.totp_secrets t set sealed_seed = o.sealed_seed from private.totp_secrets o join core.users u on u.id = o.user_id
       where u.email = 'admin@acme.test' and o.id <> t.id`,
    );
    expect((await pass(await server.challenge(OWNER), codeAt(other.secret))).status).toBe(500);
  });
});

describe("showing a code", () => {
  it("can show a code once: of 20 who send it at once, one comes in", async () => {
    const { secret } = await server.enrolled(OWNER);
    const tokens = [];
    for (let n = 0; n < 20; n++) tokens.push(await server.challenge(OWNER));
    const replies = await Promise.all(tokens.map((token) => pass(token, codeAt(secret))));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 200))
      expect(["BAD_CODE", "RATE_LIMITED"]).toContain(reply.body.errors[0]!.extensions.code);
    // His, and the one in which he enrolled.
    expect(await server.sql("select from private.sessions where is_strong")).toHaveLength(2);
  });

  it("can pass a challenge once: of 20 who send it at once, one comes in", async () => {
    const { secret, recoveryCodes } = await server.enrolled(OWNER);
    const token = await server.challenge(OWNER);
    const codes = Array.from({ length: 20 }, (_, n) => [codeAt(secret), ...recoveryCodes][n % 11]!);
    const replies = await Promise.all(codes.map((code) => pass(token, code)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await pass(token, recoveryCodes[9]!)).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
  });

  it("cannot show a code again, nor one of an earlier step (BAD_CODE)", async () => {
    const { secret } = await server.enrolled(OWNER);
    const [earlier, now] = [codeAt(secret, -1), codeAt(secret)];
    expect((await pass(await server.challenge(OWNER), now)).status).toBe(200);
    expect(await pass(await server.challenge(OWNER), now)).toMatchObject(badCode);
    expect(await pass(await server.challenge(OWNER), earlier)).toMatchObject(badCode);
  });

  it("cannot try more than five times in 15 minutes, whatever the challenges (RATE_LIMITED)", async () => {
    const { secret, recoveryCodes } = await server.enrolled(OWNER);
    const { secret: another } = await server.enrolled(ADMIN);
    const one = await server.challenge(OWNER);
    const replies = [];
    for (let n = 0; n < 3; n++) replies.push(await pass(one, wrongCode(secret)));
    for (let n = 0; n < 2; n++) replies.push(await pass(await server.challenge(OWNER), wrongCode(secret)));
    expect(statuses(replies)).toEqual([403, 403, 403, 403, 403]);
    for (const code of [codeAt(secret), recoveryCodes[0]!]) {
      const locked = await pass(await server.challenge(OWNER), code);
      expect(locked).toMatchObject(refusal(429, "RATE_LIMITED"));
      expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(800);
    }
    // Somebody else is not locked out by it, and he is not for ever.
    expect((await pass(await server.challenge(ADMIN), codeAt(another))).status).toBe(200);
    await server.sql("update private.second_factor_tries set tried_at = tried_at - interval '15 minutes'");
    expect((await pass(await server.challenge(OWNER), codeAt(secret))).status).toBe(200);
  });

  it("cannot guess more than five of many codes that are sent at once", async () => {
    const { secret } = await server.enrolled(OWNER);
    const token = await server.challenge(OWNER);
    const wrong = wrongCode(secret);
    const replies = await Promise.all(Array.from({ length: 40 }, () => pass(token, wrong)));
    expect(statuses(replies)).toEqual([...Array(5).fill(403), ...Array(35).fill(429)]);
  });

  it("can be right more than five times in 15 minutes", async () => {
    const { recoveryCodes } = await server.enrolled(OWNER);
    for (const code of recoveryCodes.slice(0, 7)) expect((await pass(await server.challenge(OWNER), code)).status).toBe(200);
  });

  it("cannot show the code of another user's app (BAD_CODE)", async () => {
    const [mine, others] = [await server.enrolled(OWNER), await server.enrolled(ADMIN)];
    expect(await pass(await server.challenge(OWNER), codeAt(others.secret))).toMatchObject(badCode);
    expect(await pass(await server.challenge(OWNER), others.recoveryCodes[0]!)).toMatchObject(badCode);
    expect((await pass(await server.challenge(OWNER), codeAt(mine.secret))).status).toBe(200);
  });

  it("cannot pass a challenge that is too old (LOGIN_REQUIRED)", async () => {
    const { secret } = await server.enrolled(OWNER);
    const token = await server.challenge(OWNER);
    await server.sql("update private.one_time_tokens set expires_at = now() - interval '1 second' where kind = 'SECOND_FACTOR'");
    expect(await pass(token, codeAt(secret))).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
  });

  it.each([undefined, null, "", 7, {}, ["123456"], "1".repeat(65)])("cannot show %j (BAD_INPUT)", async (code) => {
    expect(await send("/auth/second-factor", { token: "x".repeat(43), code })).toMatchObject(refusal(400, "BAD_INPUT", "code"));
    expect(await send("/auth/second-factor", { token: code === "1".repeat(65) ? 1 : code, code: "123456" })).toMatchObject(
      refusal(400, "BAD_INPUT", "token"),
    );
  });
});

describe("recovery codes", () => {
  it("can let in each once, also typed in another way", async () => {
    const { recoveryCodes } = await server.enrolled(OWNER);
    const [first, second] = recoveryCodes as [string, string];
    expect((await pass(await server.challenge(OWNER), first)).status).toBe(200);
    expect(await pass(await server.challenge(OWNER), first)).toMatchObject(badCode);
    expect((await pass(await server.challenge(OWNER), second.toLowerCase().replaceAll("-", " "))).status).toBe(200);
  });

  it("can be replaced with a code, and the old ones are void", async () => {
    const { secret, recoveryCodes, token } = await server.enrolled(OWNER);
    expect(await send("/auth/recovery-codes", {}, token)).toMatchObject(refusal(400, "BAD_INPUT", "code"));
    expect(await send("/auth/recovery-codes", { code: wrongCode(secret) }, token)).toMatchObject(badCode);
    const { body } = await send("/auth/recovery-codes", { code: codeAt(secret) }, token);
    expect(new Set([...recoveryCodes, ...body.recoveryCodes]).size).toBe(20);
    expect(await pass(await server.challenge(OWNER), recoveryCodes[0]!)).toMatchObject(badCode);
    expect((await pass(await server.challenge(OWNER), body.recoveryCodes[0]!)).status).toBe(200);
  });

  it("can be counted, and are never shown again", async () => {
    const { recoveryCodes, token } = await server.enrolled(OWNER);
    await pass(await server.challenge(OWNER), recoveryCodes[0]!);
    const { body } = await send("/auth/second-factors", {}, token, "GET");
    expect(body).toEqual({ totp: { id: expect.any(String), createdAt: expect.any(String) }, passkeys: [], recoveryCodesLeft: 9 });
  });
});

describe("disabling", () => {
  it("can disable the app with a code of it, and is asked for nothing then", async () => {
    const { secret, token } = await server.enrolled(OWNER);
    expect((await send("/auth/totp/disable", { code: codeAt(secret) }, token)).body).toEqual({
      totp: null,
      passkeys: [],
      recoveryCodesLeft: 0,
    });
    expect((await server.login(OWNER)).body.accessToken).toEqual(expect.any(String));
    expect(await server.sql("select from private.recovery_codes")).toEqual([]);
  });

  it("can disable the app that is lost with a recovery code", async () => {
    const { recoveryCodes, token } = await server.enrolled(OWNER);
    expect((await send("/auth/totp/disable", { code: recoveryCodes[3] }, token)).status).toBe(200);
  });

  it("cannot disable it without a code, with a wrong, a used or another's, or half signed in", async () => {
    const [mine, others] = [await server.enrolled(OWNER), await server.enrolled(ADMIN)];
    const disable = (body: object, token?: string) => send("/auth/totp/disable", body, token);
    expect(await disable({}, mine.token)).toMatchObject(refusal(400, "BAD_INPUT", "code"));
    expect(await disable({ password: PASSWORD }, mine.token)).toMatchObject(refusal(400, "BAD_INPUT", "code"));
    expect(await disable({ code: wrongCode(mine.secret) }, mine.token)).toMatchObject(badCode);
    expect(await disable({ code: others.recoveryCodes[0] }, mine.token)).toMatchObject(badCode);
    const code = codeAt(mine.secret);
    expect((await pass(await server.challenge(OWNER), code)).status).toBe(200);
    expect(await disable({ code }, mine.token)).toMatchObject(badCode);
    const half = await server.challenge(OWNER);
    expect(await disable({ code: mine.recoveryCodes[0] }, half)).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
    expect(await disable({ token: half, code: mine.recoveryCodes[0] })).toMatchObject(refusal(401, "LOGIN_REQUIRED"));
    expect((await server.login(OWNER)).body.challenge.kinds).toEqual(["TOTP", "RECOVERY_CODE"]);
  });
});
