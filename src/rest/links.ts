/** The pages before and after one, as `Link` headers (RFC 8288). */
import type { Config } from "../config.ts";
import { type Incoming, urlOf } from "./request.ts";

export type PageInfo = { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };

const OF_PAGE = /(?:^|&)(?:starting_after|ending_before|offset)=[^&]*/g;

const lastOf = (header: string | string[] | undefined): string | undefined =>
  String(header ?? "")
    .split(",")
    .at(-1)
    ?.trim() || undefined;

/** Where the client has asked, as Express tells it, or else by the configuration; a proxy's word for it is taken as TRUST_PROXY says. */
function originOf({ headers, protocol, host: told }: Incoming, config?: Config): string {
  if (!config) return `${protocol}://${told}`;
  const { SERVER_URL, TRUST_PROXY } = config;
  const isProxied = TRUST_PROXY > 0;
  const host = (isProxied && lastOf(headers["x-forwarded-host"])) || headers.host;
  if (!host || !/^[\w.:[\]-]+$/.test(host)) return SERVER_URL.replace(/\/$/, "");
  return `${isProxied && lastOf(headers["x-forwarded-proto"]) === "https" ? "https" : "http"}://${host}`;
}

/** Of longer headers many clients and proxies take none, and the answer with it; the cursors are in the body, too. */
const MAX_LENGTH = 4000;

/** The header for a page of the list that `req` asks for; the addresses are whole, as many clients read no other. None when it were too long. */
export function linksOf(
  req: Incoming,
  search: string,
  { hasNextPage, hasPreviousPage, startCursor, endCursor }: PageInfo,
  config?: Config,
): { link: string } | undefined {
  const rest = search
    .replace(OF_PAGE, "")
    .replace(/^&+/, "")
    .replace(/[<>"\s]/g, encodeURIComponent);
  const base = `${originOf(req, config)}${urlOf(req)
    .split("?", 1)[0]!
    .replace(/[<>"\s]/g, encodeURIComponent)}?${rest}${rest && "&"}`;
  const links = [`<${base.slice(0, -1)}>; rel="first"`];
  const add = (rel: string, name: string, cursor: string) => links.push(`<${base}${name}=${encodeURIComponent(cursor)}>; rel="${rel}"`);
  if (hasPreviousPage && startCursor) add("prev", "ending_before", startCursor);
  if (hasNextPage && endCursor) add("next", "starting_after", endCursor);
  const header = links.join(", ");
  return header.length > MAX_LENGTH ? undefined : { link: header };
}
