/** Signing in: every way ends here, with an identity. Whether that lets somebody in, authz.begin_sign_in decides. */
import type { Response } from "express";
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError, toRelataError } from "../errors.ts";
import type { AccessTokens, SignedInUser } from "./accessToken.ts";
import { frontendOf } from "./frontend.ts";
import type { Door, Identity, SignInMethod } from "./identity.ts";
import { isAnywhere, keptDoor } from "./keptDoor.ts";
import { digest, newToken } from "./oneTimeTokens.ts";
import type { Session, Sessions, Tokens } from "./sessions.ts";
import type { SignInStrategy } from "./strategies/index.ts";

export type FactorKind = "TOTP" | "RECOVERY_CODE" | "PASSKEY";
/** A second factor is wanted, or is to be enrolled first; with it comes what `finish` wants. */
export type Challenge = { challenge: { token: string; kinds: FactorKind[]; mustEnrol: boolean } };

/** Of a user who has not chosen a workspace yet. */
export type UserTokens = { userToken: string; expiresIn: number; workspaces: { id: string; subdomain: string; name: string }[] };

type Named = { subdomain: string; name: string };
type Begun = Session & { session_id: string | null; kinds: FactorKind[]; must_enrol: boolean };
const LOGIN_TOKEN_SECONDS = 60;

/** What a login page shows. */
type Methods = { workspace?: Named; methods: SignInMethod[]; identityProviders: { id: string; name: string; type: "OIDC" | "SAML" }[] };

export class SignIns {
  readonly #pool: Pool;
  readonly #sessions: Sessions;
  readonly #accessTokens: AccessTokens;
  readonly #config: Config;

  constructor(pool: Pool, sessions: Sessions, accessTokens: AccessTokens, config: Config) {
    this.#pool = pool;
    this.#sessions = sessions;
    this.#accessTokens = accessTokens;
    this.#config = config;
  }

  /** Lets in whom `identity` stands for, or asks for a second factor. BAD_CREDENTIALS, whatever SQL has against it. */
  async begin(identity: Identity, { workspace, invitation, invitationHash }: Door = {}, token = newToken()): Promise<Tokens | Challenge> {
    const refreshToken = newToken();
    const { rows } = await this.#pool.query<Begun>("select * from authz.begin_sign_in($1, $2, $3, $4, make_interval(secs => $5))", [
      JSON.stringify(identity),
      JSON.stringify({ workspace, invitation, invitationHash }),
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

  /** Signs in without a workspace, to choose one or to make one; who is new becomes a user. */
  async beginUser(identity: Identity): Promise<UserTokens> {
    const { lifetime } = this.#accessTokens;
    const { rows } = await this.#pool.query<{ session_id: string; user_id: string }>(
      "select * from authz.begin_user_session($1, $2, make_interval(secs => $3))",
      [JSON.stringify(identity), digest(newToken()), lifetime],
    );
    const { session_id: sessionId, user_id: userId } = rows[0]!;
    const { rows: workspaces } = await this.#pool.query<UserTokens["workspaces"][0]>("select * from authz.workspaces_of($1)", [userId]);
    return { userToken: await this.#accessTokens.signUser({ userId, sessionId }), expiresIn: lifetime, workspaces };
  }

  /** Goes on into a workspace with what a sign-in was begun with. LOGIN_REQUIRED when that is over, or holds elsewhere alone. */
  async goOn({ sessionId, userId }: SignedInUser, door: Door): Promise<Tokens | Challenge> {
    const { rows } = await this.#pool.query<{ identity: Identity | null }>("select authz.identity_of($1, $2) as identity", [
      sessionId,
      userId,
    ]);
    if (!rows[0]?.identity) throw new RelataError("LOGIN_REQUIRED");
    return this.begin(rows[0].identity, door);
  }

  /** Lets in where somebody wanted; who named no workspace and is in none chooses or makes one first. */
  async enter(identity: Identity, door: Door = {}, challenge = newToken()): Promise<Tokens | Challenge | UserTokens> {
    const namesNone = isAnywhere(door);
    return this.begin(identity, door, challenge).catch((error) => {
      if (!namesNone || toRelataError(error)?.code !== "BAD_CREDENTIALS") throw error;
      return this.beginUser(identity);
    });
  }

  /** A token that stands for `identity` at `door` once, within a minute: for the way from one address to another. */
  async loginToken(identity: Identity, door: Door = {}, seconds = LOGIN_TOKEN_SECONDS): Promise<string> {
    const token = newToken();
    await this.#pool.query("select authz.keep_token('LOGIN', $1, null, null, $2, make_interval(secs => $3))", [
      digest(token),
      JSON.stringify({ identity, door: keptDoor(door) }),
      seconds,
    ]);
    return token;
  }

  /** Trades a login token for tokens or a challenge, whose token is `challenge`. LOGIN_REQUIRED when it is unknown, used or too old. */
  async trade(loginToken: string, challenge = newToken()): Promise<Tokens | Challenge | UserTokens> {
    const { rows } = await this.#pool.query<{ data: { identity: Identity; door: Door } }>("select data from authz.use_token('LOGIN', $1)", [
      digest(loginToken),
    ]);
    if (!rows[0]) throw new RelataError("LOGIN_REQUIRED");
    return this.enter(rows[0].data.identity, rows[0].data.door, challenge);
  }

  /** The ways to sign in that are on, at all or in one workspace, with the providers of its own; none when there is no such workspace. */
  async methods(on: readonly SignInStrategy[], workspace?: string): Promise<Methods> {
    const methods = [...new Set(on.map(({ method }) => method))];
    if (workspace === undefined) return { methods, identityProviders: [] };
    const { rows } = await this.#pool.query<Named & { methods: string[] }>("select * from authz.sign_in_methods($1)", [workspace]);
    if (!rows[0]) return { methods: [], identityProviders: [] };
    const { subdomain, name, methods: allowed } = rows[0];
    const { rows: identityProviders } = await this.#pool.query<Methods["identityProviders"][0]>(
      "select id, name, type from authz.identity_providers_of(authz.workspace_at($1))",
      [workspace],
    );
    return { workspace: { subdomain, name }, methods: methods.filter((method) => allowed.includes(method)), identityProviders };
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
