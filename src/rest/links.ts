/** The pages before and after one, as `Link` headers (RFC 8288). */
import type { Request } from "express";

export type PageInfo = { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };

const OF_PAGE = ["starting_after", "ending_before", "offset"];

/** The header for a page of the list that `req` asks for; the addresses are whole, as many clients read no other. */
export function linksOf(req: Request, search: string, { hasNextPage, hasPreviousPage, startCursor, endCursor }: PageInfo): string {
  const parameters = new URLSearchParams(search);
  for (const name of OF_PAGE) parameters.delete(name);
  const base = `${req.protocol}://${req.host}${req.baseUrl}${req.path}`;
  const link = (rel: string, name?: string, cursor?: string): string => {
    const all = new URLSearchParams(parameters);
    if (name) all.set(name, cursor!);
    const query = all.toString();
    return `<${base}${query && "?"}${query}>; rel="${rel}"`;
  };
  return [
    link("first"),
    ...(hasPreviousPage && startCursor ? [link("prev", "ending_before", startCursor)] : []),
    ...(hasNextPage && endCursor ? [link("next", "starting_after", endCursor)] : []),
  ].join(", ");
}
