/** A workspace's own identity provider, by OpenID Connect. */
import type { Identity } from "../identity.ts";
import { emailOf, namesOf, subjectOf } from "../sso/claims.ts";
import { type Claims, discover } from "../sso/openIdClient.ts";
import { type IdentityProvider, providerOf, secretPurpose } from "../sso/providers.ts";
import { Remembered } from "../sso/remember.ts";
import type { SignInStrategy } from "./index.ts";
import { OpenIdStrategy } from "./openId.ts";

const DISCOVERED_SECONDS = 600;
const DISCOVERED_AT_ONCE = 200;

/**
 * The provider speaks for the domains that its workspace has proven (SQL looks: private.require_provider), so an address
 * there is proven unless it says otherwise; many companies' services say nothing.
 */
const identityOf =
  (provider: IdentityProvider) =>
  (claims: Claims): Identity => {
    const isEmailVerified = claims["email_verified"] === undefined || claims["email_verified"] === true;
    return {
      method: "OIDC",
      providerId: provider.id,
      issuer: claims.iss,
      subject: subjectOf(claims.sub),
      email: emailOf(claims["email"]),
      isEmailVerified,
      ownsAddress: isEmailVerified,
      ...namesOf(claims["given_name"], claims["family_name"], claims["name"]),
    };
  };

export const oidcStrategy: SignInStrategy = {
  name: "oidc",
  method: "OIDC",
  isOn: () => true,
  make(services) {
    const { pool, sealed, egress } = services;
    const discovered = new Remembered<Awaited<ReturnType<typeof discover>>>(DISCOVERED_SECONDS, DISCOVERED_AT_ONCE);
    return new OpenIdStrategy("oidc", services, async (id) => {
      const provider = await providerOf(pool, id, "OIDC");
      const ask = () =>
        discover(egress, new URL(provider.issuer), provider.client_id!, sealed.open(secretPurpose(provider.id), provider.client_secret!));
      const configuration = await discovered.get(`${provider.id} ${provider.version}`, ask);
      return { configuration, identityOf: identityOf(provider), workspace: provider.subdomain };
    });
  },
};
