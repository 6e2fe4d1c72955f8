/** The identity providers of workspaces, as sign-in needs them. */
import type { Pool } from "pg";
import { RelataError } from "../../errors.ts";

export type IdentityProvider = {
  id: string;
  workspace_id: string;
  subdomain: string;
  name: string;
  type: "OIDC" | "SAML";
  issuer: string;
  client_id: string | null;
  client_secret: Buffer | null;
  sso_url: string | null;
  certificates: string[];
  /** Another one after each change. */
  version: string;
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The active provider of that id and type. NOT_FOUND when there is none. */
export async function providerOf(pool: Pool, id: unknown, type: IdentityProvider["type"]): Promise<IdentityProvider> {
  if (typeof id === "string" && UUID.test(id)) {
    const { rows } = await pool.query<IdentityProvider>("select * from authz.identity_provider($1)", [id]);
    if (rows[0]?.type === type) return rows[0];
  }
  throw new RelataError("NOT_FOUND", "There is no such identity provider.");
}

/** What a client's secret is sealed for. */
export const secretPurpose = (providerId: string): string => `identity_provider:${providerId}`;
