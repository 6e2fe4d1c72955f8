/**
 * The form of a SAML response, looked at before any signature: there is one place for
 * each thing, so that nothing that is signed can be moved aside for something that is
 * not (XML signature wrapping), and only algorithms that still hold.
 */
import { childOf, childrenOf, DSIG, elementsOf, isNamed, parse, refuseUnless, SAML, SAMLP, textOf, walk, type XmlElement } from "./xml.ts";

/** What a response must be an answer to. */
export type Expected = {
  /** Where it is to be sent: our assertion consumer service for this provider. */
  destination: string;
  /** Who is to have made it: the provider's entity id. */
  issuer: string;
  /** Whom it is for: our entity id for this provider. */
  audience: string;
};

const SIGNATURES = new Set([
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
  "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
]);
const DIGESTS = new Set(["http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmlenc#sha512"]);
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
const NAME = /^[A-Za-z_][\w.-]{0,200}$/;

/** There is no other element of these names, in whatever namespace: a library may look at the name alone. */
const ONCE = ["Response", "Assertion", "Subject", "NameID", "Conditions"] as const;
const NEVER = new Set([
  "EncryptedAssertion",
  "EncryptedID",
  "EncryptedAttribute",
  "EncryptedData",
  "Advice",
  "Object",
  "Manifest",
  "BaseID",
  "XPath",
]);

const algorithmOf = (element: XmlElement): string => element.getAttribute("Algorithm");

/** One signature of its own parent, by one reference and the two transforms of SAML (Core §5.4). */
function checkSignature(signature: XmlElement): void {
  const parent = signature.parentNode as XmlElement;
  const info = childOf(signature, DSIG, "SignedInfo");
  childOf(signature, DSIG, "SignatureValue");
  refuseUnless(algorithmOf(childOf(info, DSIG, "CanonicalizationMethod")) === EXCLUSIVE, "another canonicalization");
  refuseUnless(SIGNATURES.has(algorithmOf(childOf(info, DSIG, "SignatureMethod"))), "another signature algorithm");
  const reference = childOf(info, DSIG, "Reference");
  refuseUnless(elementsOf(info).length === 3, "more in SignedInfo");
  refuseUnless(reference.getAttribute("URI") === `#${parent.getAttribute("ID")}`, "signs something else than its parent");
  refuseUnless(DIGESTS.has(algorithmOf(childOf(reference, DSIG, "DigestMethod"))), "another digest");
  const transforms = elementsOf(childOf(reference, DSIG, "Transforms")).map(algorithmOf);
  refuseUnless(transforms.length === 2 && transforms[0] === ENVELOPED && transforms[1] === EXCLUSIVE, "other transforms");
}

/** No two elements have one id, by whatever attribute. */
function checkIds(all: readonly XmlElement[]): void {
  const ids = all.flatMap((element) =>
    Array.from(element.attributes).flatMap(({ localName, prefix, value }) =>
      /^(?:id|assertionid)$/i.test(localName) && prefix !== "xmlns" ? [value] : [],
    ),
  );
  refuseUnless(ids.every((id) => NAME.test(id)) && new Set(ids).size === ids.length, "ids that are none, or not one's own");
}

function checkSignatures(all: readonly XmlElement[], response: XmlElement, assertion: XmlElement): void {
  const signatures = all.filter(({ localName }) => localName === "Signature");
  for (const signature of signatures) {
    refuseUnless(isNamed(signature, DSIG, "Signature"), "a signature of another kind");
    refuseUnless(signature.parentNode === response || signature.parentNode === assertion, "a signature elsewhere");
    checkSignature(signature);
  }
  refuseUnless(childrenOf(assertion, DSIG, "Signature").length === 1, "the assertion is not signed");
  refuseUnless(childrenOf(response, DSIG, "Signature").length <= 1, "several signatures");
}

/** Looks at the form of a response; answers the id of the request that it says it answers, and whether it is signed itself. */
export function checkResponse(xml: string, { destination, issuer }: Expected): { answered: string; isSigned: boolean } {
  const response = parse(xml);
  const all = [...walk(response)];
  refuseUnless(isNamed(response, SAMLP, "Response") && response.getAttribute("Version") === "2.0", "no response of SAML 2.0");
  for (const name of ONCE) refuseUnless(all.filter(({ localName }) => localName === name).length === 1, `not one ${name}`);
  refuseUnless(!all.some(({ localName }) => NEVER.has(localName)), "an element that has no place here");
  const assertion = childOf(response, SAML, "Assertion");
  checkIds(all);
  checkSignatures(all, response, assertion);

  const isSigned = childrenOf(response, DSIG, "Signature").length === 1;
  refuseUnless(
    response.getAttribute("Destination") === destination || (!isSigned && !response.hasAttribute("Destination")),
    "sent elsewhere",
  );
  for (const one of childrenOf(response, SAML, "Issuer")) refuseUnless(textOf(one) === issuer, "another issuer");
  refuseUnless(childOf(childOf(response, SAMLP, "Status"), SAMLP, "StatusCode").getAttribute("Value") === SUCCESS, "no success");
  const answered = response.getAttribute("InResponseTo");
  refuseUnless(NAME.test(answered), "answers no request");
  return { answered, isSigned };
}
