/**
 * Microsoft, by OpenID Connect. Its address for everybody (`common`) has no issuer of
 * its own: each company's tenant is one, named in the token, and a token's issuer must
 * be that of its tenant.
 */
import type { Config } from "../../config.ts";
import type { Egress } from "../../egress.ts";
import type { Identity } from "../identity.ts";
import { emailOf, namesOf, subjectOf } from "../sso/claims.ts";
import { type Claims, discover } from "../sso/openIdClient.ts";
import { Remembered } from "../sso/remember.ts";
import type { SignInStrategy } from "./index.ts";
import { OpenIdStrategy } from "./openId.ts";

const DISCOVERED_SECONDS = 3600;
/** By this address openid-client knows that the issuer is a pattern with {tenantid}. */
const MICROSOFT = "https://login.microsoftonline.com";
const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The administrator of any tenant may write any address into `email`. It counts as proven
 * only where Microsoft says that the tenant owns its domain (the optional claim xms_edov).
 */
function identityOf(claims: Claims): Identity {
  const [tenant, owned] = [claims["tid"], claims["xms_edov"]];
  if (typeof tenant !== "string" || !TENANT.test(tenant)) throw new Error("There is no tenant.");
  const isEmailVerified = owned === true || owned === 1 || owned === "1" || owned === "true";
  return {
    method: "MICROSOFT",
    issuer: claims.iss,
    subject: subjectOf(claims.sub),
    email: emailOf(claims["email"]),
    isEmailVerified,
    ownsAddress: isEmailVerified,
    ...namesOf(claims["given_name"], claims["family_name"], claims["name"]),
  };
}

/** Microsoft's own address for discovery; where another cloud (or a test) stands in for it, that is what is asked. */
function discoverMicrosoft(egress: Egress, { AUTH_MICROSOFT_ISSUER, AUTH_MICROSOFT_CLIENT_ID, AUTH_MICROSOFT_CLIENT_SECRET }: Config) {
  const { origin, pathname } = new URL(AUTH_MICROSOFT_ISSUER);
  const fetchAs: Egress["fetch"] = (url, init) => {
    const text = String(url);
    return egress.fetch(text.startsWith(`${MICROSOFT}/`) ? origin + text.slice(MICROSOFT.length) : text, init);
  };
  const isPlain = origin.startsWith("http:");
  return discover(egress, new URL(MICROSOFT + pathname), AUTH_MICROSOFT_CLIENT_ID, AUTH_MICROSOFT_CLIENT_SECRET, { fetchAs, isPlain });
}

export const microsoftStrategy: SignInStrategy = {
  name: "microsoft",
  method: "MICROSOFT",
  isOn: ({ AUTH_MICROSOFT_ENABLED }: Config) => AUTH_MICROSOFT_ENABLED,
  make(services) {
    const discovered = new Remembered<Awaited<ReturnType<typeof discover>>>(DISCOVERED_SECONDS, 1);
    const ask = () => discoverMicrosoft(services.egress, services.config);
    return new OpenIdStrategy("microsoft", services, async () => ({ configuration: await discovered.get("microsoft", ask), identityOf }));
  },
};
