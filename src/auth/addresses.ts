/**
 * Which workspace an address means: a subdomain of the frontend's host, or a domain of
 * its own that is proven. The token says where a request goes; an address that says
 * otherwise is refused.
 */
import { isIP } from "node:net";
import type { Request } from "express";
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import type { Caller } from "../schemaRegistry.ts";
import { frontendOf } from "./frontend.ts";

const REMEMBERED = 10_000;
const REMEMBERED_MS = 2000;
/** Hosts below the frontend's that are nobody's workspace. */
const SHARED = new Set(["app", "api", "www"]);

type Found = { workspaceId: string | null; until: number };

export class Addresses {
  readonly #pool: Pool;
  readonly #config: Config;
  readonly #found = new Lru<string, Found>(REMEMBERED);
  readonly #ownHosts: ReadonlySet<string>;

  constructor(pool: Pool, config: Config) {
    this.#pool = pool;
    this.#config = config;
    const { SERVER_URL } = config;
    this.#ownHosts = new Set(["localhost", frontendOf(config).hostname, ...(SERVER_URL ? [new URL(SERVER_URL).hostname] : [])]);
  }

  /** What names a workspace in a host or an origin: a subdomain or a domain; undefined when it is everybody's. */
  nameOf(address: string): string | undefined {
    const host = hostOf(address);
    if (host === undefined || this.#ownHosts.has(host) || isIP(host.replace(/^\[|\]$/g, ""))) return undefined;
    const base = `.${frontendOf(this.#config).hostname}`;
    if (!host.endsWith(base)) return host;
    const subdomain = host.slice(0, -base.length);
    return SHARED.has(subdomain) ? undefined : subdomain;
  }

  /** The workspace of a subdomain, a domain or an id; null when there is none. Remembered for two seconds. */
  async find(name: string): Promise<string | null> {
    const known = this.#found.get(name);
    if (known && known.until > Date.now()) return known.workspaceId;
    const { rows } = await this.#pool.query<{ id: string | null }>("select authz.workspace_named($1) as id", [name]);
    const workspaceId = rows[0]!.id;
    this.#found.set(name, { workspaceId, until: Date.now() + REMEMBERED_MS });
    return workspaceId;
  }

  /** Nothing when the request's address, and its header X-Workspace, say what its token says, or nothing; WORKSPACE_MISMATCH otherwise. */
  async assertFits(req: Request, caller: Caller): Promise<void> {
    const header = req.headers["x-workspace"];
    const byHost = this.nameOf(req.headers.host ?? "");
    if (byHost === undefined && header === undefined) return;
    // A host that leads nowhere is a name of the machine; whoever writes the header means a workspace.
    const host = byHost === undefined ? null : await this.find(byHost);
    if (host !== null && host !== caller.workspaceId) throw new RelataError("WORKSPACE_MISMATCH");
    if (header !== undefined && (await this.find(String(header))) !== caller.workspaceId) throw new RelataError("WORKSPACE_MISMATCH");
  }
}

/** The host of an origin, an address or a Host header, in small letters and without port and final dot. */
function hostOf(address: string): string | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) return undefined;
  const { hostname, username, password } = new URL(text);
  if (username || password || !hostname) return undefined;
  return hostname.toLowerCase().replace(/\.$/, "");
}
