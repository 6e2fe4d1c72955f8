/**
 * What somebody does with his account before he is in: signs up, proves his address,
 * sets another password, asks for a link. What is mailed is a link into the frontend,
 * with its token behind #: it is in no log and no Referer.
 */
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import { type SealedValue, sealValue } from "../mail/sealedValue.ts";
import { frontendOf } from "./frontend.ts";
import type { Door, Identity } from "./identity.ts";
import { keptDoor } from "./keptDoor.ts";
import { digest, newToken } from "./oneTimeTokens.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { requireGoodPassword } from "./passwordRules.ts";
import type { Sealed } from "./sealed.ts";

export type Person = { firstName?: string | undefined; lastName?: string | undefined };
/** Who has proven his address, and where he wanted in. */
export type Proven = { identity: Identity; door: Door };

const MAX_ADDRESS = 254;

/** An address as it is kept. BAD_INPUT when nobody could be written to there. */
export function addressOf(text: string): string {
  const email = text.trim().toLowerCase();
  if (!/^[^\s@<>"(),:;\\[\]]{1,64}@[^\s@<>"(),:;\\[\]]+$/.test(email) || email.length > MAX_ADDRESS)
    throw new RelataError("BAD_INPUT", "That is not an address.", { field: "email" });
  return email;
}

export class Accounts {
  readonly #config: Config;
  readonly #pool: Pool;
  readonly #sealed: Sealed;

  constructor({ config, pool, sealed }: { config: Config; pool: Pool; sealed: Sealed }) {
    this.#config = config;
    this.#pool = pool;
    this.#sealed = sealed;
  }

  /** A new token, its hash, and the link that it is mailed in. */
  #link(path: string, workspace?: string): { hash: Buffer; link: SealedValue } {
    const token = newToken();
    const url = frontendOf(this.#config, workspace);
    url.pathname = path;
    url.hash = `token=${token}`;
    return { hash: digest(token), link: sealValue(this.#sealed, url.href) };
  }

  /** Mails a link that proves the address, or that there is an account already; who asks is told the same. */
  async signUp(email: string, password: string, person: Person, door: Door): Promise<void> {
    const address = addressOf(email);
    requireGoodPassword(password, address);
    const { hash, link } = this.#link("/verify-email", door.workspace);
    const signIn = frontendOf(this.#config, door.workspace);
    const text = "select authz.sign_up($1, $2, $3, $4, $5, $6, $7)";
    await this.#pool.query(text, [address, await hashPassword(password), person, keptDoor(door), hash, link, signIn.href]);
  }

  /** Mails the link of a sign-up once more, if there is one waiting; who asks is not told. */
  async resendVerification(email: string, workspace?: string): Promise<void> {
    const { hash, link } = this.#link("/verify-email", workspace);
    await this.#pool.query("select authz.resend_verification($1, $2, $3)", [addressOf(email), hash, link]);
  }

  /** Makes the account whose address is proven. LOGIN_REQUIRED when the link is over. */
  async verifyEmail(token: string): Promise<Proven> {
    const { rows } = await this.#pool.query<{ email: string; door: Door }>("select * from authz.verify_email($1)", [digest(token)]);
    if (!rows[0]) throw over();
    const { email, door } = rows[0];
    return { identity: { method: "PASSWORD", email, isEmailVerified: true }, door };
  }

  /** Mails a link to set another password, if there is such an account; who asks is not told. */
  async askPasswordReset(email: string, workspace?: string): Promise<void> {
    const { hash, link } = this.#link("/reset-password", workspace);
    await this.#pool.query("select authz.ask_password_reset($1, $2, $3)", [addressOf(email), hash, link]);
  }

  /** The address whose password a token may set. LOGIN_REQUIRED when the link is over. */
  async addressOfReset(token: string): Promise<string> {
    const { rows } = await this.#pool.query<{ email: string | null }>("select authz.address_of_reset($1) as email", [digest(token)]);
    if (!rows[0]?.email) throw over();
    return rows[0].email;
  }

  /** Sets another password, once, and ends every sign-in. */
  async resetPassword(token: string, password: string, field = "password"): Promise<void> {
    requireGoodPassword(password, await this.addressOfReset(token), field);
    const { rows } = await this.#pool.query<{ is_done: boolean }>("select authz.reset_password($1, $2) as is_done", [
      digest(token),
      await hashPassword(password),
    ]);
    if (!rows[0]!.is_done) throw over();
  }

  /** Sets another password for who is signed in and knows the present one; his other sign-ins end. */
  async changePassword(session: { userId: string; sessionId?: string | undefined }, present: string, next: string): Promise<void> {
    const of = [session.sessionId, session.userId];
    const { rows } = await this.#pool.query<{ email: string; password_hash: string | null }>(
      "select * from authz.password_of_session($1, $2)",
      of,
    );
    if (!rows[0]) throw new RelataError("LOGIN_REQUIRED");
    if (!(await verifyPassword(present, rows[0].password_hash ?? undefined))) throw new RelataError("BAD_CREDENTIALS");
    requireGoodPassword(next, rows[0].email, "newPassword");
    await this.#pool.query("select authz.change_password($1, $2, $3)", [...of, await hashPassword(next)]);
  }

  /** Mails a link that signs in, if there is such an account or its address may join; who asks is not told. */
  async askMagicLink(email: string, door: Door): Promise<void> {
    const { hash, link } = this.#link("/magic-link", door.workspace);
    await this.#pool.query("select authz.ask_magic_link($1, $2, $3, $4)", [addressOf(email), keptDoor(door), hash, link]);
  }
}

const over = () => new RelataError("LOGIN_REQUIRED", "This link was used or is too old: ask for another one.");
