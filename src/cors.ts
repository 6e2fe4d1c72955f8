/**
 * Which pages of other origins may ask (Fetch standard, "CORS protocol"): those of the
 * frontend, and of the workspaces' own addresses; each by its exact origin. Requests
 * carry bearer tokens, never cookies, so no page gets in by who is looking at it; and
 * what changes something wants JSON, which a page elsewhere cannot send unasked.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Pool } from "pg";
import { frontendOf, workspaceOf } from "./auth/frontend.ts";
import type { Config } from "./config.ts";
import { Lru } from "./lru.ts";

const REMEMBERED_MS = 10_000;
const MAX_ORIGINS = 1000;
const METHODS = "GET, POST, PUT, PATCH, DELETE";
const HEADERS = "authorization, content-type, accept, idempotency-key, if-match, if-none-match, x-requested-with, x-read-after";
const EXPOSED = "etag, idempotency-replayed, link, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-read-after";
const MAX_AGE = "600";

/** Whether an origin is one of ours, exactly as a browser writes it. */
export class Origins {
  readonly #config: Config;
  readonly #pool: Pool;
  readonly #known = new Lru<string, { isOurs: boolean; until: number }>(MAX_ORIGINS);

  constructor(config: Config, pool: Pool) {
    this.#config = config;
    this.#pool = pool;
  }

  async has(origin: string): Promise<boolean> {
    if (origin === frontendOf(this.#config).origin) return true;
    const { SERVER_URL } = this.#config;
    if (SERVER_URL && origin === new URL(SERVER_URL).origin) return true;
    const known = this.#known.get(origin);
    if (known && known.until > Date.now()) return known.isOurs;
    const isOurs = await this.#isWorkspace(origin);
    this.#known.set(origin, { isOurs, until: Date.now() + REMEMBERED_MS });
    return isOurs;
  }

  /** Whether it is the address of a workspace that is there: <subdomain>.<host of the frontend>, or a domain of its own. */
  async #isWorkspace(origin: string): Promise<boolean> {
    const name = origin.length < 300 ? workspaceOf(this.#config, origin) : undefined;
    if (name === undefined) return false;
    const frontend = frontendOf(this.#config);
    const own = name.includes(".") ? new URL(frontend.href) : frontendOf(this.#config, name);
    if (name.includes(".")) own.hostname = name;
    if (own.origin !== origin) return false; // another scheme or port, or not as a browser writes it
    const { rows } = await this.#pool.query<{ id: string | null }>("select authz.workspace_at($1) as id", [name]);
    return rows[0]?.id != null;
  }
}

/** Tells browsers which pages may read the answer; answers whether the request was a preflight, which is answered by that. */
async function tell(origins: Origins, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
  const { origin, "access-control-request-method": asked } = req.headers;
  if (await origins.has(origin!).catch(() => false)) {
    res.setHeader("access-control-allow-origin", origin!);
    res.setHeader("access-control-expose-headers", EXPOSED);
    if (asked) {
      res.setHeader("access-control-allow-methods", METHODS);
      res.setHeader("access-control-allow-headers", HEADERS);
      res.setHeader("access-control-max-age", MAX_AGE);
    }
  }
  if (req.method !== "OPTIONS" || !asked) return false;
  res.writeHead(204).end();
  return true;
}

/** Whether the request was a preflight, now answered. At once when it names no origin. */
export function crossOrigin(origins: Origins, req: IncomingMessage, res: ServerResponse): boolean | Promise<boolean> {
  res.setHeader("vary", "origin");
  return req.headers.origin !== undefined && tell(origins, req, res);
}
