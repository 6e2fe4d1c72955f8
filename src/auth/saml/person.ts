/** Whom an assertion is about: services write addresses and names under many names. */
import type { Identity } from "../identity.ts";
import { emailOf, namesOf, subjectOf } from "../sso/claims.ts";
import { type Assertion, TRANSIENT } from "./assertion.ts";
import { refuseUnless } from "./xml.ts";

const CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const EMAIL = ["email", "Email", "mail", "emailAddress", `${CLAIMS}/emailaddress`, "urn:oid:0.9.2342.19200300.100.1.3"];
const FIRST = ["firstName", "FirstName", "givenName", "first_name", `${CLAIMS}/givenname`, "urn:oid:2.5.4.42"];
const LAST = ["lastName", "LastName", "surname", "sn", "last_name", `${CLAIMS}/surname`, "urn:oid:2.5.4.4"];

const firstOf = ({ attributes }: Assertion, names: readonly string[]): string | undefined =>
  names.map((name) => attributes.get(name)).find((value) => value !== undefined);

/** The identity that a provider asserts. The subject must be one that lasts. */
export function personOf(assertion: Assertion, issuer: string, providerId: string): Identity {
  refuseUnless(assertion.subjectFormat !== TRANSIENT, "a name that does not last");
  return {
    method: "SAML",
    providerId,
    issuer,
    subject: subjectOf(assertion.subject),
    email: emailOf(firstOf(assertion, EMAIL) ?? assertion.subject),
    // It speaks for the domains that its workspace has proven (SQL looks: private.require_provider).
    isEmailVerified: true,
    ownsAddress: true,
    ...namesOf(firstOf(assertion, FIRST), firstOf(assertion, LAST)),
  };
}
