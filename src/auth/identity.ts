/** What every way to sign in ends in: who it has proven somebody to be. Whether he may come in, SQL decides (authz.begin_sign_in). */
export type SignInMethod = "PASSWORD" | "MAGIC_LINK" | "GOOGLE" | "MICROSOFT" | "OIDC" | "SAML" | "PASSKEY";

export type Identity = {
  method: SignInMethod;
  email: string;
  isEmailVerified: boolean;
  /** The provider's own, stable name for the person, and who says so; password and magic link have none. */
  subject?: string;
  issuer?: string;
  /** core.identity_providers.id for OIDC and SAML: valid in its own workspace only. */
  providerId?: string;
  /** Whether the provider owns the address's domain: only then does the address say who somebody is (private.user_of_address). */
  ownsAddress?: boolean;
  firstName?: string;
  lastName?: string;
  /** A passkey with user verification is two factors. */
  isStrong?: boolean;
};

/** Where somebody wants to come in. */
export type Door = {
  /** A subdomain; without it, his oldest workspace. */
  workspace?: string;
  /** The token of an invitation's link. */
  invitation?: string;
  /** Its SHA-256 (hex), of a door that was kept (keptDoor.ts); no request says this. */
  invitationHash?: string;
  /** His IP address, for limits. */
  address?: string;
};
