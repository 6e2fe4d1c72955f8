/** The token of a link that was mailed, in the body of `POST /auth/magic-link/sign-in`. */
import passport from "passport";
import type { Pool } from "pg";
import { RelataError } from "../../errors.ts";
import type { Door, Identity } from "../identity.ts";
import { digest } from "../oneTimeTokens.ts";
import { textOf } from "../texts.ts";
import type { SignInStrategy } from "./index.ts";

/** Who has read the mail that a token was in, and where he wanted in. LOGIN_REQUIRED when it is unknown, used or too old. */
export async function useMagicLink(pool: Pool, token: string): Promise<{ identity: Identity; door: Door }> {
  const { rows } = await pool.query<{ data: { email: string; door: Door } }>("select data from authz.use_token('MAGIC_LINK', $1)", [
    digest(token),
  ]);
  if (!rows[0]) throw new RelataError("LOGIN_REQUIRED", "This link was used or is too old: ask for another one.");
  const { email, door } = rows[0].data;
  return { identity: { method: "MAGIC_LINK", email, isEmailVerified: true }, door };
}

class MagicLinkStrategy extends passport.Strategy {
  private readonly pool: Pool;

  constructor(pool: Pool) {
    super();
    this.pool = pool;
  }

  override authenticate({ body }: { body?: unknown }): void {
    const prove = async () => useMagicLink(this.pool, textOf(body, "token"));
    prove().then(
      ({ identity, door }) => this.success(identity, door),
      (error) => this.error(error),
    );
  }
}

export const magicLinkStrategy: SignInStrategy = {
  name: "magicLink",
  method: "MAGIC_LINK",
  isOn: ({ AUTH_MAGIC_LINK_ENABLED }) => AUTH_MAGIC_LINK_ENABLED,
  make: ({ pool }) => new MagicLinkStrategy(pool),
};
