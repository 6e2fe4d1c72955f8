/** An address and a password, in the body of `POST /auth/login`. */
import passport from "passport";
import type { Pool } from "pg";
import { RelataError } from "../../errors.ts";
import type { Identity } from "../identity.ts";
import { verifyPassword } from "../password.ts";
import { textOf } from "../texts.ts";
import type { SignInStrategy } from "./index.ts";

/** Whose address and password these are. BAD_CREDENTIALS, whichever is wrong, after the same work. */
export async function provePassword(pool: Pool, email: string, password: string): Promise<Identity> {
  const { rows } = await pool.query<{ password_hash: string }>("select * from authz.password_of($1)", [email]);
  if (!(await verifyPassword(password, rows[0]?.password_hash))) throw new RelataError("BAD_CREDENTIALS");
  return { method: "PASSWORD", email, isEmailVerified: true };
}

class PasswordStrategy extends passport.Strategy {
  // No #pool: passport asks an object made from this one, which private fields are not on.
  private readonly pool: Pool;

  constructor(pool: Pool) {
    super();
    this.pool = pool;
  }

  override authenticate({ body }: { body?: unknown }): void {
    const prove = async () => provePassword(this.pool, textOf(body, "email"), textOf(body, "password"));
    prove().then(
      (identity) => this.success(identity),
      (error) => this.error(error),
    );
  }
}

export const passwordStrategy: SignInStrategy = {
  name: "password",
  method: "PASSWORD",
  isOn: ({ AUTH_PASSWORD_ENABLED }) => AUTH_PASSWORD_ENABLED,
  make: ({ pool }) => new PasswordStrategy(pool),
};
