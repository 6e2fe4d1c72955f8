/**
 * Access tokens: short-lived JWTs (RFC 7519, RFC 9068) signed with ES256. One says who
 * asks, in which workspace and by which sign-in; about rights it says nothing.
 */
import { jwtVerify, SignJWT } from "jose";
import { RelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import type { Caller } from "../schemaRegistry.ts";
import { ALGORITHM, type SigningKeys } from "./signingKeys.ts";

const ISSUER = "relata";
const REMEMBERED_TOKENS = 10_000;

/** Each kind of token says of itself what it is, so that none passes for another. */
const KINDS = {
  /** Opens a workspace. */
  access: { typ: "at+jwt", audience: "relata:access" },
  /** Of a user who has not chosen a workspace yet. */
  user: { typ: "user+jwt", audience: "relata:user" },
} as const;
type Kind = keyof typeof KINDS;
/** Whom a token of the kind `user` stands for. */
export type SignedInUser = { userId: string; sessionId: string };

type Claims = { sub: string; sid: string; ws?: string };
type Verified<T> = T & { expiresAt: number };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const isId = (value: unknown): boolean => typeof value === "string" && UUID.test(value);

/** Another text of the same bytes (RFC 4648 §3.5) is no token of ours. */
const isCanonical = (token: string): boolean =>
  token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);

export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly lifetime: number;
  readonly #verified = new Lru<string, Verified<Caller>>(REMEMBERED_TOKENS);
  #generation = 0;

  /** `lifetime` in seconds. */
  constructor(keys: SigningKeys, lifetime: number) {
    this.#keys = keys;
    this.lifetime = lifetime;
  }

  /** A token by which `caller` is known until it expires, or his sign-in ends. */
  sign({ userId, workspaceId, sessionId }: Caller): Promise<string> {
    return this.#sign("access", { sub: userId, ws: workspaceId, sid: sessionId! });
  }

  /** A token of a user without a workspace. */
  signUser({ userId, sessionId }: SignedInUser): Promise<string> {
    return this.#sign("user", { sub: userId, sid: sessionId });
  }

  /**
   * Whom a token stands for. LOGIN_REQUIRED for anything but a token of ours that has not expired.
   * That he is still signed in and a member is for the database to say (authz.claim), on every request.
   */
  async verify(token: string): Promise<Caller> {
    this.#keys.refresh();
    if (this.#generation !== this.#keys.generation) this.#forget();
    const known = this.#verified.get(token);
    if (known && known.expiresAt > Date.now()) return known;
    if (known) this.#verified.delete(token);
    const { expiresAt, sub, ws, sid } = await this.#verify("access", token);
    const verified = { userId: sub, workspaceId: ws!, sessionId: sid, expiresAt };
    this.#verified.set(token, verified);
    return verified;
  }

  /** The user of such a token; that his sign-in goes on is for the database to say. */
  async verifyUser(token: string): Promise<SignedInUser> {
    const { sub, sid } = await this.#verify("user", token);
    return { userId: sub, sessionId: sid };
  }

  #forget(): void {
    this.#generation = this.#keys.generation;
    this.#verified.clear();
  }

  async #sign(kind: Kind, { sub, ...claims }: Claims): Promise<string> {
    const { kid, key } = await this.#keys.signing();
    const { typ, audience } = KINDS[kind];
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid, typ })
      .setSubject(sub)
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${this.lifetime}s`)
      .sign(key);
  }

  async #verify(kind: Kind, token: string): Promise<Verified<Claims>> {
    const { typ, audience } = KINDS[kind];
    try {
      if (!isCanonical(token)) throw new Error("not canonical");
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keys.verifying(kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience,
        typ,
        requiredClaims: ["sub", "sid", "exp", "iat", ...(kind === "access" ? ["ws"] : [])],
      });
      const { sub, sid, ws } = payload as Partial<Claims>;
      if (![sub, sid, ...(kind === "access" ? [ws] : [])].every(isId)) throw new Error("not our claims");
      return { ...(payload as unknown as Claims), expiresAt: payload.exp! * 1000 };
    } catch (error) {
      throw new RelataError("LOGIN_REQUIRED", undefined, { cause: error });
    }
  }
}
