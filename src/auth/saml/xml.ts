/**
 * Reads XML that anybody may have sent: bounded in size, depth and names, without
 * document types, entities, comments, CDATA and processing instructions, all of which
 * SAML can do without and attacks cannot. With the parser that checks the signatures,
 * so that both see the same document.
 */
import { createRequire } from "node:module";

/** What is used of the parser's nodes; its own types would bring those of a browser. */
export type XmlNode = { nodeType: number; nodeValue: string | null; childNodes: ArrayLike<XmlNode> };
export type XmlElement = XmlNode & {
  localName: string;
  namespaceURI: string | null;
  parentNode: XmlNode | null;
  attributes: ArrayLike<{ name: string; localName: string; prefix: string | null; value: string }>;
  getAttribute(name: string): string;
  hasAttribute(name: string): boolean;
};
type Parser = new (options: object) => { parseFromString(xml: string, type: string): { documentElement: XmlElement | null } };

const { DOMParser } = createRequire(import.meta.url)("@xmldom/xmldom") as { DOMParser: Parser };

export const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";
export const SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol";
export const DSIG = "http://www.w3.org/2000/09/xmldsig#";

const MAX_BYTES = 150_000;
// A hundred milliseconds of work, once warm.
const MAX_TAGS = 1500;
// The parser compares each attribute of an element with all others.
const MAX_TAG_LENGTH = 4000;
const MAX_DEPTH = 30;
const MAX_ATTRIBUTES = 3000;
// Each may be written out again for each element when a signature is checked.
const MAX_NAMESPACES = 200;
const [ELEMENT, TEXT] = [1, 3];

/** Refused, in words for our log: whoever sent it is not told. */
export class SamlRefused extends Error {
  override readonly name = "SamlRefused";
}

export function refuseUnless(holds: boolean, words: string): asserts holds {
  if (!holds) throw new SamlRefused(words);
}

/** The text of a base64 parameter. */
export function decode(base64: unknown): string {
  refuseUnless(typeof base64 === "string" && base64.length <= (MAX_BYTES * 4) / 3 + 10_000, "no text, or too long");
  const packed = base64.replace(/[\r\n\t ]/g, "");
  refuseUnless(/^[A-Za-z0-9+/]+={0,2}$/.test(packed), "no base64");
  const bytes = Buffer.from(packed, "base64");
  refuseUnless(bytes.length <= MAX_BYTES, "too long");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SamlRefused("no UTF-8");
  }
}

/** Its child elements. */
export const elementsOf = (element: XmlElement): XmlElement[] =>
  Array.from(element.childNodes).filter((node): node is XmlElement => node.nodeType === ELEMENT);

/** An element and all below it, to a bounded depth. */
export function* walk(element: XmlElement, depth = 0): Generator<XmlElement> {
  refuseUnless(depth < MAX_DEPTH, "too deep");
  yield element;
  for (const child of elementsOf(element)) yield* walk(child, depth + 1);
}

export const isNamed = ({ namespaceURI, localName }: XmlElement, namespace: string, name: string): boolean =>
  namespaceURI === namespace && localName === name;

/** The children of that name. */
export const childrenOf = (element: XmlElement, namespace: string, name: string): XmlElement[] =>
  elementsOf(element).filter((child) => isNamed(child, namespace, name));

/** The one child of that name. */
export function childOf(element: XmlElement, namespace: string, name: string): XmlElement {
  const [child, ...others] = childrenOf(element, namespace, name);
  refuseUnless(child !== undefined && others.length === 0, `not one ${name}`);
  return child;
}

/** The text of an element that holds nothing else. */
export function textOf(element: XmlElement): string {
  const nodes = Array.from(element.childNodes);
  refuseUnless(
    nodes.every(({ nodeType }) => nodeType === TEXT),
    `${element.localName} holds more than a text`,
  );
  return nodes
    .map(({ nodeValue }) => nodeValue ?? "")
    .join("")
    .trim();
}

const occurrences = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** The root element of a document. */
export function parse(xml: string): XmlElement {
  refuseUnless(/^\s*</.test(xml) && !xml.includes("<!"), "a document type, comment or CDATA");
  refuseUnless(!xml.replace(/^\s*<\?xml [^<>]*\?>/, "").includes("<?"), "a processing instruction");
  refuseUnless(!/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/.test(xml), "an entity");
  refuseUnless(occurrences(xml, /</g) <= MAX_TAGS, "too many elements");
  refuseUnless(
    xml.split("<").every((tag) => tag.length <= MAX_TAG_LENGTH || tag.slice(0, MAX_TAG_LENGTH).includes(">")),
    "too long a tag",
  );
  refuseUnless(occurrences(xml, /\bxmlns\b/g) <= MAX_NAMESPACES, "too many namespaces");
  refuseUnless(occurrences(xml, /=/g) <= MAX_ATTRIBUTES, "too many attributes");
  const fail = (words: string) => {
    throw new SamlRefused(words);
  };
  const document = new DOMParser({ locator: {}, errorHandler: { warning: fail, error: fail, fatalError: fail } }).parseFromString(
    xml,
    "text/xml",
  );
  const root = document?.documentElement;
  refuseUnless(root != null, "no document");
  refuseUnless(elementsOf(document as unknown as XmlElement).length === 1, "several roots");
  return root;
}
