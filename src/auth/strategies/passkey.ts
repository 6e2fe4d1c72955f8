/** A passkey in place of a password, in the body of `POST /auth/passkeys/sign-in`. */
import passport from "passport";
import { passkeyAnswerOf } from "../factorInputs.ts";
import { Passkeys } from "../passkeys.ts";
import type { SignInStrategy } from "./index.ts";

class PasskeyStrategy extends passport.Strategy {
  // No #passkeys: passport asks an object made from this one, which private fields are not on.
  private readonly passkeys: Passkeys;

  constructor(passkeys: Passkeys) {
    super();
    this.passkeys = passkeys;
  }

  override authenticate({ body }: { body?: unknown }): void {
    const prove = async () => this.passkeys.identify(passkeyAnswerOf(body));
    prove().then(
      (identity) => this.success(identity),
      (error) => this.error(error),
    );
  }
}

export const passkeyStrategy: SignInStrategy = {
  name: "passkey",
  method: "PASSKEY",
  isOn: ({ AUTH_PASSKEY_ENABLED }) => AUTH_PASSKEY_ENABLED,
  make: (services) => new PasskeyStrategy(new Passkeys(services)),
};
