/** From an invitation to being in: over the API alone, with the links that the mails hold. */
import { Sealed } from "../../src/auth/sealed.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { post, useApi } from "../helpers/server.ts";

const api = useApi();
const sealed = new Sealed(TEST_SECRET);
const codes = (errors: { extensions: { code: string } }[] | undefined) => errors?.map(({ extensions: { code } }) => code);
const open = (query: string, variables: Record<string, unknown>) =>
  post<Record<string, Record<string, never>>>(api.url, "/metadata", undefined, query, variables);

/** The token in the link of the last mail of a kind to an address. */
async function mailed(template: string, recipient: string): Promise<string> {
  const [mail] = await api.sql<{ data: { link: { sealed: string } } }>(
    "select data from private.mails where template = $1 and recipient = $2 order by created_at desc limit 1",
    [template, recipient],
  );
  const link = new URL(sealed.open("mail", Buffer.from(mail!.data.link.sealed, "base64")));
  return new URLSearchParams(link.hash.slice(1)).get("token")!;
}

const SIGN_UP = `mutation ($email: String!, $hash: String) {
  signUpInWorkspace(email: $email, password: "a long enough passphrase", workspacePersonalInviteToken: $hash) { loginToken { token } } }`;
const VERIFY = "mutation ($t: String!) { verifyEmailAndGetLoginToken(emailVerificationToken: $t) { loginToken { token } } }";
const TRADE =
  "mutation ($t: String!) { getAuthTokensFromLoginToken(loginToken: $t) { tokens { accessOrWorkspaceAgnosticToken { token } } } }";

/** Signs up, proves the address, and comes in; answers the access token, or the codes of what was refused. */
async function comeIn(email: string, hash: string | null): Promise<{ token?: string; refused?: string[] | undefined }> {
  expect((await open(SIGN_UP, { email, hash })).errors).toBeUndefined();
  const verified = (await open(VERIFY, { t: await mailed("verify_address", email) })) as unknown as {
    data?: { verifyEmailAndGetLoginToken: { loginToken: { token: string } } };
    errors?: { extensions: { code: string } }[];
  };
  if (verified.errors) return { refused: codes(verified.errors) };
  const traded = (await open(TRADE, { t: verified.data!.verifyEmailAndGetLoginToken.loginToken.token })) as unknown as {
    data?: { getAuthTokensFromLoginToken: { tokens: { accessOrWorkspaceAgnosticToken: { token: string } } } };
    errors?: { extensions: { code: string } }[];
  };
  if (traded.errors) return { refused: codes(traded.errors) };
  return { token: traded.data!.getAuthTokensFromLoginToken.tokens.accessOrWorkspaceAgnosticToken.token };
}
const whoIs = async (token: string) =>
  (await post(api.url, "/metadata", token, "{ currentUser { email } currentWorkspace { subdomain } }")).data;

it("can be accepted by who is invited, who signs up and comes in with the invitation's role", async () => {
  const [guest] = await api.sql<{ id: string }>("select id from core.roles where name = 'GUEST' and workspace_id = authz.workspace_id()");
  const sent = await api.metadata('mutation ($r: UUID) { sendInvitations(emails: ["peter@initech.test"], roleId: $r) { success } }', {
    r: guest!.id,
  });
  expect(sent.errors).toBeUndefined();
  const { token } = await comeIn("peter@initech.test", await mailed("invitation", "peter@initech.test"));
  expect(await whoIs(token!)).toEqual({ currentUser: { email: "peter@initech.test" }, currentWorkspace: { subdomain: "acme" } });
  const write = await post(api.url, "/graphql", token!, 'mutation { createCompany(data: { name: "No" }) { id } }');
  expect(codes(write.errors)).toEqual(["PERMISSION_DENIED"]);
});

it("changes one's address once the new one is proven, and tells the former one", async () => {
  const ASK = "mutation ($e: String!) { updateUserEmail(newEmail: $e) }";
  const CONFIRM = "mutation ($t: String!) { confirmUserEmail(token: $t) }";
  const mine = "guest@acme.test";
  // Somebody has that address: the same answer, and a mail to its owner that proves nothing.
  expect((await api.metadata(ASK, { e: "owner@globex.test" }, mine)).data).toEqual({ updateUserEmail: true });
  const stolen = await api.metadata(CONFIRM, { t: await mailed("account_exists", "owner@globex.test") }, mine);
  expect(codes(stolen.errors)).toEqual(["NOT_FOUND"]);
  expect((await api.metadata(ASK, { e: "Gustav@acme.test" }, mine)).data).toEqual({ updateUserEmail: true });
  const t = await mailed("verify_address", "gustav@acme.test");
  expect(codes((await api.metadata(CONFIRM, { t }, "member@acme.test")).errors)).toEqual(["NOT_FOUND"]);
  expect((await api.metadata(CONFIRM, { t }, mine)).data).toEqual({ confirmUserEmail: "gustav@acme.test" });
  expect(codes((await api.metadata(CONFIRM, { t }, mine)).errors)).toEqual(["NOT_FOUND"]);
  expect(await api.sql("select user_email from workspace_member where first_name = 'Gus'")).toEqual([{ user_email: "gustav@acme.test" }]);
  expect(await api.sql("select data from private.mails where template = 'address_changed' and recipient = $1", [mine])).toEqual([
    { data: { newAddress: "gustav@acme.test" } },
  ]);
  for (const newEmail of ["", "a b@c.test", "a@b@c.test", "a@b.test\nBcc: c@d.test"]) {
    expect(codes((await api.metadata(ASK, { e: newEmail })).errors)).toEqual(["BAD_INPUT"]);
  }
});

it("cannot be accepted by another address, whoever has the link (BAD_CREDENTIALS)", async () => {
  await api.metadata('mutation { sendInvitations(emails: ["milton@initech.test"]) { success } }');
  const hash = await mailed("invitation", "milton@initech.test");
  expect((await comeIn("eve@evil.test", hash)).refused).toEqual(["BAD_CREDENTIALS"]);
  expect((await comeIn("milton@initech.test", hash)).token).toBeDefined();
});

it("can be the public link, by which anybody comes in, until there is another", async () => {
  const rotate = async () =>
    (await api.metadata<{ rotateInviteLink: { inviteHash: string } }>("mutation { rotateInviteLink { inviteHash } }")).data!
      .rotateInviteLink.inviteHash;
  const first = await rotate();
  expect((await comeIn("samir@initech.test", first)).token).toBeDefined();
  await rotate();
  expect((await comeIn("bob@initech.test", first)).refused).toEqual(["BAD_CREDENTIALS"]);
});

it("can be the domain of one's address, once somebody there has approved it", async () => {
  const CREATE = 'mutation { createApprovedAccessDomain(input: { domain: "hooli.test", email: "gavin@hooli.test" }) { id } }';
  const { data } = await api.metadata<{ createApprovedAccessDomain: { id: string } }>(CREATE);
  const VALIDATE =
    "mutation ($id: UUID!, $t: String!) { validateApprovedAccessDomain(input: { approvedAccessDomainId: $id, validationToken: $t }) { isValidated } }";
  const { id } = data!.createApprovedAccessDomain;
  const validated = await api.metadata(VALIDATE, { id, t: await mailed("verify_domain", "gavin@hooli.test") });
  expect(validated.data).toEqual({ validateApprovedAccessDomain: { isValidated: true } });
  await api.sql("select private.create_user('nelson@hooli.test', (select password_hash from private.user_secrets limit 1), 'Nelson', '')");
  const login = (email: string) =>
    fetch(`${api.url}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: "relata-demo", workspace: "acme" }),
    });
  expect((await login("nelson@hooli.test")).status).toBe(200);
  expect((await login("owner@globex.test")).status).toBe(401);
});
