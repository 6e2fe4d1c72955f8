/** What may be done to an answer of SAML on its way, or by who makes one: each is to be refused. */
import { createHmac } from "node:crypto";
import { type Identity, makeIdentity } from "./certificate.ts";
import {
  assertionOf,
  ENVELOPED,
  EXCLUSIVE,
  type Exchange,
  idp,
  responseOf,
  rightResponse,
  type Said,
  SHA1,
  sign,
} from "./samlDocuments.ts";
import { wrappings } from "./samlWrappings.ts";

type Make = (exchange: Exchange) => string;
const stranger: Identity = makeIdentity();
const MINUTE = 60_000;

const says =
  (said: (exchange: Exchange) => Said): Make =>
  (exchange) =>
    rightResponse(exchange, said(exchange));
const changed =
  (from: string | RegExp, to: string): Make =>
  (exchange) => {
    const right = rightResponse(exchange);
    const wrong = right.replace(from, to);
    if (wrong === right) throw new Error(`nothing to change: ${from}`);
    return wrong;
  };
const withSignature =
  (from: string | RegExp, to: string): Make =>
  (exchange) => {
    const signed = sign(assertionOf(exchange));
    const wrong = signed.replace(from, to);
    if (wrong === signed) throw new Error(`nothing to change: ${from}`);
    return responseOf(exchange, wrong);
  };

const signatures: Record<string, Make> = {
  "no signature": (exchange) => responseOf(exchange, assertionOf(exchange)),
  "a signature of the response alone": (exchange) => sign(responseOf(exchange, assertionOf(exchange)), { element: "Response" }),
  "a stranger's signature": (exchange) => responseOf(exchange, sign(assertionOf(exchange), { by: stranger })),
  "a stranger's signature beside a right one's key": (exchange) =>
    responseOf(
      exchange,
      sign(assertionOf(exchange), { by: stranger }).replace(
        /<X509Certificate>[^<]*/,
        `<X509Certificate>${idp.certificate.replace(/-----[A-Z ]+-----|\s/g, "")}`,
      ),
    ),
  "a right assertion in a response that a stranger signed": (exchange) =>
    sign(responseOf(exchange, sign(assertionOf(exchange))), { element: "Response", by: stranger }),
  "another name": changed(">s-1<", ">s-2<"),
  "another address": changed("owner@acme.test", "admin@acme.test"),
  "another digest value": withSignature(/<DigestValue>[^<]{4}/, "<DigestValue>AAAA"),
  "another signature value": withSignature(/<SignatureValue>[^<]{4}/, "<SignatureValue>AAAA"),
  "no signature value": withSignature(/<SignatureValue>[^<]*<\/SignatureValue>/, ""),
  "SHA-1": (exchange) => responseOf(exchange, sign(assertionOf(exchange), { algorithms: SHA1 })),
  "a digest by SHA-1": (exchange) =>
    responseOf(
      exchange,
      sign(assertionOf(exchange), { algorithms: { signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", digest: SHA1.digest } }),
    ),
  "HMAC with the certificate for a key": (exchange) => {
    const signed = sign(assertionOf(exchange)).replace(/rsa-sha256/, "hmac-sha256");
    const info = /<SignedInfo>.*<\/SignedInfo>/s
      .exec(signed)![0]
      .replace("<SignedInfo>", '<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">');
    const mac = createHmac("sha256", idp.certificate).update(info).digest("base64");
    return responseOf(exchange, signed.replace(/<SignatureValue>[^<]*/, `<SignatureValue>${mac}`));
  },
  "no transforms": withSignature(/<Transforms>.*<\/Transforms>/s, "<Transforms/>"),
  "an XPath transform": withSignature(
    "<Transforms>",
    '<Transforms><Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>not(ancestor-or-self::x)</XPath></Transform>',
  ),
  "an XSLT transform": withSignature(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
  "a thousand transforms": withSignature("<Transforms>", `<Transforms>${`<Transform Algorithm="${EXCLUSIVE}"/>`.repeat(1000)}`),
  "canonicalization with comments": (exchange) =>
    responseOf(exchange, sign(assertionOf(exchange), { canonicalization: `${EXCLUSIVE}WithComments` })),
  "a reference to all": withSignature(/URI="#[^"]*"/, 'URI=""'),
  "a reference to another file": withSignature(/URI="#[^"]*"/, 'URI="file:///etc/passwd"'),
  "two references": withSignature(/(<Reference.*<\/Reference>)/s, "$1$1"),
  "an Object in the signature": withSignature("</Signature>", "<Object><a/></Object></Signature>"),
};

const times: Record<string, Make> = {
  "over by two minutes": says(() => ({ notOnOrAfter: Date.now() - 2 * MINUTE, notBefore: Date.now() - 9 * MINUTE })),
  "confirmed until two minutes ago": says(() => ({ confirmedUntil: Date.now() - 2 * MINUTE })),
  "not before two minutes from now": says(() => ({ notBefore: Date.now() + 2 * MINUTE })),
  "made an hour ago": says(() => ({ issuedAt: Date.now() - 60 * MINUTE })),
  "made tomorrow": says(() => ({ issuedAt: Date.now() + 1440 * MINUTE })),
  "without an end of its conditions": says(() => ({ notOnOrAfter: undefined })),
  "without an end of its confirmation": says(() => ({ confirmedUntil: undefined })),
  "of a session that is over": says(() => ({
    statement: `<saml:AuthnStatement AuthnInstant="2020-01-01T00:00:00Z" SessionNotOnOrAfter="2020-01-01T01:00:00Z"/>`,
  })),
  "without a statement that anybody signed in": says(() => ({ statement: "" })),
};

const parties: Record<string, Make> = {
  "for another audience": says(() => ({ audience: "https://other.test" })),
  "for our audience with a tail": says(({ entityId }) => ({ audience: `${entityId}/x` })),
  "for nobody": says(() => ({ audiences: "" })),
  "for an audience without a name": says(() => ({ audiences: "<saml:AudienceRestriction/>" })),
  "for us and only for another": says(({ entityId }) => ({
    audiences: [entityId, "https://other.test"]
      .map((one) => `<saml:AudienceRestriction><saml:Audience>${one}</saml:Audience></saml:AudienceRestriction>`)
      .join(""),
  })),
  "for another recipient": says(() => ({ recipient: "https://other.test/acs" })),
  "for another provider's address here": says(({ callback }) => ({ recipient: callback.replace(/[^/]*$/, crypto.randomUUID()) })),
  "sent elsewhere": (exchange) => responseOf(exchange, sign(assertionOf(exchange)), { destination: "https://other.test/acs" }),
  "signed, and sent nowhere": (exchange) =>
    sign(responseOf(exchange, sign(assertionOf(exchange)), { destination: undefined }), { element: "Response" }),
  "by another issuer": says(() => ({ issuer: "https://other.test/saml" })),
  "in a response by another issuer": (exchange) => responseOf(exchange, sign(assertionOf(exchange)), { issuer: "https://other.test/saml" }),
  "an answer to another request": says(() => ({ inResponseTo: "_other" })),
  "an assertion that answers nothing": says(() => ({ inResponseTo: undefined })),
  "a response to a request that nobody made": (exchange) =>
    responseOf({ ...exchange, request: "_nobody" }, sign(assertionOf({ ...exchange, request: "_nobody" }))),
  "a response to nothing": changed(/ InResponseTo="[^"]*">/, ">"),
  "a failure": (exchange) => responseOf(exchange, sign(assertionOf(exchange)), { status: "Responder" }),
  "for whoever holds a key": says(() => ({ method: "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key" })),
};

const people: Record<string, Make> = {
  "a name that does not last": says(() => ({ nameFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" })),
  "no name": says(() => ({ nameId: "" })),
  "no address": says(() => ({ email: undefined })),
  "an address that is none": says(() => ({ email: "owner" })),
  "an address twice": says(() => ({
    attributes: '<saml:Attribute Name="email"><saml:AttributeValue>admin@acme.test</saml:AttributeValue></saml:Attribute>',
  })),
  "an address of a domain that is not its own": says(() => ({ email: "owner@globex.test" })),
  "an address of a domain below its own": says(() => ({ email: "owner@sub.acme.test" })),
  "an address with two @": says(() => ({ email: "owner@globex.test@acme.test" })),
  "an address with a comma": says(() => ({ email: "owner@globex.test,x@acme.test" })),
  "an address in other letters": says(() => ({ email: "owner@аcme.test" })),
  "an element inside of the name": says(() => ({ nameId: "s-1<saml:x/>" })),
};

const documents: Record<string, Make> = {
  "a comment in the name": changed(">s-1<", ">s-<!---->1<"),
  "a comment that was signed": says(() => ({ nameId: "s-1<!-- -->.evil" })),
  "CDATA in the name": says(() => ({ nameId: "<![CDATA[s-1]]>" })),
  "an instruction in the name": says(() => ({ nameId: "s-<?x y?>1" })),
  "a document type": (exchange) => `<!DOCTYPE x>${rightResponse(exchange)}`,
  "an entity of a file": (exchange) =>
    `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${rightResponse(exchange).replace(">s-1<", ">&e;<")}`,
  "a billion laughs": (exchange) =>
    `<!DOCTYPE x [<!ENTITY a "ha">${[..."bcdefghi"].map((name, n) => `<!ENTITY ${name} "${`&${"abcdefgh"[n]};`.repeat(10)}">`).join("")}]>${rightResponse(exchange).replace(">s-1<", ">&i;<")}`,
  "an entity that nobody declared": changed(">s-1<", ">&e;<"),
  "two roots": (exchange) => rightResponse(exchange).repeat(2),
  "a root behind": (exchange) => `${rightResponse(exchange)}<x/>`,
  "no XML": () => "owner@acme.test",
  "an open end": (exchange) => rightResponse(exchange).slice(0, -5),
  "elements 10,000 deep": changed("</saml:Assertion>", `${"<x>".repeat(10_000)}${"</x>".repeat(10_000)}</saml:Assertion>`),
  "elements 40 deep": changed("</saml:Assertion>", `${"<x>".repeat(40)}${"</x>".repeat(40)}</saml:Assertion>`),
  "4,000 attributes": changed("<saml:Subject>", `<saml:Subject ${Array.from({ length: 4000 }, (_, n) => `a${n}="1"`).join(" ")}>`),
  "5,000 namespaces": changed(
    "<saml:Subject>",
    `<saml:Subject ${Array.from({ length: 5000 }, (_, n) => `xmlns:a${n}="u:${n}"`).join(" ")}>`,
  ),
  "200 kB": changed(">s-1<", `>${"s".repeat(200_000)}<`),
  "an encrypted assertion": (exchange) =>
    responseOf(exchange, '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>'),
  "no assertion": (exchange) => responseOf(exchange, ""),
  "SAML 1.1": changed('Version="2.0"', 'Version="1.1"'),
};

/** By what they are. */
export const TAMPERINGS: Record<string, Record<string, Make>> = { signatures, times, parties, people, documents, wrappings };
