/**
 * What a signed assertion says, read from the very bytes that were signed: whom it is
 * about, and that it is for us, now, and an answer to our request (SAML Profiles §4.1.4).
 */

import type { Expected } from "./response.ts";
import { childOf, childrenOf, isNamed, parse, refuseUnless, SAML, textOf, type XmlElement } from "./xml.ts";

/** `subject` is the provider's own name for the person; `attributes` have their first value each. */
export type Assertion = { id: string; subject: string; subjectFormat: string; attributes: ReadonlyMap<string, string>; endsAt: number };

const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
export const TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const SKEW_MS = 60_000;
const MAX_AGE_MS = 15 * 60_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const MAX_ATTRIBUTES = 200;

/** An instant of an attribute, in milliseconds; undefined when there is none. */
function instantOf(element: XmlElement, name: string): number | undefined {
  if (!element.hasAttribute(name)) return undefined;
  const text = element.getAttribute(name);
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  refuseUnless(Number.isFinite(instant), `${name} is no instant in UTC`);
  return instant;
}

/** Refuses what is not yet, or no longer; `end` must be there. */
function checkTimes(element: XmlElement, now: number): number {
  const [start, end] = [instantOf(element, "NotBefore"), instantOf(element, "NotOnOrAfter")];
  refuseUnless(end !== undefined && now < end + SKEW_MS, `${element.localName} is over, or has no end`);
  refuseUnless(start === undefined || start <= now + SKEW_MS, `${element.localName} has not begun`);
  return end;
}

function checkConditions(conditions: XmlElement, audience: string, now: number): number {
  const restrictions = childrenOf(conditions, SAML, "AudienceRestriction");
  refuseUnless(restrictions.length > 0, "for anybody");
  // Several restrictions must all hold; of one's audiences, any.
  for (const restriction of restrictions) {
    refuseUnless(childrenOf(restriction, SAML, "Audience").map(textOf).includes(audience), "for somebody else");
  }
  return checkTimes(conditions, now);
}

function checkConfirmation(subject: XmlElement, destination: string, answered: string, now: number): number {
  const confirmation = childOf(subject, SAML, "SubjectConfirmation");
  refuseUnless(confirmation.getAttribute("Method") === BEARER, "not for the bearer");
  const data = childOf(confirmation, SAML, "SubjectConfirmationData");
  refuseUnless(data.getAttribute("Recipient") === destination, "for another recipient");
  refuseUnless(data.getAttribute("InResponseTo") === answered, "answers another request");
  return checkTimes(data, now);
}

function attributesOf(assertion: XmlElement): Map<string, string> {
  const found = new Map<string, string>();
  const attributes = childrenOf(assertion, SAML, "AttributeStatement").flatMap((statement) => childrenOf(statement, SAML, "Attribute"));
  refuseUnless(attributes.length <= MAX_ATTRIBUTES, "too many attributes");
  for (const attribute of attributes) {
    const [value] = childrenOf(attribute, SAML, "AttributeValue");
    const name = attribute.getAttribute("Name");
    // Twice the same would let each reader choose another.
    refuseUnless(!found.has(name), "an attribute twice");
    if (value && value.childNodes.length > 0 && Array.from(value.childNodes).every(({ nodeType }) => nodeType === 3))
      found.set(name, textOf(value));
  }
  return found;
}

/** Reads a signed assertion that must be `expected`, and an answer to the request `answered`. */
export function readAssertion(xml: string, { destination, issuer, audience }: Expected, answered: string, now = Date.now()): Assertion {
  const assertion = parse(xml);
  refuseUnless(isNamed(assertion, SAML, "Assertion") && assertion.getAttribute("Version") === "2.0", "no assertion of SAML 2.0");
  refuseUnless(textOf(childOf(assertion, SAML, "Issuer")) === issuer, "another issuer");
  const issuedAt = instantOf(assertion, "IssueInstant");
  refuseUnless(issuedAt !== undefined && issuedAt <= now + SKEW_MS && issuedAt > now - MAX_AGE_MS, "of another time");

  const subject = childOf(assertion, SAML, "Subject");
  const ends = [
    checkConfirmation(subject, destination, answered, now),
    checkConditions(childOf(assertion, SAML, "Conditions"), audience, now),
  ];
  const statement = childOf(assertion, SAML, "AuthnStatement");
  const sessionEnd = instantOf(statement, "SessionNotOnOrAfter");
  refuseUnless(sessionEnd === undefined || now < sessionEnd + SKEW_MS, "the session there is over");

  const name = childOf(subject, SAML, "NameID");
  return {
    id: assertion.getAttribute("ID"),
    subject: textOf(name),
    subjectFormat: name.getAttribute("Format"),
    attributes: attributesOf(assertion),
    endsAt: Math.max(...ends) + SKEW_MS,
  };
}
