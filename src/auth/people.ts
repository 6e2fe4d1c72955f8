/**
 * What of workspaces and people wants more than a statement behind a claim: tokens in
 * links, sealed for the mail; sessions elsewhere or as somebody else; what anybody may ask.
 */
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import { type SealedValue, sealValue } from "../mail/sealedValue.ts";
import type { Caller } from "../schemaRegistry.ts";
import type { AccessTokens } from "./accessToken.ts";
import type { Addresses } from "./addresses.ts";
import { frontendOf } from "./frontend.ts";
import type { Identity } from "./identity.ts";
import { digest, newToken } from "./oneTimeTokens.ts";
import { type PublicWorkspace, PublicWorkspaces } from "./publicWorkspaces.ts";
import type { Sealed } from "./sealed.ts";
import type { SignIns } from "./signIns.ts";
import { txtRecordsOf } from "./sso/domains.ts";

export type Elsewhere = { loginToken: { token: string; expiresAt: string }; workspace: PublicWorkspace };
type Parts = { pool: Pool; config: Config; sealed: Sealed; accessTokens: AccessTokens; signIns: SignIns; addresses: Addresses };

const LOGIN_TOKEN_MS = 60_000;
const INVITE_LINK = "invite_link";

export class People {
  readonly #parts: Parts;
  readonly public: PublicWorkspaces;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.public = new PublicWorkspaces(parts.pool, parts.config, parts.addresses);
  }

  /** A token for a mail: its hash, and the link that holds it, sealed. */
  mailedLink(path: string): { tokenHash: string; link: SealedValue } {
    const token = newToken();
    const url = frontendOf(this.#parts.config);
    url.pathname = path;
    url.hash = `token=${token}`; // which no server's log sees
    return { tokenHash: digest(token).toString("hex"), link: sealValue(this.#parts.sealed, url.href) };
  }

  /** A new invite link's token, and how it is kept. */
  newInviteLink(workspaceId: string): { token: string; tokenHash: string; sealed: string } {
    const token = newToken();
    const sealed = this.#parts.sealed.seal(`${INVITE_LINK}:${workspaceId}`, token).toString("base64");
    return { token, tokenHash: digest(token).toString("hex"), sealed };
  }

  openInviteLink(workspaceId: string, sealed: string | null): string | null {
    return sealed === null ? null : this.#parts.sealed.open(`${INVITE_LINK}:${workspaceId}`, Buffer.from(sealed, "base64"));
  }

  async workspacesOf({ userId, sessionId }: Caller): Promise<PublicWorkspace[]> {
    const { rows } = await this.#parts.pool.query<{ it: PublicWorkspace }>(
      "select authz.public_workspace(w.id) as it from unnest(array(select id from authz.workspaces_seen($1, $2))) w (id)",
      [userId, sessionId ?? null],
    );
    return rows.map(({ it }) => it);
  }

  /** The way into another workspace, by what was shown at sign-in; that one decides whether it is enough. */
  async switchTo(caller: Caller, workspaceId: string): Promise<Elsewhere> {
    const identity = await this.#identityOf(caller);
    // Whether there is such a workspace is not told to who is no member.
    const workspace = (await this.workspacesOf(caller)).find(({ id }) => id === workspaceId);
    if (!workspace) throw new RelataError("NOT_FOUND", "There is no such workspace.", { field: "workspaceId" });
    return this.#elsewhere(identity, workspace);
  }

  /** A new workspace that the caller owns, and the way into it. */
  async found(caller: Caller, displayName: string | undefined, subdomain: string | undefined): Promise<Elsewhere> {
    const { pool, config } = this.#parts;
    const identity = await this.#identityOf(caller);
    const { rows } = await pool.query<{ workspace_id: string }>("select workspace_id from authz.found_workspace($1, $2, $3, $4, $5)", [
      caller.userId,
      displayName ?? "",
      subdomain ?? null,
      !config.IS_WORKSPACE_CREATION_LIMITED_TO_SERVER_ADMINS,
      !config.IS_MULTIWORKSPACE_ENABLED,
    ]);
    return this.#elsewhere(identity, await this.public.get(rows[0]!.workspace_id));
  }

  /** An access token by which the caller is another member for a while. */
  async impersonate(caller: Caller, userId: string, workspaceId: string): Promise<{ accessToken: string; expiresAt: Date }> {
    const { pool, config, accessTokens } = this.#parts;
    if (workspaceId !== caller.workspaceId) throw new RelataError("NOT_FOUND", "There is no such member.", { field: "userId" });
    const { rows } = await pool.query<{ opened_session_id: string; expires_at: Date }>(
      "select opened_session_id, expires_at from authz.impersonate($1, $2, $3, $4, $5, make_interval(secs => $6))",
      [caller.userId, caller.workspaceId, caller.sessionId, userId, digest(newToken()), config.IMPERSONATION_EXPIRES_IN],
    );
    const { opened_session_id: sessionId, expires_at: expiresAt } = rows[0]!;
    return { accessToken: await accessTokens.sign({ userId, workspaceId: caller.workspaceId, sessionId }), expiresAt };
  }

  /** Looks whether a domain's DNS names the workspace, and if so lets it lead there. */
  async proveDomain(caller: Caller, { domain, value }: { domain: string; value: string }): Promise<boolean> {
    if (!(await txtRecordsOf(this.#parts.config, domain)).includes(value)) return false;
    const { userId, workspaceId, sessionId } = caller;
    await this.#parts.pool.query("select authz.prove_custom_domain($1, $2, $3, $4)", [userId, workspaceId, sessionId, domain]);
    this.#parts.addresses.forget(domain);
    return true;
  }

  async #identityOf({ userId, workspaceId, sessionId }: Caller): Promise<Identity> {
    if (!sessionId) throw new RelataError("PERMISSION_DENIED");
    const { pool, config } = this.#parts;
    const { rows } = await pool.query<{ it: Identity }>("select authz.identity_of_session($1, $2, $3, make_interval(secs => $4)) as it", [
      userId,
      workspaceId || null,
      sessionId,
      config.SIGN_IN_FRESH_FOR,
    ]);
    return rows[0]!.it;
  }

  async #elsewhere(identity: Identity, workspace: PublicWorkspace): Promise<Elsewhere> {
    const expiresAt = new Date(Date.now() + LOGIN_TOKEN_MS).toISOString();
    const token = await this.#parts.signIns.loginToken(identity, { workspace: workspace.subdomain });
    return { loginToken: { token, expiresAt }, workspace };
  }
}
