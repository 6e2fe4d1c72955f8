/** Staying signed in: what POST /auth/refresh and /auth/logout do. */
import type { Pool } from "pg";
import { RelataError } from "../errors.ts";
import type { AccessTokens } from "./accessToken.ts";
import { digest, newToken } from "./oneTimeTokens.ts";

export type Tokens = {
  accessToken: string;
  refreshToken: string;
  tokenType: "Bearer";
  /** Seconds until the access token expires. */
  expiresIn: number;
  workspace: { id: string; subdomain: string };
};

/** A session as the functions of SQL answer it. */
export type Session = { session_id: string; user_id: string; workspace_id: string; subdomain: string };

export class Sessions {
  readonly #pool: Pool;
  readonly #accessTokens: AccessTokens;
  /** Of a sign-in, in seconds. */
  readonly lifetime: number;

  constructor(pool: Pool, accessTokens: AccessTokens, lifetime: number) {
    this.#pool = pool;
    this.#accessTokens = accessTokens;
    this.lifetime = lifetime;
  }

  /** The tokens of a session that SQL has opened, with the refresh token whose hash it was given. */
  async tokens({ session_id, user_id, workspace_id, subdomain }: Session, refreshToken: string): Promise<Tokens> {
    const accessToken = await this.#accessTokens.sign({ userId: user_id, workspaceId: workspace_id, sessionId: session_id });
    const workspace = { id: workspace_id, subdomain };
    return { accessToken, refreshToken, tokenType: "Bearer", expiresIn: this.#accessTokens.lifetime, workspace };
  }

  /** Trades a refresh token for new tokens. LOGIN_REQUIRED when it is unknown, used, expired, or its member is gone. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const next = newToken();
    const { rows } = await this.#pool.query<Session>("select * from authz.rotate_session($1, $2)", [digest(refreshToken), digest(next)]);
    if (!rows[0]?.workspace_id) throw new RelataError("LOGIN_REQUIRED");
    return this.tokens(rows[0], next);
  }

  /** Ends a sign-in, or all of its user's; nothing when it is over already. */
  async end({ userId, sessionId }: { userId: string; sessionId?: string | undefined }, andAllOthers = false): Promise<void> {
    await this.#pool.query("select authz.end_session($1, $2, $3)", [sessionId, userId, andAllOthers]);
  }

  /** Ends the sign-in of a refresh token, for who has let his access token expire. */
  async endOf(refreshToken: string): Promise<void> {
    await this.#pool.query("select authz.end_session_of($1)", [digest(refreshToken)]);
  }
}
