/** The pages before and after one, as `Link` headers (RFC 8288). */
import type { Request } from "express";

export type PageInfo = { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };

const OF_PAGE = /(?:^|&)(?:starting_after|ending_before|offset)=[^&]*/g;

/** The header for a page of the list that `req` asks for; the addresses are whole, as many clients read no other. */
export function linksOf(req: Request, search: string, { hasNextPage, hasPreviousPage, startCursor, endCursor }: PageInfo): string {
  const rest = search
    .replace(OF_PAGE, "")
    .replace(/^&+/, "")
    .replace(/[<>"\s]/g, encodeURIComponent);
  const base = `${req.protocol}://${req.host}${req.baseUrl}${req.path}?${rest}${rest && "&"}`;
  const links = [`<${base.slice(0, -1)}>; rel="first"`];
  const add = (rel: string, name: string, cursor: string) => links.push(`<${base}${name}=${encodeURIComponent(cursor)}>; rel="${rel}"`);
  if (hasPreviousPage && startCursor) add("prev", "ending_before", startCursor);
  if (hasNextPage && endCursor) add("next", "starting_after", endCursor);
  return links.join(", ");
}
