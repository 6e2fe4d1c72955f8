/** What anybody may ask of a workspace before he signs in: what it is called, where it is, how its people come in, whether it invites him. */
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import type { Addresses } from "./addresses.ts";
import { frontendOf, workspaceOf } from "./frontend.ts";
import { digest } from "./oneTimeTokens.ts";

export type PublicWorkspace = {
  id: string;
  displayName: string;
  subdomain: string;
  customDomain: string | null;
  password: boolean;
  magicLink: boolean;
  google: boolean;
  microsoft: boolean;
};

export class PublicWorkspaces {
  readonly #pool: Pool;
  readonly #config: Config;
  readonly #addresses: Addresses;

  constructor(pool: Pool, config: Config, addresses: Addresses) {
    this.#pool = pool;
    this.#config = config;
    this.#addresses = addresses;
  }

  /** NOT_FOUND when there is none. */
  async get(workspaceId: string | null): Promise<PublicWorkspace> {
    const { rows } = await this.#pool.query<{ it: PublicWorkspace | null }>("select authz.public_workspace($1) as it", [workspaceId]);
    if (!rows[0]!.it) throw new RelataError("NOT_FOUND", "There is no such workspace.");
    return rows[0]!.it;
  }

  /** The workspace that an origin leads to; on a server with a single one, that. */
  async at(origin: string): Promise<PublicWorkspace> {
    const name = workspaceOf(this.#config, origin);
    if (name !== undefined) return this.get(await this.#addresses.find(name));
    if (this.#config.IS_MULTIWORKSPACE_ENABLED) return this.get(null);
    const { rows } = await this.#pool.query<{ id: string | null }>("select authz.only_workspace() as id");
    return this.get(rows[0]!.id);
  }

  /** The workspace that an invitation's token, or an invite link's, opens. */
  async invitedTo(token: string): Promise<(PublicWorkspace & { email: string | null }) | undefined> {
    const { rows } = await this.#pool.query<{ workspace_id: string; email: string | null }>(
      "select workspace_id, email from authz.find_invitation($1)",
      [digest(token)],
    );
    return rows[0] && { ...(await this.get(rows[0].workspace_id)), email: rows[0].email };
  }

  async isSubdomainFree(subdomain: string): Promise<boolean> {
    const { rows } = await this.#pool.query<{ is_free: boolean }>("select authz.is_subdomain_free($1) as is_free", [subdomain]);
    return rows[0]!.is_free;
  }

  /** The addresses of a workspace, for people. */
  urlsOf({ subdomain, customDomain }: Pick<PublicWorkspace, "subdomain" | "customDomain">) {
    const own = frontendOf(this.#config);
    if (customDomain) own.host = customDomain;
    return { subdomainUrl: frontendOf(this.#config, subdomain).href, customUrl: customDomain ? own.href : null };
  }
}
