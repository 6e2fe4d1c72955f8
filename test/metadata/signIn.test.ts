/** Sign-in on /metadata: open to who has no token, and to nothing else of his. */

import { mailsTo, tokenTo } from "../helpers/mails.ts";
import { adminQuery, PASSWORD, post, useTestServer } from "../helpers/server.ts";

const server = useTestServer();
const EMAIL = "owner@acme.test";
const GOOD = "correct horse battery";
type Token = { token: string; expiresAt: string };
type Pair = { accessOrWorkspaceAgnosticToken: Token; refreshToken: Token | null };
const TOKENS =
  "tokens { accessOrWorkspaceAgnosticToken { token expiresAt } refreshToken { token expiresAt } } challenge { token kinds mustEnrol }";

const ask = <T>(query: string, variables: Record<string, unknown> = {}, token?: string) =>
  post<T>(server.url, "/metadata", token, query, variables);
const LOGIN =
  'mutation ($email: String!, $password: String!) { getLoginTokenFromCredentials(email: $email, password: $password, origin: "http://localhost") { loginToken { token expiresAt } } }';
const TRADE = `mutation ($loginToken: String!) { getAuthTokensFromLoginToken(loginToken: $loginToken) { ${TOKENS} } }`;

async function loginToken(email = EMAIL, password = PASSWORD): Promise<string> {
  const { data } = await ask<{ getLoginTokenFromCredentials: { loginToken: Token } }>(LOGIN, { email, password });
  return data!.getLoginTokenFromCredentials.loginToken.token;
}
const trade = (token: string) => ask<{ getAuthTokensFromLoginToken: { tokens: Pair } }>(TRADE, { loginToken: token });
const signIn = async (email = EMAIL) => (await trade(await loginToken(email))).data!.getAuthTokensFromLoginToken.tokens;
const works = async (token: string) => (await post(server.url, "/graphql", token, "{ __typename }")).status;
const code = ({ errors }: { errors?: { extensions: { code: string } }[] }) => errors?.[0]?.extensions.code;

it("can sign in by credentials and a login token, once", async () => {
  const token = await loginToken();
  const { data } = await trade(token);
  expect(data!.getAuthTokensFromLoginToken).toEqual({
    challenge: null,
    tokens: {
      accessOrWorkspaceAgnosticToken: { token: expect.any(String), expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) },
      refreshToken: { token: expect.any(String), expiresAt: expect.any(String) },
    },
  });
  expect(await works(data!.getAuthTokensFromLoginToken.tokens.accessOrWorkspaceAgnosticToken.token)).toBe(200);
  expect(code(await trade(token))).toBe("LOGIN_REQUIRED");
});

it("cannot sign in with a wrong password, or as nobody (BAD_CREDENTIALS)", async () => {
  const [wrong, unknown] = [
    await ask(LOGIN, { email: EMAIL, password: "not it" }),
    await ask(LOGIN, { email: "no@acme.test", password: PASSWORD }),
  ];
  expect([code(wrong), wrong]).toEqual(["BAD_CREDENTIALS", { ...unknown, headers: expect.anything() }]);
});

it("can choose among its workspaces, by a token that opens none of them", async () => {
  const SIGN_IN =
    "mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { availableWorkspaces { availableWorkspacesForSignIn { subdomain displayName loginToken } } tokens { accessOrWorkspaceAgnosticToken { token } refreshToken { token } } } }";
  const { data } = await ask<{
    signIn: { availableWorkspaces: { availableWorkspacesForSignIn: { subdomain: string; loginToken: string }[] }; tokens: Pair };
  }>(SIGN_IN, { email: EMAIL, password: PASSWORD });
  const { availableWorkspaces, tokens } = data!.signIn;
  expect(availableWorkspaces.availableWorkspacesForSignIn).toEqual([
    { subdomain: "acme", displayName: expect.any(String), loginToken: expect.any(String) },
  ]);
  for (const path of ["/graphql", "/metadata"])
    expect((await post(server.url, path, tokens.accessOrWorkspaceAgnosticToken.token, "{ __typename }")).status).toBe(401);
  const chosen = await trade(availableWorkspaces.availableWorkspacesForSignIn[0]!.loginToken);
  expect(await works(chosen.data!.getAuthTokensFromLoginToken.tokens.accessOrWorkspaceAgnosticToken.token)).toBe(200);
});

it("can renew tokens, also beside an access token that no longer holds", async () => {
  const { refreshToken } = await signIn();
  const RENEW = `mutation ($appToken: String!) { renewToken(appToken: $appToken) { ${TOKENS} } }`;
  const { data } = await ask<{ renewToken: { tokens: Pair } }>(RENEW, { appToken: refreshToken!.token }, "expired.or.worse");
  expect(await works(data!.renewToken.tokens.accessOrWorkspaceAgnosticToken.token)).toBe(200);
  expect(code(await ask(RENEW, { appToken: "x" }))).toBe("LOGIN_REQUIRED");
});

it("can sign out, here or everywhere; not without being signed in (LOGIN_REQUIRED)", async () => {
  const [one, two, three] = [await signIn(), await signIn(), await signIn()].map(({ accessOrWorkspaceAgnosticToken: { token } }) => token);
  expect(await ask("mutation { signOut { success } }", {}, one)).toMatchObject({ data: { signOut: { success: true } } });
  expect([await works(one!), await works(two!), await works(three!)]).toEqual([401, 200, 200]);
  await ask("mutation { signOut(everywhere: true) { success } }", {}, two);
  expect([await works(two!), await works(three!)]).toEqual([401, 401]);
  expect(code(await ask("mutation { signOut { success } }"))).toBe("LOGIN_REQUIRED");
});

it("can sign up, verify and sign in; each token once", async () => {
  const email = "gql@person.test";
  const SIGN_UP = "mutation ($email: String!, $password: String!) { signUp(email: $email, password: $password) { tokens { __typename } } }";
  expect(await ask(SIGN_UP, { email, password: GOOD })).toMatchObject({ data: { signUp: { tokens: null } } });
  const first = await tokenTo(server.adminUrl, email);
  const resend = "mutation ($email: String!) { resendEmailVerificationToken(email: $email) { success } }";
  expect(await ask(resend, { email })).toMatchObject({ data: { resendEmailVerificationToken: { success: true } } });
  expect(await ask(resend, { email: "nobody@person.test" })).toMatchObject({ data: { resendEmailVerificationToken: { success: true } } });
  const VERIFY =
    "mutation ($token: String!) { verifyEmailAndGetWorkspaceAgnosticToken(emailVerificationToken: $token) { tokens { accessOrWorkspaceAgnosticToken { token } } } }";
  expect(code(await ask(VERIFY, { token: first }))).toBe("LOGIN_REQUIRED");
  const token = await tokenTo(server.adminUrl, email);
  expect(await ask(VERIFY, { token })).toMatchObject({ data: { verifyEmailAndGetWorkspaceAgnosticToken: { tokens: expect.anything() } } });
  expect(code(await ask(VERIFY, { token }))).toBe("LOGIN_REQUIRED");
  expect(await loginToken(email, GOOD)).toEqual(expect.any(String));
});

it("can reset a password", async () => {
  const email = "member@acme.test";
  await ask("mutation ($email: String!) { emailPasswordResetLink(email: $email) { success } }", { email });
  const token = await tokenTo(server.adminUrl, email);
  const validate = "query ($token: String!) { validatePasswordResetToken(passwordResetToken: $token) { email } }";
  expect(await ask(validate, { token })).toMatchObject({ data: { validatePasswordResetToken: { email } } });
  const update =
    "mutation ($token: String!, $password: String!) { updatePasswordViaResetToken(passwordResetToken: $token, newPassword: $password) { success } }";
  expect((await ask(update, { token, password: "short" })).errors).toMatchObject([
    { extensions: { code: "PASSWORD_REFUSED", field: "newPassword" } },
  ]);
  expect(await ask(update, { token, password: GOOD })).toMatchObject({ data: { updatePasswordViaResetToken: { success: true } } });
  expect(code(await ask(validate, { token }))).toBe("LOGIN_REQUIRED");
  expect(await loginToken(email, GOOD)).toEqual(expect.any(String));
});

it("can sign in by a magic link", async () => {
  const email = "guest@acme.test";
  await ask("mutation ($email: String!) { sendMagicLink(email: $email) { success } }", { email });
  expect((await mailsTo(server.adminUrl, email))[0]!.template).toBe("magic_link");
  const { data } = await ask<{ getLoginTokenFromMagicLink: { loginToken: Token } }>(
    "mutation ($token: String!) { getLoginTokenFromMagicLink(magicLinkToken: $token) { loginToken { token } } }",
    { token: await tokenTo(server.adminUrl, email) },
  );
  expect((await trade(data!.getLoginTokenFromMagicLink.loginToken.token)).data!.getAuthTokensFromLoginToken.tokens).toEqual(
    expect.anything(),
  );
});

it("cannot find out who has an account", async () => {
  const exists = "query ($email: String!) { checkUserExists(email: $email) { exists availableWorkspacesCount isEmailVerified } }";
  const [known, unknown] = [await ask(exists, { email: EMAIL }), await ask(exists, { email: "nobody@acme.test" })];
  expect(known).toEqual({ ...unknown, headers: expect.anything() });
});

it("can ask how one signs in, here and to a workspace", async () => {
  const methods = "query ($workspace: String) { signInMethods(workspace: $workspace) { subdomain displayName methods } }";
  expect(await ask(methods)).toMatchObject({
    data: { signInMethods: { subdomain: null, methods: expect.arrayContaining(["PASSWORD", "MAGIC_LINK"]) } },
  });
  await adminQuery(server.adminUrl, "update core.workspaces set is_password_auth_enabled = false where subdomain = 'globex'");
  expect(await ask(methods, { workspace: "globex" })).toMatchObject({
    data: { signInMethods: { subdomain: "globex", methods: expect.not.arrayContaining(["PASSWORD"]) } },
  });
  expect(await ask(methods, { workspace: "nowhere" })).toMatchObject({ data: { signInMethods: { subdomain: null, methods: [] } } });
});

describe("without a token", () => {
  const OPEN = 'checkUserExists(email: "a@b.test") { exists }';
  it.each([
    ["anything else", "{ objects { totalCount } }"],
    ["anything else beside it", `{ ${OPEN} objects { totalCount } }`],
    ["anything else in a fragment", `query { ...A } fragment A on Query { ${OPEN} ... on Query { objects { totalCount } } }`],
    ["fragments that go round", `query { ...A } fragment A on Query { ${OPEN} ...B } fragment B on Query { ...A }`],
    ["anything else under its name", `{ ${OPEN} checkUserExists: objects { totalCount } }`],
    ["the schema", `{ ${OPEN} __schema { types { name } } }`],
    ["one type", `{ ${OPEN} __type(name: "User") { name } }`],
    ["__typename alone", "{ __typename }"],
    ["another operation of the document", `query A { ${OPEN} } query B { objects { totalCount } }`],
    ["a mutation", 'mutation { signOut { success } createOneObject(data: { nameSingular: "x", namePlural: "xs" }) { id } }'],
    ["what is no GraphQL", "{ checkUserExists("],
  ])("cannot ask for %s (LOGIN_REQUIRED)", async (_what, query) => {
    const { status, data, errors } = await ask(query);
    expect({ status, data, errors }).toEqual({
      status: 401,
      data: undefined,
      errors: [{ message: "Sign in first.", extensions: { code: "LOGIN_REQUIRED" } }],
    });
  });

  it("can be told what is wrong with what is open", async () => {
    expect(code(await ask("{ checkUserExists { exists } }"))).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(code(await ask("{ checkUserExists(email: 7) { exists } }"))).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  it("cannot ask anything of /graphql (LOGIN_REQUIRED)", async () => {
    expect((await post(server.url, "/graphql", undefined, `{ ${OPEN} }`)).status).toBe(401);
  });

  it("cannot send a body of 100 kB (BODY_TOO_LARGE)", async () => {
    expect(await ask(`{ ${OPEN} } # ${"x".repeat(100_000)}`)).toMatchObject({ status: 413 });
  });

  it("cannot ask twice at once by an Idempotency-Key, or in a transaction, or by GET for a mutation", async () => {
    const headers = { "content-type": "application/json", "idempotency-key": "one" };
    const query = `mutation { signOut { success } }`;
    const answer = await fetch(`${server.url}/metadata`, { method: "POST", headers, body: JSON.stringify({ query }) });
    expect(code((await answer.json()) as object)).toBe("LOGIN_REQUIRED");
    const got = await fetch(
      `${server.url}/metadata?query=${encodeURIComponent('mutation { sendMagicLink(email: "guest@acme.test") { success } }')}`,
    );
    expect(got.status).toBe(405);
  });
});
