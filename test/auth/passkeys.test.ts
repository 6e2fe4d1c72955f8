/** Passkeys, made and shown by an authenticator in software: real bytes, real signatures. */
import { Sealed } from "../../src/auth/sealed.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { PASSWORD, post } from "../helpers/server.ts";
import { Authenticator, type Told } from "./authenticator.ts";
import { ACME, codeAt, ORIGIN, refusal, useSecondFactors } from "./secondFactor.ts";

const server = useSecondFactors();
const { send } = server;
const [OWNER, ADMIN] = ACME;

const badCode = refusal(403, "BAD_CODE");
const options = async (path: string, body = {}, token?: string) => (await send(path, body, token)).body as never;
/** Signs in with the passkey alone. */
const signIn = async (key: Authenticator, told: Told = {}, workspace?: string) =>
  send("/auth/passkeys/sign-in", { passkey: key.get(await options("/auth/passkeys/sign-in/options"), told), workspace });
/** Shows the passkey behind the password. */
async function second(email: string, key: Authenticator, told: Told = {}) {
  const token = await server.challenge(email);
  return send("/auth/second-factor", { token, passkey: key.get(await options("/auth/second-factor/options", { token }), told) });
}

describe("making", () => {
  it("can make a passkey, and is told recovery codes with the first", async () => {
    const token = await server.signIn(OWNER);
    const { body } = await send("/auth/passkeys/options", {}, token);
    expect(body).toMatchObject({
      rp: { id: "crm.example", name: "Relata" },
      user: { name: OWNER },
      attestation: "none",
      excludeCredentials: [],
    });
    const key = new Authenticator(ORIGIN);
    const made = await send("/auth/passkeys", { passkey: key.create(body), name: "Laptop" }, token);
    expect(made.body).toEqual({ id: expect.any(String), recoveryCodes: expect.any(Array) });
    expect(made.body.recoveryCodes).toHaveLength(10);

    const { body: again } = await send("/auth/passkeys/options", {}, token);
    expect(again).toMatchObject({ excludeCredentials: [{ id: key.id.toString("base64url") }] });
    const another = await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(again) }, token);
    expect(another.body).toEqual({ id: expect.any(String) });
    expect((await send("/auth/second-factors", {}, token, "GET")).body).toMatchObject({
      passkeys: [
        { id: made.body.id, name: "Laptop" },
        { id: another.body.id, name: "Passkey" },
      ],
      recoveryCodesLeft: 10,
    });
  });

  it("cannot make two of one challenge, nor the same twice (BAD_CODE, CONFLICT)", async () => {
    const { key, token } = await server.withPasskey(OWNER);
    const offered = await options("/auth/passkeys/options", {}, token);
    expect((await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(offered) }, token)).status).toBe(200);
    expect(await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(offered) }, token)).toMatchObject(badCode);
    const same = key.create(await options("/auth/passkeys/options", {}, token));
    expect(await send("/auth/passkeys", { passkey: same }, token)).toMatchObject(refusal(409, "CONFLICT"));
  });

  const wrong: [string, Told][] = [
    ["on another site", { origin: "https://crm.example.evil.test" }],
    ["on another port", { origin: `${ORIGIN}:8443` }],
    ["on a page without TLS", { origin: "http://crm.example" }],
    ["on a site below a workspace's", { origin: "https://a.b.crm.example" }],
    ["for another domain", { rpId: "example" }],
    ["for a challenge of one's own", { challenge: Buffer.alloc(32, 7).toString("base64url") }],
    ["by an answer to another question", { type: "webauthn.get" }],
    ["with nobody there", { isPresent: false }],
  ];
  it.each(wrong)("cannot make a passkey %s (BAD_CODE)", async (_, told) => {
    const token = await server.signIn(OWNER);
    const passkey = new Authenticator(ORIGIN).create(await options("/auth/passkeys/options", {}, token), told);
    expect(await send("/auth/passkeys", { passkey }, token)).toMatchObject(badCode);
    expect(await server.sql("select from private.passkeys")).toEqual([]);
  });

  it("cannot make a passkey for the challenge of another user, or of a sign-in (BAD_CODE)", async () => {
    const [mine, others] = [await server.signIn(OWNER), await server.signIn(ADMIN)];
    const offered = await options("/auth/passkeys/options", {}, others);
    expect(await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(offered) }, mine)).toMatchObject(badCode);
    const asked = await options("/auth/passkeys/sign-in/options");
    expect(await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(asked, { rpId: "crm.example" }) }, mine)).toMatchObject(
      badCode,
    );
    expect((await send("/auth/passkeys", { passkey: new Authenticator(ORIGIN).create(offered) }, others)).status).toBe(200);
  });

  it.each([undefined, null, "x", 7, [], {}, { id: 7 }, { id: "x", response: {} }])(
    "cannot make a passkey of %j (BAD_INPUT)",
    async (passkey) => {
      const token = await server.signIn(OWNER);
      expect(await send("/auth/passkeys", { passkey }, token)).toMatchObject(refusal(400, "BAD_INPUT", "passkey"));
      expect(await send("/auth/passkeys/sign-in", { passkey })).toMatchObject(refusal(400, "BAD_INPUT", "passkey"));
    },
  );

  it("cannot bring the server down with an answer of nonsense (BAD_CODE)", async () => {
    const token = await server.signIn(OWNER);
    const good = new Authenticator(ORIGIN).create(await options("/auth/passkeys/options", {}, token));
    const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const response of [
      { ...good.response, clientDataJSON: "!!!" },
      { ...good.response, clientDataJSON: text(null) },
      { ...good.response, clientDataJSON: text({ challenge: 1, origin: ORIGIN }) },
      { ...good.response, attestationObject: "AAAA" },
      { ...good.response, attestationObject: Buffer.alloc(2000, 0xbf).toString("base64url") },
      { clientDataJSON: good.response.clientDataJSON },
    ]) {
      expect(await send("/auth/passkeys", { passkey: { ...good, response } }, token)).toMatchObject(badCode);
    }
  });
});

describe("signing in without a password", () => {
  it("can sign in by a passkey alone, which is two factors", async () => {
    const { key } = await server.withPasskey(OWNER);
    const { status, body } = await signIn(key);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ tokenType: "Bearer", workspace: { id: expect.any(String), subdomain: "acme" } }),
    ]);
    expect(await post(server.url, "/graphql", body.accessToken, "{ __typename }")).toMatchObject({ status: 200 });
    await server.sql("update core.workspaces set is_two_factor_enforced = true");
    expect((await signIn(key)).body.accessToken).toEqual(expect.any(String));
  });

  it("can ask for a passkey without telling who has one", async () => {
    await server.withPasskey(OWNER);
    await server.sql("delete from private.one_time_tokens");
    const asked = await send("/auth/passkeys/sign-in/options");
    // Nor is anything kept for whoever asks.
    expect(await server.sql("select from private.one_time_tokens")).toEqual([]);
    expect(asked.body).toMatchObject({ rpId: "crm.example", allowCredentials: [], userVerification: "required" });
  });

  it("can sign in on the page of a workspace's own subdomain", async () => {
    const { key } = await server.withPasskey(OWNER);
    expect((await signIn(key, { origin: "https://acme.crm.example" })).status).toBe(200);
  });

  it("cannot sign in to a workspace that is not his (BAD_CREDENTIALS)", async () => {
    const { key } = await server.withPasskey(OWNER);
    expect(await signIn(key, {}, "globex")).toMatchObject(refusal(401, "BAD_CREDENTIALS"));
  });

  const wrong: [string, Told][] = [
    ["that nobody unlocked", { isUnlocked: false }],
    ["on another site", { origin: "https://evil.test" }],
    ["for another domain", { rpId: "evil.test" }],
    ["for a challenge of one's own", { challenge: Buffer.alloc(32, 7).toString("base64url") }],
    ["whose count stands still", { counter: 1 }],
    ["whose count goes back", { counter: 0 }],
    ["that says it is another's", { userHandle: Buffer.alloc(16, 7).toString("base64url") }],
    ["in answer to another question", { type: "webauthn.create" }],
  ];
  it.each(wrong)("cannot sign in by a passkey %s (BAD_CODE)", async (_, told) => {
    const { key } = await server.withPasskey(OWNER);
    expect((await signIn(key)).status).toBe(200);
    expect(await signIn(key, told)).toMatchObject(badCode);
    expect((await signIn(key)).status).toBe(200);
  });

  it("cannot sign in by a passkey that is not known, or signed by another key (BAD_CODE)", async () => {
    const { key } = await server.withPasskey(OWNER);
    const { key: others } = await server.withPasskey(ADMIN);
    const asked = await options("/auth/passkeys/sign-in/options");
    const [mine, forged] = [key.get(asked), others.get(asked)];
    expect(await send("/auth/passkeys/sign-in", { passkey: { ...forged, id: mine.id, rawId: mine.id } })).toMatchObject(badCode);
    expect(await send("/auth/passkeys/sign-in", { passkey: { ...mine, id: "AAAA", rawId: "AAAA" } })).toMatchObject(badCode);
    expect((await send("/auth/passkeys/sign-in", { passkey: mine })).status).toBe(200);
  });

  it("can answer a challenge once: of 20 who send the answer at once, one comes in", async () => {
    const { key } = await server.withPasskey(OWNER, new Authenticator(ORIGIN, false));
    const passkey = key.get(await options("/auth/passkeys/sign-in/options"));
    const replies = await Promise.all(Array.from({ length: 20 }, () => send("/auth/passkeys/sign-in", { passkey })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 403)).toHaveLength(19);
  });

  it("can sign in again and again by an authenticator that does not count", async () => {
    const { key } = await server.withPasskey(OWNER, new Authenticator(ORIGIN, false));
    expect([(await signIn(key)).status, (await signIn(key)).status]).toEqual([200, 200]);
  });

  it("cannot answer a challenge that is too old (BAD_CODE)", async () => {
    const { key } = await server.withPasskey(OWNER);
    const sealed = new Sealed(TEST_SECRET);
    const until = (seconds: number, purpose = "passkey:sign-in") => ({
      challenge: sealed.seal(purpose, String(Date.now() + seconds * 1000)).toString("base64url"),
    });
    expect(await signIn(key, until(-1))).toMatchObject(badCode);
    expect(await signIn(key, until(60, "totp:x"))).toMatchObject(badCode);
    expect((await signIn(key, until(60))).status).toBe(200);
  });
});

describe("as a second factor", () => {
  it("can show a passkey behind the password", async () => {
    const { key } = await server.withPasskey(OWNER);
    expect((await server.login(OWNER)).body.challenge).toEqual({
      token: expect.any(String),
      kinds: ["PASSKEY", "RECOVERY_CODE"],
      mustEnrol: false,
    });
    // The password is the other factor: it need not be unlocked.
    const { status, body } = await second(OWNER, key, { isUnlocked: false });
    expect([status, body.accessToken]).toEqual([200, expect.any(String)]);
  });

  it("cannot show another's passkey, or the answer to another's challenge (BAD_CODE)", async () => {
    const [{ key: mine }, { key: others }] = [await server.withPasskey(OWNER), await server.withPasskey(ADMIN)];
    expect(await second(OWNER, others)).toMatchObject(badCode);
    const [token, other] = [await server.challenge(OWNER), await server.challenge(ADMIN)];
    const asked = await options("/auth/second-factor/options", { token: other });
    expect(await send("/auth/second-factor", { token, passkey: mine.get(asked) })).toMatchObject(badCode);
    expect((await second(OWNER, mine)).status).toBe(200);
  });

  it("cannot use the answer for a sign-in without password as a second factor, or the other way round (BAD_CODE)", async () => {
    const { key } = await server.withPasskey(OWNER);
    const token = await server.challenge(OWNER);
    const asked = await options("/auth/passkeys/sign-in/options");
    expect(await send("/auth/second-factor", { token, passkey: key.get(asked) })).toMatchObject(badCode);
    const proof = await options("/auth/second-factor/options", { token });
    expect(await send("/auth/passkeys/sign-in", { passkey: key.get(proof) })).toMatchObject(badCode);
  });

  it("can disable an app and renew recovery codes with a passkey", async () => {
    const { secret, token } = await server.enrolled(OWNER);
    const key = new Authenticator(ORIGIN);
    await send("/auth/passkeys", { passkey: key.create(await options("/auth/passkeys/options", {}, token)) }, token);
    const proof = async () => ({ passkey: key.get(await options("/auth/second-factor/options", {}, token)) });
    expect((await send("/auth/recovery-codes", await proof(), token)).body.recoveryCodes).toHaveLength(10);
    expect((await send("/auth/totp/disable", await proof(), token)).body).toMatchObject({ totp: null, recoveryCodesLeft: 10 });
    expect(await send("/auth/second-factor", { token: await server.challenge(OWNER), code: codeAt(secret) })).toMatchObject(badCode);
  });
});

describe("removing", () => {
  it("can remove a passkey with a code or the passkey itself, and it lets nobody in then", async () => {
    const { key, token, id } = await server.withPasskey(OWNER);
    const proof = key.get(await options("/auth/second-factor/options", {}, token));
    expect((await send("/auth/passkeys/remove", { id, passkey: proof }, token)).body).toEqual({
      totp: null,
      passkeys: [],
      recoveryCodesLeft: 0,
    });
    expect(await signIn(key)).toMatchObject(badCode);
    expect((await server.login(OWNER)).body.accessToken).toEqual(expect.any(String));
  });

  it("cannot remove a passkey without proof, or another's (BAD_INPUT, BAD_CODE, NOT_FOUND)", async () => {
    const mine = await server.withPasskey(OWNER);
    const others = await server.withPasskey(ADMIN);
    const remove = (body: object) => send("/auth/passkeys/remove", body, mine.token);
    expect(await remove({ id: mine.id, password: PASSWORD })).toMatchObject(refusal(400, "BAD_INPUT", "code"));
    expect(await remove({ id: mine.id, code: others.recoveryCodes[0] })).toMatchObject(badCode);
    expect(await remove({ id: others.id, code: mine.recoveryCodes[0] })).toMatchObject(refusal(404, "NOT_FOUND"));
    expect(await remove({ id: "x", code: mine.recoveryCodes[0] })).toMatchObject({ status: 400 });
    expect(await server.sql("select from private.passkeys")).toHaveLength(2);
    // What was refused has used up nothing.
    expect((await remove({ id: mine.id, code: mine.recoveryCodes[0] })).status).toBe(200);
  });
});
