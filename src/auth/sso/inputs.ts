/** What whoever sets up an identity provider gives, brought into the form in which SQL keeps it. */
import { X509Certificate } from "node:crypto";
import type { Config } from "../../config.ts";
import { RelataError } from "../../errors.ts";

export type Given = Record<string, string | null | undefined>;
export type ProviderInput = {
  id?: string;
  data: { name: string; type: "OIDC" | "SAML"; issuer: string; clientId?: string; ssoUrl?: string; certificates?: string[] };
  clientSecret?: string;
};

const MAX_CERTIFICATES = 5;
const MIN_BITS = 2048;

function refuse(field: string, words: string): never {
  throw new RelataError("BAD_INPUT", words, { field: `input.${field}` });
}

function textOf(given: Given, field: string, maxLength: number): string {
  const text = given[field]?.trim() ?? "";
  if (text === "" || text.length > maxLength || /\p{Cc}/u.test(text)) refuse(field, `${field} is a text of 1 to ${maxLength} characters.`);
  return text;
}

/** An https address. One without TLS only where the configuration opens a private network, as for a service beside ours. */
function addressOf({ EGRESS_ALLOW }: Config, given: Given, field: string): string {
  const text = textOf(given, field, 1024);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const mayBe = url && (url.protocol === "https:" || (url.protocol === "http:" && EGRESS_ALLOW !== ""));
  if (!mayBe || url.username || url.password || url.hash) refuse(field, `${field} is an address that begins with https://.`);
  return text;
}

/** Certificates as PEM has them, or the base64 of one. What is signed with a short key could be signed by anybody. */
export function certificatesOf(given: string | null | undefined, field = "certificate"): string[] {
  const blocks = given?.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [
    `-----BEGIN CERTIFICATE-----\n${(given ?? "").trim()}\n-----END CERTIFICATE-----`,
  ];
  if ((given ?? "").length > 50_000 || blocks.length > MAX_CERTIFICATES)
    refuse(field, `There are ${MAX_CERTIFICATES} certificates at most.`);
  return blocks.map((block) => {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(block);
    } catch {
      refuse(field, "That is no certificate (X.509, as PEM).");
    }
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    if (asymmetricKeyType !== "rsa" || (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_BITS)
      refuse(field, `The certificate's key is not one of RSA with ${MIN_BITS} bits or more.`);
    return certificate.toString();
  });
}

/** The fingerprint that the provider's administrator has read out, if he has: SHA-256 of the first certificate. */
function checkFingerprint({ fingerprint }: Given, [first = ""]: string[]): void {
  const plain = fingerprint?.replace(/[:\s]/g, "").toUpperCase();
  if (plain && plain !== new X509Certificate(first).fingerprint256.replaceAll(":", ""))
    refuse("fingerprint", "That is not the certificate's fingerprint (SHA-256).");
}

export const oidcInput = (config: Config, given: Given): ProviderInput => ({
  data: {
    type: "OIDC",
    name: textOf(given, "name", 200),
    issuer: addressOf(config, given, "issuer"),
    clientId: textOf(given, "clientID", 1024),
  },
  clientSecret: textOf(given, "clientSecret", 1024),
});

export function samlInput(config: Config, given: Given): ProviderInput {
  const certificates = certificatesOf(given["certificate"]);
  checkFingerprint(given, certificates);
  return {
    ...(given["id"] && { id: given["id"] }),
    data: {
      type: "SAML",
      name: textOf(given, "name", 200),
      issuer: textOf(given, "issuer", 1024),
      ssoUrl: addressOf(config, given, "ssoURL"),
      certificates,
    },
  };
}
