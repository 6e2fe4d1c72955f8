/** A browser on its way to a provider of SAML that a test is itself, and back with an answer. */
import { inflateRawSync } from "node:zlib";
import type { Browser } from "./browser.ts";
import type { Exchange } from "./samlDocuments.ts";
import { outcomeOf, type Sso } from "./useSso.ts";

export const SSO_URL = "https://idp.test/sso";

/** Sets out, as far as the provider's door. */
export async function setOut(sso: Sso, browser: Browser, id: string): Promise<Exchange> {
  const { location } = await browser.go(`${sso.url}/auth/saml/login/${id}`);
  const request = inflateRawSync(Buffer.from(new URL(location!).searchParams.get("SAMLRequest")!, "base64")).toString();
  return {
    callback: `${sso.url}/auth/saml/callback/${id}`,
    entityId: `${sso.url}/auth/saml/metadata/${id}`,
    request: / ID="([^"]+)"/.exec(request)![1]!,
  };
}

/** Brings an answer, and goes on to the end. */
export async function comeBack(sso: Sso, browser: Browser, { callback }: Exchange, xml: string): Promise<string> {
  const step = await browser.go(callback, { post: { SAMLResponse: Buffer.from(xml).toString("base64") }, from: SSO_URL });
  return outcomeOf(sso, step.location?.includes("/finish") ? await browser.go(step.location) : step);
}
