/** Signing in: every way ends here, with an identity. Whether that lets somebody in, authz.begin_sign_in decides. */
import type { Response } from "express";
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import { frontendOf } from "./frontend.ts";
import type { Door, Identity } from "./identity.ts";
import { digest, newToken } from "./oneTimeTokens.ts";
import type { Session, Sessions, Tokens } from "./sessions.ts";

export type FactorKind = "TOTP" | "RECOVERY_CODE" | "PASSKEY";
/** A second factor is wanted, or is to be enrolled first; with it comes what `finish` wants. */
export type Challenge = { challenge: { token: string; kinds: FactorKind[]; mustEnrol: boolean } };

type Begun = Session & { session_id: string | null; kinds: FactorKind[]; must_enrol: boolean };
const LOGIN_TOKEN_SECONDS = 60;

export class SignIns {
  readonly #pool: Pool;
  readonly #sessions: Sessions;
  readonly #config: Config;

  constructor(pool: Pool, sessions: Sessions, config: Config) {
    this.#pool = pool;
    this.#sessions = sessions;
    this.#config = config;
  }

  /** Lets in whom `identity` stands for, or asks for a second factor. BAD_CREDENTIALS, whatever SQL has against it. */
  async begin(identity: Identity, { workspace, invitation }: Door = {}): Promise<Tokens | Challenge> {
    const [refreshToken, token] = [newToken(), newToken()];
    const { rows } = await this.#pool.query<Begun>("select * from authz.begin_sign_in($1, $2, $3, $4, make_interval(secs => $5))", [
      JSON.stringify(identity),
      JSON.stringify({ workspace, invitation }),
      digest(refreshToken),
      digest(token),
      this.#sessions.lifetime,
    ]);
    const begun = rows[0];
    if (!begun) throw new RelataError("BAD_CREDENTIALS");
    if (begun.session_id === null) return { challenge: { token, kinds: begun.kinds, mustEnrol: begun.must_enrol } };
    return this.#sessions.tokens(begun, refreshToken);
  }

  /** Lets in whom a challenge was for, once SQL has noted that its second factor was shown (private.pass_challenge). */
  async finish(challengeToken: string): Promise<Tokens> {
    const refreshToken = newToken();
    const { rows } = await this.#pool.query<Session>("select * from authz.finish_sign_in($1, $2, make_interval(secs => $3))", [
      digest(challengeToken),
      digest(refreshToken),
      this.#sessions.lifetime,
    ]);
    if (!rows[0]) throw new RelataError("LOGIN_REQUIRED");
    return this.#sessions.tokens(rows[0], refreshToken);
  }

  /** A token that stands for `identity` at `door` once, within a minute: for the way from one address to another. */
  async loginToken(identity: Identity, { workspace, invitation }: Door = {}): Promise<string> {
    const token = newToken();
    await this.#pool.query("select authz.keep_token('LOGIN', $1, null, null, $2, make_interval(secs => $3))", [
      digest(token),
      JSON.stringify({ identity, door: { workspace, invitation } }),
      LOGIN_TOKEN_SECONDS,
    ]);
    return token;
  }

  /** Trades a login token for tokens or a challenge. LOGIN_REQUIRED when it is unknown, used or too old. */
  async trade(loginToken: string): Promise<Tokens | Challenge> {
    const { rows } = await this.#pool.query<{ data: { identity: Identity; door: Door } }>("select data from authz.use_token('LOGIN', $1)", [
      digest(loginToken),
    ]);
    if (!rows[0]) throw new RelataError("LOGIN_REQUIRED");
    return this.begin(rows[0].data.identity, rows[0].data.door);
  }

  /** Sends a browser that comes from a provider on to the frontend, where POST /auth/token trades the login token; `returnTo` is a path there. */
  async redirect(res: Response, identity: Identity, door: Door = {}, returnTo?: string): Promise<void> {
    const url = frontendOf(this.#config, door.workspace);
    url.pathname = "/verify";
    url.searchParams.set("loginToken", await this.loginToken(identity, door));
    if (returnTo) url.searchParams.set("returnTo", returnTo);
    res.setHeader("cache-control", "no-store").setHeader("referrer-policy", "no-referrer").redirect(303, url.href);
  }
}
