/** One of every secret, made by the flow that makes it; every answer is looked at before its own secrets count. */
import { createHash } from "node:crypto";
import { codeAt } from "../auth/secondFactor.ts";
import { Browser } from "../auth/sso/browser.ts";
import { mailsTo } from "../helpers/mails.ts";
import type { Canaries } from "./canaries.ts";

export type Sql = <Row extends Record<string, unknown>>(text: string, values?: unknown[], workspace?: string) => Promise<Row[]>;
export type Stage = { url: string; adminUrl: string; sql: Sql; canaries: Canaries; leaks: string[]; answers: number };
export type Reply = { status: number; headers: Headers; text: string; body: Record<string, never> };

/** A password of nobody else's, of which no part is a word. */
export const passwordOf = (what: string) => `Qx7-${createHash("sha256").update(what).digest("base64url").slice(0, 20)} ü`;
const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** Notes a password: it is also looked for by its beginning, as of an error that quotes a part. */
export function addPassword({ canaries }: Stage, name: string, password: string): string {
  canaries.add(name, password, { part: password.slice(0, 10) });
  return password;
}
/** Notes a token, and what is kept of it. */
export function addToken({ canaries }: Stage, name: string, token: string): string {
  canaries.add(name, token, { part: token.split(".").at(-1)! });
  canaries.add(`the hash of ${name}`, sha256(token), { isHash: true });
  return token;
}

/** One request. What it answers, in body or headers, holds no secret that was known before. */
export async function send(stage: Stage, path: string, body: unknown, token?: string, method = "POST"): Promise<Reply> {
  const response = await fetch(stage.url + path, {
    method,
    redirect: "manual",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  look(stage, `${method} ${path} ${JSON.stringify(body ?? "").slice(0, 60)} answered ${response.status}`, text, response.headers);
  const isJson = response.headers.get("content-type")?.includes("json") && text !== "";
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
}
export function look(stage: Stage, where: string, text: string, headers?: Headers): void {
  stage.answers++;
  const all = `${text}\n${headers ? JSON.stringify([...headers]) : ""}`;
  for (const name of stage.canaries.in(all)) stage.leaks.push(`${name} in ${where}`);
}

type Data = Record<string, never> & { data: Record<string, never> };
export const ask = async (stage: Stage, query: string, variables: object = {}, token?: string) =>
  (await send(stage, "/metadata", { query, variables }, token)).body as unknown as Data;

/** The token in the newest mail to an address, in either form of a link. */
async function mailedTo(stage: Stage, name: string, email: string): Promise<string> {
  const [mail] = await mailsTo(stage.adminUrl, email);
  const url = new URL(mail!.data["link"]!);
  return addToken(stage, name, new URLSearchParams(url.hash.slice(1)).get("token") ?? url.pathname.split("/").at(-1)!);
}

export async function login(stage: Stage, email: string, password: string, more: object = {}) {
  const { body } = await send(stage, "/auth/login", { email, password, ...more });
  const { accessToken, refreshToken, challenge } = body as unknown as Record<string, string> & { challenge?: { token: string } };
  if (challenge) return { challenge: addToken(stage, "a challenge's token", challenge.token), accessToken: "", refreshToken: "" };
  return {
    challenge: "",
    accessToken: addToken(stage, "an access token", accessToken!),
    refreshToken: addToken(stage, "a refresh token", refreshToken!),
  };
}

/** Signing up, proving an address, choosing a workspace, a reset, a link: with every token of them. */
export async function accounts(stage: Stage, invitation: string): Promise<void> {
  const email = "invited@canary.test";
  const password = addPassword(stage, "a password", passwordOf("signed up"));
  await send(stage, "/auth/sign-up", { email, password, firstName: "Nora", invitation });
  await send(stage, "/auth/magic-link", { email: "member@acme.test", workspace: "acme", invitation });
  await mailedTo(stage, "a token that keeps an invitation", "member@acme.test");
  await mailedTo(stage, "a verification token", email);
  await ask(stage, "mutation ($email: String!) { resendEmailVerificationToken(email: $email) { success } }", { email });
  const token = await mailedTo(stage, "a verification token", email);
  const proven = (await send(stage, "/auth/verify-email", { token })).body as unknown as Record<string, string>;
  // The invitation was kept beside the token, as its hash: it lets him in all the same.
  expect(proven).toMatchObject({ workspace: { subdomain: "acme" } });
  addToken(stage, "an access token", proven["accessToken"]!);
  // Waits: it stays in the database.
  await send(stage, "/auth/sign-up", {
    email: "waits@canary.test",
    password: addPassword(stage, "a password that waits", passwordOf("waits")),
  });
  await mailedTo(stage, "a verification token that waits", "waits@canary.test");

  await send(stage, "/auth/password-reset", { email });
  const reset = await mailedTo(stage, "a reset token", email);
  const next = addPassword(stage, "another password", passwordOf("reset"));
  await send(stage, "/auth/password-reset/confirm", { token: reset, password: next });
  await send(stage, "/auth/password-reset", { email });
  await mailedTo(stage, "a reset token that waits", email);
  await send(stage, "/auth/magic-link", { email });
  await send(stage, "/auth/magic-link/sign-in", { token: await mailedTo(stage, "a magic link's token", email) });
  const CHOOSE = `mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) {
    tokens { accessOrWorkspaceAgnosticToken { token } } availableWorkspaces { availableWorkspacesForSignIn { loginToken } } } }`;
  const chosen = (await ask(stage, CHOOSE, { email, password: next })).data?.["signIn"] as unknown as {
    tokens: { accessOrWorkspaceAgnosticToken: { token: string } };
    availableWorkspaces: { availableWorkspacesForSignIn: { loginToken: string }[] };
  };
  addToken(stage, "a user token", chosen.tokens.accessOrWorkspaceAgnosticToken.token);
  const [waiting] = chosen.availableWorkspaces.availableWorkspacesForSignIn;
  if (waiting) addToken(stage, "a login token that waits", waiting.loginToken);
}

/** Invitations, the invite link, API keys, an identity provider with its secret: as the owner. */
export async function settings(
  stage: Stage,
  owner: string,
  oidc: { issuer: string; clientId: string; clientSecret: string },
): Promise<string> {
  stage.canaries.add("an OIDC client secret", oidc.clientSecret);
  const input = { name: "Canary", issuer: oidc.issuer, clientID: oidc.clientId, clientSecret: oidc.clientSecret };
  const PROVIDER = "mutation ($input: CreateOIDCIdentityProviderInput!) { createOIDCIdentityProvider(input: $input) { id } }";
  const made = (await ask(stage, PROVIDER, { input }, owner)).data["createOIDCIdentityProvider"] as unknown as { id: string };
  await new Browser().follow(`${stage.url}/auth/oidc/login/${made.id}`, (location) => location.includes("loginToken="));

  await ask(stage, 'mutation { sendInvitations(emails: ["invited@canary.test"]) { success } }', {}, owner);
  const invitation = await mailedTo(stage, "an invitation's token", "invited@canary.test");
  await ask(stage, "mutation { updateWorkspace(data: { isPublicInviteLinkEnabled: true, isMagicLinkEnabled: true }) { id } }", {}, owner);
  const link = (await ask(stage, "mutation { rotateInviteLink { inviteHash } }", {}, owner)).data["rotateInviteLink"] as unknown as {
    inviteHash: string;
  };
  addToken(stage, "the invite link's token", link.inviteHash);
  await ask(stage, `query ($h: String!) { findWorkspaceFromInviteHash(inviteHash: $h) { displayName } }`, { h: invitation });
  return invitation;
}

export async function apiKey(stage: Stage, owner: string): Promise<string> {
  const [role] = await stage.sql<{ id: string }>("select id from core.roles where name = 'ADMIN' and workspace_id = authz.workspace_id()");
  const CREATE = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }";
  const { id } = (await ask(stage, CREATE, { input: { name: "Program", roleId: role!.id } }, owner)).data["createApiKey"] as unknown as {
    id: string;
  };
  const TOKEN = "mutation ($id: UUID!) { generateApiKeyToken(apiKeyId: $id) { token } }";
  const { token } = (await ask(stage, TOKEN, { id }, owner)).data["generateApiKeyToken"] as unknown as { token: string };
  return addToken(stage, "an API key's token", token);
}

/** An authenticator app with its recovery codes, and a sign-in that waits for them. */
export async function secondFactor(stage: Stage, email: string, password: string): Promise<void> {
  const { accessToken } = await login(stage, email, password);
  const { secret } = (await send(stage, "/auth/totp/enrol", { password }, accessToken)).body as unknown as { secret: string };
  stage.canaries.add("a TOTP seed", secret);
  stage.canaries.add("a TOTP seed", base32(secret));
  const verified = await send(stage, "/auth/totp/verify", { code: codeAt(secret) }, accessToken);
  for (const code of (verified.body as unknown as { recoveryCodes: string[] }).recoveryCodes) {
    stage.canaries.add("a recovery code", code);
    stage.canaries.add("a recovery code", code.replaceAll("-", ""));
  }
  const { challenge } = await login(stage, email, password);
  await send(stage, "/auth/second-factor", { token: challenge, code: "000000" });
  await send(stage, "/auth/second-factors", undefined, accessToken, "GET");
}

function base32(text: string): Buffer {
  const bits = [...text.replace(/=+$/, "")]
    .map((one) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(one).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
