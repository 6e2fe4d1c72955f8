/** The token that a request brings (RFC 6750). */
import type { IncomingMessage } from "node:http";

export function bearerOf({ headers: { authorization = "" } }: IncomingMessage): string | undefined {
  return /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;
}
