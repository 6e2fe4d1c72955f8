/** Signing in and staying so: what POST /auth/login and /auth/refresh do. */
import { createHash, randomBytes } from "node:crypto";
import type { Pool } from "pg";
import { RelataError } from "../errors.ts";
import type { AccessTokens } from "./accessToken.ts";
import { verifyPassword } from "./password.ts";

export type Tokens = {
  accessToken: string;
  refreshToken: string;
  tokenType: "Bearer";
  /** Seconds until the access token expires. */
  expiresIn: number;
  workspace: { id: string; subdomain: string };
};

type Workspace = { id: string; subdomain: string };

const digest = (token: string) => createHash("sha256").update(token).digest();

export class Sessions {
  readonly #pool: Pool;
  readonly #accessTokens: AccessTokens;
  readonly #lifetime: number;

  /** `lifetime` of a sign-in, in seconds. */
  constructor(pool: Pool, accessTokens: AccessTokens, lifetime: number) {
    this.#pool = pool;
    this.#accessTokens = accessTokens;
    this.#lifetime = lifetime;
  }

  /** Signs in to `workspace` (a subdomain), or to the user's oldest. BAD_CREDENTIALS, whatever of it is wrong. */
  async signIn(email: string, password: string, workspace?: string): Promise<Tokens> {
    const { rows } = await this.#pool.query<{ user_id: string; password_hash: string }>("select * from authz.password_of($1)", [email]);
    const isRight = await verifyPassword(password, rows[0]?.password_hash);
    const userId = rows[0]?.user_id;
    if (!isRight || !userId) throw new RelataError("BAD_CREDENTIALS");
    const { rows: open } = await this.#pool.query<Workspace>("select * from authz.workspaces_of($1)", [userId]);
    const chosen = workspace === undefined ? open[0] : open.find(({ subdomain }) => subdomain === workspace);
    if (!chosen) throw new RelataError("BAD_CREDENTIALS");

    const refreshToken = randomBytes(32).toString("base64url");
    await this.#pool.query("select authz.open_session($1, $2, $3, make_interval(secs => $4))", [
      userId,
      chosen.id,
      digest(refreshToken),
      this.#lifetime,
    ]);
    return this.#tokens(userId, chosen, refreshToken);
  }

  /** Trades a refresh token for new tokens. LOGIN_REQUIRED when it is unknown, used, expired, or its member is gone. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const next = randomBytes(32).toString("base64url");
    const { rows } = await this.#pool.query<{ user_id: string; workspace_id: string; subdomain: string }>(
      "select * from authz.rotate_session($1, $2)",
      [digest(refreshToken), digest(next)],
    );
    const session = rows[0];
    if (!session) throw new RelataError("LOGIN_REQUIRED");
    return this.#tokens(session.user_id, { id: session.workspace_id, subdomain: session.subdomain }, next);
  }

  async #tokens(userId: string, { id, subdomain }: Workspace, refreshToken: string): Promise<Tokens> {
    const accessToken = await this.#accessTokens.sign({ userId, workspaceId: id });
    return { accessToken, refreshToken, tokenType: "Bearer", expiresIn: this.#accessTokens.lifetime, workspace: { id, subdomain } };
  }
}
