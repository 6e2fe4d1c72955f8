/**
 * What is remembered of a sign-in while the browser is away at a provider: sealed in a
 * cookie of that browser, so that any server may answer when it comes back, and nobody
 * else's browser can. Each state is good for one return, which PostgreSQL remembers.
 */
import type { Request, Response } from "express";
import type { Pool } from "pg";
import { RelataError } from "../../errors.ts";
import type { Door } from "../identity.ts";
import { digest } from "../oneTimeTokens.ts";
import type { Sealed } from "../sealed.ts";

/** Where the person wanted to go, and how he came. */
export type Journey = { door: Door /** A path of the application. */; returnTo?: string };

/** How long somebody may take at his provider. */
export const JOURNEY_SECONDS = 600;

/** `__Host-`: of this host alone, sent by TLS alone (and to localhost). `Lax`: sent when the browser comes back by a link or redirect. */
const cookieName = (id: string) => `__Host-relata-sso-${digest(id).toString("hex").slice(0, 16)}`;
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** Keeps `value` in the browser until it comes back with `id`. */
export function keepInBrowser(res: Response, id: string, value: string): void {
  res.append("set-cookie", `${cookieName(id)}=${value}; ${ATTRIBUTES}; Max-Age=${JOURNEY_SECONDS}`);
}

/** What the browser has kept by `id`, and forgets now; undefined when it is another browser. */
export function takeFromBrowser(req: Request, res: Response, id: string): string | undefined {
  const name = cookieName(id);
  res.append("set-cookie", `${name}=; ${ATTRIBUTES}; Max-Age=0`);
  const prefix = `${name}=`;
  const found = (req.headers.cookie ?? "").split(/; */).filter((cookie) => cookie.startsWith(prefix));
  return found.length === 1 ? found[0]!.slice(prefix.length) : undefined;
}

type SealedJourney<T> = { until: number; kept: T };

/** Seals `kept` for the browser; `purpose` says of which provider and state. */
export function sealJourney<T>(sealed: Sealed, purpose: string, kept: T): string {
  const journey: SealedJourney<T> = { until: Date.now() + JOURNEY_SECONDS * 1000, kept };
  return sealed.seal(`sso:${purpose}`, JSON.stringify(journey)).toString("base64url");
}

/** What was sealed for the same purpose, unless it took too long; undefined for anything else. */
export function openJourney<T>(sealed: Sealed, purpose: string, value: string | undefined): T | undefined {
  if (!value || value.length > 4096) return undefined;
  try {
    const { until, kept } = JSON.parse(sealed.open(`sso:${purpose}`, Buffer.from(value, "base64url"))) as SealedJourney<T>;
    return until > Date.now() ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Notes that `id` has been used, for as long as anybody could come with it. SIGN_IN_REFUSED when it was used before, on any server. */
export async function useOnce(
  pool: Pool,
  kind: "OAUTH_STATE" | "SAML_ID" | "SAML_ASSERTION",
  id: string,
  seconds = JOURNEY_SECONDS,
): Promise<void> {
  try {
    await pool.query("select authz.keep_token($1, $2, null, null, '{}', make_interval(secs => $3))", [kind, digest(id), seconds + 60]);
  } catch (error) {
    if ((error as { code?: string }).code !== "23505") throw error;
    throw new RelataError("SIGN_IN_REFUSED", undefined, { cause: new Error("used before") });
  }
}

/** A path of the application to go to afterwards; anything that leads elsewhere is none. */
export function pathOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > 1024) return undefined;
  // Browsers take a backslash for a slash, and drop what is not printed.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes("\\")) return undefined;
  // Segments of dots could still leave `//host` behind.
  const url = new URL(value, "http://relata.invalid");
  return url.origin === "http://relata.invalid" && !url.pathname.startsWith("//") ? url.pathname + url.search + url.hash : undefined;
}
