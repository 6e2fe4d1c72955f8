/** `POST /auth/saml/login`: which provider somebody is to sign in with, by his address's domain or its own id. */
import type { Pool } from "pg";
import { optionalTextOf, textOf } from "../texts.ts";
import { samlAddresses } from "./addresses.ts";
import { providerOf } from "./providers.ts";

export type Found = { authorizationUrl: string; identityProvider: { id: string; name: string; type: "SAML" } };

/** Where to send the browser. NOT_FOUND when nobody speaks for the domain; nothing tells whether anybody has the address. */
export async function findProvider(pool: Pool, base: string, body: unknown): Promise<Found> {
  let id = optionalTextOf(body, "identityProviderId");
  if (id === undefined) {
    const values = [textOf(body, "email"), optionalTextOf(body, "workspace") ?? null];
    const { rows } = await pool.query<{ id: string | null }>("select authz.identity_provider_for($1, $2, 'SAML') as id", values);
    id = rows[0]?.id ?? undefined;
  }
  const { id: found, name } = await providerOf(pool, id, "SAML");
  return { authorizationUrl: samlAddresses(base, found).login, identityProvider: { id: found, name, type: "SAML" } };
}
