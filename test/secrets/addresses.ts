/** Every way to ask something of an address, as who is known and as who is not. */
export type Kind =
  | "a member"
  | "a user of no workspace"
  | "a user without a password"
  | "a member with a second factor"
  | "a member of a suspended workspace";
export type Way = {
  what: string;
  path: string;
  body(email: string): object;
  /** Asked as the owner, not as nobody. */
  isOwner?: boolean;
};

const graphql = (what: string, query: string, variables: object = {}, isOwner = false): Way => ({
  what,
  path: "/metadata",
  isOwner,
  body: (email) => ({ query, variables: { email, ...variables } }),
});
const route = (what: string, path: string, body: object = {}): Way => ({ what, path, body: (email) => ({ email, ...body }) });
const LOGIN_TOKEN = "{ loginToken { token } }";
const WRONG = "not the right one";
const GOOD = "correct horse battery";

export const ways: readonly Way[] = [
  route("sign in with a wrong password", "/auth/login", { password: WRONG }),
  route("sign in with a wrong password to a workspace", "/auth/login", { password: WRONG, workspace: "acme" }),
  route("sign up", "/auth/sign-up", { password: GOOD }),
  route("ask for a reset", "/auth/password-reset"),
  route("ask for a reset in a workspace", "/auth/password-reset", { workspace: "acme" }),
  route("ask for a link", "/auth/magic-link"),
  route("ask for a link to a workspace", "/auth/magic-link", { workspace: "acme" }),
  route("ask for the provider of an address", "/auth/saml/login"),
  route("ask for the provider of an address in a workspace", "/auth/saml/login", { workspace: "acme" }),
  graphql("signIn", `mutation ($email: String!) { signIn(email: $email, password: "${WRONG}") { tokens { refreshToken { token } } } }`),
  graphql(
    "getLoginTokenFromCredentials",
    `mutation ($email: String!) { getLoginTokenFromCredentials(email: $email, password: "${WRONG}", origin: "http://localhost") ${LOGIN_TOKEN} }`,
  ),
  graphql("signUp", `mutation ($email: String!) { signUp(email: $email, password: "${GOOD}") { tokens { refreshToken { token } } } }`),
  graphql("signUpInWorkspace", `mutation ($email: String!) { signUpInWorkspace(email: $email, password: "${GOOD}") ${LOGIN_TOKEN} }`),
  graphql("emailPasswordResetLink", "mutation ($email: String!) { emailPasswordResetLink(email: $email) { success } }"),
  graphql("sendMagicLink", "mutation ($email: String!) { sendMagicLink(email: $email) { success } }"),
  graphql("resendEmailVerificationToken", "mutation ($email: String!) { resendEmailVerificationToken(email: $email) { success } }"),
  graphql(
    "checkUserExists",
    "query ($email: String!) { checkUserExists(email: $email) { exists availableWorkspacesCount isEmailVerified } }",
  ),
  graphql(
    "sendInvitations",
    "mutation ($email: String!) { sendInvitations(emails: [$email]) { success errors result { id email roleId expiresAt } } }",
    {},
    true,
  ),
];

/** Makes each kind of known address; all are in globex, or nowhere, so that acme's owner may invite them. */
export async function makeKnown(
  sql: (text: string, values: unknown[], workspace: string) => Promise<unknown>,
  emailOf: (kind: Kind) => string,
): Promise<void> {
  const make = `with made as materialized (select private.create_user($1, p.password_hash, 'Known', 'One') as id
    from private.user_secrets p join core.users u on u.id = p.user_id where u.email = 'owner@globex.test')`;
  const member = `${make} select private.add_member(authz.workspace_id(), id, 'MEMBER') from made`;
  await sql(member, [emailOf("a member")], "globex");
  await sql(member, [emailOf("a member with a second factor")], "globex");
  await sql("select private.create_workspace('Stopped', 'stopped')", [], "acme");
  await sql(member, [emailOf("a member of a suspended workspace")], "stopped");
  await sql("update core.workspaces set suspended_at = now() where subdomain = 'stopped'", [], "stopped");
  await sql(`${make} select from made`, [emailOf("a user of no workspace")], "globex");
  await sql(
    "insert into core.users (email, first_name, last_name) values ($1, 'No', 'Password')",
    [emailOf("a user without a password")],
    "globex",
  );
  await sql(
    "insert into private.totp_secrets (user_id, sealed_seed, verified_at) select id, '\\x00', now() from core.users where email = $1",
    [emailOf("a member with a second factor")],
    "globex",
  );
}

export const kinds: readonly Kind[] = [
  "a member",
  "a user of no workspace",
  "a user without a password",
  "a member with a second factor",
  "a member of a suspended workspace",
];
