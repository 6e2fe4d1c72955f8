/**
 * Which workspace an address means: a subdomain of the frontend's host, or a domain of
 * its own that is proven. The token says where a request goes; an address that says
 * otherwise is refused.
 */
import type { IncomingMessage } from "node:http";
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import type { Caller } from "../schemaRegistry.ts";
import { workspaceOf } from "./frontend.ts";

const REMEMBERED = 10_000;
const REMEMBERED_MS = 2000;

type Found = { workspaceId: string | null; until: number };

export class Addresses {
  readonly #pool: Pool;
  readonly #config: Config;
  readonly #found = new Lru<string, Found>(REMEMBERED);

  readonly #names = new Lru<string, { of: string | undefined }>(REMEMBERED);

  constructor(pool: Pool, config: Config) {
    this.#pool = pool;
    this.#config = config;
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

  /** Looks a name up anew from here on, as it leads elsewhere now. */
  forget(name: string): void {
    this.#found.delete(name);
  }

  /** What a Host header means; remembered, as URLs are slow to read. */
  #nameOf(host: string | undefined): string | undefined {
    if (host === undefined) return undefined;
    let name = this.#names.get(host);
    if (name === undefined) this.#names.set(host, (name = { of: workspaceOf(this.#config, host) }));
    return name.of;
  }

  /** Nothing when the request's address, and its header X-Workspace, say what its token says, or nothing; WORKSPACE_MISMATCH otherwise. */
  async assertFits(req: IncomingMessage, caller: Caller): Promise<void> {
    const header = req.headers["x-workspace"];
    const byHost = this.#nameOf(req.headers.host);
    if (byHost === undefined && header === undefined) return;
    // A host that leads nowhere is a name of the machine; whoever writes the header means a workspace.
    const host = byHost === undefined ? null : await this.find(byHost);
    if (host !== null && host !== caller.workspaceId) throw new RelataError("WORKSPACE_MISMATCH");
    if (header !== undefined && (await this.find(String(header))) !== caller.workspaceId) throw new RelataError("WORKSPACE_MISMATCH");
  }
}
