/** Second factors on /metadata: the same functions as behind /auth, and the same refusals. */
import { codeAt, useSecondFactors, wrongCode } from "../auth/secondFactor.ts";
import { type Answer, PASSWORD, post } from "../helpers/server.ts";

const server = useSecondFactors();
const OWNER = "owner@acme.test";
const enforce = () => server.sql("update core.workspaces set is_two_factor_enforced = true where subdomain = 'acme'");

type Challenge = { token: string; kinds: string[]; mustEnrol: boolean };
type Tokens = {
  tokens: { accessOrWorkspaceAgnosticToken: { token: string }; refreshToken: { token: string } } | null;
  challenge: Challenge | null;
  recoveryCodes: string[] | null;
};
const TOKENS =
  "tokens { accessOrWorkspaceAgnosticToken { token } refreshToken { token } } challenge { token kinds mustEnrol } recoveryCodes";

/** Runs one mutation or query; answers its field, or the code of its error. */
async function ask<T>(kind: "mutation" | "query", call: string, selection: string, token?: string): Promise<T & string> {
  const { data, errors }: Answer<{ it: T }> = await post(server.url, "/metadata", token, `${kind} { it: ${call} { ${selection} } }`);
  return (errors ? errors[0]!.extensions.code : data!.it) as T & string;
}
const mutate = <T>(call: string, selection: string, token?: string) => ask<T>("mutation", call, selection, token);

async function loginToken(email = OWNER): Promise<string> {
  const call = `getLoginTokenFromCredentials(email: "${email}", password: "${PASSWORD}", origin: "https://crm.example")`;
  return (await mutate<{ loginToken: { token: string } }>(call, "loginToken { token }")).loginToken.token;
}
const trade = (token: string) => mutate<Tokens>(`getAuthTokensFromLoginToken(loginToken: "${token}")`, TOKENS);
const otp = (token: string, code: string) => mutate<Tokens>(`getAuthTokensFromOTP(loginToken: "${token}", otp: "${code}")`, TOKENS);
const works = async (token: string) => (await post(server.url, "/graphql", token, "{ __typename }")).status;
const begin = (arguments_: string, token?: string) =>
  mutate<{ uri: string; secret: string; qrCode: string }>(`initiateOTPProvisioning${arguments_}`, "uri secret qrCode", token);
const verify = (code: string, token: string) =>
  mutate<{ success: boolean; recoveryCodes: string[] }>(
    `verifyTwoFactorAuthenticationMethodForAuthenticatedUser(otp: "${code}")`,
    "success recoveryCodes",
    token,
  );
const remove = (id: string, code: string, token?: string) =>
  mutate<{ success: boolean }>(
    `deleteTwoFactorAuthenticationMethod(twoFactorAuthenticationMethodId: "${id}", otp: "${code}")`,
    "success",
    token,
  );
const mine = (token?: string) =>
  ask<{ totp: { id: string; createdAt: string } | null; passkeys: { id: string; name: string }[]; recoveryCodesLeft: number }>(
    "query",
    "secondFactors",
    "totp { id createdAt } passkeys { id name createdAt lastUsedAt } recoveryCodesLeft",
    token,
  );

it("can enrol an app, come in by its code, and take it away", async () => {
  const token = await server.signIn(OWNER);
  const { uri, secret, qrCode } = await begin("ForAuthenticatedUser", token);
  expect([uri, qrCode]).toEqual([expect.stringContaining(`secret=${secret}`), expect.stringContaining("data:image/svg+xml")]);
  expect(await verify(codeAt(secret), token)).toEqual({ success: true, recoveryCodes: expect.any(Array) });
  await server.later();

  const { tokens, challenge } = await trade(await loginToken());
  expect([tokens, challenge]).toEqual([null, { token: expect.any(String), kinds: ["TOTP", "RECOVERY_CODE"], mustEnrol: false }]);
  const entered = await otp(challenge!.token, codeAt(secret));
  expect(entered).toMatchObject({ challenge: null, recoveryCodes: null });
  expect(await works(entered.tokens!.accessOrWorkspaceAgnosticToken.token)).toBe(200);

  await server.later();
  const { totp } = await mine(token);
  expect(await remove(totp!.id, codeAt(secret), token)).toEqual({ success: true });
  expect(await mine(token)).toEqual({ totp: null, passkeys: [], recoveryCodesLeft: 0 });
});

it("can come in by a code with a login token that was not traded, and try again when it was wrong", async () => {
  const { secret } = await server.enrolled(OWNER);
  const token = await loginToken();
  expect(await otp(token, wrongCode(secret))).toBe("BAD_CODE");
  expect((await otp(token, codeAt(secret))).tokens).not.toBeNull();
  expect(await otp(token, codeAt(secret))).toBe("LOGIN_REQUIRED");
});

it("can enrol where the workspace demands it, by the login token alone", async () => {
  await enforce();
  const token = await loginToken();
  const { secret } = await begin(`(loginToken: "${token}", origin: "https://crm.example")`);
  expect(await otp(token, wrongCode(secret))).toBe("BAD_CODE");
  const { tokens, recoveryCodes } = await otp(token, codeAt(secret));
  expect(recoveryCodes).toHaveLength(10);
  expect(await works(tokens!.accessOrWorkspaceAgnosticToken.token)).toBe(200);
  expect((await otp(await loginToken(), recoveryCodes![0]!)).tokens).not.toBeNull();
});

it("cannot enrol by a login token of somebody who has a factor (PROOF_REQUIRED), or of whom none is asked (BAD_INPUT)", async () => {
  expect(await begin(`(loginToken: "${await loginToken()}")`)).toBe("BAD_INPUT");
  expect(await otp(await loginToken(), "123456")).toBe("BAD_INPUT");
  expect(await server.sql("select from private.sessions")).toEqual([]);
  await server.enrolled(OWNER);
  expect(await begin(`(loginToken: "${await loginToken()}")`)).toBe("PROOF_REQUIRED");
});

it("cannot do anything with the token of a challenge but end it (LOGIN_REQUIRED)", async () => {
  const { secret } = await server.enrolled(OWNER);
  const { token } = (await trade(await loginToken())).challenge!;
  expect(await works(token)).toBe(401);
  const refused = [
    await trade(token),
    await mine(token),
    await begin("ForAuthenticatedUser", token),
    await verify(codeAt(secret), token),
    await remove("00000000-0000-0000-0000-000000000000", codeAt(secret), token),
    await mutate(`renewRecoveryCodes(otp: "${codeAt(secret)}")`, "recoveryCodes", token),
    await mutate(`renewToken(appToken: "${token}")`, TOKENS),
    await mutate(`updatePasswordViaResetToken(passwordResetToken: "${token}", newPassword: "correct horse battery")`, "success"),
    await mutate(`verifyEmailAndGetLoginToken(emailVerificationToken: "${token}")`, "loginToken { token }"),
    await mutate(`getLoginTokenFromMagicLink(magicLinkToken: "${token}")`, "loginToken { token }"),
  ];
  expect(refused).toEqual(refused.map(() => "LOGIN_REQUIRED"));
  expect((await otp(token, codeAt(secret))).tokens).not.toBeNull();
});

it("cannot ask for anything of the signed in without a token (LOGIN_REQUIRED)", async () => {
  const refused = [
    await mine(),
    await begin("ForAuthenticatedUser"),
    await remove("00000000-0000-0000-0000-000000000000", "123456"),
    await mutate('verifyTwoFactorAuthenticationMethodForAuthenticatedUser(otp: "123456")', "success"),
    await mutate('renewRecoveryCodes(otp: "123456")', "recoveryCodes"),
  ];
  expect(refused).toEqual(refused.map(() => "LOGIN_REQUIRED"));
});

it("cannot guess more often by many fields of one operation (RATE_LIMITED)", async () => {
  const { secret } = await server.enrolled(OWNER);
  const { token } = (await trade(await loginToken())).challenge!;
  const fields = Array.from(
    { length: 12 },
    (_, n) => `a${n}: getAuthTokensFromOTP(loginToken: "${token}", otp: "${wrongCode(secret)}") { ${TOKENS} }`,
  );
  const { errors } = await post(server.url, "/metadata", undefined, `mutation { ${fields.join(" ")} }`);
  const codes = errors!.map(({ extensions }) => extensions.code).sort();
  expect(codes).toEqual([...Array(5).fill("BAD_CODE"), ...Array(7).fill("RATE_LIMITED")]);
});

it("can renew recovery codes with a code, and enrol late with the password", async () => {
  const { secret, recoveryCodes, token } = await server.enrolled(OWNER);
  const renewed = await mutate<{ recoveryCodes: string[] }>(`renewRecoveryCodes(otp: "${codeAt(secret)}")`, "recoveryCodes", token);
  expect(new Set([...recoveryCodes, ...renewed.recoveryCodes]).size).toBe(20);
  expect((await mine(token)).recoveryCodesLeft).toBe(10);

  const other = await server.signIn("member@acme.test");
  await server.age(11);
  expect(await begin("ForAuthenticatedUser", other)).toBe("PROOF_REQUIRED");
  expect(await begin('ForAuthenticatedUser(password: "wrong")', other)).toBe("BAD_CREDENTIALS");
  expect(await begin(`ForAuthenticatedUser(password: "${PASSWORD}")`, other)).toMatchObject({ secret: expect.any(String) });
});
