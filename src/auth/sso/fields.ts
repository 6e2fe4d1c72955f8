/** What the fields of identity providers in GraphQL do. Statements go out behind the caller's claim; SQL says whether he may. */
import type { PgClient } from "postgraphile/@dataplan/pg";
import { RelataError } from "../../errors.ts";
import { uuidV7 } from "../../records/uuidV7.ts";
import type { AuthContext } from "../authFields.ts";
import { digest } from "../oneTimeTokens.ts";
import { oidcLogin, samlAddresses, serverUrl } from "./addresses.ts";
import { txtRecordsOf } from "./domains.ts";
import { certificatesOf, type Given, oidcInput, type ProviderInput, samlInput } from "./inputs.ts";
import { providerOf, secretPurpose } from "./providers.ts";

/** `input` is the argument of that name. */
type Asked = { auth: AuthContext; input: Given };
/** Answers the id of what it is about. */
export type ClaimedField = (client: PgClient, asked: Asked) => Promise<string>;

async function ask(client: PgClient, text: string, values: readonly unknown[]): Promise<string> {
  const { rows } = await client.query<string[]>({ text, values, arrayMode: true } as never);
  return rows[0]![0]!;
}

function create(client: PgClient, { services }: AuthContext, { id = uuidV7(), data, clientSecret }: ProviderInput): Promise<string> {
  const secret = clientSecret === undefined ? null : services.sealed.seal(secretPurpose(id), clientSecret);
  return ask(client, "select core.create_identity_provider($1, $2, $3)", [
    id,
    JSON.stringify(data),
    secret && `\\x${secret.toString("hex")}`,
  ]);
}

export const claimedFields: Record<string, ClaimedField> = {
  createOIDCIdentityProvider: (client, { auth, input }) => create(client, auth, oidcInput(auth.services.config, input)),
  createSAMLIdentityProvider: (client, { auth, input }) => create(client, auth, samlInput(auth.services.config, input)),
  editSSOIdentityProvider: (client, { input: { id, status, name, certificate } }) => {
    const data = {
      ...(status && { status }),
      ...(name != null && { name }),
      ...(certificate != null && { certificates: certificatesOf(certificate) }),
    };
    return ask(client, "select core.edit_identity_provider($1, $2)", [id, JSON.stringify(data)]);
  },
  deleteSSOIdentityProvider: (client, { input: { identityProviderId } }) =>
    ask(client, "select core.delete_identity_provider($1)", [identityProviderId]),
  addIdentityProviderDomain: (client, { input: { identityProviderId, domain } }) =>
    ask(client, "select core.add_identity_provider_domain($1, $2)", [identityProviderId, domain?.trim()]),
  removeIdentityProviderDomain: (client, { input: { id } }) => ask(client, "select core.remove_identity_provider_domain($1)", [id]),
  verifyIdentityProviderDomain: async (client, { auth: { services, caller }, input: { id } }) => {
    const domain = await ask(client, "select core.domain_to_verify($1)", [id]);
    // What was found is for the server to say, and SQL to compare.
    const records = await txtRecordsOf(services.config, domain);
    await services.pool.query("select authz.verify_domain($1, $2, $3)", [caller.workspaceId, id, records]);
    return id!;
  },
};

/** Where to send a browser. NOT_FOUND when there is no such active provider. */
export async function authorizationUrlOf({ services }: AuthContext, { identityProviderId, workspaceInviteHash }: Given) {
  const { pool, config } = services;
  const find = (type: "OIDC" | "SAML") => providerOf(pool, identityProviderId, type);
  const { id, type } = await find("OIDC").catch(() => find("SAML"));
  const url = new URL(addressesOf(serverUrl(config), id, type).loginURL);
  if (workspaceInviteHash) url.searchParams.set("invitation", workspaceInviteHash);
  return { id, type, authorizationURL: url.href };
}

/** Of a provider, the addresses that concern people, and its administrator. */
export function addressesOf(base: string, id: string, type: string) {
  if (type === "OIDC") return { loginURL: oidcLogin(base, id), callbackURL: `${base}/auth/oidc/callback`, entityId: null };
  const { login, callback, entityId } = samlAddresses(base, id);
  return { loginURL: login, callbackURL: callback, entityId };
}

/** Who has signed in himself, behind the claim: his sign-in still holds. LOGIN_REQUIRED for an API key. */
async function signedIn(client: PgClient, { caller: { sessionId } }: AuthContext): Promise<[userId: string, sessionId: string]> {
  const userId = await ask(client, "select authz.user_id()", []);
  if (!userId || !sessionId) throw new RelataError("LOGIN_REQUIRED");
  return [userId, sessionId];
}

/** Connects the account that a login token stands for with whoever asks. LOGIN_REQUIRED when a workspace's own provider let him in. */
export async function connect(client: PgClient, auth: AuthContext, { loginToken }: Given): Promise<{ success: boolean }> {
  const values = [...(await signedIn(client, auth)), digest(loginToken!)];
  await auth.services.pool.query("select authz.connect_identity($1, $2, $3)", values);
  return { success: true };
}

/** Takes back that somebody may come in by an account elsewhere. */
export async function disconnect(client: PgClient, auth: AuthContext, { id }: Given): Promise<{ success: boolean }> {
  const values = [...(await signedIn(client, auth)), id];
  await auth.services.pool.query("select authz.disconnect_identity($1, $2, $3)", values);
  return { success: true };
}

/** The accounts elsewhere by which whoever asks may come in. */
export async function identitiesOf(client: PgClient, auth: AuthContext): Promise<object[]> {
  const [userId] = await signedIn(client, auth);
  const { rows } = await auth.services.pool.query<{ id: string; issuer: string; provider_id: string | null; created_at: Date }>(
    "select * from authz.identities_of($1)",
    [userId],
  );
  return rows.map(({ id, issuer, provider_id: identityProviderId, created_at }) => ({
    id,
    issuer,
    identityProviderId,
    createdAt: created_at.toISOString(),
  }));
}
