/** Responses of SAML, right unless a test makes them otherwise, and signatures as XML Signature has them. */
import { createRequire } from "node:module";
import { type Identity, makeIdentity } from "./certificate.ts";

type SignedXml = {
  addReference(reference: object): void;
  computeSignature(xml: string, options: object): void;
  getSignedXml(): string;
};
const { SignedXml } = createRequire(import.meta.url)("xml-crypto") as { SignedXml: new (options: object) => SignedXml };

export const ISSUER = "https://idp.test/saml";
export const idp: Identity = makeIdentity();

const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";
const SHA256 = { signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", digest: "http://www.w3.org/2001/04/xmlenc#sha256" };
export const SHA1 = { signature: "http://www.w3.org/2000/09/xmldsig#rsa-sha1", digest: "http://www.w3.org/2000/09/xmldsig#sha1" };
export const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
export const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";

/** What an answer is about: the provider's addresses at our side, and our request. */
export type Exchange = { callback: string; entityId: string; request: string };

export type Said = Partial<{
  id: string;
  issuer: string;
  nameId: string;
  nameFormat: string;
  email: string | undefined;
  attributes: string;
  audience: string;
  audiences: string;
  recipient: string;
  inResponseTo: string | undefined;
  method: string;
  issuedAt: number;
  notBefore: number;
  notOnOrAfter: number | undefined;
  confirmedUntil: number | undefined;
  statement: string;
  more: string;
}>;

const instant = (ms: number) => new Date(ms).toISOString();
const attribute = (name: string, value: string | undefined) => (value === undefined ? "" : ` ${name}="${value}"`);

/** An assertion without a signature. */
export function assertionOf(exchange: Exchange, said: Said = {}): string {
  const now = Date.now();
  const all = {
    id: `_a${crypto.randomUUID()}`,
    issuer: ISSUER,
    nameId: "s-1",
    nameFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    email: "owner@acme.test",
    attributes: "",
    audience: exchange.entityId,
    recipient: exchange.callback,
    inResponseTo: exchange.request,
    method: "urn:oasis:names:tc:SAML:2.0:cm:bearer",
    issuedAt: now,
    notBefore: now - 5000,
    notOnOrAfter: now + 300_000,
    confirmedUntil: now + 300_000,
    statement: `<saml:AuthnStatement AuthnInstant="${instant(now)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    more: "",
    ...said,
  };
  const audiences = all.audiences ?? `<saml:AudienceRestriction><saml:Audience>${all.audience}</saml:Audience></saml:AudienceRestriction>`;
  const email =
    all.email === undefined ? "" : `<saml:Attribute Name="email"><saml:AttributeValue>${all.email}</saml:AttributeValue></saml:Attribute>`;
  const end = (time: number | undefined) => (time === undefined ? undefined : instant(time));
  return (
    `<saml:Assertion xmlns:saml="${SAML}" ID="${all.id}" Version="2.0" IssueInstant="${instant(all.issuedAt)}"><saml:Issuer>${all.issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${all.nameFormat}">${all.nameId}</saml:NameID><saml:SubjectConfirmation Method="${all.method}">` +
    `<saml:SubjectConfirmationData${attribute("NotOnOrAfter", end(all.confirmedUntil))} Recipient="${all.recipient}"${attribute("InResponseTo", all.inResponseTo)}/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${instant(all.notBefore)}"${attribute("NotOnOrAfter", end(all.notOnOrAfter))}>${audiences}</saml:Conditions>` +
    `${all.statement}<saml:AttributeStatement>${email}${all.attributes}</saml:AttributeStatement>${all.more}</saml:Assertion>`
  );
}

/** A response around what it holds. */
export const responseOf = (
  exchange: Exchange,
  inside: string,
  said: { destination?: string | undefined; inResponseTo?: string; issuer?: string; status?: string; id?: string } = {},
): string => {
  const all = {
    destination: exchange.callback,
    inResponseTo: exchange.request,
    issuer: ISSUER,
    status: "Success",
    id: `_r${crypto.randomUUID()}`,
    ...said,
  };
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${all.id}" Version="2.0" IssueInstant="${instant(Date.now())}"${attribute("Destination", all.destination)}${attribute("InResponseTo", all.inResponseTo)}>` +
    `<saml:Issuer xmlns:saml="${SAML}">${all.issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${all.status}"/></samlp:Status>${inside}</samlp:Response>`
  );
};

export type Signing = { by?: Identity; algorithms?: typeof SHA256; transforms?: string[]; element?: string; canonicalization?: string };

/** Signs the element of that name, behind its issuer. */
export function sign(
  xml: string,
  { by = idp, algorithms = SHA256, transforms = [ENVELOPED, EXCLUSIVE], element = "Assertion", canonicalization = EXCLUSIVE }: Signing = {},
): string {
  const path = `//*[local-name(.)='${element}']`;
  const signed = new SignedXml({
    privateKey: by.key,
    publicCert: by.certificate,
    signatureAlgorithm: algorithms.signature,
    canonicalizationAlgorithm: canonicalization,
  });
  signed.addReference({ xpath: path, transforms, digestAlgorithm: algorithms.digest });
  signed.computeSignature(xml, { location: { reference: `${path}/*[local-name(.)='Issuer']`, action: "after" } });
  return signed.getSignedXml();
}

/** A right response: a signed assertion. */
export const rightResponse = (exchange: Exchange, said: Said = {}): string => responseOf(exchange, sign(assertionOf(exchange, said)));
