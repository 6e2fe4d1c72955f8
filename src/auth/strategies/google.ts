/** Google, by OpenID Connect. */
import type { Config } from "../../config.ts";
import type { Identity } from "../identity.ts";
import { emailOf, namesOf, subjectOf } from "../sso/claims.ts";
import { type Claims, discover } from "../sso/openIdClient.ts";
import { Remembered } from "../sso/remember.ts";
import type { SignInStrategy } from "./index.ts";
import { OpenIdStrategy } from "./openId.ts";

const DISCOVERED_SECONDS = 3600;

/**
 * Google speaks for its own addresses and for those of a company whose domain it hosts (`hd`); any other it has only
 * once sent a mail to, and it may be somebody else's by now.
 */
function identityOf(claims: Claims): Identity {
  const email = emailOf(claims["email"]);
  const domain = email.split("@")[1]!;
  const isItsOwn = domain === "gmail.com" || domain === "googlemail.com" || claims["hd"] === domain;
  const isEmailVerified = claims["email_verified"] === true;
  return {
    method: "GOOGLE",
    issuer: claims.iss,
    subject: subjectOf(claims.sub),
    email,
    isEmailVerified,
    ownsAddress: isEmailVerified && isItsOwn,
    ...namesOf(claims["given_name"], claims["family_name"], claims["name"]),
  };
}

export const googleStrategy: SignInStrategy = {
  name: "google",
  method: "GOOGLE",
  isOn: ({ AUTH_GOOGLE_ENABLED }: Config) => AUTH_GOOGLE_ENABLED,
  make(services) {
    const { AUTH_GOOGLE_ISSUER, AUTH_GOOGLE_CLIENT_ID, AUTH_GOOGLE_CLIENT_SECRET } = services.config;
    const discovered = new Remembered<Awaited<ReturnType<typeof discover>>>(DISCOVERED_SECONDS, 1);
    const ask = () => discover(services.egress, new URL(AUTH_GOOGLE_ISSUER), AUTH_GOOGLE_CLIENT_ID, AUTH_GOOGLE_CLIENT_SECRET);
    return new OpenIdStrategy("google", services, async () => ({ configuration: await discovered.get("google", ask), identityOf }));
  },
};
