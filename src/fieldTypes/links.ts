/** Addresses on the web: the host in small letters, no slash at the end, and never javascript:. */
import { invalid, listOf } from "./invalid.ts";

type Links = { primaryLinkLabel?: string | null; primaryLinkUrl?: string | null; secondaryLinks?: unknown };

function normaliseUrl(given: unknown, path: string): string {
  const text = typeof given === "string" ? given.trim() : "";
  const address = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text) ? text : `https://${text}`;
  const url = URL.parse(address);
  const isWeb = url && /^https?:$/.test(url.protocol) && /\.|^localhost$|^\[/.test(url.hostname) && !url.username && !url.password;
  if (!isWeb) throw invalid(path, "This is an address on the web: http or https.");
  const { origin, pathname, search, hash } = url;
  // The host and the port are part of the origin, in small letters.
  return `${origin}${pathname}`.replace(/\/+$/, "") + search + hash;
}

function normaliseLink(link: unknown, path: string): { label: string | null; url: string } {
  const { label, url } = typeof link === "object" && link !== null ? (link as { label?: unknown; url?: unknown }) : {};
  if (label != null && typeof label !== "string") throw invalid(path, "A link is a label and a url.");
  return { label: label ?? null, url: normaliseUrl(url, path) };
}

export function normaliseLinks(parts: Links, path: string): Links {
  const result = { ...parts };
  const { primaryLinkUrl } = parts;
  if (primaryLinkUrl != null) result.primaryLinkUrl = primaryLinkUrl.trim() ? normaliseUrl(primaryLinkUrl, `${path}.primaryLinkUrl`) : null;
  const secondary = listOf(parts.secondaryLinks, `${path}.secondaryLinks`);
  if (secondary) result.secondaryLinks = secondary.map((link) => normaliseLink(link, `${path}.secondaryLinks`));
  return result;
}
