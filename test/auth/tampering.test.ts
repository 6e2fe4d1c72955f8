/**
 * Sixty ways to tamper with an access token, none of which lets anybody in; each is
 * made of the same parts as one that does. RELATA_ALL_CASES=1 adds 2,000 mutations.
 */
import { post, useApi } from "../helpers/server.ts";
import { CLASSES, prepare } from "./tamperings.ts";

const api = useApi();
const EMAIL = "owner@acme.test";
let token: string;
let signedAnew: string;
beforeAll(async () => {
  token = await api.tokenOf(EMAIL);
  signedAnew = await prepare(api, EMAIL, token);
});

const statusOf = async (bearer: string) => (await post(api.url, "/graphql", bearer, "{ __typename }")).status;

it("can ask with the token as it is, and with one that our key signs anew", async () => {
  expect(CLASSES.length).toBeGreaterThanOrEqual(60);
  expect(await statusOf(token)).toBe(200);
  expect(await statusOf(signedAnew)).toBe(200);
});

it.each(CLASSES)("cannot ask with %s (LOGIN_REQUIRED)", async (_what, tamper) => {
  const tampered = await tamper();
  expect(tampered).not.toBe(token);
  expect(await post(api.url, "/graphql", tampered, "{ companies { totalCount } }")).toMatchObject({
    status: 401,
    errors: [{ message: "Sign in first.", extensions: { code: "LOGIN_REQUIRED" } }],
  });
});

it("cannot use an access token for what other tokens are for (LOGIN_REQUIRED)", async () => {
  const send = (path: string, body: object) =>
    fetch(`${api.url}/auth${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const answers = await Promise.all([
    send("/refresh", { refreshToken: token }),
    send("/token", { loginToken: token }),
    send("/token", { userToken: token, workspace: "acme" }),
    send("/verify-email", { token }),
    send("/magic-link/sign-in", { token }),
    send("/password-reset/confirm", { token, password: "correct horse battery" }),
    send("/second-factor", { token, code: "123456" }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
});

it("cannot ask with any change of one character (LOGIN_REQUIRED)", async () => {
  const count = process.env["RELATA_ALL_CASES"] ? 2000 : 200;
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const accepted: string[] = [];
  for (let n = 0; n < count; n++) {
    const at = (n * 7919) % token.length;
    const other = ALPHABET[(ALPHABET.indexOf(token[at]!) + 1 + (n % 61)) % 64]!;
    const mutated = token.slice(0, at) + other + token.slice(at + 1);
    if (mutated !== token && (await statusOf(mutated)) !== 401) accepted.push(mutated);
  }
  expect(accepted).toEqual([]);
});
